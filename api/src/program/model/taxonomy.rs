//! The words by which services, skills and industries are found.

use serde::Deserialize;

/// A kind of service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    pub slug: String,
    pub title: String,
    /// What it is about, in one line.
    pub line: String,
}

/// Something a consultant is good at, inside one category.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skill {
    pub slug: String,
    pub title: String,
    pub category: String,
}

/// What customers of the vendor do for a living.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Industry {
    pub slug: String,
    pub title: String,
}

/// The whole taxonomy of a program: categories in the vendor's order, the rest by title.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taxonomy {
    pub categories: Vec<Category>,
    pub skills: Vec<Skill>,
    pub industries: Vec<Industry>,
}

impl Taxonomy {
    pub fn category(&self, slug: &str) -> Option<&Category> {
        self.categories.iter().find(|c| c.slug == slug)
    }

    pub fn skill(&self, slug: &str) -> Option<&Skill> {
        self.skills.iter().find(|s| s.slug == slug)
    }

    pub fn industry(&self, slug: &str) -> Option<&Industry> {
        self.industries.iter().find(|i| i.slug == slug)
    }
}
