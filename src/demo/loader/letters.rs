//! Letters of access for the engagements that are at work: the customer connects its account at
//! the marketing application and signs, the consultant takes a key and looks around.

use super::cast::Cast;
use super::step::{Named, Step};
use crate::demo::actor::{Actor, Stage};
use crate::demo::connecting;
use crate::demo::content::consultants::Access;
use crate::demo::content::{Content, Engagement};
use crate::demo::hosted::Member;
use anyhow::{Context, Result, ensure};
use api::access::{self, KeyOrder};
use api::app::App;
use api::kernel::id::{EngagementId, GrantId};
use serde_json::json;
use std::collections::BTreeMap;

/// The marketing application of the demo, by its word among the upstreams.
const UPSTREAM: &str = "larkfield";

/// An engagement that is active.
pub struct AtWork<'a> {
    pub script: &'a Engagement,
    pub id: EngagementId,
}

/// Signs a letter for every engagement whose service asks for access.
pub async fn sign_all(
    app: &App,
    content: &Content,
    cast: &Cast,
    (at_work, stage, step): (&[AtWork<'_>], &Stage, &Step<'_>),
) -> Result<()> {
    let mut connections: BTreeMap<&str, String> = BTreeMap::new();
    for (number, work) in at_work.iter().enumerate() {
        step.of("letters of access", number, at_work.len());
        let script = work.script;
        let service = content.service(&script.service).context("a script without a service")?.1;
        if service.access == Access::None {
            continue;
        }
        let mut customer =
            Actor::sign_in(stage, &script.booked_by, &content.marketing_password).await?;
        let connection = match connections.get(script.customer.as_str()) {
            Some(known) => known.clone(),
            None => connect(content, script, &mut customer).await?,
        };
        connections.insert(&script.customer, connection.clone());
        let signed = sign(content, work, &mut customer, (&connection, service.access)).await;
        let grant = signed.with_context(|| format!("letter of access for {}", script.slug))?;
        look_around(app, cast, (work, stage), grant).await?;
    }
    Ok(())
}

async fn connect(content: &Content, script: &Engagement, by: &mut Actor) -> Result<String> {
    let account = content.customer(&script.customer).context("a script without a customer")?;
    let account = &account.marketing_account;
    let member = Member { email: &account.user, password: &content.marketing_password };
    let back = connecting::connect(by, UPSTREAM, member).await;
    let back = back.with_context(|| format!("connect {}", account.name))?;
    let id = back.connection.with_context(|| format!("{}: {}", account.name, back.outcome))?;
    let made = by.get(&format!("/v1/connections/{id}")).await?.expect(200)?;
    let name = made.at("/account_name")?;
    ensure!(name == account.name, "{name} was connected instead of {}", account.name);
    Ok(id)
}

async fn sign(
    content: &Content,
    work: &AtWork<'_>,
    customer: &mut Actor,
    (connection, preset): (&str, Access),
) -> Result<GrantId> {
    let preset = preset.word();
    let choice = json!({ "connection": connection, "preset": preset });
    let preview = customer.post("/v1/grants/preview", choice).await?.expect(200)?;
    let engagement = customer.get(&format!("/v1/engagements/{}", work.id)).await?.expect(200)?;
    let body = json!({
        "connection": connection, "consultant": engagement.at("/consultant")?,
        "preset": preset, "terms_hash": preview.at("/terms_hash")?, "last_day": null,
        "password": content.marketing_password,
    });
    let path = format!("/v1/engagements/{}/grants", work.id);
    let granted = customer.post(&path, body).await?.expect(201)?;
    GrantId::parse(&granted.at("/id")?).context("a letter without an id")
}

/// The consultant's first calls, so that the customer's access log tells of somebody.
async fn look_around(
    app: &App,
    cast: &Cast,
    (work, stage): (&AtWork<'_>, &Stage),
    grant: GrantId,
) -> Result<()> {
    let by = cast.caller(&work.script.consultant, &work.script.led_by)?;
    let key = KeyOrder { name: "First look".to_owned(), bind_to: None };
    let made = access::make_key(app, by, grant, &key).await;
    let key = made.step(|| format!("key for {}", work.script.slug))?.secret;
    for path in ["campaigns", "lists", "account"] {
        let url = stage.site.join(&format!("/gw/{grant}/{path}"))?;
        let answer = stage.client.get(url).bearer_auth(&key).send().await?;
        let status = answer.status();
        ensure!(status.is_success(), "{}: GET /{path} answered {status}", work.script.slug);
    }
    Ok(())
}
