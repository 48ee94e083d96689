//! An expert's own page: what they do, what they offer, what they have proven.

use api::directory::{self, Expert, ExpertPage, Service};
use api::engagements;
use api::platform::caller::OrganizationKind;
use api::platform::http::paging::PageWanted;
use api::program::Taxonomy;
use chrono::{DateTime, Utc};
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::hour_boxes::{an_hour, weeks};
use super::words;
use crate::format;
use crate::render::Page;
use crate::site::{Answer, PageError, Visit};
use crate::view::{Avatar, Figure, State, Tag, Tier};

const REVIEWS: i64 = 10;

/// A service in one sheet: its price, and the access it will ask for.
#[derive(Debug, Clone, Serialize)]
pub struct OfferCard {
    pub title: String,
    pub href: String,
    pub price: String,
    pub outcome: String,
    pub figures: Vec<Figure>,
}

/// What a customer wrote.
#[derive(Debug, Clone, Serialize)]
pub struct ReviewCard {
    pub work: String,
    pub text: String,
    /// "Moor & Hald Lodges · outcome 5, communication 4, value 5".
    pub by: String,
    /// The expert's answer; may be empty.
    pub reply: String,
}

/// An expert as anyone sees them.
#[derive(Debug, Serialize)]
pub struct ExpertProfile {
    pub name: String,
    pub first_name: String,
    pub avatar: Avatar,
    pub place: String,
    pub headline: String,
    pub tier: Tier,
    pub state: State,
    pub since: String,
    pub about: Vec<String>,
    pub tags: Vec<Tag>,
    pub offers: Vec<OfferCard>,
    pub reviews_title: String,
    pub reviews: Vec<ReviewCard>,
    pub facts: Vec<Figure>,
    pub record: Vec<Figure>,
    pub brief: Option<String>,
    /// Where a customer chooses the brief to invite them to.
    pub invite: Option<String>,
}

#[handler]
pub async fn see_expert(visit: Visit, Path(slug): Path<String>) -> Answer {
    let app = visit.app();
    let page = directory::see_expert(app, visit.vendor(), &slug).await?;
    let mut tx = app.db.read(visit.vendor()).await?;
    let taxonomy = api::program::taxonomy(&mut tx).await?;
    drop(tx);
    let program = &visit.shell().program.slug;
    let first = PageWanted::first(REVIEWS);
    let (reviews, _) = engagements::public_reviews(app, program, &slug, first).await?;
    let reviews = reviews
        .into_iter()
        .map(|r| ReviewCard {
            work: r.title,
            text: r.text,
            by: format!(
                "{} · outcome {}, communication {}, value {}",
                r.customer_name, r.outcome, r.communication, r.value
            ),
            reply: r.reply.unwrap_or_default(),
        })
        .collect();
    let mut profile = ExpertProfile::of(&visit, page, &taxonomy)?;
    profile.reviews = reviews;
    visit.page(&profile)
}

/// Where a customer, or a visitor who may become one, writes a brief; `None` for all others.
pub fn brief_link(visit: &Visit) -> Option<String> {
    let kind = visit.caller().ok().map(|c| c.kind);
    let may = visit.signed_in().is_none() || kind == Some(OrganizationKind::Customer);
    may.then(|| visit.link("/briefs/new"))
}

fn invite_link(visit: &Visit, expert: &Expert) -> Option<String> {
    let kind = visit.caller().ok().map(|c| c.kind);
    let customer = kind == Some(OrganizationKind::Customer);
    customer.then(|| format!("{}?profile={}", visit.link("/invite"), expert.profile))
}

impl ExpertProfile {
    fn of(visit: &Visit, page: ExpertPage, taxonomy: &Taxonomy) -> Result<Self, PageError> {
        let now = visit.app().clock.now();
        let ExpertPage { expert, about, services } = page;
        let offers: Result<Vec<OfferCard>, PageError> =
            services.iter().map(|s| card(visit, &expert, s)).collect();
        let first_name = expert.name.split_whitespace().next().unwrap_or_default().to_owned();
        let taking = expert.accepting_clients;
        let reviews = u64::try_from(expert.rating.reviews).unwrap_or_default();
        Ok(Self {
            first_name,
            avatar: Avatar::of(&expert.name),
            place: place(&expert, now),
            headline: expert.headline.clone(),
            tier: words::tier(&expert),
            state: if taking { State::TAKING_WORK } else { State::FULL },
            since: format!("In the program since {}", expert.since.format("%B %Y")),
            about: paragraphs(&about),
            tags: tags(&expert),
            offers: offers?,
            reviews_title: format::count(reviews, "review", "reviews"),
            reviews: Vec::new(),
            facts: facts(&expert, now),
            record: record(&expert, taxonomy),
            invite: invite_link(visit, &expert).filter(|_| taking),
            brief: brief_link(visit).filter(|_| taking),
            name: expert.name,
        })
    }
}

/// "Lisbon, 10:41 there now".
fn place(expert: &Expert, now: DateTime<Utc>) -> String {
    let zone = expert.zone.tz();
    let city = if expert.city.is_empty() { format::zone_city(zone) } else { expert.city.clone() };
    format!("{} · {city}, {} there now", expert.organization_name, format::hour(now, zone))
}

