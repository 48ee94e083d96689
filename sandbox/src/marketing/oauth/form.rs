//! The fields of a query or a form body, as OAuth wants them: each at most once.

use std::collections::BTreeMap;

use url::form_urlencoded;

/// Fields by name. Empty values count as left out, RFC 6749 section 3.1.
#[derive(Debug)]
pub(crate) struct Fields(BTreeMap<String, String>);

impl Fields {
    /// Reads an urlencoded text.
    ///
    /// # Errors
    /// The name of a field that is there twice.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut fields = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            if fields.insert(name.to_string(), value.to_string()).is_some() {
                return Err(name.into_owned());
            }
        }
        fields.retain(|_, value| !value.is_empty());
        Ok(Self(fields))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(crate) fn set(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), value);
    }
}
