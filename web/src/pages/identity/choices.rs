//! What people choose from: countries, zones, industries, kinds of organization, roles.

use api::kernel::country::Country;
use api::kernel::zone::Zone;
use api::platform::caller::{OrganizationKind, Role};
use api::platform::refusal::Error;

use crate::site::{PageError, Visit};
use crate::view::{Choice, Errors};
/// Every country, with an empty choice first while none is chosen.
pub fn countries(chosen: &str) -> Vec<Choice> {
    let all = Country::all().map(|c| Choice::new(c.code, c.name, c.code == chosen));
    with_empty("Choose a country", chosen, all)
}

/// Every zone that people live in, and the chosen one whatever its name.
pub fn zones(chosen: &str) -> Vec<Choice> {
    let choice = |name: &str| Choice::new(name, &name.replace('_', " "), name == chosen);
    let known = chosen.is_empty() || Zone::names().any(|name| name == chosen);
    let own = (!known).then(|| choice(chosen));
    with_empty("Choose a time zone", chosen, own.into_iter().chain(Zone::names().map(choice)))
}

fn with_empty(label: &str, chosen: &str, choices: impl Iterator<Item = Choice>) -> Vec<Choice> {
    let empty = chosen.is_empty().then(|| Choice::new("", label, true));
    empty.into_iter().chain(choices).collect()
}

/// The program's industries, with "another one" first.
pub async fn industries(visit: &Visit, chosen: &str) -> Result<Vec<Choice>, PageError> {
    let taxonomy = api::program::public_taxonomy(visit.app(), visit.vendor()).await?;
    let all = taxonomy.industries.iter();
    let all = all.map(|i| Choice::new(&i.slug, &i.title, i.slug == chosen));
    let none = Choice::new("", "None of these", chosen.is_empty());
    Ok(std::iter::once(none).chain(all).collect())
}

/// What an organization can be in a program, in the words of who chooses.
pub fn kinds(chosen: &str, vendor: &str) -> Vec<Choice> {
    let kind = |kind: OrganizationKind, label: &str, hint: &str| {
        Choice::new(kind.as_str(), label, kind.as_str() == chosen).with_hint(hint)
    };
    vec![
        kind(
            OrganizationKind::Customer,
            &format!("We use {vendor} and look for an expert"),
            "You describe a need, choose who works in your account, and end it when you like.",
        ),
        kind(
            OrganizationKind::Partner,
            "We are consultants",
            "You apply to the program, then list services and answer invitations.",
        ),
        kind(
            OrganizationKind::Reseller,
            &format!("We sell {vendor}"),
            "You keep a share of the work in the accounts you brought.",
        ),
    ]
}

/// A role in a word.
pub fn role_label(role: Role) -> &'static str {
    match role {
        Role::Owner => "Owner",
        Role::ProgramManager => "Program manager",
        Role::Finance => "Finance",
        Role::Support => "Support",
        Role::Admin => "Admin",
        Role::Consultant => "Consultant",
        Role::Member => "Member",
    }
}

/// What a role may do, in a sentence.
fn role_hint(kind: OrganizationKind, role: Role) -> &'static str {
    match (kind, role) {
        (OrganizationKind::Vendor, Role::Owner) => "Everything of the program.",
        (_, Role::Owner) => "Everything, and makes other owners.",
        (_, Role::ProgramManager) => "Applications, standing, taxonomy, moderation.",
        (_, Role::Finance) => "Fees, statements and refunds.",
        (_, Role::Support) => "Reads, and helps people.",
        (OrganizationKind::Partner, Role::Admin) => "Services, members, payouts, all proposals.",
        (_, Role::Admin) => "Members, briefs, payments, access.",
        (_, Role::Consultant) => "Profile, proposals, deliverables, work under own letters.",
        (OrganizationKind::Reseller, Role::Member) => "Accounts you brought, and statements.",
        (_, Role::Member) => "Briefs and messages; may end access in an emergency.",
    }
}

/// The roles of an organization of this kind; owners are offered to owners only.
pub fn roles(kind: OrganizationKind, own: Role, chosen: &str) -> Vec<Choice> {
    let offered = |role: &&Role| **role != Role::Owner || own == Role::Owner;
    let choice = |role: &Role| {
        Choice::new(role.as_str(), role_label(*role), role.as_str() == chosen)
            .with_hint(role_hint(kind, *role))
    };
    api::identity::roles_of(kind).iter().filter(offered).map(choice).collect()
}

/// The errors of a refused form: beside their fields, or at `at` when the refusal names none. What
/// is no refusal stays an error.
pub fn refused(error: Error, at: &str) -> Result<Errors, PageError> {
    let Error::Refused(refusal) = &error else { return Err(error.into()) };
    let fields = refusal.fields();
    let mut errors = Errors::default();
    for fault in &fields {
        errors.add(&fault.field, &fault.message);
    }
    if fields.is_empty() {
        errors.add(at, &refusal.to_string());
    }
    Ok(errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_hold_what_is_chosen_and_no_old_names() {
        let zones = zones("Etc/GMT+1");
        let named = |value: &str| zones.iter().any(|zone| zone.value == value);
        assert!(named("Europe/Stockholm") && named("UTC") && named("Etc/GMT+1"));
        assert!(!named("US/Eastern") && !named("Etc/GMT+2") && !named(""));
        assert_eq!(zones.iter().filter(|zone| zone.chosen).count(), 1);
    }

    #[test]
    fn owners_are_offered_to_owners_only() {
        let offered = |own| roles(OrganizationKind::Customer, own, "member");
        assert_eq!(offered(Role::Owner).len(), 3);
        assert_eq!(offered(Role::Admin).len(), 2);
        assert!(offered(Role::Admin).iter().all(|role| role.value != "owner"));
    }
}
