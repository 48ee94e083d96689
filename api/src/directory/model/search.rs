//! What somebody looks for in the directory.

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

/// A search whose values are in form. Slugs of the taxonomy that do not exist find nobody.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// See [`super::query_of`].
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
