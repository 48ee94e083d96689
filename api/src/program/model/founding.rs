//! What a new program starts with.

use super::fees::FeeParts;
use super::rules::NewAgreement;
use super::taxonomy::Taxonomy;
use crate::kernel::check::{Checks, Invalid};
use crate::kernel::id::{OrganizationId, VendorId};
use crate::kernel::money::Currency;
use crate::kernel::zone::Zone;
use std::collections::BTreeSet;

/// A vendor and its program. Every length of time starts at the program's default.
#[derive(Debug, Clone)]
pub struct NewProgram {
    /// The program's word in addresses.
    pub slug: String,
    /// The vendor's name, and that of its own organization.
    pub name: String,
    pub city: String,
    /// ISO 3166-1, two capital letters.
    pub country: String,
    pub currency: Currency,
    pub zone: Zone,
    pub fees: FeeParts,
    pub agreement: NewAgreement,
    pub taxonomy: Taxonomy,
}

/// The vendor of a new program with the organization of its own people.
#[derive(Debug, Clone, Copy)]
pub struct Founded {
    pub vendor: VendorId,
    pub organization: OrganizationId,
}

impl NewProgram {
    /// Errors name each field at fault.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut checks = Checks::new();
        checks.that(is_word(&self.slug, 40), "slug", "Use small letters, digits and dashes");
        checks.text("name", &self.name, "a name", (1, 80));
        let country =
            self.country.len() == 2 && self.country.bytes().all(|b| b.is_ascii_uppercase());
        checks.that(country, "country", "Use the two letters of ISO 3166-1");
        // Stripe takes these with a last digit of zero only, which shares of a price do not have.
        let charged = self.currency.exponent() < 3;
        checks.that(charged, "currency", "Choose one of at most two decimals: shares are exact");
        self.fees.check(&mut checks);
        self.taxonomy.check(&mut checks);
        checks.finish()
    }
}

impl Taxonomy {
    /// Faults of a taxonomy: slugs are in form and occur once, skills are in a known category.
    pub fn check(&self, checks: &mut Checks) {
        checks.that(!self.categories.is_empty(), "categories", "Name at least one category");
        distinct(checks, "categories", self.categories.iter().map(|c| c.slug.as_str()));
        distinct(checks, "skills", self.skills.iter().map(|s| s.slug.as_str()));
        distinct(checks, "industries", self.industries.iter().map(|i| i.slug.as_str()));
        for skill in &self.skills {
            let known = self.category(&skill.category).is_some();
            let message = format!("{} is in no known category", skill.slug);
            checks.that(known, "skills", message);
        }
    }
}

fn distinct<'a>(checks: &mut Checks, field: &str, slugs: impl Iterator<Item = &'a str>) {
    let mut seen = BTreeSet::new();
    for slug in slugs {
        checks.that(is_word(slug, 80), field, format!("{slug:?} is no word for an address"));
        checks.that(seen.insert(slug), field, format!("{slug} occurs twice"));
    }
}

/// Small letters, digits and dashes, beginning with a letter.
fn is_word(text: &str, most: usize) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (2..=most).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(plain)
}
