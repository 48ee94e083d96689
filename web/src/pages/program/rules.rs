//! The program's rules and its help, in plain words for everyone.

use api::platform::caller::OrganizationKind;
use api::program::{self, Settings};
use poem::handler;
use serde::Serialize;

use super::agreement::Head;
use super::words::{self, Example};
use crate::format;
use crate::render::Page;
use crate::site::{Answer, Visit};
use crate::view::{Figure, Link};

/// The rules as they are now.
#[derive(Debug, Serialize)]
pub struct Rules {
    pub version: String,
    pub agreement: Head,
    /// Who gets what of a price, for those to whom fees are shown.
    pub fees: Option<Example>,
    pub offer: String,
    pub contracting: String,
    pub funding: String,
    pub acceptance: String,
    pub changes: String,
    pub review: String,
    pub grant: String,
    pub reseller: String,
    /// Each length of time once more, to look up.
    pub times: Vec<Figure>,
    pub zone: String,
    pub currency: String,
}

#[handler]
pub async fn see_rules(visit: Visit) -> Answer {
    let (app, vendor) = (visit.app(), visit.vendor());
    let settings = program::public_settings(app, vendor).await?;
    let agreement = program::public_agreement(app, vendor).await?;
    let fees = match visit.caller().ok().filter(|c| c.kind != OrganizationKind::Customer) {
        Some(caller) => {
            let policy = program::effective_fee_rule(app, caller).await?;
            let price = words::round_price(&settings);
            Some(Example::of(policy.parts, price, &settings.name)?)
        }
        None => None,
    };
    visit.page(&Rules::of(&settings, Head::of(&visit, &agreement), fees))
}

impl Rules {
    fn of(settings: &Settings, agreement: Head, fees: Option<Example>) -> Self {
        let changes = match settings.change_requests {
            0 => "not at all".to_owned(),
            1 => "once".to_owned(),
            2 => "twice".to_owned(),
            n => format!("{n} times"),
        };
        let months = count(settings.reseller_months, "month", "months");
        Self {
            version: format!("Version {}", settings.rules_version),
            agreement,
            fees,
            offer: days(settings.offer_valid_days),
            contracting: days(settings.contracting_days),
            funding: days(settings.funding_days),
            acceptance: days(settings.acceptance_days),
            changes: changes.clone(),
            review: days(settings.review_days),
            grant: days(settings.grant_days),
            reseller: months.clone(),
            times: vec![
                Figure::new("An offer holds", days(settings.offer_valid_days)),
                Figure::new("To sign", days(settings.contracting_days)),
                Figure::new("To fund", days(settings.funding_days)),
                Figure::new("To look at work", days(settings.acceptance_days)),
                Figure::new("Changes of a milestone", changes),
                Figure::new("Reviews", days(settings.review_days)),
                Figure::new("A letter of access", days(settings.grant_days)),
                Figure::new("A reseller shares for", months),
            ],
            zone: settings.zone.name().replace('_', " "),
            currency: settings.currency.code().to_owned(),
        }
    }
}

fn days(n: i32) -> String {
    count(n, "day", "days")
}

fn count(n: i32, one: &str, many: &str) -> String {
    format::count(u64::try_from(n).unwrap_or_default(), one, many)
}

/// Something one may want to do, how it goes, and where.
#[derive(Debug, Serialize)]
pub struct Question {
    pub title: String,
    pub text: String,
    /// Where it is done; for those who may.
    pub way: Option<Link>,
}

/// What one wants to do in a role.
#[derive(Debug, Serialize)]
pub struct Topic {
    pub id: &'static str,
    pub title: &'static str,
    pub questions: Vec<Question>,
}

/// What to do, and whom to ask.
#[derive(Debug, Serialize)]
pub struct Help {
    pub topics: Vec<Topic>,
    pub signed_in: bool,
}

type Line = (&'static str, &'static str, &'static str, &'static str);

const CUSTOMER: &[Line] = &[
    (
        "Find an expert",
        "Search, or write a brief and see who fits, with reasons.",
        "Write a brief",
        "/briefs/new",
    ),
    (
        "Pay",
        "You fund a milestone before its work begins. It is held until you accept the work.",
        "Your engagements",
        "/engagements",
    ),
    (
        "Let somebody into your account, or end it",
        "A letter of access names the person and what they may do. You end it with one button.",
        "Letters of access",
        "/access",
    ),
];

