//! The main navigation of each kind of organization, and roles in words.

use api::platform::caller::{OrganizationKind, Role};

use crate::shell::NavItem;

/// Which entry of the navigation a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Home,
    Experts,
    Briefs,
    Invitations,
    Engagements,
    Access,
    Profile,
    Earnings,
    Program,
    Partners,
    Fees,
    Accounts,
    None,
}

impl Place {
    /// The place of a path inside the program, by its first word.
    pub fn of(path: &str) -> Self {
        match path.trim_start_matches('/').split('/').next().unwrap_or_default() {
            "" => Self::Home,
            "experts" => Self::Experts,
            "briefs" | "proposals" => Self::Briefs,
            "invitations" => Self::Invitations,
            "engagements" | "milestones" | "payments" => Self::Engagements,
            "access" | "connections" | "grants" => Self::Access,
            "profile" | "services" => Self::Profile,
            "earnings" | "statements" | "payouts" => Self::Earnings,
            "program" => Self::Program,
            "partners" => Self::Partners,
            "fees" => Self::Fees,
            "accounts" => Self::Accounts,
            _ => Self::None,
        }
    }
}

type Entry = (&'static str, &'static str, Place);

const VISITOR: &[Entry] = &[("Find experts", "/experts", Place::Experts)];
const CUSTOMER: &[Entry] =
    &[("Today", "/", Place::Home), ("Find experts", "/experts", Place::Experts)];
const PARTNER: &[Entry] =
    &[("Today", "/", Place::Home), ("My profile", "/profile", Place::Profile)];
const RESELLER: &[Entry] = &[("Today", "/", Place::Home)];
const VENDOR: &[Entry] = &[("Experts", "/experts", Place::Experts)];

/// The entries for someone who acts as this kind of organization, or for a visitor.
pub fn entries(kind: Option<OrganizationKind>, home: &str, here: Place) -> Vec<NavItem> {
    let entries = match kind {
        None => VISITOR,
        Some(OrganizationKind::Customer) => CUSTOMER,
        Some(OrganizationKind::Partner) => PARTNER,
        Some(OrganizationKind::Reseller) => RESELLER,
        Some(OrganizationKind::Vendor) => VENDOR,
    };
    let item = |(label, path, place): &Entry| {
        NavItem::new(label, &format!("{home}{path}"), *place == here)
    };
    entries.iter().map(item).collect()
}

/// "Customer", "Customer · member", "Program · finance".
pub fn role_words(kind: OrganizationKind, role: Role) -> String {
    let kind = match kind {
        OrganizationKind::Customer => "Customer",
        OrganizationKind::Partner => "Consultant",
        OrganizationKind::Reseller => "Reseller",
        OrganizationKind::Vendor => "Program",
    };
    let role = match role {
        Role::Owner => return kind.to_owned(),
        Role::ProgramManager => "manager",
        Role::Finance => "finance",
        Role::Support => "support",
        Role::Admin => "admin",
        Role::Consultant => "consultant",
        Role::Member => "member",
    };
    format!("{kind} · {role}")
}
