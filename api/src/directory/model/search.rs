//! What somebody looks for in the directory.

use super::expert::Expert;
use super::language::Language;
use super::service::Service;
use super::words::query_of;
use crate::kernel::check::{Checks, Invalid};
use crate::text_enum;

text_enum! {
    /// In which order experts are shown; the same for everyone, and nobody pays for a place.
    pub enum Sort {
        /// Best fit to the words first; without words as by rating.
        Relevance = "relevance",
        /// Lowest price of a published service that fits the filters first.
        Price = "price",
        /// Highest average first, weighed as if three reviews of four points were added.
        Rating = "rating",
    }
}

/// A search as it was asked.
#[derive(Debug, Clone, Default)]
pub struct SearchAsked {
    pub q: Option<String>,
    pub category: Option<String>,
    pub skill: Option<String>,
    pub industry: Option<String>,
    pub language: Option<String>,
    pub accepting: Option<bool>,
    pub max_price_minor: Option<i64>,
    pub sort: Option<Sort>,
}

/// A search whose values are in form. Slugs of the taxonomy that do not exist find nobody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// As [`query_of`] writes it.
    pub query: Option<String>,
    /// Has a published service in this category.
    pub category: Option<String>,
    pub skill: Option<String>,
    pub industry: Option<String>,
    pub language: Option<String>,
    /// Only those who take clients, or only those who do not.
    pub accepting: Option<bool>,
    /// Has a published service (of the category, if one is named) for at most this many minor
    /// units.
    pub max_price_minor: Option<i64>,
    pub sort: Option<Sort>,
}

impl SearchAsked {
    /// The search in form. Errors name the field.
    pub fn checked(self) -> Result<Search, Invalid> {
        let mut checks = Checks::new();
        let q = checks.text("q", self.q.as_deref().unwrap_or_default(), "words", (0, 200));
        let price = self.max_price_minor;
        let message = "Enter a price above zero";
        checks.that(price.is_none_or(|p| p > 0), "max_price_minor", message);
        let language = self.language.and_then(|tag| {
            let message = "Write a language tag, such as en or pt-BR";
            checks.parsed("language", Language::parse(&tag), message)
        });
        checks.finish()?;
        Ok(Search {
            query: query_of(&q),
            category: self.category,
            skill: self.skill,
            industry: self.industry,
            language: language.map(|l| l.as_str().to_owned()),
            accepting: self.accepting,
            max_price_minor: price,
            sort: self.sort,
        })
    }
}

text_enum! {
    /// A part of a search that can be dropped.
    pub enum Filter {
        Words = "q",
        Category = "category",
        Skill = "skill",
        Industry = "industry",
        Language = "language",
        Accepting = "accepting",
        MaxPrice = "max_price_minor",
    }
}

impl Search {
    /// Whether this part narrows the search.
    pub fn has(&self, filter: Filter) -> bool {
        match filter {
            Filter::Words => self.query.is_some(),
            Filter::Category => self.category.is_some(),
            Filter::Skill => self.skill.is_some(),
            Filter::Industry => self.industry.is_some(),
            Filter::Language => self.language.is_some(),
            Filter::Accepting => self.accepting.is_some(),
            Filter::MaxPrice => self.max_price_minor.is_some(),
        }
    }
}

/// A page of experts in the order asked for.
#[derive(Debug, Clone)]
pub struct ExpertList {
    pub items: Vec<Expert>,
    /// Cursor of the next page; absent on the last.
    pub next: Option<String>,
}

/// An expert's own page: what is published, with services in full.
#[derive(Debug, Clone)]
pub struct ExpertPage {
    pub expert: Expert,
    pub about: String,
    /// Cheapest first, as in [`Expert::offers`].
    pub services: Vec<Service>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_takes_one_form() {
        let asked = SearchAsked {
            q: Some(" Dealer ".to_owned()),
            language: Some("PT-br".to_owned()),
            ..SearchAsked::default()
        };
        let search = asked.checked().unwrap();
        assert_eq!(search.query.as_deref(), Some("'dealer':*"));
        assert_eq!(search.language.as_deref(), Some("pt-BR"));
        assert!(search.has(Filter::Words) && search.has(Filter::Language));
        assert_eq!(Filter::ALL.iter().filter(|f| search.has(**f)).count(), 2);
    }

    #[test]
    fn nonsense_is_named() {
        let asked = SearchAsked {
            q: Some("w".repeat(201)),
            language: Some("english".to_owned()),
            max_price_minor: Some(0),
            ..SearchAsked::default()
        };
        let faults: Vec<String> =
            asked.checked().unwrap_err().0.into_iter().map(|f| f.field).collect();
        assert_eq!(faults, ["q", "max_price_minor", "language"]);
    }
}