fn paragraphs(text: &str) -> Vec<String> {
    text.split("\n\n").map(str::trim).filter(|p| !p.is_empty()).map(str::to_owned).collect()
}

fn tags(expert: &Expert) -> Vec<Tag> {
    let languages: Vec<String> = expert.languages.iter().map(|l| words::language(l)).collect();
    let industries: Vec<&str> = expert.industries.iter().map(|i| i.title.as_str()).collect();
    let skills: Vec<&str> = expert.skills.iter().map(|s| s.title.as_str()).collect();
    let hours = words::hours(expert.works_from, expert.works_until, expert.zone.tz());
    [
        ("check", skills.join(", ")),
        ("globe", languages.join(", ")),
        ("clock", hours),
        ("building", industries.join(", ")),
    ]
    .into_iter()
    .filter(|(_, text)| !text.is_empty())
    .map(|(icon, text)| Tag::new(icon, &text))
    .collect()
}

fn card(visit: &Visit, expert: &Expert, service: &Service) -> Result<OfferCard, PageError> {
    let whole = service.price().map_err(api::platform::refusal::Error::fault)?;
    let (price, takes) = match &service.fields.hourly {
        Some(hourly) => (an_hour(hourly), Figure::new("At most", weeks(hourly))),
        None => (words::amount(whole), Figure::new("Takes", words::length(service.days()))),
    };
    let mut figures =
        vec![takes, Figure::new("Access it will ask for", words::access(service.fields.access))];
    if let Some(first) = service.fields.excludes.first() {
        figures.push(Figure::new("Not included", first.as_str()));
    }
    Ok(OfferCard {
        title: service.fields.title.clone(),
        href: visit.link(&format!("/experts/{}/services/{}", expert.slug, service.slug)),
        price,
        outcome: service.fields.outcome.clone(),
        figures,
    })
}

fn facts(expert: &Expert, now: DateTime<Utc>) -> Vec<Figure> {
    vec![
        Figure::new("Rating", words::rating(expert.rating)),
        Figure::new("Verified jobs", format::number(i64::from(expert.jobs_in_all()))),
        Figure::new("Free", words::free(expert, now)),
    ]
}

/// Verified jobs by category.
fn record(expert: &Expert, taxonomy: &Taxonomy) -> Vec<Figure> {
    let line = |jobs: &directory::Jobs| {
        let title = taxonomy.category(&jobs.category).map_or("Other work", |c| c.title.as_str());
        Figure::new(title, format::number(i64::from(jobs.jobs)))
    };
    expert.jobs.iter().map(line).collect()
}

impl Page for ExpertProfile {
    const TEMPLATE: &'static str = "directory/expert.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let bare = Self {
            tier: Tier::newcomer(),
            state: State::FULL,
            offers: Vec::new(),
            reviews_title: "0 reviews".into(),
            reviews: Vec::new(),
            record: Vec::new(),
            brief: None,
            invite: None,
            ..sample()
        };
        vec![("usual", sample()), ("new", bare)]
    }
}

fn sample() -> ExpertProfile {
    let offer = |title: &str, price: &str, takes: &str, access: &str| OfferCard {
        title: title.into(),
        href: "/p/larkfield/experts/ines/services/audit".into(),
        price: price.into(),
        outcome: "You get a map of the leaks and what each costs a month.".into(),
        figures: vec![
            Figure::new("Takes", takes),
            Figure::new("Access it will ask for", access),
            Figure::new("Not included", "Changes in the account"),
        ],
    };
    ExpertProfile {
        name: "Ines Oyelaran-Brandt".into(),
        first_name: "Ines".into(),
        avatar: Avatar::of("Ines Oyelaran-Brandt"),
        place: "Brandt Lifecycle Studio · Lisbon, 10:41 there now".into(),
        headline: "Rebuilds nurture programmes until sales trusts the leads again.".into(),
        tier: Tier::ranked("Principal", 3),
        state: State::TAKING_WORK,
        since: "In the program since March 2023".into(),
        about: vec!["I start with the last ninety days of hand-overs, not with the mails.".into()],
        tags: vec![Tag::new("globe", "English, Portuguese, German")],
        offers: vec![
            offer("Nurture audit", "€1,800.00", "6 days", "Read only"),
            offer("Dealer nurture redesign", "€9,000.00", "5 weeks", "Author drafts"),
        ],
        reviews_title: "1 review".into(),
        reviews: vec![ReviewCard {
            work: "Nurture audit".into(),
            text: "Clear, on time, a little dry. The map of leaks is on our wall.".into(),
            by: "Moor & Hald Lodges · outcome 5, communication 4, value 5".into(),
            reply: "Fair. The next map has colours.".into(),
        }],
        facts: vec![Figure::new("Rating", "4.9 from 14"), Figure::new("Verified jobs", "17")],
        record: vec![Figure::new("Nurture design", "12"), Figure::new("Reporting", "5")],
        brief: Some("/p/larkfield/briefs/new".into()),
        invite: Some("/p/larkfield/invite?profile=p-1".into()),
    }
}
