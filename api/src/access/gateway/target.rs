//! The address a caller asks for, read so strictly that nobody can read it otherwise.
//!
//! Applications disagree about encoded slashes, dots, semicolons and double slashes; what one of
//! them might read differently is refused here, and nothing of the text is passed on.

use super::refusal::Refusal;
use std::collections::BTreeSet;

/// Most bytes of path and query together.
pub const MOST_BYTES: usize = 4096;
const MOST_QUERY_NAMES: usize = 50;

/// The decoded segments of a raw path. `raw` begins with a slash.
///
/// Errors: `malformed` for anything but single segments of plain or once-encoded characters.
pub fn read_path(raw: &str) -> Result<Vec<String>, Refusal> {
    let inside = raw.strip_prefix('/').ok_or(BAD_PATH)?;
    inside.split('/').filter(|_| !inside.is_empty()).map(segment).collect()
}

/// The decoded pairs of a raw query; [`once`] says which names may be there twice.
///
/// Errors: `malformed`.
pub fn read_query(raw: Option<&str>) -> Result<Vec<(String, String)>, Refusal> {
    let raw = raw.unwrap_or_default();
    if raw.is_empty() {
        return Ok(Vec::new());
    }
    let mut pairs = Vec::new();
    for pair in raw.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (query_part(name)?, query_part(value)?);
        if name == "_method" {
            return Err(OVERRIDE);
        }
        if name.is_empty() || pairs.len() >= MOST_QUERY_NAMES {
            return Err(BAD_QUERY);
        }
        pairs.push((name, value));
    }
    Ok(pairs)
}

/// Each name once, but for those that the operation lets repeat.
///
/// Errors: `malformed`.
pub fn once(pairs: &[(String, String)], repeats: &BTreeSet<String>) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    let fits = pairs.iter().all(|(name, _)| seen.insert(name) || repeats.contains(name));
    if fits { Ok(()) } else { Err(BAD_QUERY) }
}

pub const OVERRIDE: Refusal = Refusal::Malformed("The method is the request's own: send no other.");
const BAD_PATH: Refusal = Refusal::Malformed(
    "The path has a part that could be read in two ways: no empty or dot segments, no ; or \\, \
     no encoded / \\ . % or control characters.",
);
const BAD_QUERY: Refusal = Refusal::Malformed(
    "The query cannot be read: each name once, percent-encoded UTF-8 without control characters.",
);

fn segment(raw: &str) -> Result<String, Refusal> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,=:@%".contains(&b);
    if raw.is_empty() || !raw.bytes().all(plain) {
        return Err(BAD_PATH);
    }
    let decoded = decode(raw, |byte| !b"/\\.%;".contains(&byte)).ok_or(BAD_PATH)?;
    if decoded == "." || decoded == ".." { Err(BAD_PATH) } else { Ok(decoded) }
}

fn query_part(raw: &str) -> Result<String, Refusal> {
    let plain = |b: u8| b.is_ascii_graphic() && !b"\\\"<>^`{|}#".contains(&b);
    if !raw.bytes().all(plain) {
        return Err(BAD_QUERY);
    }
    decode(&raw.replace('+', "%20"), |_| true).ok_or(BAD_QUERY)
}

