//! The tables `[parts.<name>]` and `[discovery]` of a file, and the places where parts stand.
//!
//! A part stands where its kind belongs and nowhere else: a host is a whole host, a label stands in
//! front of a domain that is written out, a text in a header or as the client's id.

use super::is_field;
use super::raw::{RawFile, RawPart};
use super::reader::Reader;
use crate::outside::upstream::{
    AccountPart, Address, ClientSecret, Discovery, PartKind, Parts, Pattern, Phrase,
};
use secrecy::SecretString;
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;

/// The parts of a file, and which of them were met in it.
#[derive(Default)]
pub(super) struct Asked {
    parts: BTreeMap<String, AccountPart>,
    used: BTreeSet<String>,
}

impl Asked {
    pub fn read(raw: &RawFile, reader: &mut Reader) -> Self {
        let told = raw.discovery.as_ref().map(|d| &d.fields);
        let mut parts = BTreeMap::new();
        for (name, part) in &raw.parts {
            let asked = told.is_none_or(|fields| !fields.contains_key(name));
            let made = one(name, part, asked, reader);
            parts.extend(made.map(|part| (name.clone(), part)));
        }
        Self { parts, used: BTreeSet::new() }
    }

    pub fn is_asked(&self, name: &str) -> bool {
        self.parts.get(name).is_some_and(|part| part.asked)
    }

    /// Whether an address leads to whatever host a customer names.
    pub fn is_anywhere(&self, raw: &Spanned<String>) -> bool {
        let free = |part: &AccountPart| {
            part.kind == PartKind::Host && part.choices.is_empty() && part.asked
        };
        let phrase = Phrase::parse(raw.get_ref());
        phrase.is_ok_and(|phrase| phrase.parts().any(|name| self.parts.get(name).is_some_and(free)))
    }

    /// An address that is needed before the application has told anything.
    pub fn told_address(&mut self, raw: &Spanned<String>, reader: &mut Reader) -> Option<Address> {
        let address = self.address(raw, reader)?;
        let early = address.0.parts().all(|name| self.is_asked(name));
        let what = "this address is needed before the application tells its parts";
        reader.that(early, raw.span().start, what);
        Some(address)
    }

    pub fn address(&mut self, raw: &Spanned<String>, reader: &mut Reader) -> Option<Address> {
        if !has_parts(raw) {
            let url = reader.url(raw)?;
            return Some(Address(Phrase::plain(url.into())));
        }
        let at = raw.span().start;
        let phrase = self.phrase(raw, reader)?;
        let host = raw.get_ref().strip_prefix("https://").map(|rest| {
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            (host, !path.contains(['{', '}']))
        });
        let stands = host.is_some_and(|(host, plain)| plain && self.is_host(host));
        let what = "parts stand in the host: `https://{host}/..` with a part of kind `host`, or \
                    `https://{label}.example.com/..` with one of kind `label`";
        reader.that(stands, at, what);
        let address = Address(phrase);
        let sample = address.at(&self.sample(), reader.reach);
        reader.that(!stands || sample.is_some(), at, "this is no address of a public host");
        Some(address)
    }

    /// A whole host, or a label before a domain of at least two.
    fn is_host(&self, host: &str) -> bool {
        let Some((name, rest)) = host.strip_prefix('{').and_then(|h| h.split_once('}')) else {
            return false;
        };
        match self.parts.get(name).map(|part| part.kind) {
            Some(PartKind::Host) => rest.is_empty(),
            Some(PartKind::Label) => {
                let domain = rest.strip_prefix('.').unwrap_or_default();
                let plain = |b: u8| b.is_ascii_alphanumeric() || b"-.".contains(&b);
                domain.split('.').filter(|l| !l.is_empty()).count() > 1 && domain.bytes().all(plain)
            }
            _ => false,
        }
    }

    /// Values as they might be told, to look at what becomes of an address.
    fn sample(&self) -> Parts {
        let value = |part: &AccountPart| match part.kind {
            PartKind::Host => "host.example.com".to_owned(),
            _ => "x1".to_owned(),
        };
        let plain = self.parts.iter().map(|(name, part)| (name.clone(), value(part))).collect();
        Parts { plain, secret: None }
    }

    /// A text with parts in it; in one with placeholders braces mean nothing else.
    pub fn phrase(&mut self, raw: &Spanned<String>, reader: &mut Reader) -> Option<Phrase> {
        let at = raw.span().start;
        if !has_parts(raw) {
            return Some(Phrase::plain(raw.get_ref().clone()));
        }
        let phrase = match Phrase::parse(raw.get_ref()) {
            Ok(phrase) => phrase,
            Err(message) => {
                reader.fault(at, message.to_owned());
                return None;
            }
        };
        for name in phrase.parts() {
            let known = self.parts.get(name);
            reader.that(known.is_some(), at, &format!("there is no table [parts.{name}]"));
            let plain = known.is_none_or(|part| part.kind != PartKind::Secret);
            reader.that(plain, at, "a secret stands in `client_secret` alone");
            self.used.insert(name.to_owned());
        }
        Some(phrase)
    }

    /// The client's id: a value of this installation, or one part that people tell.
    pub fn word(&mut self, raw: &Spanned<String>, reader: &mut Reader) -> Option<Phrase> {
        if !has_parts(raw) {
            return reader.fill(raw).map(Phrase::plain);
        }
        let phrase = self.phrase(raw, reader)?;
        let alone = whole(raw).is_some_and(|name| {
            self.parts.get(name).is_some_and(|p| p.asked && p.kind == PartKind::Text)
        });
        let what = "`client_id` is one part of kind `text` that people tell";
        reader.that(alone, raw.span().start, what);
        Some(phrase)
    }

