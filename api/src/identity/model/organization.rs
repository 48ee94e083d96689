//! Organizations as they sign up, and the roles each kind has.

use super::name::one_line;
use crate::kernel::check::Checks;
use crate::kernel::country::Country;
use crate::kernel::zone::Zone;
use crate::platform::caller::{OrganizationKind, Role};
use serde::{Deserialize, Serialize};

/// What was typed of a new organization.
#[derive(Debug, Clone)]
pub struct OrganizationWanted {
    pub kind: OrganizationKind,
    pub name: String,
    pub city: String,
    /// ISO 3166-1, two letters.
    pub country: String,
    /// IANA name.
    pub zone: String,
    /// A customer's: a word of the program's list of industries.
    pub industry: Option<String>,
}

/// An organization that was checked and may be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewOrganization {
    pub kind: OrganizationKind,
    pub name: String,
    pub city: String,
    pub country: String,
    pub zone: String,
    pub industry: Option<String>,
}

impl OrganizationWanted {
    /// Notes every fault under `organization_name`, `city`, `country`, `zone`, `industry`, `kind`;
    /// what is answered is good only when none was noted. A vendor's own organization is made by
    /// the operator, so its kind is a fault here.
    pub fn checked(&self, checks: &mut Checks) -> NewOrganization {
        let is_vendor = self.kind == OrganizationKind::Vendor;
        checks.that(!is_vendor, "kind", "Choose customer, partner or reseller");
        let country = self.country.trim().to_uppercase();
        checks.that(Country::parse(&country).is_some(), "country", "Choose a country");
        let zone = checks.parsed("zone", Zone::parse(self.zone.trim()), "Choose a time zone");
        let industry = self.industry.as_deref().map(str::trim).filter(|i| !i.is_empty());
        let word = |text: &str| {
            let letters =
                text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
            letters && text.len() <= 60
        };
        checks.that(industry.is_none_or(word), "industry", "Choose an industry from the list");
        let partner = matches!(self.kind, OrganizationKind::Partner | OrganizationKind::Reseller);
        let asked = !partner || industry.is_none();
        checks.that(asked, "industry", "Only a customer names its industry");
        let what = "the organization's name";
        NewOrganization {
            kind: self.kind,
            name: one_line(checks, "organization_name", &self.name, what, 120),
            city: one_line(checks, "city", &self.city, "the city", 80),
            country,
            zone: zone.map(|zone| zone.name().to_owned()).unwrap_or_default(),
            industry: industry.map(str::to_owned),
        }
    }
}

/// The roles an organization of this kind has, the owner first.
pub const fn roles_of(kind: OrganizationKind) -> &'static [Role] {
    match kind {
        OrganizationKind::Vendor => {
            &[Role::Owner, Role::ProgramManager, Role::Finance, Role::Support]
        }
        OrganizationKind::Partner => &[Role::Owner, Role::Admin, Role::Consultant],
        OrganizationKind::Reseller => &[Role::Owner, Role::Member],
        OrganizationKind::Customer => &[Role::Owner, Role::Admin, Role::Member],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> OrganizationWanted {
        OrganizationWanted {
            kind: OrganizationKind::Customer,
            name: "Fjordhaus Outdoor".into(),
            city: "Malmö".into(),
            country: "se".into(),
            zone: "Europe/Stockholm".into(),
            industry: Some("outdoor".into()),
        }
    }

    fn faults(wanted: &OrganizationWanted) -> Vec<String> {
        let mut checks = Checks::new();
        wanted.checked(&mut checks);
        checks.faults().iter().map(|fault| fault.field.clone()).collect()
    }

    #[test]
    fn every_fault_is_named() {
        assert_eq!(faults(&wanted()), [""; 0]);
        let nothing = OrganizationWanted {
            kind: OrganizationKind::Vendor,
            name: String::new(),
            city: String::new(),
            country: "Sweden".into(),
            zone: "Stockholm".into(),
            industry: None,
        };
        let all = ["kind", "country", "zone", "organization_name", "city"];
        assert_eq!(faults(&nothing), all);
    }

    #[test]
    fn an_industry_is_a_customers_and_a_word_of_the_list() {
        let unknown = OrganizationWanted { industry: Some("Outdoor & sport".into()), ..wanted() };
        assert_eq!(faults(&unknown), ["industry"]);
        for kind in [OrganizationKind::Partner, OrganizationKind::Reseller] {
            assert_eq!(faults(&OrganizationWanted { kind, ..wanted() }), ["industry"]);
            let without = OrganizationWanted { kind, industry: None, ..wanted() };
            assert_eq!(faults(&without), [""; 0]);
        }
    }

    #[test]
    fn an_empty_industry_is_none() {
        let mut checks = Checks::new();
        let made =
            OrganizationWanted { industry: Some(" ".into()), ..wanted() }.checked(&mut checks);
        assert_eq!((made.industry, made.country.as_str()), (None, "SE"));
        checks.finish().unwrap();
    }
}
