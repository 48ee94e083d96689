//! A search as it stands in the page's address, and addresses of searches beside it.

use api::directory::{Filter, SearchAsked, Sort};
use api::kernel::money::Currency;
use api::program::Taxonomy;

use super::words;
use crate::site::{Form, read_minor};
use crate::view::{Chip, Errors};

/// The names of what can be asked, in the order of the address.
const NAMES: &[&str] =
    &["q", "accepting", "category", "skill", "industry", "language", "max", "sort"];

/// What was asked, as typed.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pairs: Vec<(&'static str, String)>,
}

impl Asked {
    pub fn of(form: &Form) -> Self {
        let pair = |name: &&'static str| Some((*name, form.given(name)?.to_owned()));
        Self { pairs: NAMES.iter().filter_map(pair).collect() }
    }

    /// As typed; empty when it was not asked.
    pub fn get(&self, name: &str) -> &str {
        let found = self.pairs.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    fn owned(&self, name: &str) -> Option<String> {
        Some(self.get(name).to_owned()).filter(|value| !value.is_empty())
    }

    /// The search that the directory understands; a price that is none is an error beside its
    /// field.
    pub fn search(&self, currency: Currency, errors: &mut Errors) -> SearchAsked {
        let typed = self.get("max");
        let max = read_minor(typed, currency);
        if !typed.is_empty() && max.is_none() {
            errors.add("max", "Enter an amount, such as 1,250");
        }
        SearchAsked {
            q: self.owned("q"),
            category: self.owned("category"),
            skill: self.owned("skill"),
            industry: self.owned("industry"),
            language: self.owned("language"),
            accepting: (!self.get("accepting").is_empty()).then_some(true),
            max_price_minor: max,
            sort: Sort::parse(self.get("sort")),
        }
    }

    /// The same search without one of its parts.
    pub fn without(&self, name: &str) -> String {
        query(self.pairs.iter().filter(|(known, _)| *known != name))
    }

    /// The page after this one.
    pub fn later(&self, cursor: &str, seen: u64) -> String {
        let more = [("cursor", cursor.to_owned()), ("seen", seen.to_string())];
        query(self.pairs.iter().chain(&more))
    }

    /// The first page.
    pub fn first(&self) -> String {
        query(self.pairs.iter())
    }

    /// A chip for each filter in use but the words, which stand in their own field.
    pub fn chips(&self, words: &Taxonomy, unit: &str) -> Vec<Chip> {
        let filters = self.pairs.iter().filter(|(name, _)| !matches!(*name, "q" | "sort"));
        filters
            .map(|(name, _)| {
                let label = self.label(name, words, unit);
                Chip::filter(&label, &format!("?{}", self.without(name)))
            })
            .collect()
    }

    /// A part of the search as people read it.
    pub fn label(&self, name: &str, words: &Taxonomy, unit: &str) -> String {
        let value = self.get(name);
        let title = match name {
            "q" => return format!("“{value}”"),
            "accepting" => return "Taking work".to_owned(),
            "max" => return format!("Up to {unit}{value}"),
            "language" => return words::language(value),
            "category" => words.category(value).map(|c| c.title.clone()),
            "skill" => words.skill(value).map(|s| s.title.clone()),
            "industry" => words.industry(value).map(|i| i.title.clone()),
            _ => None,
        };
        title.unwrap_or_else(|| value.to_owned())
    }
}

/// The page's name of a filter.
pub const fn name_of(filter: Filter) -> &'static str {
    match filter {
        Filter::Words => "q",
        Filter::Category => "category",
        Filter::Skill => "skill",
        Filter::Industry => "industry",
        Filter::Language => "language",
        Filter::Accepting => "accepting",
        Filter::MaxPrice => "max",
    }
}

fn query<'a>(pairs: impl Iterator<Item = &'a (&'static str, String)>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs {
        query.append_pair(name, value);
    }
    query.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_survives_its_address() {
        let asked = Asked::of(&Form::parse(b"sort=price&q=dealer+nurture&max=2%2C500&x=1&skill="));
        assert_eq!(asked.first(), "q=dealer+nurture&max=2%2C500&sort=price");
        assert_eq!(asked.without("max"), "q=dealer+nurture&sort=price");
        let mut errors = Errors::default();
        let search = asked.search(Currency::Eur, &mut errors);
        assert_eq!(search.max_price_minor, Some(250_000));
        assert_eq!(search.sort, Some(Sort::Price));
        assert!(errors.is_empty() && search.accepting.is_none());
        let chips = asked.chips(&Taxonomy::default(), "€");
        assert_eq!(chips[0].label, "Up to €2,500");
        assert_eq!(chips.len(), 1);
    }

    #[test]
    fn a_price_that_is_none_is_said() {
        let asked = Asked::of(&Form::parse(b"max=cheap"));
        let mut errors = Errors::default();
        asked.search(Currency::Eur, &mut errors);
        assert!(errors.on.contains_key("max"));
    }
}
