//! The customer connects its account, signs a letter of access with its password, and the
//! consultant works through the gateway: what the letter does not say never arrives.

use super::Scene;
use super::contracting::Deal;
use crate::demo::actor::{Actor, Answer};
use crate::demo::connecting;
use crate::demo::hosted::Member;
use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};

/// A letter of access with a key for it.
pub(super) struct Letter {
    pub id: String,
    pub connection: String,
    /// The account at the application.
    pub account: String,
    key: String,
}

pub(super) async fn grant(
    scene: &Scene<'_>,
    deal: &Deal,
    (customer, consultant): (&mut Actor, &mut Actor),
) -> Result<Letter> {
    let account = open_account(scene, customer).await?;
    let connection = connect(scene, customer, &account).await?;
    let grant = sign(scene, deal, (customer, &connection)).await?;
    let path = format!("/v1/grants/{grant}/keys");
    let name = json!({ "name": "campaign builder" });
    customer.post(&path, name.clone()).await?.refused(403, "not-permitted")?;
    let key = consultant.post(&path, name).await?.expect(201)?.at("/secret")?;
    scene.telling.step("the consultant makes a key for it; the customer cannot: 403");
    Ok(Letter { id: grant, connection, account, key })
}

async fn connect(scene: &Scene<'_>, customer: &mut Actor, account: &str) -> Result<String> {
    let email = customer.email.clone();
    let member = Member { email: &email, password: sandbox::marketing::SAMPLE_PASSWORD };
    let back = connecting::connect(customer, "larkfield", member).await?;
    let outcome = back.outcome;
    let id = back.connection.with_context(|| format!("connecting ended with {outcome}"))?;
    let made = customer.get(&format!("/v1/connections/{id}")).await?.expect(200)?;
    scene.telling.step(format!(
        "{email} signs in at the application and agrees: the account {} ({account}) is {outcome} \
         ({id})",
        made.at("/account_name")?
    ));
    Ok(id)
}

/// An account at the application for this run's customer, so that no run takes another's.
async fn open_account(scene: &Scene<'_>, customer: &Actor) -> Result<String> {
    let url = scene.places.marketing.join("/sandbox/accounts")?;
    let wanted = json!({
        "like": "harbourline", "name": format!("Harbourline Freight {}", scene.run()),
        "owner_name": "Bram Havik", "owner_email": customer.email,
    });
    let answer = scene.stage.client.post(url).json(&wanted).send().await;
    let answer = answer.context("the sandbox is away")?;
    Answer::read("the sandbox was asked for an account".to_owned(), answer)
        .await?
        .expect(200)?
        .at("/id")
}

async fn sign(
    scene: &Scene<'_>,
    deal: &Deal,
    (customer, connection): (&mut Actor, &str),
) -> Result<String> {
    let choice = json!({ "connection": connection, "preset": "author-drafts" });
    let preview = customer.post("/v1/grants/preview", choice).await?.expect(200)?;
    let engagement = customer.get(&format!("/v1/engagements/{}", deal.id)).await?.expect(200)?;
    let consultant = engagement.at("/consultant")?;
    let letter = |password: Value| {
        json!({
            "connection": connection, "consultant": consultant, "preset": "author-drafts",
            "terms_hash": preview.at("/terms_hash").unwrap_or_default(),
            "last_day": null, "password": password,
        })
    };
    let path = format!("/v1/engagements/{}/grants", deal.id);
    customer.post(&path, letter(Value::Null)).await?.refused(403, "password-wanted")?;
    scene.telling.step("drafts want the customer's password once more: 403 without it");
    let password = Value::from(scene.password());
    let granted = customer.post(&path, letter(password)).await?.expect(201)?;
    let id = granted.at("/id")?;
    ensure!(granted.at("/standing")? == "in-force", granted.wrong("wanted it in force"));
    scene.telling.step(format!("the letter of access {id} is in force; it says"));
    tell(scene, &granted)?;
    Ok(id)
}

fn tell(scene: &Scene<'_>, granted: &Answer) -> Result<()> {
    let text = |sentence: &Value| {
        sentence.get("text").and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    for group in granted.list("/consent/can")? {
        for sentence in group.get("sentences").and_then(Value::as_array).into_iter().flatten() {
            scene.telling.note(format!("can {}", text(sentence)));
        }
    }
    let cannot = granted.list("/consent/cannot")?;
    ensure!(!cannot.is_empty(), granted.wrong("it does not say what is not allowed"));
    for sentence in cannot {
        scene.telling.note(format!("cannot {}", text(sentence)));
    }
    Ok(())
}

impl Letter {
    /// A call through the gateway with the letter's key.
    pub async fn call(
        &self,
        scene: &Scene<'_>,
        (method, path): (Method, &str),
        body: Option<Value>,
    ) -> Result<Answer> {
        let url = scene.places.site.join(&format!("/gw/{}{path}", self.id))?;
        let asked = format!("the key of {} asked {method} {path}", self.id);
        let mut request = scene.stage.client.request(method, url).bearer_auth(&self.key);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.with_context(|| format!("{asked}: no answer"))?;
        Answer::read(asked, answer).await
    }
}
