//! Reading JSON bodies, and saying which field is wrong.

use poem::{FromRequest, Request, RequestBody, http::header};
use serde::de::DeserializeOwned;

use super::refusal::{FieldError, Refusal};

/// A JSON body of a known shape. Unknown fields are refused by the shapes themselves.
pub(crate) struct Json<T>(pub(crate) T);

impl<'a, T: DeserializeOwned> FromRequest<'a> for Json<T> {
    async fn from_request(req: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        let bytes = body.take()?.into_bytes().await.map_err(|_| Refusal::TooLarge)?;
        let media = req.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let json = media.is_some_and(|media| {
            let kind = media.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("application/json")
        });
        if !json {
            return Err(Refusal::MediaType.into());
        }
        // The message names the field and place in the caller's own text, nothing of ours.
        let read = serde_json::from_slice(&bytes);
        Ok(Self(read.map_err(|error| Refusal::Malformed(error.to_string()))?))
    }
}

/// Collects everything that is wrong with a body, so that one answer says it all.
#[derive(Default)]
pub(crate) struct Check(Vec<FieldError>);

impl Check {
    pub(crate) fn that(&mut self, holds: bool, field: &'static str, message: &str) {
        if !holds {
            self.0.push(FieldError { field, message: message.into() });
        }
    }

    /// A field that must be there; its absence is noted and stands for an empty value.
    pub(crate) fn there<T: Default>(&mut self, field: &'static str, value: Option<T>) -> T {
        self.that(value.is_some(), field, "is missing");
        value.unwrap_or_default()
    }

    /// A text that people typed: not blank, no control characters, at most `most` characters.
    pub(crate) fn text(&mut self, field: &'static str, value: Option<&str>, most: usize) {
        let Some(value) = value else { return };
        self.that(!value.trim().is_empty(), field, "is empty");
        let short = value.chars().count() <= most;
        self.that(short, field, &format!("is longer than {most} characters"));
        let plain = !value.chars().any(|c| c.is_control() && c != '\n');
        self.that(plain, field, "has control characters");
    }

    pub(crate) fn email(&mut self, field: &'static str, value: Option<&str>) {
        let Some(value) = value else { return };
        self.that(is_email(value), field, "is no e-mail address");
    }

    /// # Errors
    /// Anything was wrong.
    pub(crate) fn done(self) -> Result<(), Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(Refusal::Fields(self.0)) }
    }
}

/// Good enough to send to: one `@`, a dotted host, no spaces.
fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.split_once('@') else { return false };
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '@';
    !local.is_empty()
        && text.len() <= 254
        && host.split('.').count() > 1
        && host.split('.').all(|part| !part.is_empty())
        && local.chars().all(plain)
        && host.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_nonsense() {
        assert!(is_email("ada.lovelace@mail.example"));
        for wrong in ["", "ada", "@x.y", "a@b", "a@b..c", "a b@c.d", "a@b@c.d", "a@c.d\n"] {
            assert!(!is_email(wrong), "{wrong:?}");
        }
    }
}
