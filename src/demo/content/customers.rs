//! Customers of the marketing application: their people and their account in it.

use api::kernel::zone::Zone;
use serde::Deserialize;

use super::Content;
use super::check::Place;
use super::people::{self, CustomerRole, Person};
use super::prose::Prose;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    pub slug: String,
    pub name: String,
    pub city: String,
    pub country: String,
    #[serde(deserialize_with = "people::zone")]
    pub zone: Zone,
    pub industry: String,
    pub languages: Vec<String>,
    pub about: Prose,
    pub marketing_account: MarketingAccount,
    pub people: Vec<Person<CustomerRole>>,
    /// People of other customers who are members here as well.
    #[serde(default)]
    pub shared: Vec<Shared>,
}

/// The customer's account in the sandbox's marketing application.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketingAccount {
    pub name: String,
    /// Who signs in there, by e-mail address; the password is [`Content::marketing_password`].
    pub user: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shared {
    pub email: String,
    pub role: CustomerRole,
}

impl Customer {
    /// Whether this person may accept, pay and grant access here.
    pub fn may_book(&self, email: &str) -> bool {
        let deciding = |p: &&Person<CustomerRole>| p.role != CustomerRole::Member;
        self.people.iter().filter(deciding).any(|p| p.email == email)
    }

    pub(super) fn check(&self, content: &Content, at: &mut Place<'_>) {
        at.slug("slug", &self.slug);
        at.country("country", &self.country);
        let known = content.taxonomy.has_industry(&self.industry);
        at.require("industry", known, format_args!("no industry is called {:?}", self.industry));
        at.languages("languages", &self.languages, content);
        at.words("about", &self.about, 5..=40);
        at.count("people", self.people.len(), 1..=6);
        at.people(&self.people);
        let owned = self.people.first().is_some_and(|p| p.role == CustomerRole::Owner);
        at.require("people.role", owned, "the first person is the owner");
        let user = &self.marketing_account.user;
        let theirs = self.people.iter().any(|p| p.email == *user);
        at.require("marketing_account.user", theirs, format_args!("{user:?} is nobody here"));
        for shared in &self.shared {
            let others = content.customers.iter().filter(|c| c.slug != self.slug);
            let known = others.flat_map(|c| &c.people).any(|p| p.email == shared.email);
            let what = format_args!("{:?} is nobody of another customer", shared.email);
            at.require("shared.email", known, what);
        }
    }
}
