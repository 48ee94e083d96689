//! Form parameters with nested brackets: `metadata[order]=7`, `expand[]=data.source`.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;

use super::{currency, refusal::Refusal};

/// The parameters of one call, or one nested part of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Form {
    /// Where this part sits in the whole, as Stripe names it: `payment_intent_data`.
    at: String,
    pairs: Vec<(String, String)>,
}

impl Form {
    /// Reads `a=1&b[c]=2`; of a name given twice the last value counts.
    pub(super) fn parse(encoded: &str) -> Self {
        let pairs = url::form_urlencoded::parse(encoded.as_bytes()).into_owned().collect();
        Self { at: String::new(), pairs }
    }

    /// Every name and value, in the order in which they came.
    pub(super) fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// Refuses every parameter whose first part is not in `names`.
    pub(super) fn only(&self, names: &[&str]) -> Result<(), Refusal> {
        let unknown = self.pairs.iter().find(|(name, _)| !names.contains(&head(name)));
        match unknown {
            None => Ok(()),
            Some((name, _)) => {
                let full = self.full(name);
                let message = format!("This server does not know the parameter {full}.");
                Err(Refusal::parameter("parameter_unknown", &full, message))
            }
        }
    }

    /// A text that is there and not empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.given(name).filter(|value| !value.is_empty())
    }

    /// A text that was sent, even if empty: an empty one unsets a value.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        self.pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A text that must be there.
    pub(super) fn need(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name).ok_or_else(|| {
            let full = self.full(name);
            let message = format!("The required parameter {full} is missing.");
            Refusal::parameter("parameter_missing", &full, message)
        })
    }

    /// A text of at most `longest` characters.
    pub(super) fn short(&self, name: &str, longest: usize) -> Result<Option<String>, Refusal> {
        match self.text(name) {
            Some(text) if text.chars().count() > longest => Err(Refusal::parameter(
                "parameter_invalid_string_length",
                &self.full(name),
                format!("At most {longest} characters."),
            )),
            text => Ok(text.map(str::to_owned)),
        }
    }

    /// A whole number, if sent.
    pub(super) fn integer(&self, name: &str) -> Result<Option<i64>, Refusal> {
        self.text(name)
            .map(|text| {
                text.parse().map_err(|_| {
                    let message = format!("Not a whole number: '{text}'.");
                    Refusal::parameter("parameter_invalid_integer", &self.full(name), message)
                })
            })
            .transpose()
    }

    /// A whole number above zero, in minor units, if sent.
    pub(super) fn amount(&self, name: &str) -> Result<Option<i64>, Refusal> {
        match self.integer(name)? {
            Some(minor) if minor < 1 => Err(Refusal::parameter(
                "parameter_invalid_integer",
                &self.full(name),
                "The amount must be at least 1.",
            )),
            amount => Ok(amount),
        }
    }

    /// `true` or `false`, if sent.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.text(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => Err(self.invalid(name, format!("Neither true nor false: '{other}'."))),
        }
    }

    /// A currency that this server knows, in lower case.
    pub(super) fn currency(&self, name: &str) -> Result<String, Refusal> {
        let code = self.need(name)?.to_lowercase();
        match currency::exponent(&code) {
            Some(_) => Ok(code),
            None => Err(self.invalid(name, format!("Unknown currency: '{code}'."))),
        }
    }

    /// One of the words that serde knows for `T`, if sent.
    pub(super) fn word<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Refusal> {
        self.text(name)
            .map(|text| {
                serde_json::from_value(text.into())
                    .map_err(|_| self.invalid(name, format!("Not one of its values: '{text}'.")))
            })
            .transpose()
    }

    /// An absolute web address, if sent. Returned as it came: it may hold a placeholder.
    pub(super) fn address(&self, name: &str) -> Result<Option<String>, Refusal> {
        match self.text(name) {
            None => Ok(None),
            Some(text) if is_web_address(text) => Ok(Some(text.to_owned())),
            Some(text) => Err(Refusal::parameter(
                "url_invalid",
                &self.full(name),
                format!("Not an absolute web address: '{text}'."),
            )),
        }
    }

    /// The texts under `name[]` or `name[0]`, in the order in which they came.
    pub(super) fn list(&self, name: &str) -> Vec<&str> {
        let of_list = |key: &str| head(key) == name && key != name;
        self.pairs.iter().filter(|(key, _)| of_list(key)).map(|(_, value)| value.as_str()).collect()
    }

    /// The part under `name`: `name[x][y]` becomes `x[y]`.
    pub(super) fn part(&self, name: &str) -> Self {
        let inner = |(key, value): &(String, String)| {
            let (first, rest) = key.strip_prefix(name)?.strip_prefix('[')?.split_once(']')?;
            Some((format!("{first}{rest}"), value.clone()))
        };
        Self { at: self.full(name), pairs: self.pairs.iter().filter_map(inner).collect() }
    }

    /// The numbered parts under `name`, in the order of their numbers.
    pub(super) fn parts(&self, name: &str) -> Vec<Self> {
        let all = self.part(name);
        let numbers: BTreeSet<usize> =
            all.pairs.iter().filter_map(|(key, _)| head(key).parse().ok()).collect();
        numbers.into_iter().map(|number| all.part(&number.to_string())).collect()
    }

    /// Key and value pairs under `name`, laid over `before`; an empty value takes a key away.
    pub(super) fn metadata(
        &self,
        name: &str,
        before: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, Refusal> {
        let mut all = before.clone();
        for (key, value) in self.part(name).pairs {
            if key.contains('[') || key.len() > 40 || value.chars().count() > 500 {
                let message = format!("Not a flat key of 40 and a value of 500: '{key}'.");
                return Err(self.invalid(name, message));
            }
            if value.is_empty() {
                all.remove(&key);
            } else {
                all.insert(key, value);
            }
        }
        if all.len() > 50 {
            return Err(self.invalid(name, "At most 50 keys."));
        }
        Ok(all)
    }

    /// Refuses the value of `name`.
    pub(super) fn invalid(&self, name: &str, message: impl Into<String>) -> Refusal {
        Refusal::parameter("parameter_invalid", &self.full(name), message)
    }

    fn full(&self, name: &str) -> String {
        let (first, rest) = name.split_at(head(name).len());
        match self.at.as_str() {
            "" => name.to_owned(),
            at => format!("{at}[{first}]{rest}"),
        }
    }
}

