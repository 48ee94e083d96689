//! Gateway keys of a letter: what a consultant's program calls with.

use api::access::{self, BindTo, Grant, KeyOrder, Standing, Terms};
use api::kernel::id::GatewayKeyId;
use api::platform::refusal::Common;
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::grant::{find, page_of};
use super::words;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{State, Tone};

/// A key without its secret.
#[derive(Debug, Clone, Serialize)]
pub struct KeyLine {
    pub name: String,
    pub ending: String,
    pub used: String,
    pub made: String,
    /// The thumbprint of the public key that it is bound to, or nothing.
    pub bound: String,
    pub state: State,
    /// Where it is ended; empty when it is not the visitor's or has ended.
    pub end: String,
    pub form: String,
}

/// The keys of a letter.
#[derive(Debug, Serialize)]
pub struct Keys {
    pub lines: Vec<KeyLine>,
    /// The letter names the visitor and holds: keys can be made.
    pub can_make: bool,
    pub own: bool,
    pub action: String,
    pub name: String,
    /// The public key or thumbprint that was typed.
    pub bind_to: String,
    /// Where calls go; the operation's path follows.
    pub gateway: String,
}

/// A key just made, with the only copy of its secret.
#[derive(Debug, Serialize)]
pub struct NewKey {
    pub name: String,
    pub secret: String,
    pub example: String,
    /// What the proof of a call says, when the key is bound; else empty.
    pub proof: String,
}

/// Nothing while the letter is only asked for.
pub async fn keys_of(visit: &Visit, grant: &Grant, own: bool) -> Result<Option<Keys>, PageError> {
    if grant.granted_at.is_none() {
        return Ok(None);
    }
    let rows = access::list_keys(visit.app(), visit.caller()?, grant.id).await?;
    let action = visit.link(&format!("/grants/{}/keys", grant.id));
    let line = |key: &access::GatewayKey| KeyLine {
        name: key.name.clone(),
        ending: key.ending.clone(),
        used: words::ago(visit, key.used_at),
        made: words::short(visit, key.created_at),
        bound: key.bound_to.map(|jkt| jkt.to_string()).unwrap_or_default(),
        state: match key.revoked_at {
            Some(_) => State::ENDED,
            None if grant.standing == Standing::InForce => State::new(Tone::Good, "key", "Works"),
            None => State::new(Tone::Held, "hourglass", "Opens nothing now"),
        },
        end: match key.revoked_at {
            None if own => format!("{action}/{}/end", key.id),
            _ => String::new(),
        },
        form: format!("end-{}", key.id),
    };
    Ok(Some(Keys {
        lines: rows.iter().map(line).collect(),
        can_make: own && grant.standing == Standing::InForce,
        own,
        name: String::new(),
        bind_to: String::new(),
        gateway: gateway(visit, grant),
        action,
    }))
}

fn gateway(visit: &Visit, grant: &Grant) -> String {
    visit.app().site.link(&format!("/gw/{}", grant.id))
}

/// The address of a call that the letter permits.
fn callable(visit: &Visit, grant: &Grant) -> String {
    let terms = Terms::read(&grant.terms).ok();
    let plain: Vec<String> = terms
        .iter()
        .flat_map(|terms| terms.operations.values())
        .filter(|operation| operation.method == "GET" && !operation.path.contains('{'))
        .map(|operation| operation.path.clone())
        .collect();
    let campaigns = plain.iter().find(|path| path.as_str() == "/campaigns");
    let path = campaigns.or_else(|| plain.first()).map_or("/", String::as_str);
    format!("{}{path}", gateway(visit, grant))
}

impl NewKey {
    /// With a call to try as one line for a shell; with a bound key, what its proof says.
    fn of(new: access::NewGatewayKey, address: &str) -> Self {
        let secret = new.secret;
        let (example, proof) = match new.key.bound_to {
            None => {
                (format!("curl -H \"Authorization: Bearer {secret}\" {address}"), String::new())
            }
            Some(_) => (proven(&secret, address), proof_of(address)),
        };
        Self { name: new.key.name, secret, example, proof }
    }
}

fn proven(secret: &str, address: &str) -> String {
    format!("curl -H \"Authorization: DPoP {secret}\" -H \"DPoP: $PROOF\" {address}")
}

