//! The table `[rates]` of a file: headers in which an application tells of its limits.

use super::may_pass;
use super::raw::RawRates;
use super::reader::Reader;
use crate::outside::upstream::{Rates, ResetIs};
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
    Rates { limit, remaining, reset: reset.zip(reset_is), interval }
}
