//! How large the body of an operation may be, as people write it.

use super::raw::RawOperation;
use super::reader::Reader;
use crate::outside::upstream::USUAL_BODY;
use toml::Value;

/// A body is read whole and kept in memory while it is judged, so no file may ask for more.
const CEILING: usize = 8 * 1024 * 1024;

/// The most bytes of its body: what the file says, else what is usual.
pub(super) fn most_body(raw: &RawOperation, reader: &mut Reader) -> usize {
    let Some(said) = &raw.most_body else { return USUAL_BODY };
    let bytes = match said.get_ref() {
        Value::Integer(number) => usize::try_from(*number).ok(),
        Value::String(text) => parse(text),
        _ => None,
    };
    let bytes = bytes.filter(|bytes| (1..=CEILING).contains(bytes));
    let what = "a body's limit is a number of bytes, or as `256 KiB` or `2 MiB`, of at most 8 MiB";
    reader.that(bytes.is_some(), said.span().start, what);
    let takes = !raw.fields.is_empty() || raw.more_fields.is_some();
    reader.that(takes, said.span().start, "what takes no body has no limit for it");
    bytes.unwrap_or(USUAL_BODY)
}

fn parse(text: &str) -> Option<usize> {
    let (number, unit) = text.split_once(' ')?;
    let plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let unit: usize = match unit {
        "B" => 1,
        "KiB" => 1024,
        "MiB" => 1024 * 1024,
        _ => return None,
    };
    number.parse::<usize>().ok().filter(|_| plain)?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_whole_and_have_a_unit() {
        for (text, bytes) in [("1 B", 1), ("256 KiB", 262_144), ("2 MiB", 2_097_152)] {
            assert_eq!(parse(text), Some(bytes));
        }
        for text in ["", "256", "256KiB", "256 kB", "-1 KiB", "+1 KiB", "1.5 MiB", " KiB", "1  B"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse("99999999999999999 MiB"), None);
    }
}