const CONSULTANT: &[Line] = &[
    (
        "Join the program",
        "Apply for your organization and accept the agreement. The answer comes by mail.",
        "Your standing",
        "/program",
    ),
    (
        "Be found",
        "Write your profile and at least one service, then publish both.",
        "Your profile",
        "/profile",
    ),
    ("Answer an invitation", "Send a proposal, or say why not.", "Invitations", "/invitations"),
    (
        "Get paid",
        "Say where the money goes. Your share is sent when the customer accepts a milestone.",
        "Where you are paid",
        "/payouts",
    ),
];

const RESELLER: &[Line] = &[
    ("See what you brought", "Accounts that name you, and until when.", "Accounts", "/accounts"),
    ("See what you earned", "Each line with its engagement and date.", "Statement", "/statements"),
];

const VENDOR: &[Line] = &[
    (
        "Decide who joins",
        "Applications wait oldest first. A refusal says why.",
        "Applications",
        "/program/applications",
    ),
    ("Suspend a partner", "With a reason; work under way goes on.", "Partners", "/partners"),
    ("Change the fees", "See what they mean, then publish them.", "Fees", "/fees"),
];

#[handler]
pub async fn see_help(visit: Visit) -> Answer {
    let kind = visit.caller().ok().map(|caller| caller.kind);
    visit.page(&Help {
        topics: topics(kind, |path| visit.link(path)),
        signed_in: visit.signed_in().is_some(),
    })
}

/// The topics of this kind first; the vendor's are for its own people. Only what is one's own is
/// linked; a visitor is led to it by signing in.
fn topics(kind: Option<OrganizationKind>, link: impl Fn(&str) -> String) -> Vec<Topic> {
    let all: &[(OrganizationKind, &'static str, &'static str, &[Line])] = &[
        (OrganizationKind::Customer, "customer", "You look for an expert", CUSTOMER),
        (OrganizationKind::Partner, "consultant", "You are a consultant", CONSULTANT),
        (OrganizationKind::Reseller, "reseller", "You bring customers", RESELLER),
        (OrganizationKind::Vendor, "vendor", "You run the program", VENDOR),
    ];
    let open = |k: OrganizationKind| k != OrganizationKind::Vendor || kind == Some(k);
    let mut shown: Vec<_> = all.iter().filter(|(k, ..)| open(*k)).collect();
    shown.sort_by_key(|(k, ..)| kind != Some(*k));
    let question = |own: bool, (title, text, label, path): &Line| Question {
        title: (*title).to_owned(),
        text: (*text).to_owned(),
        way: own.then(|| Link::new(label, &link(path))),
    };
    let topic =
        |(of, id, title, lines): &(OrganizationKind, &'static str, &'static str, &[Line])| Topic {
            id,
            title,
            questions: lines
                .iter()
                .map(|line| question(kind.is_none_or(|kind| kind == *of), line))
                .collect(),
        };
    shown.into_iter().map(topic).collect()
}

impl Page for Rules {
    const TEMPLATE: &'static str = "program/rules.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |fees| Self {
            version: "Version 2".into(),
            agreement: Head::sample(),
            fees,
            offer: "14 days".into(),
            contracting: "14 days".into(),
            funding: "7 days".into(),
            acceptance: "14 days".into(),
            changes: "twice".into(),
            review: "14 days".into(),
            grant: "180 days".into(),
            reseller: "24 months".into(),
            times: vec![Figure::new("An offer holds", "14 days")],
            zone: "Europe/Stockholm".into(),
            currency: "USD".into(),
        };
        vec![("visitor", page(None)), ("partner", page(Some(Example::sample())))]
    }
}

impl Page for Help {
    const TEMPLATE: &'static str = "program/help.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |kind: Option<OrganizationKind>| Self {
            topics: topics(kind, |path| format!("/p/larkfield{path}")),
            signed_in: kind.is_some(),
        };
        vec![("visitor", page(None)), ("vendor", page(Some(OrganizationKind::Vendor)))]
    }
}
