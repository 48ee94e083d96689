//! What happened when letters were ended by one press, with the way to grant the same again.

use api::access::{self, Grant};
use api::platform::refusal::Common;
use chrono::{DateTime, Utc};
use poem::handler;
use serde::Serialize;

use super::end_all::count;
use super::{again, words};
use crate::render::Page;
use crate::site::{Answer, Form, PageError, Visit};

/// A letter that ended.
#[derive(Debug, Clone, Serialize)]
pub struct Gone {
    pub who: String,
    pub place: String,
    pub href: String,
    pub preset: String,
    /// Where the same is granted again; empty for whoever may not.
    pub again: String,
}

/// Letters that ended together.
#[derive(Debug, Serialize)]
pub struct EndedPage {
    pub title: String,
    pub lede: String,
    pub letters: Vec<Gone>,
    pub back: String,
}

/// The address of what ended at this moment.
pub fn address(at: DateTime<Utc>) -> String {
    format!("/access/ended?at={}", at.timestamp_micros())
}

#[handler]
pub async fn see_ended(visit: Visit, query: Form) -> Answer {
    let micros = query.given("at").and_then(|at| at.parse().ok());
    let at = micros.and_then(DateTime::<Utc>::from_timestamp_micros);
    let at = at.ok_or(Common::NotFound("end of letters"))?;
    let ended = access::list_ended_at(visit.app(), visit.caller()?, at).await?;
    if ended.is_empty() {
        return Err(Common::NotFound("end of letters").into());
    }
    let gone = |grant: &Grant| -> Result<Gone, PageError> {
        Ok(Gone {
            who: grant.consultant_name.clone(),
            place: format!(
                "{}, for {}",
                words::place(visit.app(), grant),
                grant.engagement_label()
            ),
            href: visit.link(&format!("/grants/{}", grant.id)),
            preset: words::preset(visit.app(), &grant.upstream, &grant.preset),
            again: again::address(&visit, grant)?,
        })
    };
    visit.page(&EndedPage {
        title: format!("{} ended", count(ended.len())),
        lede: lede(&words::moment(&visit, at)),
        letters: ended.iter().map(gone).collect::<Result<_, _>>()?,
        back: visit.link("/access"),
    })
}

fn lede(at: &str) -> String {
    format!(
        "Every call since {at} is refused. Whoever held one was told. Your accounts stay connected."
    )
}

impl Page for EndedPage {
    const TEMPLATE: &'static str = "access/ended.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let letter = |again: &str| Gone {
            who: "Ines Oyelaran-Brandt".into(),
            place: "Fjordhaus Outdoor EU, for A-2041".into(),
            href: "/p/larkfield/grants/g-1".into(),
            preset: "Author drafts".into(),
            again: again.into(),
        };
        let page = |again: &str| Self {
            title: "2 letters ended".into(),
            lede: lede("Tuesday 12 May, 18:00 (Stockholm)"),
            letters: vec![letter(again), letter(again)],
            back: "/p/larkfield/access".into(),
        };
        vec![("owner", page("/p/larkfield/engagements/e-1/access?again=g-1")), ("member", page(""))]
    }
}