/// Decodes once. `None` for a broken escape, an escaped control character, an escaped byte that
/// `permitted` refuses, or bytes that are no UTF-8.
fn decode(raw: &str, permitted: impl Fn(u8) -> bool) -> Option<String> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |digit: Option<u8>| char::from(digit?).to_digit(16);
        let value = digit(rest.next())? * 16 + digit(rest.next())?;
        let value = u8::try_from(value).ok()?;
        if value.is_ascii_control() || !permitted(value) {
            return None;
        }
        bytes.push(value);
    }
    let text = String::from_utf8(bytes).ok()?;
    (!text.chars().any(char::is_control)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_paths_are_read() {
        let read = |raw| read_path(raw).unwrap();
        assert_eq!(read("/campaigns"), ["campaigns"]);
        assert_eq!(read("/campaigns/cmp_1/send"), ["campaigns", "cmp_1", "send"]);
        assert_eq!(read("/lists/a%20b%C3%A9"), ["lists", "a bé"]);
        assert_eq!(read("/lists/a@b,c:d"), ["lists", "a@b,c:d"]);
        assert_eq!(read("/v1.2/x.json"), ["v1.2", "x.json"]);
    }

    /// Row 11 of the table of attacks.
    #[test]
    fn attack_11_what_could_be_read_in_two_ways_is_refused() {
        for raw in [
            "",
            "//",
            "campaigns",
            "//campaigns",
            "/campaigns//cmp_1",
            "/campaigns/",
            "/campaigns/../users",
            "/campaigns/./cmp_1",
            "/..",
            "/.",
            "/campaigns/%2e%2e/users",
            "/campaigns/%2E%2E/users",
            "/campaigns/.%2e/users",
            "/campaigns/cmp_1%2fsend",
            "/campaigns/cmp_1%2Fsend",
            "/campaigns/cmp_1%252fsend",
            "/campaigns/cmp_1%5csend",
            "/campaigns\\cmp_1",
            "/campaigns;x=1/cmp_1",
            "/campaigns/cmp_1;/send",
            "/campaigns/cmp_1%3bx",
            "/campaigns/%00",
            "/campaigns/a%0d%0ab",
            "/campaigns/%7f",
            "/campaigns/%c2%80",
            "/campaigns/%ff",
            "/campaigns/%c0%af",
            "/campaigns/%",
            "/campaigns/%2",
            "/campaigns/%zz",
            "/campaigns/\u{e9}",
            "/campaigns/a b",
            "/campaigns/a\tb",
            "/campaigns/a\nb",
            "/campaigns/%25",
            "/campaigns/a?b",
            "/campaigns/a#b",
            "/campaigns/\"a\"",
            "/campaigns/{campaign}",
            "/campaigns/<a>",
            "/campaigns/a|b",
            "/campaigns/a^b",
            "/campaigns/`a`",
        ] {
            assert!(matches!(read_path(raw), Err(Refusal::Malformed(_))), "{raw:?}");
        }
    }

    #[test]
    fn queries_say_each_thing_once() {
        let read = |raw| read_query(Some(raw));
        let pairs = read("state=draft&email=a%2Bb%40c.d&q=two+words&empty=").unwrap();
        let pairs: Vec<(&str, &str)> =
            pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(
            pairs,
            [("state", "draft"), ("email", "a+b@c.d"), ("q", "two words"), ("empty", "")]
        );
        assert_eq!(read_query(None).unwrap(), []);
        assert_eq!(read_query(Some("")).unwrap(), []);
        for raw in ["a=1&a=2", "a=1&%61=2", "a=1&b=2&a=1"] {
            let pairs = read(raw).unwrap();
            assert_eq!(once(&pairs, &BTreeSet::new()), Err(BAD_QUERY), "{raw:?}");
            assert_eq!(once(&pairs, &["a".to_owned()].into()), Ok(()), "{raw:?}");
            assert_eq!(once(&pairs, &["b".to_owned()].into()), Err(BAD_QUERY), "{raw:?}");
        }
        for raw in [
            "=1", "a=1&&b=2", "a=%00", "a=%0d%0a", "a=%zz", "a=%ff", "a=\u{e9}", "a=b c", "a=\\",
            "a=\"", "a={b}",
        ] {
            assert!(matches!(read(raw), Err(Refusal::Malformed(_))), "{raw:?}");
        }
        // Row 12: no other method by the query.
        assert!(read("_method=DELETE").is_err());
        assert!(read("%5Fmethod=DELETE").is_err());
    }

    proptest! {
        /// Whatever is taken decodes to segments that hold nothing a second reader would split,
        /// drop or decode again.
        #[test]
        fn what_is_taken_is_plain(raw in "/[ -~]{0,60}") {
            if let Ok(segments) = read_path(&raw) {
                for segment in segments {
                    prop_assert!(!segment.is_empty() && segment != "." && segment != "..");
                    prop_assert!(!segment.contains(['/', '\\', '%', ';', '\0']));
                    prop_assert!(!segment.chars().any(char::is_control));
                }
            }
        }
    }
}