    pub fn secret(&mut self, raw: &Spanned<String>, reader: &mut Reader) -> Option<ClientSecret> {
        if !has_parts(raw) {
            return reader.fill(raw).map(|text| ClientSecret::Ours(SecretString::from(text)));
        }
        let name = whole(raw).filter(|name| {
            self.parts.get(*name).is_some_and(|p| p.asked && p.kind == PartKind::Secret)
        });
        let what = "`client_secret` is one part of kind `secret` that people tell";
        reader.that(name.is_some(), raw.span().start, what);
        self.used.extend(name.map(str::to_owned));
        name.map(|name| ClientSecret::OfAccount(name.to_owned()))
    }

    pub fn discovery(&mut self, raw: &RawFile, reader: &mut Reader) -> Option<Discovery> {
        let raw = raw.discovery.as_ref()?;
        let address = reader.url(&raw.address);
        let scheme = raw.scheme.get_ref();
        let word = !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphabetic());
        reader.that(word, raw.scheme.span().start, "scheme is one word, such as Bearer");
        for (name, field) in &raw.fields {
            let at = field.span().start;
            let fits = self.parts.get(name).is_some_and(|part| part.kind != PartKind::Secret);
            reader.that(fits, at, &format!("there is no table [parts.{name}] that can be told"));
            let what = format!("`{}` is no name of a field", field.get_ref());
            reader.that(is_field(field.get_ref()), at, &what);
        }
        let fields = raw.fields.iter();
        Some(Discovery {
            address: address?,
            scheme: scheme.clone(),
            fields: fields.map(|(name, field)| (name.clone(), field.get_ref().clone())).collect(),
        })
    }

    /// Nobody is asked for what is not needed.
    pub fn check_use(&self, raw: &RawFile, reader: &mut Reader) {
        for (name, part) in &raw.parts {
            let used = self.used.contains(name);
            reader.that(used, part.span().start, &format!("nothing names `{{{name}}}`"));
        }
    }

    /// In the order of the file, in which people are asked.
    pub fn into_parts(self, raw: &RawFile) -> Vec<AccountPart> {
        let mut parts: Vec<AccountPart> = self.parts.into_values().collect();
        parts.sort_by_key(|part| raw.parts.get(&part.name).map(|raw| raw.span().start));
        parts
    }
}

fn has_parts(raw: &Spanned<String>) -> bool {
    raw.get_ref().contains('{') && !raw.get_ref().contains("${")
}

/// The name, when the text is one part and nothing else.
fn whole(raw: &Spanned<String>) -> Option<&str> {
    raw.get_ref().strip_prefix('{')?.strip_suffix('}')
}

fn one(
    name: &str,
    raw: &Spanned<RawPart>,
    asked: bool,
    reader: &mut Reader,
) -> Option<AccountPart> {
    let (at, raw) = (raw.span().start, raw.get_ref());
    let plain = |b: u8| b.is_ascii_lowercase() || b == b'_';
    let named = !name.is_empty() && name.len() <= 40 && name.bytes().all(plain);
    reader.that(named, at, &format!("`{name}` is no name of a part: small letters and _"));
    let kinds: Vec<(&str, PartKind)> = PartKind::ALL.iter().map(|k| (k.as_str(), *k)).collect();
    let kind = reader.one_of("kind", &raw.kind, &kinds)?;
    let secret = kind == PartKind::Secret;
    for (key, text, most) in
        [("label", &raw.label, 60), ("hint", &raw.hint, 200), ("example", &raw.example, 100)]
    {
        if let Some(text) = text {
            reader.words(text, &format!("a {key}"), most);
        }
    }
    reader.that(raw.label.is_some() || !asked, at, "`label` is what people are asked");
    let pattern = raw.pattern.as_ref().and_then(|raw| pattern(raw, reader));
    let text = |raw: &Option<Spanned<String>>| raw.as_ref().map(|t| t.get_ref().clone());
    let part = AccountPart {
        name: name.to_owned(),
        kind,
        label: text(&raw.label).unwrap_or_default(),
        hint: text(&raw.hint).unwrap_or_default(),
        example: text(&raw.example).unwrap_or_default(),
        pattern,
        choices: raw.choices.iter().map(|choice| choice.get_ref().clone()).collect(),
        asked,
    };
    let bare = raw.example.is_none() && part.pattern.is_none() && part.choices.is_empty();
    reader.that(!secret || bare, at, "a secret has no example, pattern or choices");
    let shown = secret || !asked || !part.choices.is_empty() || raw.example.is_some();
    reader.that(shown, at, "`example` shows people what to write");
    for value in raw.example.iter().chain(&raw.choices) {
        let same = part.read(value.get_ref(), reader.reach);
        let taken = same.is_ok_and(|read| read == *value.get_ref());
        reader.that(taken, value.span().start, "the part itself would not take this value");
    }
    Some(part)
}

fn pattern(raw: &Spanned<String>, reader: &mut Reader) -> Option<Pattern> {
    match Pattern::parse(raw.get_ref()) {
        Ok(pattern) => Some(pattern),
        Err(message) => {
            reader.fault(raw.span().start, message);
            None
        }
    }
}
