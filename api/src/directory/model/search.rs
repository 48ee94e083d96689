//! What somebody looks for in the directory, and what they find.

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

/// What somebody asks for, as it came.
#[derive(Debug, Clone, Default)]
pub struct SearchDraft {
    /// Words that must occur in name, headline, skills, text or services.
    pub q: Option<String>,
    pub category: Option<String>,
    pub skill: Option<String>,
    pub industry: Option<String>,
    pub language: Option<String>,
    pub accepting: Option<bool>,
    pub max_price_minor: Option<i64>,
    pub sort: Option<Sort>,
}

/// A search in form. Slugs of the taxonomy that do not exist find nobody.
#[derive(Debug, Clone)]
pub struct Search {
    /// See [`query_of`].
    pub query: Option<String>,
    /// Has a published service in this category.
    pub category: Option<String>,
    pub skill: Option<String>,
    pub industry: Option<String>,
    /// BCP 47 tag; `pt` finds `pt-BR` too.
    pub language: Option<String>,
    /// Only those who take clients, or only those who do not.
    pub accepting: Option<bool>,
    /// Has a published service (of the category, if one is named) for at most this many minor
    /// units.
    pub max_price_minor: Option<i64>,
    pub sort: Sort,
}

impl SearchDraft {
    /// The search in form; errors name each field at fault.
    pub fn checked(self) -> Result<Search, Invalid> {
        let mut checks = Checks::new();
        let q = self.q.unwrap_or_default();
        checks.text("q", &q, "what you look for", (0, 200));
        let language = self.language.filter(|l| !l.trim().is_empty()).and_then(|tag| {
            let message = "Use a BCP 47 tag, such as en or pt-BR";
            checks.parsed("language", Language::parse(&tag), message)
        });
        let priced = self.max_price_minor.is_none_or(|p| p >= 0);
        checks.that(priced, "max_price_minor", "Use an amount of nothing or more");
        checks.finish()?;
        let given = |word: Option<String>| word.filter(|w| !w.is_empty());
        Ok(Search {
            query: query_of(&q),
            category: given(self.category),
            skill: given(self.skill),
            industry: given(self.industry),
            language: language.map(|l| l.as_str().to_owned()),
            accepting: self.accepting,
            max_price_minor: self.max_price_minor,
            sort: self.sort.unwrap_or(Sort::Relevance),
        })
    }
}

/// A page of experts.
#[derive(Debug, Clone)]
pub struct ExpertPage {
    pub items: Vec<Expert>,
    pub next: Option<String>,
    /// Experts of all pages.
    pub total: i64,
}

/// Everything that is shown of one expert.
#[derive(Debug, Clone)]
pub struct PublicProfile {
    pub expert: Expert,
    pub about: String,
    /// Published ones, cheapest first.
    pub services: Vec<Service>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_put_in_form() {
        let draft = SearchDraft {
            q: Some("Dealer".into()),
            language: Some("PT-br".into()),
            category: Some(String::new()),
            ..SearchDraft::default()
        };
        let search = draft.checked().unwrap();
        assert_eq!(search.query.as_deref(), Some("'dealer':*"));
        assert_eq!(search.language.as_deref(), Some("pt-BR"));
        assert_eq!((search.category, search.sort), (None, Sort::Relevance));
        let bad = SearchDraft {
            language: Some("english".into()),
            max_price_minor: Some(-1),
            ..SearchDraft::default()
        };
        let fields: Vec<_> = bad.checked().unwrap_err().0.into_iter().map(|f| f.field).collect();
        assert_eq!(fields, ["language", "max_price_minor"]);
    }
}
