//! Finding an expert.

use api::directory::{self, Expert, ExpertList, Search as Wanted, Sort};
use api::program::Taxonomy;
use chrono::{DateTime, Utc};
use poem::handler;
use serde::Serialize;

use super::hour_boxes::an_hour;
use super::search_query::{Asked, name_of};
use super::{expert, words};
use crate::format;
use crate::render::Page;
use crate::site::{Answer, Form, PageError, Visit};
use crate::view::{Avatar, Chip, Choice, Dossier, Errors, Figure, Link, Pager, Tag, Tier};

const A_PAGE: i64 = 20;

/// The directory as a visitor searches it.
#[derive(Debug, Serialize)]
pub struct Search {
    pub here: String,
    pub words: String,
    /// "14 experts", with what they match after it.
    pub found: String,
    pub matching: String,
    pub set: usize,
    pub accepting: Vec<Choice>,
    pub categories: Vec<Choice>,
    pub skills: Vec<Choice>,
    pub industries: Vec<Choice>,
    pub languages: Vec<Choice>,
    pub unit: String,
    pub max: String,
    pub sorts: Vec<Choice>,
    pub chips: Vec<Chip>,
    pub people: Vec<Dossier>,
    /// When nobody is found: which filter to drop, and how many are found then.
    pub drops: Vec<Link>,
    pub pager: Option<Pager>,
    /// Where a customer, or somebody who may become one, writes a brief.
    pub brief: Option<String>,
    pub errors: Errors,
}

#[handler]
pub async fn find_experts(visit: Visit, form: Form) -> Answer {
    let app = visit.app();
    let vendor = visit.vendor();
    let mut tx = app.db.read(vendor).await?;
    let taxonomy = api::program::taxonomy(&mut tx).await?;
    let currency = api::program::settings(&mut tx).await?.currency;
    drop(tx);
    let asked = Asked::of(&form);
    let mut page = Search::unfilled(&visit, &asked, &taxonomy);
    page.unit = words::unit(currency);
    page.chips = asked.chips(&taxonomy, &page.unit);
    let search = asked.search(currency, &mut page.errors).checked();
    let search = match search.map_err(PageError::from).map_err(|e| e.into_errors(field)) {
        Ok(search) if page.errors.is_empty() => search,
        Ok(_) => return visit.again(&page),
        Err(errors) => {
            page.errors = errors?;
            return visit.again(&page);
        }
    };
    let cursor = form.given("cursor");
    let list = directory::search_experts(app, vendor, &search, Some(A_PAGE), cursor).await?;
    let count = directory::count_experts(app, vendor, &search).await?;
    page.found = format::count(count, "expert", "experts");
    if list.items.is_empty() {
        page.drops = drops(&visit, &asked, &search, &taxonomy, &page.unit).await?;
    }
    let seen = form.get("seen").parse().unwrap_or(0);
    page.pager = pager(&asked, &list, count, seen);
    page.people = list.items.iter().map(|e| dossier(&visit, e, app.clock.now())).collect();
    visit.page(&page)
}

fn field(name: &str) -> String {
    match name {
        "max_price_minor" => "max".to_owned(),
        other => other.to_owned(),
    }
}

