//! The table `[faults]` of a file: what an application says in the body instead of by a status.

use super::is_path;
use super::raw::RawFaults;
use super::reader::Reader;
use crate::outside::upstream::Faults;
use std::collections::BTreeSet;
use toml::Spanned;

/// Longer than a wait may be named; the gateway asks again after a quarter of an hour at most.
const LONGEST: u64 = 86_400;

pub(super) fn read(raw: Option<&RawFaults>, reader: &mut Reader) -> Option<Faults> {
    let raw = raw?;
    let (ok, codes) = (path(&raw.ok, reader), path(&raw.codes, reader));
    let mut seen = BTreeSet::new();
    for code in &raw.stale {
        known(code.get_ref(), code.span().start, &mut seen, reader);
    }
    for (code, wait) in &raw.too_fast {
        let at = wait.span().start;
        known(code, at, &mut seen, reader);
        let fits = (1..=LONGEST).contains(wait.get_ref());
        reader.that(fits, at, "the seconds to leave an account alone are 1 to 86400");
    }
    for (code, status) in &raw.statuses {
        let at = status.span().start;
        known(code, at, &mut seen, reader);
        let fits = (400..500).contains(status.get_ref()) && ![401, 429].contains(status.get_ref());
        let what = "a status here is 400 to 499; 401 is told by `stale`, 429 by `too_fast`";
        reader.that(fits, at, what);
    }
    let stale = raw.stale.iter().map(|code| code.get_ref().clone()).collect();
    let too_fast = raw.too_fast.iter().map(|(code, wait)| (code.clone(), *wait.get_ref()));
    let statuses = raw.statuses.iter().map(|(code, status)| (code.clone(), *status.get_ref()));
    let (too_fast, statuses) = (too_fast.collect(), statuses.collect());
    Some(Faults { ok, codes, stale, too_fast, statuses })
}

fn path(raw: &Spanned<String>, reader: &mut Reader) -> Vec<String> {
    let what = format!("`{}` is no name of a field", raw.get_ref());
    reader.that(is_path(raw.get_ref()), raw.span().start, &what);
    raw.get_ref().split('.').map(str::to_owned).collect()
}

/// A code means one thing.
fn known(code: &str, at: usize, seen: &mut BTreeSet<String>, reader: &mut Reader) {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    let fits = !code.is_empty() && code.len() <= 40 && code.bytes().all(plain);
    reader.that(fits, at, &format!("`{code}` is no code: letters, digits, _ and -"));
    reader.that(seen.insert(code.to_owned()), at, &format!("`{code}` means two things"));
}
