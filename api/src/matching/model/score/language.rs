//! Names of languages, and when two tags mean the same one.

/// Whether two tags are of one language, whatever the country: `pt` and `pt-BR`.
pub fn same_language(one: &str, other: &str) -> bool {
    let of = |tag: &str| tag.split('-').next().map(str::to_ascii_lowercase);
    of(one) == of(other)
}

/// The English name of a language tag; the tag itself when it is not in the list.
pub fn language_name(tag: &str) -> &str {
    let found = NAMES.iter().find(|(known, _)| *known == tag);
    found.map_or(tag, |(_, name)| *name)
}

/// The tag of a language by its English name, in any case.
pub fn language_named(name: &str) -> Option<&'static str> {
    let found = NAMES.iter().find(|(_, known)| known.eq_ignore_ascii_case(name));
    found.map(|(tag, _)| *tag)
}

const NAMES: &[(&str, &str)] = &[
    ("af", "Afrikaans"),
    ("ar", "Arabic"),
    ("bn", "Bengali"),
    ("cs", "Czech"),
    ("cy", "Welsh"),
    ("da", "Danish"),
    ("de", "German"),
    ("el", "Greek"),
    ("en", "English"),
    ("es", "Spanish"),
    ("et", "Estonian"),
    ("fi", "Finnish"),
    ("fil", "Filipino"),
    ("fr", "French"),
    ("ga", "Irish"),
    ("gu", "Gujarati"),
    ("haw", "Hawaiian"),
    ("he", "Hebrew"),
    ("hi", "Hindi"),
    ("hu", "Hungarian"),
    ("id", "Indonesian"),
    ("ig", "Igbo"),
    ("is", "Icelandic"),
    ("it", "Italian"),
    ("ja", "Japanese"),
    ("ki", "Kikuyu"),
    ("ko", "Korean"),
    ("lt", "Lithuanian"),
    ("lv", "Latvian"),
    ("mi", "Māori"),
    ("ml", "Malayalam"),
    ("nb", "Norwegian"),
    ("ne", "Nepali"),
    ("nl", "Dutch"),
    ("oj", "Ojibwe"),
    ("pl", "Polish"),
    ("pt", "Portuguese"),
    ("pt-BR", "Brazilian Portuguese"),
    ("qu", "Quechua"),
    ("ro", "Romanian"),
    ("ru", "Russian"),
    ("sv", "Swedish"),
    ("sw", "Swahili"),
    ("ta", "Tamil"),
    ("th", "Thai"),
    ("tr", "Turkish"),
    ("uk", "Ukrainian"),
    ("ur", "Urdu"),
    ("vi", "Vietnamese"),
    ("yo", "Yoruba"),
    ("zh", "Chinese"),
    ("zu", "Zulu"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_makes_no_other_language() {
        assert!(same_language("pt", "pt-BR"));
        assert!(same_language("EN-gb", "en"));
        assert!(!same_language("fi", "fil"));
        assert_eq!(language_name("de"), "German");
        assert_eq!(language_name("tlh"), "tlh");
    }
}
