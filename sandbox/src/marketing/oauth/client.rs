//! Knowing the client: its id and secret, RFC 6749 section 2.3.1.

use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::percent_decode_str;
use poem::http::{HeaderMap, header};
use subtle::ConstantTimeEq;

use super::{error::TokenError, form::Fields, hash};
use crate::marketing::MarketingConfig;

/// The name that people see for the client.
pub(crate) const CLIENT_NAME: &str = "Attaché";

/// The id of the client that makes this call, by the Basic scheme or by fields of the body.
///
/// # Errors
/// Both ways at once, an unknown client, a wrong secret.
pub(crate) fn authenticate(
    config: &MarketingConfig,
    headers: &HeaderMap,
    fields: &Fields,
) -> Result<String, TokenError> {
    let basic = headers.get(header::AUTHORIZATION);
    let (id, secret) = match (basic, fields.get("client_secret")) {
        (Some(_), Some(_)) => {
            let twice = "the client identified itself in two ways";
            return Err(TokenError::InvalidRequest(twice.into()));
        }
        (Some(value), None) => {
            value.to_str().ok().and_then(read_basic).ok_or(TokenError::InvalidClient)?
        }
        (None, Some(secret)) => {
            (fields.get("client_id").unwrap_or_default().into(), secret.to_owned())
        }
        (None, None) => return Err(TokenError::InvalidClient),
    };
    if fields.get("client_id").is_some_and(|named| named != id) {
        return Err(TokenError::InvalidClient);
    }
    // Hashes of equal length, so that the time of the comparison says nothing of the secret.
    let right = hash(&config.client_secret).as_bytes().ct_eq(hash(&secret).as_bytes());
    if id == config.client_id && bool::from(right) {
        Ok(id)
    } else {
        Err(TokenError::InvalidClient)
    }
}

fn read_basic(value: &str) -> Option<(String, String)> {
    let (scheme, coded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let plain = String::from_utf8(STANDARD.decode(coded.trim()).ok()?).ok()?;
    let (id, secret) = plain.split_once(':')?;
    Some((form_decode(id)?, form_decode(secret)?))
}

/// Id and secret are form-encoded before they are joined.
fn form_decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    Some(percent_decode_str(&spaced).decode_utf8().ok()?.into_owned())
}
