//! The table `[rates]` of a file: how fast the application is called, and in which headers it tells
//! of its limits.

use super::may_pass;
use super::raw::RawRates;
use super::reader::Reader;
use crate::outside::upstream::{FASTEST, Pace, Rates, ResetIs};
use toml::Spanned;

pub(super) fn read(raw: &RawRates, reader: &mut Reader) -> Rates {
    let mut header = |raw: &Option<Spanned<String>>| {
        let raw = raw.as_ref()?;
        let what = format!("`{}` is no header that may pass", raw.get_ref());
        reader.that(may_pass(raw.get_ref()), raw.span().start, &what);
        Some(raw.get_ref().clone())
    };
    let (limit, remaining) = (header(&raw.limit), header(&raw.remaining));
    let (reset, interval) = (header(&raw.reset), header(&raw.interval));
    let kinds = [("seconds", ResetIs::Seconds), ("time", ResetIs::Time)];
    let reset_is = raw.reset_is.as_ref().and_then(|text| reader.one_of("reset_is", text, &kinds));
    if let Some(name) = &raw.reset {
        let what = "`reset_is` says whether it tells `seconds` from now or a `time`";
        reader.that(raw.reset_is.is_some(), name.span().start, what);
    }
    let pace = pace(raw, reader);
    Rates { limit, remaining, reset: reset.zip(reset_is), interval, pace }
}

fn pace(raw: &RawRates, reader: &mut Reader) -> Pace {
    let usual = Pace::default();
    let mut number = |raw: &Option<Spanned<u32>>, usual: u32| {
        let Some(raw) = raw else { return usual };
        let fits = (1..=FASTEST).contains(raw.get_ref());
        let what = format!("from 1 to {FASTEST} calls a minute");
        reader.that(fits, raw.span().start, &what);
        *raw.get_ref()
    };
    let account = number(&raw.account_a_minute, usual.account);
    // A letter alone is never faster than all letters of an account together.
    let letter = number(&raw.letter_a_minute, usual.letter.min(account));
    if let Some(raw) = &raw.letter_a_minute {
        let what = "no letter is faster than `account_a_minute` lets all of them be";
        reader.that(letter <= account, raw.span().start, what);
    }
    Pace { letter, account }
}
