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
    /// The name says what kind of thing the value names, such as `campaign`. What stands behind
    /// the braces ends the segment, such as `.json`; it is no part of the value.
    Param {
        name: String,
        ending: String,
    },
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
        let segments = inside.split('/').filter(|_| !inside.is_empty());
        let parts: Vec<Part> = segments.map(part).collect::<Result<_, _>>()?;
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
                Part::Literal(_) => return None,
                Part::Param { name, ending } => {
                    let value = segment.strip_suffix(ending.as_str());
                    let value = value.filter(|value| is_value_before(value, ending))?;
                    values.push((name.clone(), value.to_owned()));
                }
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
                Part::Param { name, ending } => {
                    let (_, value) = values.iter().find(|(known, _)| known == name)?;
                    let fits = is_value_before(value, ending);
                    path.extend(fits.then(|| utf8_percent_encode(value, RESERVED))?);
                    path.push_str(ending);
                }
            }
        }
        Some(if path.is_empty() { "/".to_owned() } else { path })
    }

    /// One mark a segment, smallest for a literal: of all templates that fit a path, the one with
    /// the smallest marks is meant.
    pub fn generality(&self) -> Vec<u8> {
        let mark = |part: &Part| match part {
            Part::Literal(_) => 0,
            Part::Param { ending, .. } => {
                if ending.is_empty() {
                    2
                } else {
                    1
                }
            }
        };
        self.parts.iter().map(mark).collect()
    }

    /// Whether both stand for the same paths, whatever their parameters are called.
    pub fn same_shape(&self, other: &Self) -> bool {
        let shape = |parts: &[Part]| -> Vec<(bool, String)> {
            let one = |part: &Part| match part {
                Part::Literal(literal) => (true, literal.clone()),
                Part::Param { ending, .. } => (false, ending.clone()),
            };
            parts.iter().map(one).collect()
        };
        shape(&self.parts) == shape(&other.parts)
    }
}

fn params(parts: &[Part]) -> impl Iterator<Item = &str> {
    parts.iter().filter_map(|part| match part {
        Part::Param { name, .. } => Some(name.as_str()),
        Part::Literal(_) => None,
    })
}

fn part(segment: &str) -> Result<Part, String> {
    let inside = segment.strip_prefix('{').and_then(|rest| rest.split_once('}'));
    if let Some((name, ending)) = inside {
        let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        if !plain {
            return Err(format!("{{{name}}}: a parameter is named in small letters"));
        }
        let kind = ending.strip_prefix('.').unwrap_or_default();
        let known = !kind.is_empty() && kind.bytes().all(|b| b.is_ascii_lowercase());
        if !ending.is_empty() && !known {
            return Err(format!("`{ending}` is no ending such as .json"));
        }
        return Ok(Part::Param { name: name.to_owned(), ending: ending.to_owned() });
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

/// Before an ending a value has no dot, so that nobody sees another ending in it.
fn is_value_before(value: &str, ending: &str) -> bool {
    is_value(value) && (ending.is_empty() || !value.contains('.'))
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
        for good in
            ["/campaigns", "/campaigns/{campaign}/send", "/a.b-c_d~e", "/lead/{lead}.json", "/"]
        {
            assert_eq!(Template::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "campaigns",
            "//",
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
            "/{a}.",
            "/{a}.J",
            "/{a}.{b}",
            "/{a}.json.gz",
            "/x{a}",
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

    #[test]
    fn endings_belong_to_the_template() {
        let one = Template::parse("/lead/{lead}.json").unwrap();
        let value = vec![("lead".to_owned(), "318".to_owned())];
        assert_eq!(one.read(&segments("/lead/318.json")), Some(value.clone()));
        assert_eq!(one.build(&value).unwrap(), "/lead/318.json");
        for other in
            ["/lead/318", "/lead/.json", "/lead/318.xml", "/lead/1.json.json", "/lead/..json"]
        {
            assert_eq!(one.read(&segments(other)), None, "{other}");
        }
        let dotted = vec![("lead".to_owned(), "1.xml".to_owned())];
        assert_eq!(one.build(&dotted), None);
        let bare = Template::parse("/lead/{lead}").unwrap();
        assert!(!bare.same_shape(&one));
        assert!(one.generality() < bare.generality());
        let literal = Template::parse("/lead/all.json").unwrap();
        assert!(literal.generality() < one.generality());
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