impl Search {
    /// The form as it was asked, and nobody found yet.
    fn unfilled(visit: &Visit, asked: &Asked, taxonomy: &Taxonomy) -> Self {
        let matching = asked.get("q");
        let set = ["accepting", "category", "skill", "industry", "language", "max"];
        let categories = taxonomy.categories.iter().map(|c| (c.slug.as_str(), c.title.as_str()));
        let skills = taxonomy.skills.iter().map(|s| (s.slug.as_str(), s.title.as_str()));
        let industries = taxonomy.industries.iter().map(|i| (i.slug.as_str(), i.title.as_str()));
        Self {
            here: visit.link("/experts"),
            words: matching.to_owned(),
            found: String::new(),
            matching: if matching.is_empty() {
                String::new()
            } else {
                format!("match “{matching}”")
            },
            set: set.iter().filter(|name| !asked.get(name).is_empty()).count(),
            accepting: vec![Choice::new(
                "yes",
                "Only who takes work now",
                !asked.get("accepting").is_empty(),
            )],
            categories: words::choices_or("Any", categories, asked.get("category")),
            skills: words::choices_or("Any", skills, asked.get("skill")),
            industries: words::choices_or("Any", industries, asked.get("industry")),
            languages: words::languages(asked.get("language")),
            unit: String::new(),
            max: asked.get("max").to_owned(),
            sorts: sorts(asked.get("sort")),
            chips: Vec::new(),
            people: Vec::new(),
            drops: Vec::new(),
            pager: None,
            brief: expert::brief_link(visit),
            errors: Errors::default(),
        }
    }
}

fn sorts(chosen: &str) -> Vec<Choice> {
    let label = |sort: Sort| match sort {
        Sort::Relevance => "Best fit to the words",
        Sort::Price => "Price, low first",
        Sort::Rating => "Rating",
    };
    let chosen = Sort::parse(chosen).unwrap_or(Sort::Relevance);
    let choice = |sort: &Sort| Choice::new(sort.as_str(), label(*sort), *sort == chosen);
    Sort::ALL.iter().map(choice).collect()
}

async fn drops(
    visit: &Visit,
    asked: &Asked,
    search: &Wanted,
    taxonomy: &Taxonomy,
    unit: &str,
) -> Result<Vec<Link>, PageError> {
    let drops = directory::suggest_drops(visit.app(), visit.vendor(), search).await?;
    let link = |(filter, found): (directory::Filter, u64)| {
        let name = name_of(filter);
        let label = asked.label(name, taxonomy, unit);
        let found = format::count(found, "expert", "experts");
        Link::new(&format!("Drop {label}: {found}"), &format!("?{}", asked.without(name)))
    };
    Ok(drops.into_iter().take(3).map(link).collect())
}

fn pager(asked: &Asked, list: &ExpertList, count: u64, seen: u64) -> Option<Pager> {
    let shown = u64::try_from(list.items.len()).unwrap_or_default();
    if shown == 0 || (list.next.is_none() && seen == 0) {
        return None;
    }
    let last = seen.saturating_add(shown);
    let first = seen.saturating_add(1);
    Some(Pager {
        shown: format!("{first} to {last} of {count}"),
        earlier: (seen > 0).then(|| format!("?{}", asked.first())),
        later: list.next.as_ref().map(|cursor| format!("?{}", asked.later(cursor, last))),
    })
}

/// One expert in the list.
fn dossier(visit: &Visit, expert: &Expert, now: DateTime<Utc>) -> Dossier {
    let languages: Vec<String> = expert.languages.iter().map(|l| words::language(l)).collect();
    let place = [&expert.organization_name, &expert.city];
    let place: Vec<&str> = place.iter().map(|p| p.as_str()).filter(|p| !p.is_empty()).collect();
    let jobs = u64::try_from(expert.jobs_in_all()).unwrap_or_default();
    let jobs = match jobs {
        0 => "No verified job yet".to_owned(),
        some => format::count(some, "verified job", "verified jobs"),
    };
    let skills = expert.skills.iter().take(3).map(|s| Tag::new("check", &s.title));
    let from = expert.offers.first().map(|offer| match &offer.hourly {
        Some(hourly) => an_hour(hourly),
        None => words::price(offer.price),
    });
    let from = from.unwrap_or_else(|| "on request".to_owned());
    Dossier {
        name: expert.name.clone(),
        href: visit.link(&format!("/experts/{}", expert.slug)),
        avatar: Avatar::of(&expert.name),
        tier: Some(words::tier(expert)),
        who: format!("{} · {}", place.join(" · "), languages.join(", ")),
        line: expert.headline.clone(),
        tags: std::iter::once(Tag::new("shield", &jobs)).chain(skills).collect(),
        figures: vec![
            Figure::new("From", from),
            Figure::new("Rating", words::rating(expert.rating)),
            Figure::new("Free", words::free(expert, now)),
        ],
    }
}

