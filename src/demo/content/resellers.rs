//! Resellers of record and the customers whom they brought.

use api::kernel::zone::Zone;
use serde::Deserialize;

use super::Content;
use super::check::Place;
use super::people::{self, Person, ResellerRole};
use super::prose::Prose;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reseller {
    pub slug: String,
    pub name: String,
    pub city: String,
    pub country: String,
    #[serde(deserialize_with = "people::zone")]
    pub zone: Zone,
    pub people: Vec<Person<ResellerRole>>,
    pub accounts: Vec<Account>,
}

/// A customer with the day on which the reseller brought it. Whether a share is still owed on that
/// day's strength is for the program's window to say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    pub customer: String,
    /// Whether it looks after the account, and did not only bring it.
    #[serde(default)]
    pub manages: bool,
    pub brought_days_ago: u16,
    pub note: Prose,
}

impl Reseller {
    pub(super) fn check(&self, content: &Content, at: &mut Place<'_>) {
        at.slug("slug", &self.slug);
        at.country("country", &self.country);
        at.count("people", self.people.len(), 1..=5);
        at.people(&self.people);
        let owned = self.people.iter().any(|p| p.role == ResellerRole::Owner);
        at.require("people.role", owned, "nobody is owner");
        at.count("accounts", self.accounts.len(), 1..=10);
        for account in &self.accounts {
            let slug = &account.customer;
            let known = content.customer(slug).is_some();
            at.require("accounts.customer", known, format_args!("no customer is called {slug:?}"));
            let brought = content.resellers.iter().flat_map(|r| &r.accounts);
            let once = brought.filter(|a| a.customer == *slug).count() == 1;
            at.require("accounts.customer", once, format_args!("{slug:?} has two resellers"));
        }
    }
}
