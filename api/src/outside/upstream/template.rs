//! Path templates: what an operation's address looks like, and how it is built anew.
//!
//! A caller's path is only ever read into parameters; the address that is called is put together
//! from the template, so nothing that a caller wrote is passed on as it stood.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but RFC 3986's unreserved characters is encoded.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Longest value of a parameter, in bytes.
const LONGEST: usize = 200;

/// One segment of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Literal(String),
    /// The name says what kind of thing the value names, such as `campaign`.
    Param(String),
}

/// A path such as `/campaigns/{campaign}/send`, below the application's base address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

impl Template {
    /// Errors in words when the text is no template.
    pub fn parse(text: &str) -> Result<Self, String> {
        let inside = text.strip_prefix('/').ok_or("a path begins with a slash")?;
        let parts: Vec<Part> = inside.split('/').map(part).collect::<Result<_, _>>()?;
        let names: Vec<&str> = params(&parts).collect();
        let repeated =
            names.iter().enumerate().find(|(at, name)| names.iter().take(*at).any(|n| n == *name));
        match repeated {
            Some((_, name)) => Err(format!("{{{name}}} is there twice")),
            None => Ok(Self { text: text.to_owned(), parts }),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Names of the parameters, in order.
    pub fn params(&self) -> impl Iterator<Item = &str> {
        params(&self.parts)
    }

    /// The values of the parameters, when the decoded segments fit; `None` when they do not.
    pub fn read(&self, segments: &[String]) -> Option<Vec<(String, String)>> {
        if segments.len() != self.parts.len() {
            return None;
        }
        let mut values = Vec::new();
        for (part, segment) in self.parts.iter().zip(segments) {
            match part {
                Part::Literal(literal) if literal == segment => {}
                Part::Param(name) if is_value(segment) => {
                    values.push((name.clone(), segment.clone()));
                }
                Part::Literal(_) | Part::Param(_) => return None,
            }
        }
        Some(values)
    }

    /// The path for these values, encoded; `None` when one is missing or is no value.
    pub fn build(&self, values: &[(String, String)]) -> Option<String> {
        let mut path = String::new();
        for part in &self.parts {
            path.push('/');
            match part {
                Part::Literal(literal) => path.push_str(literal),
                Part::Param(name) => {
                    let (_, value) = values.iter().find(|(known, _)| known == name)?;
                    let encoded = is_value(value).then(|| utf8_percent_encode(value, RESERVED))?;
                    path.extend(encoded);
                }
            }
        }
        Some(path)
    }

    /// One mark a segment, smaller for a literal: of all templates that fit a path, the one with
    /// the smallest marks is meant.
    pub fn generality(&self) -> Vec<bool> {
        self.parts.iter().map(|part| matches!(part, Part::Param(_))).collect()
    }

    /// Whether both stand for the same paths, whatever their parameters are called.
    pub fn same_shape(&self, other: &Self) -> bool {
        let shape = |parts: &[Part]| -> Vec<Option<String>> {
            let literal = |part: &Part| match part {
                Part::Literal(literal) => Some(literal.clone()),
                Part::Param(_) => None,
            };
            parts.iter().map(literal).collect()
        };
        shape(&self.parts) == shape(&other.parts)
    }
}

fn params(parts: &[Part]) -> impl Iterator<Item = &str> {
    parts.iter().filter_map(|part| match part {
        Part::Param(name) => Some(name.as_str()),
        Part::Literal(_) => None,
    })
}

fn part(segment: &str) -> Result<Part, String> {
    let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    if let Some(name) = name {
        let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        return plain
            .then(|| Part::Param(name.to_owned()))
            .ok_or_else(|| format!("{{{name}}}: a parameter is named in small letters"));
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    if segment.is_empty() || !segment.bytes().all(plain) || is_dots(segment) {
        return Err(format!("`{segment}` is no segment of a path: letters, digits, - . _ ~"));
    }
    Ok(Part::Literal(segment.to_owned()))
}

/// What may stand for a parameter: something that stays one segment whoever decodes it.
fn is_value(value: &str) -> bool {
    let fits = !value.is_empty() && value.len() <= LONGEST && !is_dots(value);
    fits && !value.chars().any(|c| c.is_control() || "/\\%;".contains(c))
}

fn is_dots(segment: &str) -> bool {
    segment == "." || segment == ".."
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn segments(path: &str) -> Vec<String> {
        path.trim_start_matches('/').split('/').map(str::to_owned).collect()
    }

    #[test]
    fn parses_and_refuses() {
        for good in ["/campaigns", "/campaigns/{campaign}/send", "/a.b-c_d~e"] {
            assert_eq!(Template::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "campaigns",
            "/",
            "/a//b",
            "/a/",
            "/../b",
            "/a/{}",
            "/a/{A}",
            "/a%20b",
            "/{a}/{a}",
            "/a?b",
            "/a;b",
            "/{a}b",
        ] {
            assert!(Template::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn literals_and_values() {
        let one = Template::parse("/campaigns/{campaign}/send").unwrap();
        assert_eq!(
            one.read(&segments("/campaigns/cmp_1/send")),
            Some(vec![("campaign".to_owned(), "cmp_1".to_owned())])
        );
        for other in [
            "/campaigns/cmp_1",
            "/campaigns/cmp_1/sent",
            "/campaigns//send",
            "/campaigns/../send",
            "/campaigns/a;b/send",
            "/campaigns/a%2f/send",
        ] {
            assert_eq!(one.read(&segments(other)), None, "{other}");
        }
        assert_eq!(one.build(&[]), None);
        let value = vec![("campaign".to_owned(), "é ü?#".to_owned())];
        assert_eq!(one.build(&value).unwrap(), "/campaigns/%C3%A9%20%C3%BC%3F%23/send");
    }

    proptest! {
        /// What is built decodes to the same values, has as many segments as the template, and
        /// says nothing else to anybody who reads it once or twice.
        #[test]
        fn what_is_built_reads_back(a in "\\PC{1,40}", b in "[ -~]{1,40}") {
            let template = Template::parse("/x/{a}/y/{b}").unwrap();
            let values = vec![("a".to_owned(), a), ("b".to_owned(), b)];
            if let Some(path) = template.build(&values) {
                prop_assert!(path.is_ascii());
                prop_assert_eq!(path.matches('/').count(), 4);
                let decode = |s: &str| {
                    percent_encoding::percent_decode_str(s).decode_utf8().unwrap().into_owned()
                };
                let decoded: Vec<String> = segments(&path).iter().map(|s| decode(s)).collect();
                prop_assert_eq!(template.read(&decoded), Some(values));
                let twice: Vec<String> = decoded.iter().map(|s| decode(s)).collect();
                prop_assert_eq!(decoded, twice);
            }
        }
    }
}
