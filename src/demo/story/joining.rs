//! People join the program: by a link in the mail, and as partners once they are let in.

use super::{SKILL, Scene};
use crate::demo::actor::Actor;
use anyhow::{Result, ensure};
use serde_json::{Value, json};

/// The vendor's program manager signs in and looks at the program.
pub(super) async fn enter(scene: &Scene<'_>) -> Result<Actor> {
    let staff = scene.staff;
    let mut manager = Actor::sign_in(&scene.stage, &staff.manager, &staff.password).await?;
    let figures = manager.get("/v1/program/figures").await?.expect(200)?;
    scene.telling.step(format!(
        "{} signs in and sees the program: {} consultants, {} open applications",
        staff.manager,
        figures.number("/consultants")?,
        figures.number("/open_applications")?,
    ));
    Ok(manager)
}

pub(super) async fn consultant(scene: &Scene<'_>, manager: &mut Actor) -> Result<Actor> {
    let organization = json!({
        "kind": "partner", "name": format!("Halden Studio {}", scene.run()), "city": "Hamburg",
        "country": "DE", "zone": "Europe/Berlin", "industry": null,
    });
    let email = format!("leonie-{}@halden.example", scene.run());
    let (mut actor, mail) = sign_up(scene, ("Leonie Halden", &email), organization).await?;
    apply(scene, manager, (&mut actor, mail), ("consultant", SKILL)).await?;
    Ok(actor)
}

pub(super) async fn reseller(scene: &Scene<'_>, manager: &mut Actor) -> Result<Actor> {
    let organization = json!({
        "kind": "reseller", "name": format!("Kanaal Partners {}", scene.run()),
        "city": "Utrecht", "country": "NL", "zone": "Europe/Amsterdam", "industry": null,
    });
    let email = format!("joris-{}@kanaal.example", scene.run());
    let (mut actor, mail) = sign_up(scene, ("Joris Kanaal", &email), organization).await?;
    let path = format!("/v1/programs/{}/taxonomy", scene.staff.program);
    let industry = actor.get(&path).await?.expect(200)?.at("/industries/0/slug")?;
    apply(scene, manager, (&mut actor, mail), ("reseller", &industry)).await?;
    Ok(actor)
}

/// A customer whose account the reseller brought.
pub(super) async fn customer(
    scene: &Scene<'_>,
    (manager, reseller): (&mut Actor, &mut Actor),
    industry: &str,
) -> Result<Actor> {
    let organization = json!({
        "kind": "customer", "name": format!("Harbourline Freight {}", scene.run()),
        "city": "Rotterdam", "country": "NL", "zone": "Europe/Amsterdam", "industry": industry,
    });
    let email = format!("bram-{}@harbourline.example", scene.run());
    let (mut actor, _) = sign_up(scene, ("Bram Havik", &email), organization).await?;
    let body = json!({
        "customer": organization_of(&mut actor).await?,
        "reseller": organization_of(reseller).await?,
        "since": null, "reason": "Came through the reseller's trade evening.",
    });
    let set = manager.post("/v1/attributions", body).await?.expect(201)?;
    let name = set.at("/reseller_name")?;
    scene.telling.step(format!("{name} is its reseller of record ({})", set.at("/id")?));
    Ok(actor)
}

async fn organization_of(actor: &mut Actor) -> Result<String> {
    actor.get("/v1/me").await?.expect(200)?.at("/seats/0/organization")
}

/// Signs a new person up with a new organization, by the link in the mail. Answers with the
/// newest mail's number too.
async fn sign_up(
    scene: &Scene<'_>,
    (name, email): (&str, &str),
    organization: Value,
) -> Result<(Actor, u64)> {
    let mut actor = Actor::visitor(&scene.stage, email);
    let password = scene.password();
    let body = json!({
        "name": name, "email": email, "password": password, "organization": organization,
    });
    let path = format!("/v1/programs/{}/sign-up", scene.staff.program);
    actor.post(&path, body).await?.expect(202)?;
    let mail = scene.mail_to(email, 0).await?;
    let confirm = json!({ "token": mail.carried("token")?, "password": password });
    actor.post("/v1/sign-up/confirm", confirm).await?.expect(201)?;
    let me = actor.get("/v1/me").await?.expect(200)?;
    scene.telling.step(format!(
        "{name} gets the mail \"{}\" and joins with {} ({})",
        mail.subject,
        me.at("/seats/0/organization_name")?,
        me.at("/seats/0/organization")?,
    ));
    Ok((actor, mail.id))
}

async fn apply(
    scene: &Scene<'_>,
    manager: &mut Actor,
    (applicant, last_mail): (&mut Actor, u64),
    (kind, speciality): (&str, &str),
) -> Result<()> {
    let path = format!("/v1/programs/{}/agreement", scene.staff.program);
    let agreement = applicant.get(&path).await?.expect(200)?;
    let version = agreement.at("/version")?;
    let body = json!({
        "kind": kind,
        "specialities": [speciality],
        "references": [{
            "name": "Mirja Koskela", "organization": "Saimaa Boats",
            "email": "mirja@saimaa-boats.example", "said": "Half the mails, twice the answers.",
        }],
        "note": "Two people, one season ahead.",
        "agreement_version": version, "agreement_hash": agreement.at("/hash")?,
    });
    let id = applicant.post("/v1/applications", body).await?.expect(201)?.at("/id")?;
    scene.telling.step(format!("it applies as {kind} under agreement {version}: {id}"));
    let approve = format!("/v1/applications/{id}/approve");
    applicant.act(&approve).await?.refused(403, "not-permitted")?;
    let decided = manager.act(&approve).await?.expect(200)?;
    ensure!(decided.at("/state")? == "approved", decided.wrong("wanted it approved"));
    let mail = scene.mail_to(&applicant.email, last_mail).await?;
    scene.telling.step(format!(
        "it cannot approve itself (403); the manager does, and \"{}\" arrives",
        mail.subject
    ));
    Ok(())
}
