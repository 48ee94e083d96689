//! E-mail addresses as people type them, in one form.

/// An address in lower case, without spaces around it.
///
/// The form is deliberately loose (RFC 5321 allows more than people believe): something, one `@`,
/// a domain with a dot or `localhost`, no spaces or control characters, at most 254 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// `None` when the text is no address.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        let (local, domain) = text.rsplit_once('@')?;
        let plain =
            !text.chars().any(|c| c.is_whitespace() || c.is_control() || "<>\",;".contains(c));
        let domain_fits = domain == "localhost"
            || (domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.'));
        let fits = !local.is_empty() && !local.contains('@') && text.len() <= 254;
        (plain && domain_fits && fits).then_some(Self(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Email;

    #[test]
    fn reads_and_refuses() {
        let read = |t: &str| Email::parse(t).map(|e| e.as_str().to_owned());
        assert_eq!(read(" Petra@Fjordhaus.example "), Some("petra@fjordhaus.example".into()));
        for bad in ["", "a", "a@", "@b.c", "a b@c.d", "a@b", "a@@b.c", "a@.c", "a\n@b.c", "<a@b.c>"]
        {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }
}
