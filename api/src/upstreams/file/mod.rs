//! One file of `upstreams/`: from TOML to an [`Upstream`], or every fault with its line.
//!
//! The schema is told in `upstreams/README.md`. Nothing is taken from a file with a fault: the
//! catalogue decides what consultants may do, so half of one is worse than none.

mod catalogue;
mod costs;
mod faults;
mod oauth;
mod operations;
mod parts;
mod rates;
mod raw;
mod reader;
mod sizes;
mod types;
mod undos;
mod withheld;

use super::load::Values;
use crate::outside::upstream::{AccountCall, Address, Phrase, Reach, Template, Upstream};
use parts::Asked;
use raw::RawFile;
use reader::Reader;
use std::collections::BTreeMap;
use toml::Spanned;

/// One thing wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// From 1.
    pub line: usize,
    pub message: String,
    /// The placeholder that has no value, when that is all that is wrong.
    pub unset: Option<String>,
}

/// Reads a file; `slug` is its name without the ending.
pub fn parse(
    slug: &str,
    text: &str,
    values: &Values,
    reach: Reach,
) -> Result<Upstream, Vec<Fault>> {
    let mut reader = Reader::new(text, values, reach);
    let raw: RawFile = match toml::from_str(text) {
        Ok(raw) => raw,
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            reader.fault(at, error.message().trim().to_owned());
            return Err(reader.faults);
        }
    };
    reader.that(is_word(slug), 0, "name the file in small letters, digits and hyphens");
    let upstream = build(slug, &raw, &mut reader);
    match upstream {
        Some(upstream) if reader.faults.is_empty() => Ok(upstream),
        _ => {
            reader.faults.sort_by_key(|fault| fault.line);
            Err(reader.faults)
        }
    }
}

fn build(slug: &str, raw: &RawFile, reader: &mut Reader) -> Option<Upstream> {
    reader.words(&raw.name, "a name", 80);
    reader.words(&raw.about, "a line about it", 200);
    offer(raw, reader);
    let mut asked = Asked::read(raw, reader);
    let issuer = asked.told_address(&raw.issuer, reader);
    let base = asked.address(&raw.api, reader);
    let oauth = oauth::read(&raw.oauth, &mut asked, reader);
    let account = account(raw, (base.as_ref(), &asked), reader);
    let send_headers = send_headers(&raw.headers.send, &mut asked, reader);
    let discovery = asked.discovery(raw, reader);
    pass_headers(&raw.headers.pass, reader);
    let actions = catalogue::actions(raw, reader);
    let presets = catalogue::presets(raw, &actions, reader);
    let rates = rates::read(&raw.rates, reader);
    let faults = faults::read(raw.faults.as_ref(), reader);
    let mut operations = operations::read(raw, &actions, reader);
    let types = types::read(raw, &operations, reader);
    let withholdable = withheld::read(raw, &operations, reader);
    withheld::mark(&mut operations, &withholdable);
    asked.check_use(raw, reader);
    let passed = raw.headers.pass.iter().map(|h| h.get_ref().clone());
    Some(Upstream {
        slug: slug.to_owned(),
        name: raw.name.get_ref().clone(),
        about: raw.about.get_ref().clone(),
        issuer: issuer?,
        base: base?,
        oauth: oauth?,
        parts: asked.into_parts(raw),
        discovery,
        account: account?,
        send_headers,
        pass_headers: passed.chain(rates.headers().map(str::to_owned)).collect(),
        link_fields: link_fields(&raw.links.fields, reader),
        rates,
        faults,
        actions,
        withholdable,
        types,
        presets,
        operations,
        probe: None,
        reach: reader.reach,
    })
}

/// An application that needs nothing of this installation is offered when it says so.
fn offer(raw: &RawFile, reader: &mut Reader) {
    let Some(offer) = &raw.offer else { return };
    let switch = offer.get_ref().starts_with("${");
    reader.that(switch, offer.span().start, "`offer` is a placeholder, such as ${ACME_OFFERED}");
    let filled = reader.fill(offer);
    let on = filled.is_none_or(|text| text == "yes");
    reader.that(on, offer.span().start, "the value of `offer` is `yes`, or it is not set");
}

