//! The program at a glance, for the vendor's people; partners see where they stand instead.

use api::identity::Deed;
use api::platform::caller::{Caller, OrganizationKind};
use api::platform::refusal::Common;
use api::program::{self, ApplicationState, Attribution, ProgramFigures};
use poem::handler;
use serde::Serialize;

use super::agreement::Head;
use super::applications::Row;
use super::{standing, words};
use crate::format;
use crate::render::Page;
use crate::site::{Answer, PageError, Visit};
use crate::view::{Figure, Link, Sum};

/// Rows of each list that the overview shows.
const A_FEW: i64 = 5;

/// Applications that wait, when there are some.
#[derive(Debug, Serialize)]
pub struct Waiting {
    pub title: String,
    pub text: String,
    /// Whoever looks may decide.
    pub decides: bool,
}

/// The fees that a signature of today is under.
#[derive(Debug, Serialize)]
pub struct FeesNow {
    pub note: String,
    pub example: Sum,
}

/// A customer's account and who brought it.
#[derive(Debug, Serialize)]
pub struct Brought {
    pub customer: String,
    pub href: String,
    pub reseller: String,
    pub since: String,
}

/// The vendor's first page of the program.
#[derive(Debug, Serialize)]
pub struct Overview {
    pub name: String,
    pub applications: Link,
    pub waiting: Option<Waiting>,
    pub rows: Vec<Row>,
    pub partners: Vec<Figure>,
    pub partners_link: Link,
    pub work: Vec<Figure>,
    pub money: Vec<Figure>,
    /// What one person decides about money; absent for who may not see it.
    pub limits: Option<Link>,
    pub fees: FeesNow,
    pub fees_link: Link,
    pub agreement: Head,
    /// Where the next version is written, for who may.
    pub publish: Option<String>,
    pub accounts: Vec<Brought>,
    pub accounts_link: Link,
}

#[handler]
pub async fn see_program(visit: Visit) -> Answer {
    let caller = visit.caller()?;
    match caller.kind {
        OrganizationKind::Vendor => visit.page(&overview(&visit, caller).await?),
        OrganizationKind::Partner | OrganizationKind::Reseller => {
            visit.page(&standing::page_of(&visit, caller).await?)
        }
        OrganizationKind::Customer => {
            let detail = "This page is for the program’s people and its partners. Its rules are \
                          open to everyone: the link is at the foot of each page.";
            Err(Common::NotPermitted(detail.to_owned()).into())
        }
    }
}

async fn overview(visit: &Visit, caller: &Caller) -> Result<Overview, PageError> {
    let app = visit.app();
    let figures = program::see_figures(app, caller).await?;
    let state = ApplicationState::Submitted;
    let waiting = program::list_applications(app, caller, state, Some(A_FEW), None).await?;
    let accounts = program::list_attributions(app, caller, None, Some(A_FEW), None).await?;
    let agreement = program::public_agreement(app, visit.vendor()).await?;
    let may = |deed: Deed| deed.allows(caller.kind, caller.role);
    let publish = may(Deed::PublishAgreements).then(|| visit.link("/program/agreement/new"));
    let brought = accounts.items.iter().filter(|a| a.ended_at.is_none());
    Ok(Overview {
        name: visit.shell().program.name.clone(),
        applications: Link::new("All applications", &visit.link("/program/applications")),
        waiting: waiting_of(visit, &figures, may(Deed::DecideApplications)),
        rows: waiting.items.iter().map(|it| Row::of(visit, it)).collect(),
        partners: partners(&figures),
        partners_link: Link::new("All partners", &visit.link("/partners")),
        work: work(&figures),
        money: vec![
            Figure::new("Held for customers", words::amount(figures.held)),
            Figure::new("Released to payees", words::amount(figures.released)),
        ],
        limits: may(Deed::SeeMoneyApprovals)
            .then(|| Link::new("What one person decides", &visit.link("/money-limits"))),
        fees: fees_now(visit, caller).await?,
        fees_link: Link::new("Fees", &visit.link("/fees")),
        agreement: Head::of(visit, &agreement),
        publish,
        accounts: brought.map(|it| account(visit, it)).collect(),
        accounts_link: Link::new("All accounts", &visit.link("/accounts")),
    })
}