fn head(name: &str) -> &str {
    name.split_once('[').map_or(name, |(head, _)| head)
}

fn is_web_address(text: &str) -> bool {
    let schemes = ["http", "https"];
    url::Url::parse(text).is_ok_and(|url| schemes.contains(&url.scheme()) && url.has_host())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_parts_and_lists_are_found() {
        let form = Form::parse(
            "line_items[1][quantity]=2&line_items[0][price_data][currency]=EUR\
             &expand[]=data.source&expand[1]=data.charge&metadata[order]=7&metadata[gone]=",
        );
        let items = form.parts("line_items");
        assert_eq!(items[0].part("price_data").currency("currency").unwrap(), "eur");
        assert_eq!(items[1].integer("quantity").unwrap(), Some(2));
        assert_eq!(form.list("expand"), ["data.source", "data.charge"]);
        let before = BTreeMap::from([("gone".to_owned(), "x".to_owned())]);
        let after = form.metadata("metadata", &before).unwrap();
        assert_eq!(after, BTreeMap::from([("order".to_owned(), "7".to_owned())]));
    }

    #[test]
    fn what_is_unknown_or_malformed_is_named_in_full() {
        let form = Form::parse("a[b][c]=x&amount=1.5");
        let refusal = form.part("a").only(&["z"]).unwrap_err();
        assert_eq!(refusal.into_body()["error"]["param"], "a[b][c]");
        let refusal = form.integer("amount").unwrap_err();
        assert!(!refusal.began);
        assert_eq!(refusal.into_body()["error"]["code"], "parameter_invalid_integer");
        assert!(form.only(&["a", "amount"]).is_ok());
    }
}
