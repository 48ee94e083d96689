//! What a deed did, told once on the page after it.

use api::platform::http::credential::cookie;
use poem::Request;
use poem::http::HeaderValue;
use serde::{Deserialize, Serialize};

use crate::view::Notice;

/// A sentence for the next page; it travels in a cookie for a minute.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Flash {
    pub title: String,
    pub text: String,
    good: bool,
}

const COOKIE: &str = "flash";

impl Flash {
    /// Something was done.
    pub fn done(title: &str) -> Self {
        Self { title: title.into(), text: String::new(), good: true }
    }

    /// Something the person should know.
    pub fn note(title: &str, text: &str) -> Self {
        Self { title: title.into(), text: text.into(), good: false }
    }

    #[must_use]
    pub fn saying(self, text: &str) -> Self {
        Self { text: text.into(), ..self }
    }

    /// The cookie's value for `Set-Cookie`.
    pub fn cookie(&self) -> Option<HeaderValue> {
        let text = hex::encode(serde_json::to_vec(self).ok()?);
        HeaderValue::try_from(format!(
            "{COOKIE}={text}; Path=/; HttpOnly; SameSite=Lax; Max-Age=60"
        ))
        .ok()
    }

    /// What the request carries; text only, and shown escaped like all text.
    pub fn of(request: &Request) -> Option<Self> {
        serde_json::from_slice(&hex::decode(cookie(request, COOKIE)?).ok()?).ok()
    }

    /// Removes the cookie.
    pub fn shown() -> HeaderValue {
        HeaderValue::from_static("flash=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0")
    }

    pub fn notice(&self) -> Notice {
        let notice = if self.good { Notice::good } else { Notice::info };
        notice(&self.title, &self.text)
    }
}
