//! One published service: everything a customer should know before they buy it.

use api::directory;
use api::platform::refusal::{Common, Error};
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::hour_boxes::{an_hour, weeks};
use super::{expert, words};
use crate::render::Page;
use crate::site::{Answer, Visit};
use crate::view::{Figure, Link};

/// A milestone of the offer.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    pub title: String,
    pub delivers: String,
    pub days: String,
    pub price: String,
}

/// A service as anyone sees it.
#[derive(Debug, Serialize)]
pub struct ServicePage {
    pub title: String,
    pub outcome: String,
    pub by: Link,
    pub who: String,
    pub includes: Vec<String>,
    pub excludes: Vec<String>,
    pub prerequisites: Vec<String>,
    pub access: String,
    pub access_meaning: String,
    pub milestones: Vec<Step>,
    pub total: String,
    /// What is agreed on for work by the hour, instead of milestones.
    pub hours: Vec<Figure>,
    pub facts: Vec<Figure>,
    pub brief: Option<String>,
}

#[handler]
pub async fn see_offer(visit: Visit, Path((slug, word)): Path<(String, String)>) -> Answer {
    let page = directory::see_expert(visit.app(), visit.vendor(), &slug).await?;
    let service = page.services.into_iter().find(|s| s.slug == word);
    let service = service.ok_or(Common::NotFound("service"))?;
    let total = words::amount(service.price().map_err(Error::fault)?);
    let (price, takes) = match &service.fields.hourly {
        Some(hourly) => {
            (Figure::new("Price", an_hour(hourly)), Figure::new("At most", weeks(hourly)))
        }
        None => {
            let days = words::length(service.days());
            (Figure::new("Price", total.as_str()), Figure::new("Takes", days))
        }
    };
    let fields = service.fields;
    let step = |m: directory::ServiceMilestone| Step {
        title: m.title,
        delivers: m.delivers,
        days: words::length(m.days),
        price: words::amount(m.price),
    };
    let expert = page.expert;
    let brief = expert::brief_link(&visit).filter(|_| expert.accepting_clients);
    visit.page(&ServicePage {
        title: fields.title,
        outcome: fields.outcome,
        by: Link::new(&expert.name, &visit.link(&format!("/experts/{}", expert.slug))),
        who: expert.organization_name,
        includes: fields.includes,
        excludes: fields.excludes,
        prerequisites: fields.prerequisites,
        access: words::access(fields.access).to_owned(),
        access_meaning: words::access_meaning(fields.access).to_owned(),
        milestones: fields.milestones.into_iter().map(step).collect(),
        facts: vec![price, takes, Figure::new("Rating", words::rating(expert.rating))],
        hours: fields.hourly.as_ref().map(crate::pages::matching::hours).unwrap_or_default(),
        total,
        brief,
    })
}

impl Page for ServicePage {
    const TEMPLATE: &'static str = "directory/service.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let step = |title: &str, days: &str, price: &str| Step {
            title: title.into(),
            delivers: "A map that two sales people agree on".into(),
            days: days.into(),
            price: price.into(),
        };
        let usual = || Self {
            title: "Nurture audit".into(),
            outcome: "You get a map of the leaks and what each costs a month.".into(),
            by: Link::new("Ines Oyelaran-Brandt", "/p/larkfield/experts/ines"),
            who: "Brandt Lifecycle Studio".into(),
            includes: vec!["Ninety days of leads followed".into(), "A call on the findings".into()],
            excludes: vec!["Changes in the account".into()],
            prerequisites: vec!["Someone of sales for an hour".into()],
            access: "Read only".into(),
            access_meaning: "Looks at campaigns, lists and results. Changes nothing.".into(),
            milestones: vec![
                step("Map of leaks", "4 days", "€1,200.00"),
                step("What they cost", "2 days", "€600.00"),
            ],
            total: "€1,800.00".into(),
            hours: Vec::new(),
            facts: vec![Figure::new("Price", "€1,800.00"), Figure::new("Takes", "6 days")],
            brief: Some("/p/larkfield/briefs/new".into()),
        };
        let hours = Self {
            milestones: Vec::new(),
            hours: vec![
                Figure::new("An hour", "€90.00"),
                Figure::new("A week at most", "20 h, €1,800.00"),
                Figure::new("Weeks", "at most 8 weeks"),
            ],
            facts: vec![Figure::new("Price", "€90.00 an hour")],
            ..usual()
        };
        vec![("usual", usual()), ("hours", hours)]
    }
}
