//! What customers tell of their accounts: read strictly when a connect begins, kept beside the
//! account, and put back together whenever its application is asked.

use crate::access::store::SecretRow;
use crate::access::vault::{Place, Vault};
use crate::app::App;
use crate::kernel::check::{Checks, Invalid};
use crate::kernel::id::{ConnectionId, OrganizationId};
use crate::platform::refusal::{Error, Result};
use crate::upstreams::{PartKind, Parts, Upstream};
use secrecy::SecretString;
use serde_json::Value;
use std::collections::BTreeMap;

/// Whose secret it is; bound to the sealed bytes.
#[derive(Debug, Clone, Copy)]
pub struct OfAccount<'a> {
    pub connection: ConnectionId,
    pub customer: OrganizationId,
    pub upstream: &'a str,
}

impl<'a> OfAccount<'a> {
    pub fn place(self, generation: i64) -> Place<'a> {
        Place::Token {
            connection: self.connection,
            kind: "client",
            generation,
            customer: self.customer,
            upstream: self.upstream,
        }
    }
}

/// Every part that people are asked for: what is given now, else what was told before.
///
/// Errors with `invalid` and a field `parts.<name>` for each that is missing, unknown or wrong.
pub fn read_told(
    upstream: &Upstream,
    before: Parts,
    given: &BTreeMap<String, String>,
) -> Result<Parts, Invalid> {
    let mut checks = Checks::new();
    let asked = || upstream.parts.iter().filter(|part| part.asked);
    for name in given.keys() {
        let known = asked().any(|part| part.name == *name);
        let what = format!("{} asks for no such thing", upstream.name);
        checks.that(known, &format!("parts.{name}"), what);
    }
    let mut told = Parts::default();
    for part in asked() {
        let new = given.get(&part.name).filter(|text| !text.trim().is_empty());
        let text = match (new, part.kind) {
            (None, PartKind::Secret) if before.secret.is_some() => {
                told.secret.clone_from(&before.secret);
                continue;
            }
            (None, _) => before.plain.get(&part.name),
            (new, _) => new,
        };
        match part.read(text.map(String::as_str).unwrap_or_default(), upstream.reach) {
            Ok(value) if part.kind == PartKind::Secret => {
                told.secret = Some(SecretString::from(value));
            }
            Ok(value) => {
                told.plain.insert(part.name.clone(), value);
            }
            Err(message) => checks.that(false, &format!("parts.{}", part.name), message),
        }
    }
    checks.finish()?;
    Ok(told)
}

/// The row's form of what was told; no secret is in it.
pub fn row_of(parts: &Parts) -> Value {
    let texts = parts.plain.iter();
    Value::Object(texts.map(|(name, text)| (name.clone(), text.clone().into())).collect())
}

/// Errors (a fault) for a row that holds anything but texts.
pub fn plain(row: &Value) -> Result<Parts> {
    Ok(Parts { plain: serde_json::from_value(row.clone()).map_err(Error::fault)?, secret: None })
}

/// What is known of a connected account, its client's secret opened.
///
/// Errors (a fault) when the secret does not open in its place.
pub async fn of_account(
    app: &App,
    of: OfAccount<'_>,
    (row, client): (&Value, Option<&SecretRow>),
) -> Result<Parts> {
    let mut parts = plain(row)?;
    if let Some(client) = client {
        let place = of.place(client.generation);
        parts.secret = Some(Vault::of(app).open(place, &client.sealed).await?);
    }
    Ok(parts)
}