fn account(
    raw: &RawFile,
    (base, asked): (Option<&Address>, &Asked),
    reader: &mut Reader,
) -> Option<AccountCall> {
    let placed = base.is_none_or(|base| base.0.parts().any(|name| asked.is_asked(name)));
    let what = "without `id` an account is told by a part of `api` that people tell";
    reader.that(raw.account.id.is_some() || placed, raw.account.path.span().start, what);
    let path = reader.template(&raw.account.path)?;
    let fixed = path.params().next().is_none();
    reader.that(fixed, raw.account.path.span().start, "the account's path has no parameters");
    let at = raw.account.path.span().start;
    let named = raw.account.query.keys().all(|name| is_field(name));
    reader.that(named, at, "the account's query has names of fields");
    let query = raw.account.query.iter();
    Some(AccountCall {
        path,
        query: query.map(|(name, value)| (name.clone(), value.get_ref().clone())).collect(),
        id_field: raw.account.id.clone(),
        name_field: raw.account.name.clone(),
        currency_field: raw.account.currency.clone(),
    })
}

/// Each as the names from an answer's top down.
fn link_fields(raw: &[Spanned<String>], reader: &mut Reader) -> Vec<Vec<String>> {
    for field in raw {
        let what = format!("`{}` is no name of a field", field.get_ref());
        reader.that(is_path(field.get_ref()), field.span().start, &what);
    }
    raw.iter().map(|field| field.get_ref().split('.').map(str::to_owned).collect()).collect()
}

/// Headers that only this program sets, or nobody.
const OURS: &[&str] = &[
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Headers of an answer that never pass.
const NEVER_PASS: &[&str] = &[
    "connection",
    "content-length",
    "keep-alive",
    "location",
    "link",
    "proxy-authenticate",
    "server",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "www-authenticate",
];

fn send_headers(
    raw: &BTreeMap<String, Spanned<String>>,
    asked: &mut Asked,
    reader: &mut Reader,
) -> Vec<(String, Phrase)> {
    let mut made = Vec::new();
    for (name, value) in raw {
        let at = value.span().start;
        let own = OURS.contains(&name.as_str()) || name.starts_with("attache");
        reader.that(is_header(name) && !own, at, &format!("`{name}` is no header to send"));
        let plain = value.get_ref().bytes().all(|b| (0x20..0x7f).contains(&b));
        reader.that(plain, at, "a header's value is plain ASCII");
        made.extend(asked.phrase(value, reader).map(|value| (name.clone(), value)));
    }
    made
}

fn pass_headers(raw: &[Spanned<String>], reader: &mut Reader) {
    for name in raw {
        let what = format!("`{}` is no header that may pass", name.get_ref());
        reader.that(may_pass(name.get_ref()), name.span().start, &what);
    }
}

fn may_pass(name: &str) -> bool {
    let never = NEVER_PASS.contains(&name) || name.starts_with("access-control-");
    is_header(name) && !never
}

fn is_header(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !name.is_empty() && name.bytes().all(plain)
}

/// Slugs and ids: small letters, digits, hyphens, beginning with a letter, at most 40.
fn is_word(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.len() <= 40
        && text.bytes().all(plain)
}

/// Names of fields, with dots between them.
fn is_path(text: &str) -> bool {
    is_field(text) && text.split('.').all(|name| !name.is_empty())
}

/// Names of fields and query parameters.
fn is_field(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-' || b == b'.';
    !text.is_empty() && text.len() <= 80 && text.bytes().all(plain) && text != "_method"
}

impl Reader<'_> {
    fn template(&mut self, raw: &Spanned<String>) -> Option<Template> {
        match Template::parse(raw.get_ref()) {
            Ok(template) => Some(template),
            Err(message) => {
                self.fault(raw.span().start, message);
                None
            }
        }
    }
}

#[cfg(test)]
mod credentials_tests;
#[cfg(test)]
mod parts_tests;
#[cfg(test)]
mod tests;
