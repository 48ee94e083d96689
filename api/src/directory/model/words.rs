//! Words as addresses and searches know them: folded to plain small letters.

use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest word in an address, before a number is put behind it.
const SLUG_LENGTH: usize = 60;
/// Words of a search that count; the rest is ignored.
const QUERY_WORDS: usize = 8;

/// Small letters without their marks, so that `Malmö` is found by `malmo` and the other way round.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match letter {
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'ħ' => folded.push('h'),
            'ı' => folded.push('i'),
            'ŧ' => folded.push('t'),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ß' => folded.push_str("ss"),
            'þ' => folded.push_str("th"),
            // Marks that did not come apart above, after small letters were made of capitals.
            other if is_combining_mark(other) => {}
            other => folded.push(other),
        }
    }
    folded
}

/// A word for an address, such as `marcia-de-albuquerque`; `None` when the text has no Latin
/// letter or digit.
pub fn slug_of(text: &str) -> Option<String> {
    let folded = fold(text);
    let words: Vec<&str> =
        folded.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let mut slug = String::new();
    for word in words {
        let dash = usize::from(!slug.is_empty());
        if slug.len() + dash + word.len() > SLUG_LENGTH {
            break;
        }
        if dash == 1 {
            slug.push('-');
        }
        slug.push_str(word);
    }
    if slug.is_empty() {
        slug = folded.chars().filter(char::is_ascii_alphanumeric).take(SLUG_LENGTH).collect();
    }
    (!slug.is_empty()).then_some(slug)
}

/// `wanted`, or `wanted-2`, `wanted-3` and so on: the first that is not taken.
pub fn free_slug(wanted: &str, taken: &BTreeSet<String>) -> String {
    let numbered = (2..).map(|n: u32| format!("{wanted}-{n}"));
    std::iter::once(wanted.to_owned())
        .chain(numbered)
        .find(|slug| !taken.contains(slug))
        .unwrap_or_else(|| wanted.to_owned())
}

/// What a person typed, as a query in which every word must occur, each as the beginning of a
/// word. `None` when nothing in it can be looked for.
pub fn query_of(text: &str) -> Option<String> {
    let folded = fold(text);
    let words: Vec<String> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .take(QUERY_WORDS)
        .map(|word| format!("'{word}':*"))
        .collect();
    (!words.is_empty()).then(|| words.join(" & "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_of_names() {
        for (name, slug) in [
            ("Ines Oyelaran-Brandt", "ines-oyelaran-brandt"),
            ("Márcia de Albuquerque", "marcia-de-albuquerque"),
            ("Tomasz Wójcik", "tomasz-wojcik"),
            ("Łukasz Żółć", "lukasz-zolc"),
            ("Søren Ærø", "soren-aero"),
            ("Nguyễn Thị Ánh", "nguyen-thi-anh"),
            ("İlkay Şahin", "ilkay-sahin"),
            ("  --O'Brien!! ", "o-brien"),
            ("ﬁne", "fine"),
        ] {
            assert_eq!(slug_of(name).as_deref(), Some(slug), "{name}");
        }
        assert_eq!(slug_of("田辺 愛子"), None);
        assert_eq!(slug_of(&"x".repeat(200)).map(|s| s.len()), Some(SLUG_LENGTH));
    }

    #[test]
    fn the_first_free_one() {
        let taken = BTreeSet::from(["ada".to_owned(), "ada-2".to_owned()]);
        assert_eq!(free_slug("ada", &taken), "ada-3");
        assert_eq!(free_slug("bo", &taken), "bo");
    }

    #[test]
    fn queries_hold_words_only() {
        assert_eq!(query_of("Dealer nurture").as_deref(), Some("'dealer':* & 'nurture':*"));
        assert_eq!(query_of("a'b:*|!(c)\\").as_deref(), Some("'a':* & 'b':* & 'c':*"));
        assert_eq!(query_of(" !&|() "), None);
        assert_eq!(query_of(&"w ".repeat(50)).map(|q| q.matches('&').count()), Some(7));
    }

    proptest! {
        #[test]
        fn a_slug_fits_its_column(name in "\\PC{0,120}") {
            if let Some(slug) = slug_of(&name) {
                prop_assert!(slug.len() <= SLUG_LENGTH);
                let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
                prop_assert!(slug.starts_with(plain));
                prop_assert!(slug.chars().all(|c| c == '-' || plain(c)));
            }
        }

        #[test]
        fn a_query_has_no_operator_of_its_own(text in "\\PC{0,200}") {
            let query = query_of(&text).unwrap_or_default();
            for word in query.split(" & ").filter(|w| !w.is_empty()) {
                let inside = word.strip_prefix('\'').and_then(|w| w.strip_suffix("':*"));
                prop_assert!(inside.is_some_and(|w| w.chars().all(char::is_alphanumeric)));
            }
        }
    }
}