fn waiting_of(visit: &Visit, figures: &ProgramFigures, decides: bool) -> Option<Waiting> {
    let since = figures.waiting_since?;
    let count = u64::try_from(figures.open_applications).unwrap_or_default();
    let age = format::span_words(visit.app().clock.now() - since);
    let count = format::count(count, "application", "applications");
    Some(Waiting {
        title: format!("{count} to decide"),
        text: format!("The oldest waits for {age}, since {}.", words::instant(visit, since)),
        decides,
    })
}

fn partners(figures: &ProgramFigures) -> Vec<Figure> {
    vec![
        Figure::new("Consultants", format::number(figures.consultants)),
        Figure::new("Resellers", format::number(figures.resellers)),
        Figure::new("Suspended", format::number(figures.suspended)),
    ]
}

fn work(figures: &ProgramFigures) -> Vec<Figure> {
    let states = figures.engagements.iter();
    let states =
        states.map(|(state, n)| Figure::new(&words::engagement_state(state), format::number(*n)));
    let briefs = Figure::new("Open briefs", format::number(figures.open_briefs));
    std::iter::once(briefs).chain(states).collect()
}

/// The fees in force with an example of an account that a reseller brought.
pub async fn fees_now(visit: &Visit, caller: &Caller) -> Result<FeesNow, PageError> {
    let policy = program::effective_fee_rule(visit.app(), caller).await?;
    let settings = program::public_settings(visit.app(), visit.vendor()).await?;
    let price = words::round_price(&settings);
    let example = words::Example::of(policy.parts, price, &settings.name)?.brought;
    let since = words::date(visit, policy.effective_from);
    Ok(FeesNow { note: format!("Version {}, since {since}", policy.version), example })
}

fn account(visit: &Visit, it: &Attribution) -> Brought {
    Brought {
        customer: it.customer_name.clone(),
        href: visit.link(&format!("/accounts/{}", it.customer)),
        reseller: it.reseller_name.clone(),
        since: words::date(visit, it.since),
    }
}

impl FeesNow {
    pub fn sample() -> Self {
        let example = words::Example::sample().brought;
        Self { note: "Version 1, since 2 May 2026".into(), example }
    }
}

impl Page for Overview {
    const TEMPLATE: &'static str = "program/overview.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let empty = Self { waiting: None, rows: Vec::new(), publish: None, ..sample() };
        let mut looks = sample();
        looks.waiting = looks.waiting.map(|waiting| Waiting { decides: false, ..waiting });
        looks.accounts = Vec::new();
        vec![("usual", sample()), ("empty", empty), ("looks", looks)]
    }
}

fn sample() -> Overview {
    let link = |label: &str, path: &str| Link::new(label, &format!("/p/larkfield{path}"));
    Overview {
        name: "Larkfield Partner Program".into(),
        applications: link("All applications", "/program/applications"),
        waiting: Some(Waiting {
            title: "5 applications to decide".into(),
            text: "The oldest waits for 5 days, since Saturday 2 May, 18:00 in Stockholm.".into(),
            decides: true,
        }),
        rows: vec![Row::sample("Brannock & Vale", "Consultant · Leeds, United Kingdom", "5 days")],
        partners: vec![Figure::new("Consultants", "30"), Figure::new("Resellers", "2")],
        partners_link: link("All partners", "/partners"),
        work: vec![Figure::new("Open briefs", "3"), Figure::new("At work", "4")],
        money: vec![Figure::new("Held for customers", "$4,210.00")],
        limits: Some(link("What one person decides", "/money-limits")),
        fees: FeesNow::sample(),
        fees_link: link("Fees", "/fees"),
        agreement: Head::sample(),
        publish: Some("/p/larkfield/program/agreement/new".into()),
        accounts: vec![Brought {
            customer: "Fjordhaus Outdoor".into(),
            href: "/p/larkfield/accounts/o-1".into(),
            reseller: "Nordlys Systems".into(),
            since: "2 May 2026".into(),
        }],
        accounts_link: link("All accounts", "/accounts"),
    }
}
