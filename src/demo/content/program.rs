//! The vendor's program: its people, its fee policy, its agreements and its taxonomy.

use api::kernel::zone::Zone;
use api::program::{Category, FeeParts, Industry, Skill, WHOLE};
use serde::Deserialize;

use super::check::{Place, same};
use super::people::{self, Person, VendorRole};
use super::prose::Prose;

/// `demo/vendor.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    #[serde(rename = "program")]
    pub vendor: Vendor,
    pub people: Vec<Person<VendorRole>>,
    /// Oldest first; the last one is in force.
    pub agreements: Vec<Agreement>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vendor {
    pub slug: String,
    pub name: String,
    pub line: String,
    /// ISO 4217; every price of the content is in its minor unit.
    pub currency: String,
    #[serde(deserialize_with = "people::zone")]
    pub zone: Zone,
    pub city: String,
    pub country: String,
    pub email: String,
    pub fees: FeeParts,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    pub version: String,
    pub title: String,
    pub effective_days_ago: u16,
    /// What is different from the version before, for those who accept again.
    pub change: Prose,
    pub body: Prose,
}

/// `demo/taxonomy.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taxonomy {
    /// BCP 47 tags of the languages that people of the program work in.
    pub languages: Vec<String>,
    pub categories: Vec<Category>,
    pub skills: Vec<Skill>,
    pub industries: Vec<Industry>,
}

impl Taxonomy {
    pub fn skill(&self, slug: &str) -> Option<&Skill> {
        self.skills.iter().find(|s| s.slug == slug)
    }

    pub fn has_category(&self, slug: &str) -> bool {
        self.categories.iter().any(|c| c.slug == slug)
    }

    pub fn has_industry(&self, slug: &str) -> bool {
        self.industries.iter().any(|i| i.slug == slug)
    }
}

impl Program {
    pub(super) fn check(&self, at: &mut Place<'_>) {
        at.slug("program.slug", &self.vendor.slug);
        at.country("program.country", &self.vendor.country);
        at.email("program.email", &self.vendor.email);
        let currency = &self.vendor.currency;
        let iso = currency.len() == 3 && currency.bytes().all(|b| b.is_ascii_uppercase());
        at.require("program.currency", iso, format_args!("{currency:?} is no ISO 4217 code"));
        let sum: u32 = self.vendor.fees.each().into_iter().sum();
        at.require("program.fees", sum == WHOLE, format_args!("add up to {sum}, not {WHOLE}"));
        at.people(&self.people);
        use VendorRole::{Finance, Owner, ProgramManager, Support};
        for role in [Owner, ProgramManager, Finance, Support] {
            let held = self.people.iter().any(|p| p.role == role);
            at.require("people.role", held, format_args!("nobody is {}", role.word()));
        }
        at.count("agreements", self.agreements.len(), 1..=10);
        at.distinct("agreements.version", self.agreements.iter().map(|a| a.version.as_str()));
        for agreement in &self.agreements {
            at.words("agreements.body", &agreement.body, 200..=550);
        }
        let order =
            self.agreements.is_sorted_by(|a, b| a.effective_days_ago > b.effective_days_ago);
        at.require("agreements.effective_days_ago", order, "the newest version comes last");
    }
}

impl Taxonomy {
    pub(super) fn check(&self, at: &mut Place<'_>) {
        let slugs = self.categories.iter().map(|c| c.slug.as_str());
        at.require(
            "categories.slug",
            same(slugs, CATEGORIES),
            format_args!("are exactly {}", CATEGORIES.join(", ")),
        );
        at.count("skills", self.skills.len(), 35..=50);
        at.distinct("skills.slug", self.skills.iter().map(|s| s.slug.as_str()));
        for skill in &self.skills {
            at.slug("skills.slug", &skill.slug);
            let known = self.has_category(&skill.category);
            at.require(
                "skills.category",
                known,
                format_args!("{}: no category is called {:?}", skill.slug, skill.category),
            );
        }
        at.count("industries", self.industries.len(), 10..=20);
        at.distinct("industries.slug", self.industries.iter().map(|i| i.slug.as_str()));
        at.distinct("languages", self.languages.iter().map(String::as_str));
        for tag in &self.languages {
            at.require("languages", is_tag(tag), format_args!("{tag:?} is no BCP 47 tag"));
        }
    }
}

const CATEGORIES: [&str; 8] = [
    "marketing-sales-alignment",
    "sales-pipeline-optimisation",
    "nurturing-campaign-design",
    "email-campaign-setup",
    "data-migration",
    "reporting",
    "training",
    "integration",
];

/// A language of two or three small letters, with a region of two capitals or none.
fn is_tag(tag: &str) -> bool {
    let (language, region) = tag.split_once('-').map_or((tag, None), |(l, r)| (l, Some(r)));
    let plain = matches!(language.len(), 2 | 3) && language.bytes().all(|b| b.is_ascii_lowercase());
    let place = region.is_none_or(|r| r.len() == 2 && r.bytes().all(|b| b.is_ascii_uppercase()));
    plain && place
}
