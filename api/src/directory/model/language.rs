//! Languages as BCP 47 tags, in one form.

/// A tag of a language with an optional script and region, such as `pt-BR` or `zh-Hant-TW`.
///
/// Variants and extensions say nothing about what two people can talk in, so they are not taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Language(String);

impl Language {
    /// `None` when the text is no such tag; the case is put right.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('-');
        let language = parts.next().filter(|p| is_word(p, 2..=3))?.to_ascii_lowercase();
        let mut tag = language;
        let mut next = parts.next();
        if let Some(script) = next.filter(|p| is_word(p, 4..=4)) {
            tag.push('-');
            tag.push_str(&capitalised(script));
            next = parts.next();
        }
        if let Some(region) = next.filter(|p| is_region(p)) {
            tag.push('-');
            tag.push_str(&region.to_ascii_uppercase());
            next = parts.next();
        }
        next.is_none().then_some(Self(tag))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_word(text: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphabetic())
}

fn is_region(text: &str) -> bool {
    is_word(text, 2..=2) || (text.len() == 3 && text.bytes().all(|b| b.is_ascii_digit()))
}

fn capitalised(script: &str) -> String {
    let lower = script.to_ascii_lowercase();
    let mut letters = lower.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn tags_take_one_form() {
        let read = |t: &str| Language::parse(t).map(|l| l.as_str().to_owned());
        for (text, tag) in [
            ("en", "en"),
            (" SV ", "sv"),
            ("pt-br", "pt-BR"),
            ("ZH-hant-tw", "zh-Hant-TW"),
            ("es-419", "es-419"),
            ("haw", "haw"),
        ] {
            assert_eq!(read(text).as_deref(), Some(tag), "{text:?}");
        }
        for bad in ["", "e", "english", "en_GB", "en-", "en-GB-oed", "en-x-a", "1n", "en-GBR", "é"]
        {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }
}