impl Page for Search {
    const TEMPLATE: &'static str = "directory/search.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let mut wrong = sample("q=dealer&max=cheap");
        wrong.errors.add("max", "Enter an amount, such as 1,250");
        wrong.found = String::new();
        let mut empty = sample("q=dealer+nurture&category=reporting&max=200&accepting=yes");
        empty.found = "0 experts".into();
        empty.drops = vec![
            Link::new("Drop Up to €200: 14 experts", "?q=dealer+nurture"),
            Link::new("Drop Reporting: 2 experts", "?q=dealer+nurture"),
        ];
        let mut usual = sample("q=dealer+nurture&category=reporting&max=2,500");
        usual.people = sample_people();
        usual.pager = Some(Pager {
            shown: "1 to 3 of 14".into(),
            earlier: None,
            later: Some("?cursor=c&seen=3".into()),
        });
        vec![("usual", usual), ("empty", empty), ("wrong", wrong)]
    }
}

fn sample(query: &str) -> Search {
    let asked = Asked::of(&Form::parse(query.as_bytes()));
    let words_of = |pairs: &[(&'static str, &'static str)]| {
        words::choices_or("Any", pairs.iter().copied(), asked.get("category"))
    };
    Search {
        here: "/p/larkfield/experts".into(),
        words: asked.get("q").into(),
        found: "14 experts".into(),
        matching: format!("match “{}”", asked.get("q")),
        set: 2,
        accepting: vec![Choice::new(
            "yes",
            "Only who takes work now",
            !asked.get("accepting").is_empty(),
        )],
        categories: words_of(&[("nurture", "Nurture design"), ("reporting", "Reporting")]),
        skills: words_of(&[("dashboards", "Dashboards")]),
        industries: words_of(&[("hotels", "Hotels and travel")]),
        languages: words::languages(""),
        unit: "€".into(),
        max: asked.get("max").into(),
        sorts: sorts(""),
        chips: asked.chips(&Taxonomy::default(), "€"),
        people: Vec::new(),
        drops: Vec::new(),
        pager: None,
        brief: Some("/p/larkfield/briefs/new".into()),
        errors: Errors::default(),
    }
}

fn sample_people() -> Vec<Dossier> {
    let person =
        |name: &str, who: &str, line: &str, tier: Tier, from: &str, rating: &str| Dossier {
            name: name.into(),
            href: "/p/larkfield/experts/somebody".into(),
            avatar: Avatar::of(name),
            tier: Some(tier),
            who: who.into(),
            line: line.into(),
            tags: vec![Tag::new("shield", "17 verified jobs"), Tag::new("check", "Lead scoring")],
            figures: vec![
                Figure::new("From", from),
                Figure::new("Rating", rating),
                Figure::new("Free", "from 18 May"),
            ],
        };
    vec![
        person(
            "Ines Oyelaran-Brandt",
            "Brandt Lifecycle Studio · Lisbon · English, Portuguese, German",
            "Rebuilds nurture programmes until sales trusts the leads again.",
            Tier::ranked("Principal", 3),
            "€1,800",
            "4.9 from 14",
        ),
        person(
            "Márcia de Albuquerque e Vasconcelos Teixeira",
            "Teixeira, Vasconcelos & Associados Consultoria · Porto · Portuguese (BR)",
            "Seasonal campaigns for shops with more products than people.",
            Tier::ranked("Accredited", 2),
            "€2,100",
            "4.7 from 8",
        ),
        person(
            "Dele Okafor",
            "Okafor Field Marketing · Lagos · English, Yoruba",
            "Plain reports that a sales manager reads on a phone.",
            Tier::newcomer(),
            "€640",
            "none yet",
        ),
    ]
}
