//! Countries by their code of ISO 3166-1, with the names people choose from.

/// One line a country, sorted by name: its code, a space, its name.
const LINES: &str = include_str!("countries.txt");

/// A country that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country {
    pub code: &'static str,
    pub name: &'static str,
}

impl Country {
    /// The country of a code of two capital letters; `None` when there is none.
    pub fn parse(code: &str) -> Option<Self> {
        Self::all().find(|country| country.code == code)
    }

    /// Every country, by name.
    pub fn all() -> impl Iterator<Item = Self> {
        let lines = LINES.lines();
        lines.filter_map(|line| line.split_once(' ').map(|(code, name)| Self { code, name }))
    }
}

#[cfg(test)]
mod tests {
    use super::Country;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_two_capital_letters_and_once() {
        let codes: BTreeSet<_> = Country::all().map(|country| country.code).collect();
        assert_eq!(codes.len(), 249);
        assert_eq!(Country::all().count(), 249);
        let fits = |code: &&str| code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase());
        assert!(codes.iter().all(fits));
    }

    #[test]
    fn reads_codes_only() {
        assert_eq!(Country::parse("SE").map(|c| c.name), Some("Sweden"));
        for wrong in ["se", "SE ", "XX", "", "Sweden"] {
            assert_eq!(Country::parse(wrong), None, "{wrong:?}");
        }
    }
}
