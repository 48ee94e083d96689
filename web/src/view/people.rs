//! People and houses in lists.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Figure, Tag, Tier};

/// A portrait in passport proportions, or a monogram over the rosette. Rendered by
/// `<avatar of={..} size="s" />`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Avatar {
    pub monogram: String,
    /// 1 to 5, always the same for the same name.
    pub tint: u8,
    /// The address of a picture on our own host.
    pub photo: Option<String>,
}

impl Avatar {
    /// The monogram of a person or an organization: the first letters of its first two words
    /// that begin with a capital ("Márcia de Albuquerque" is MA), in a tint taken from the name.
    pub fn of(name: &str) -> Self {
        let hash = Sha256::digest(name.as_bytes());
        let tint = hash.first().map_or(1, |byte| byte % 5 + 1);
        Self { monogram: monogram(name), tint, photo: None }
    }

    /// The same with a picture.
    pub fn with_photo(self, url: &str) -> Self {
        Self { photo: Some(url.into()), ..self }
    }
}

/// One expert or house in a list. Rendered by `<dossier of={..} />` inside `<ul class="dossiers">`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dossier {
    pub name: String,
    pub href: String,
    pub avatar: Avatar,
    pub tier: Option<Tier>,
    /// House, city: "Brandt Lifecycle Studio · Lisbon".
    pub who: String,
    /// The offer in one line.
    pub line: String,
    pub tags: Vec<Tag>,
    /// Four at most: "From" €1,800, "Rating" 4.9 from 14 ..
    pub figures: Vec<Figure>,
}

fn monogram(name: &str) -> String {
    let initials = |keep: fn(char) -> bool| -> String {
        let firsts = name.split_whitespace().filter_map(|word| word.chars().next());
        firsts.filter(|c| c.is_alphanumeric() && keep(*c)).take(2).collect()
    };
    let capitals = initials(|c| !c.is_lowercase());
    let letters = if capitals.is_empty() { initials(|_| true) } else { capitals };
    letters.to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn monograms_take_two_capitals() {
        for (name, letters) in [
            ("Ines Oyelaran-Brandt", "IO"),
            ("Márcia de Albuquerque e Vasconcelos Teixeira", "MA"),
            ("Brannock & Vale", "BV"),
            ("Larkfield", "L"),
            ("bell hooks", "BH"),
            ("李 小龙", "李小"),
            ("7 Seas", "7S"),
            ("", ""),
        ] {
            assert_eq!(Avatar::of(name).monogram, letters, "{name}");
        }
    }

    #[test]
    fn a_name_keeps_its_tint_and_all_five_occur() {
        let tints: std::collections::BTreeSet<u8> =
            (0..60).map(|n| Avatar::of(&format!("Person {n}")).tint).collect();
        assert_eq!(tints.into_iter().collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        assert_eq!(Avatar::of("Rui Brandt"), Avatar::of("Rui Brandt"));
    }
}
