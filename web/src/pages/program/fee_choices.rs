//! What can be chosen of a fee rule, with what is chosen.

use api::program::{Origin, Taxonomy, Tier};

use super::words;
use crate::view::Choice;

pub fn categories(any: &str, taxonomy: &Taxonomy, chosen: Option<&str>) -> Vec<Choice> {
    let all = taxonomy.categories.iter();
    let each = all.map(|c| Choice::new(&c.slug, &c.title, chosen == Some(c.slug.as_str())));
    std::iter::once(Choice::new("", any, chosen.is_none())).chain(each).collect()
}

pub fn tiers(any: &str, chosen: Option<Tier>) -> Vec<Choice> {
    let each = Tier::ALL
        .iter()
        .map(|tier| Choice::new(tier.as_str(), &words::tier(*tier).name, chosen == Some(*tier)));
    std::iter::once(Choice::new("", any, chosen.is_none())).chain(each).collect()
}

pub fn accounts(any: &str, chosen: Option<Origin>) -> Vec<Choice> {
    let each = Origin::ALL.iter().map(|origin| {
        Choice::new(origin.as_str(), words::origin(*origin), chosen == Some(*origin))
    });
    std::iter::once(Choice::new("", any, chosen.is_none())).chain(each).collect()
}

pub fn units(in_parts: bool) -> Vec<Choice> {
    vec![
        Choice::new("percent", "Percent", !in_parts),
        Choice::new("parts", "Parts of 10,000", in_parts),
    ]
}
