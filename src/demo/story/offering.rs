//! The new consultant writes a profile and a package of two milestones; consultant, reseller and
//! vendor give their payout details on the processor's pages, which tells by a signed message.

use super::Scene;
use super::telling::money;
use crate::demo::actor::Actor;
use crate::demo::browser::Browser;
use crate::demo::hosted::{self, Payee};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// The words of the program's taxonomy that profile, service and brief are written with.
pub(super) struct Words {
    pub skill: String,
    pub category: String,
    pub industry: String,
}

/// What the new consultant offers.
pub(super) struct Offered {
    pub profile: String,
    pub service: String,
    pub words: Words,
}

/// The prices of the package's milestones, in minor units.
const PRICES: [i64; 2] = [120_000, 180_050];

pub(super) async fn play(scene: &Scene<'_>, consultant: &mut Actor) -> Result<Offered> {
    let words = words(scene, consultant).await?;
    let profile = profile(scene, consultant, &words).await?;
    let service = service(scene, consultant, &words).await?;
    Ok(Offered { profile, service, words })
}

async fn words(scene: &Scene<'_>, visitor: &mut Actor) -> Result<Words> {
    let path = format!("/v1/programs/{}/taxonomy", scene.staff.program);
    let taxonomy = visitor.get(&path).await?.expect(200)?;
    let skills = taxonomy.list("/skills")?;
    let skill = skills.iter().find(|s| s.get("slug") == Some(&Value::from(super::SKILL)));
    let category = skill.and_then(|s| s.get("category")?.as_str()).map(str::to_owned);
    let category = category.with_context(|| taxonomy.wrong("the taxonomy lacks a skill"))?;
    let industry = taxonomy.at("/industries/0/slug")?;
    Ok(Words { skill: super::SKILL.to_owned(), category, industry })
}

async fn profile(scene: &Scene<'_>, consultant: &mut Actor, words: &Words) -> Result<String> {
    let body = json!({
        "headline": "Campaigns that stop when somebody calls",
        "about": "Two people in Hamburg who design nurturing for makers with dealers.",
        "skills": [words.skill], "industries": [words.industry], "languages": ["en", "de"],
        "zone": "Europe/Berlin", "works_from": "08:00", "works_until": "17:00",
        "accepting_clients": true, "free_from": null,
    });
    let saved = consultant.put("/v1/profile", body).await?.expect(200)?;
    let id = saved.at("/id")?;
    consultant.act("/v1/profile/publish").await?.expect(200)?;
    scene.telling.step(format!("a profile is written and published: {id}"));
    Ok(id)
}

async fn service(scene: &Scene<'_>, consultant: &mut Actor, words: &Words) -> Result<String> {
    let milestone = |title: &str, price: i64, days: i64| {
        let delivers = "Drafts in your account, and one page that tells why.";
        json!({ "title": title, "delivers": delivers, "price_minor": price, "days": days })
    };
    let service = json!({
        "title": format!("Nurturing for dealers {}", scene.run()),
        "category": words.category,
        "outcome": "Leads hear from one dealer, and no mail arrives after the call.",
        "includes": ["A map of leads", "Nine mails as drafts", "A day with your team"],
        "excludes": ["Sending: that stays with you"],
        "prerequisites": ["Hand-overs of the last ninety days"],
        "access": "author-drafts",
        "milestones": [
            milestone("Map and first drafts", PRICES[0], 10),
            milestone("All drafts and hand-over", PRICES[1], 20),
        ],
    });
    let body = json!({ "profile": null, "service": service });
    let made = consultant.post("/v1/services", body).await?.expect(201)?;
    let id = made.at("/id")?;
    let published = consultant.act(&format!("/v1/services/{id}/publish")).await?.expect(200)?;
    let price = published.number("/price_minor")?;
    ensure!(price == PRICES.iter().sum::<i64>(), published.wrong("another price"));
    scene.telling.step(format!(
        "a package of two milestones is published: {id}, {}",
        money(price, &published.at("/currency")?)
    ));
    Ok(id)
}

/// Takes a payee through onboarding unless it is ready; the state is what the webhook made it.
pub(super) async fn be_paid(
    scene: &Scene<'_>,
    payee: &mut Actor,
    (legal_name, country): (&str, &str),
) -> Result<()> {
    let before = payee.get("/v1/payouts").await?.expect(200)?;
    if before.at("/stage")? == "ready" {
        scene.telling.step(format!("{} can be paid already", payee.email));
        return Ok(());
    }
    let page = payee.act("/v1/payouts/onboarding").await?.expect(200)?.at("/url")?;
    let mut browser = Browser::new(scene.stage.client.clone());
    hosted::onboard(&mut browser, &page.parse()?, Payee { legal_name, country }).await?;
    let ready = |json: &Value| json.get("stage") == Some(&Value::from("ready"));
    payee.wait("/v1/payouts", "payouts to be ready", ready).await?;
    scene.telling.step(format!(
        "{} gives its details at the processor; its message says: ready to be paid",
        payee.email
    ));
    Ok(())
}