/// Head and claims, as they are signed.
fn proof_of(address: &str) -> String {
    format!(
        "{{\"typ\": \"dpop+jwt\", \"alg\": \"ES256\", \"jwk\": {{ your public key }}}}\n\
         {{\"jti\": \"new for each call\", \"htm\": \"GET\",\n \"htu\": \"{address}\",\n \
         \"iat\": seconds since 1970, \"ath\": \"SHA-256 of the key in base64url\"}}"
    )
}

/// What was typed: a JWK or a thumbprint, or nothing.
fn bind_to(typed: &str) -> Option<BindTo> {
    let typed = typed.trim();
    if typed.is_empty() {
        return None;
    }
    let text = typed.to_owned();
    Some(if typed.starts_with('{') { BindTo::Jwk(text) } else { BindTo::Thumbprint(text) })
}

/// The secret is in this answer and nowhere else: browsers keep no copy, and ours, for a repeat of
/// this very request, is sealed.
#[handler]
pub async fn make_key(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let grant = find(&visit, &id).await?;
    let (name, typed) = (form.get("name"), form.get("bind_to"));
    let order = KeyOrder { name: name.to_owned(), bind_to: bind_to(typed) };
    match access::make_key(visit.app(), visit.caller()?, grant.id, &order).await {
        Ok(new) => {
            let mut page = page_of(&visit, &grant).await?;
            page.new_key = Some(NewKey::of(new, &callable(&visit, &grant)));
            visit.page(&page)
        }
        Err(error) if matches!(error.code(), Some("not-in-force" | "too-many-keys")) => {
            let flash = Flash::note("No key was made", &error.to_string());
            Ok(visit.go_telling(&format!("/grants/{}", grant.id), &flash))
        }
        Err(error) => {
            let errors = PageError::from(error).into_errors(control)?;
            let mut page = page_of(&visit, &grant).await?;
            if let Some(keys) = &mut page.keys {
                (keys.name, keys.bind_to) = (name.to_owned(), typed.to_owned());
            }
            page.errors = errors;
            visit.again(&page)
        }
    }
}

/// The control of a field.
fn control(field: &str) -> String {
    let bound = ["jwk", "jkt"].contains(&field);
    if bound { "bind_to" } else { field }.to_owned()
}

#[handler]
pub async fn end_key(visit: Visit, Path((id, key)): Path<(String, String)>) -> Answer {
    let grant = find(&visit, &id).await?;
    let key = GatewayKeyId::parse(&key).ok_or(Common::NotFound("key"))?;
    access::end_key(visit.app(), visit.caller()?, grant.id, key).await?;
    let flash = Flash::done("The key has ended").saying("The next call with it is refused.");
    Ok(visit.go_telling(&format!("/grants/{}", grant.id), &flash))
}

impl Keys {
    /// As a page shows them, for its samples.
    pub fn sample(own: bool) -> Self {
        let end = if own { "/p/larkfield/grants/g-1/keys/k-1/end" } else { "" };
        let line = KeyLine {
            name: "laptop".into(),
            ending: "91b2".into(),
            used: "20 minutes ago".into(),
            made: "2 May, 09:15".into(),
            bound: String::new(),
            state: State::new(Tone::Good, "key", "Works"),
            end: end.into(),
            form: "end-k-1".into(),
        };
        let bound = KeyLine {
            name: "server".into(),
            ending: "07fe".into(),
            bound: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I".into(),
            end: end.replace("k-1", "k-2"),
            form: "end-k-2".into(),
            ..line.clone()
        };
        Self {
            lines: vec![bound, line],
            can_make: own,
            own,
            action: "/p/larkfield/grants/g-1/keys".into(),
            name: String::new(),
            bind_to: String::new(),
            gateway: "https://partners.larkfield.example/gw/g-1".into(),
        }
    }
}

impl NewKey {
    /// As a page shows it, for its samples.
    pub fn sample() -> Self {
        Self {
            name: "laptop".into(),
            secret: "agk_sample".into(),
            example: "curl -H \"Authorization: Bearer agk_sample\" https://p.example/gw/g-1".into(),
            proof: String::new(),
        }
    }

    /// The same of a key that is bound.
    pub fn bound_sample() -> Self {
        let address = "https://p.example/gw/g-1/campaigns";
        let example = proven("agk_sample", address);
        Self { example, proof: proof_of(address), ..Self::sample() }
    }
}
