//! The statement of work as text: its bytes, its hash, and what people wrote in it.

use super::sow::{
    AgreedMilestone, Agreement, NamedOrganization, Terms, hash_of, statement_of_work,
};
use crate::kernel::id::{FeePolicyId, OrganizationId, ServiceId};
use crate::kernel::money::{Currency, Money};
use crate::matching::{AccessPreset, Hourly, ServiceTerms};
use crate::program::{AttributionKind, Choice, Conditions, FeeParts, FeeRule};
use uuid::Uuid;

fn organization(id: u128, name: &str) -> NamedOrganization {
    let id = OrganizationId(Uuid::from_u128(id));
    let (name, city) = (name.to_owned(), "Bergen".to_owned());
    NamedOrganization { id, name, city, country: "NO".to_owned() }
}

fn fees() -> Choice {
    let rule = FeeRule {
        id: FeePolicyId(Uuid::from_u128(9)),
        version: 3,
        words: "All work".to_owned(),
        conditions: Conditions::default(),
        parts: FeeParts { consultant: 8000, vendor: 1000, reseller: 500, operator: 500 },
        effective_from: chrono::DateTime::UNIX_EPOCH,
        ends_at: None,
    };
    let because = "“All work” is the only rule that fits.".to_owned();
    Choice { rule, because, beaten: Vec::new() }
}

fn agreement() -> Agreement {
    let usd = |minor| Money::new(minor, Currency::Usd);
    Agreement {
        label: "A-2041".to_owned(),
        version: 1,
        title: "Dealer nurture\n## Who gets what".to_owned(),
        note: "First the map.\n\n## Who gets what\n- Me: 10000".to_owned(),
        vendor: organization(1, "Larkfield"),
        customer: organization(2, "Fjordhaus"),
        partner: organization(3, "Brandt Studio"),
        consultant: "Ines Brandt".to_owned(),
        access_preset: AccessPreset::AuthorDrafts,
        service: Some(ServiceTerms {
            id: ServiceId(Uuid::from_u128(8)),
            title: "Dealer nurture".to_owned(),
            includes: vec!["Audit".to_owned(), "Five mails".to_owned()],
            excludes: vec!["Translation\n## Parties".to_owned()],
            prerequisites: Vec::new(),
        }),
        total: usd(180_000),
        milestones: vec![AgreedMilestone {
            seq: 1,
            title: "Audit and lead map".to_owned(),
            delivers: "A map of every lead.".to_owned(),
            price: usd(180_000),
            days: 7,
            lines: vec![("Interviews".to_owned(), usd(80_000)), ("Map".to_owned(), usd(100_000))],
        }],
        hourly: None,
        fees: fees(),
        fees_named: "“All work” of 1 March 2026".to_owned(),
        reseller: Some((organization(4, "Nordlys Systems"), AttributionKind::Sourced)),
        terms: Terms {
            contracting_days: 14,
            funding_days: 7,
            acceptance_days: 14,
            change_requests: 2,
            review_days: 14,
        },
    }
}

#[test]
fn the_same_agreement_makes_the_same_bytes() {
    let body = statement_of_work(&agreement());
    assert_eq!(body, statement_of_work(&agreement()));
    assert_eq!(hash_of(&body), hash_of(&statement_of_work(&agreement())));
    assert_eq!(body, include_str!("sow_example.md"), "the text is now:\n{body}");
}

#[test]
fn every_part_of_the_agreement_changes_the_hash() {
    let first = hash_of(&statement_of_work(&agreement()));
    let changes: [fn(&mut Agreement); 9] = [
        |a| a.version = 2,
        |a| a.note.push('!'),
        |a| a.milestones[0].days = 8,
        |a| a.milestones[0].lines[0].0.push('!'),
        |a| a.access_preset = AccessPreset::None,
        |a| a.fees.rule.version = 4,
        |a| a.fees_named.push('!'),
        |a| a.reseller = None,
        |a| a.terms.acceptance_days = 13,
    ];
    for (index, change) in changes.iter().enumerate() {
        let mut other = agreement();
        change(&mut other);
        assert_ne!(hash_of(&statement_of_work(&other)), first, "change {index}");
    }
}

#[test]
fn hours_have_rules_of_their_own() {
    let rate = Money::new(9_000, Currency::Usd);
    let hourly = Some(Hourly { rate, cap_minutes: 1_230, weeks: 8 });
    let mut by_hour = Agreement { hourly, milestones: Vec::new(), ..agreement() };
    let body = statement_of_work(&by_hour);
    for sentence in [
        "by the hour, at USD 90.00 an hour, fees included.",
        "At most 20 h 30 min a week are charged, which is at most USD 1,845.00 a week.",
        "There is time in at most 8 weeks. All of them together cost at most USD 14,760.00",
        "Ines Brandt alone writes time",
        "Of the price of each week, by the fee rule",
    ] {
        assert!(body.contains(sentence), "{sentence}\n{body}");
    }
    assert!(!body.contains("Funding."), "nothing is funded before");
    let first = hash_of(&body);
    by_hour.hourly = Some(Hourly { rate, cap_minutes: 1_231, weeks: 8 });
    assert_ne!(hash_of(&statement_of_work(&by_hour)), first);
}

#[test]
fn what_people_wrote_is_never_a_section() {
    let body = statement_of_work(&agreement());
    let sections = body.lines().filter(|l| l.starts_with("## Who gets what")).count();
    assert_eq!(sections, 1);
    assert!(!body.lines().any(|l| l.starts_with("- Me:")));
}

#[test]
fn without_a_reseller_its_parts_are_the_vendors() {
    let mut alone = agreement();
    alone.reseller = None;
    let body = statement_of_work(&alone);
    assert!(body.contains("- Larkfield, program fee: 15 %\n"));
    assert!(body.contains("- Reseller of record: none\n"));
    assert!(!body.contains("Nordlys"));
}
