//! Who is signed in at the pages, and that a form came from one of our pages.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use hmac::{Hmac, KeyInit, Mac};
use poem::{
    Request,
    web::cookie::{Cookie, SameSite},
};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::{app::App, model::User, oauth::hash};
use crate::{chance, clock};

/// Sessions by the hash of their cookie.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Sessions(BTreeMap<String, Session>);

#[derive(Serialize, Deserialize)]
struct Session {
    user_id: String,
    expires_at: DateTime<Utc>,
}

/// Who asks for a page: the cookies as they came.
#[derive(Clone)]
pub(crate) struct Visitor {
    /// Binds forms to this browser, signed in or not.
    pub(crate) form_cookie: String,
    pub(crate) user: Option<User>,
}

impl Visitor {
    /// Reads the cookies. Without a form cookie a new one is drawn; [`keep`] sets it.
    pub(crate) fn of(app: &App, req: &Request) -> Self {
        let cookie = |name| req.cookie().get(name).map(|cookie| cookie.value_str().to_owned());
        let user_id = cookie(SESSION).and_then(|secret| {
            app.oauth.read(|oauth| oauth.sessions.user_of(&secret, clock::now()))
        });
        let user = user_id.and_then(|id| app.world.read(|world| world.users.get(&id).cloned()));
        Self { form_cookie: cookie(FORM).unwrap_or_else(chance::secret), user }
    }

    /// The hidden field of this visitor's forms.
    pub(crate) fn form_token(&self, app: &App) -> String {
        let key = app.oauth.read(|oauth| oauth.form_key.clone());
        // Signing out or in changes the token, so that an old page cannot act for a new person.
        let user = self.user.as_ref().map_or("", |user| user.id.as_str());
        sign(&key, &format!("{}|{user}", self.form_cookie))
    }

    pub(crate) fn sent_from_our_page(&self, app: &App, token: &str) -> bool {
        !token.is_empty() && self.form_token(app).as_bytes().ct_eq(token.as_bytes()).into()
    }
}

/// Signs a person in: a fresh cookie each time, never one that the browser brought.
pub(crate) fn begin(app: &App, req: &Request, user_id: &str) -> anyhow::Result<()> {
    let secret = chance::secret();
    let now = clock::now();
    app.oauth.write(|oauth| oauth.sessions.begin(&secret, user_id, now))?;
    req.cookie().add(cookie(SESSION, secret));
    Ok(())
}

/// Signs out on the server too.
pub(crate) fn end(app: &App, req: &Request) -> anyhow::Result<()> {
    if let Some(cookie) = req.cookie().get(SESSION) {
        let hashed = hash(cookie.value_str());
        app.oauth.write(|oauth| oauth.sessions.0.remove(&hashed))?;
    }
    let mut gone = cookie(SESSION, String::new());
    gone.make_removal();
    req.cookie().add(gone);
    Ok(())
}

/// Gives the browser its form cookie.
pub(crate) fn keep(req: &Request, visitor: &Visitor) {
    req.cookie().add(cookie(FORM, visitor.form_cookie.clone()));
}

impl Sessions {
    fn begin(&mut self, secret: &str, user_id: &str, now: DateTime<Utc>) {
        self.0.retain(|_, session| session.expires_at > now);
        let session = Session { user_id: user_id.into(), expires_at: now + LIFE };
        self.0.insert(hash(secret), session);
    }

    fn user_of(&self, secret: &str, now: DateTime<Utc>) -> Option<String> {
        let session = self.0.get(&hash(secret)).filter(|session| session.expires_at > now)?;
        Some(session.user_id.clone())
    }
}

const SESSION: &str = "larkfield_session";
const FORM: &str = "larkfield_form";
const LIFE: Duration = Duration::hours(12);

fn cookie(name: &str, value: String) -> Cookie {
    let mut cookie = Cookie::new_with_str(name, value);
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_path("/");
    cookie
}

fn sign(key: &str, text: &str) -> String {
    // HMAC takes a key of any length, so this cannot fail; an empty token is never accepted.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return String::new() };
    mac.update(text.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}
