//! The main navigation of each kind of organization, and roles in words.

use api::identity::Deed;
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
            "engagements" | "milestones" | "files" => Self::Engagements,
            "access" | "connections" | "grants" | "approvals" | "alarms" => Self::Access,
            "profile" | "services" => Self::Profile,
            "earnings" | "statements" | "payouts" | "disputes" | "disagreements"
            | "reconciliation" | "receipts" | "spend" | "methods" | "webhooks"
            | "money-approvals" | "money-limits" => Self::Earnings,
            "program" | "fees" => Self::Program,
            "partners" => Self::Partners,
            "accounts" => Self::Accounts,
            _ => Self::None,
        }
    }
}

type Entry = (&'static str, &'static str, Place);

const TODAY: Entry = ("Today", "/", Place::Home);
const ENGAGEMENTS: Entry = ("Engagements", "/engagements", Place::Engagements);
const ACCESS: Entry = ("Access", "/access", Place::Access);
const EARNINGS: Entry = ("Earnings", "/earnings", Place::Earnings);

const VISITOR: &[Entry] = &[("Find experts", "/experts", Place::Experts)];
const CUSTOMER: &[Entry] = &[
    TODAY,
    ("Find experts", "/experts", Place::Experts),
    ("Briefs", "/briefs", Place::Briefs),
    ENGAGEMENTS,
    ACCESS,
    ("Statements", "/statements", Place::Earnings),
];
const PARTNER: &[Entry] = &[
    TODAY,
    ("Invitations", "/invitations", Place::Invitations),
    ENGAGEMENTS,
    ("Profile", "/profile", Place::Profile),
    ACCESS,
    EARNINGS,
];
const RESELLER: &[Entry] = &[TODAY, ("Accounts", "/accounts", Place::Accounts), EARNINGS];
/// Those who look after the program's money, who find experts among the partners.
const VENDOR_MONEY: &[Entry] = &[
    TODAY,
    ("Program", "/program", Place::Program),
    ("Partners", "/partners", Place::Partners),
    ENGAGEMENTS,
    ACCESS,
    ("Money", "/statements", Place::Earnings),
];
/// Those who decide between two sides, and find experts among the partners.
const VENDOR_MANAGER: &[Entry] = &[
    TODAY,
    ("Program", "/program", Place::Program),
    ("Partners", "/partners", Place::Partners),
    ENGAGEMENTS,
    ACCESS,
    ("Decisions", "/disagreements", Place::Earnings),
];
const VENDOR: &[Entry] = &[
    TODAY,
    ("Program", "/program", Place::Program),
    ("Partners", "/partners", Place::Partners),
    ENGAGEMENTS,
    ACCESS,
    ("Experts", "/experts", Place::Experts),
];

/// The entries for someone who acts as this kind of organization, or for a visitor.
pub fn entries(acting: Option<(OrganizationKind, Role)>, home: &str, here: Place) -> Vec<NavItem> {
    let reconciles = |kind, role| Deed::Reconcile.allows(kind, role);
    let decides = |kind, role| Deed::DecideDisagreements.allows(kind, role);
    let entries = match acting {
        None => VISITOR,
        Some((OrganizationKind::Customer, _)) => CUSTOMER,
        Some((OrganizationKind::Partner, _)) => PARTNER,
        Some((OrganizationKind::Reseller, _)) => RESELLER,
        Some((kind @ OrganizationKind::Vendor, role)) if reconciles(kind, role) => VENDOR_MONEY,
        Some((kind @ OrganizationKind::Vendor, role)) if decides(kind, role) => VENDOR_MANAGER,
        Some((OrganizationKind::Vendor, _)) => VENDOR,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_below_an_entry_marks_it() {
        let current = |kind, path: &str| -> Vec<String> {
            let items = entries(kind, "/p/larkfield", Place::of(path)).into_iter();
            items.filter(|item| item.current).map(|item| item.label).collect()
        };
        let (customer, partner) = (
            Some((OrganizationKind::Customer, Role::Owner)),
            Some((OrganizationKind::Partner, Role::Owner)),
        );
        assert_eq!(current(customer, "/"), ["Today"]);
        assert_eq!(current(customer, "/proposals/1"), ["Briefs"]);
        assert_eq!(current(customer, "/milestones/1/fund"), ["Engagements"]);
        assert_eq!(current(customer, "/statements"), ["Statements"]);
        assert_eq!(current(partner, "/services/new"), ["Profile"]);
        assert_eq!(current(partner, "/payouts"), ["Earnings"]);
        let vendor = |role| Some((OrganizationKind::Vendor, role));
        assert_eq!(current(vendor(Role::Support), "/program/applications"), ["Program"]);
        assert_eq!(current(vendor(Role::Finance), "/reconciliation"), ["Money"]);
        assert_eq!(current(vendor(Role::ProgramManager), "/disagreements"), ["Decisions"]);
        assert_eq!(current(vendor(Role::Support), "/disputes"), [""; 0]);
        let reseller = Some((OrganizationKind::Reseller, Role::Owner));
        assert_eq!(current(reseller, "/settings"), [""; 0]);
        assert_eq!(current(None, "/experts/ines"), ["Find experts"]);
    }
}
