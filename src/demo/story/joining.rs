//! The vendor looks at its program; a new consultant organization signs up, applies and is let in.

use super::Scene;
use crate::demo::actor::Actor;
use anyhow::Result;
use serde_json::json;

/// A new consultant organization with its owner.
pub(super) struct Joined {
    pub manager: Actor,
    pub consultant: Actor,
    pub name: String,
}

pub(super) async fn play(scene: &Scene<'_>) -> Result<Joined> {
    let telling = &scene.telling;
    telling.chapter("A consultant joins the program");
    let staff = scene.staff;
    let mut manager = Actor::sign_in(&scene.stage, &staff.manager, &staff.password).await?;
    let figures = manager.get("/v1/program/figures").await?.expect(200)?;
    telling.step(format!(
        "{} signs in and sees the program: {} consultants, {} open applications",
        staff.manager,
        figures.number("/consultants")?,
        figures.number("/open_applications")?,
    ));
    let name = format!("Halden Studio {}", scene.run());
    let organization = json!({
        "kind": "partner", "name": name, "city": "Hamburg", "country": "DE",
        "zone": "Europe/Berlin",
    });
    let email = format!("leonie-{}@halden.example", scene.run());
    let (mut consultant, last_mail) =
        scene.sign_up("Leonie Halden", &email, organization).await?;
    apply(scene, &mut manager, &mut consultant, last_mail).await?;
    Ok(Joined { manager, consultant, name })
}

impl Scene<'_> {
    /// Signs a new person up with a new organization, by the link in the mail. Answers with the
    /// id of that mail too.
    pub(super) async fn sign_up(
        &self,
        name: &str,
        email: &str,
        organization: serde_json::Value,
    ) -> Result<(Actor, u64)> {
        let mut actor = Actor::visitor(&self.stage, email);
        let password = format!("a long walk {}", self.run());
        let body = json!({
            "name": name, "email": email, "password": password, "organization": organization,
        });
        let path = format!("/v1/programs/{}/sign-up", self.staff.program);
        actor.post(&path, body).await?.expect(202)?;
        let mail = self.mail_to(email, 0).await?;
        let confirm = json!({ "token": mail.carried("token")?, "password": password });
        actor.post("/v1/sign-up/confirm", confirm).await?.expect(201)?;
        let me = actor.get("/v1/me").await?.expect(200)?;
        self.telling.step(format!(
            "{name} confirms \"{}\" and signs in for {} ({})",
            mail.subject,
            me.at("/seats/0/organization_name")?,
            me.at("/seats/0/organization")?,
        ));
        Ok((actor, mail.id))
    }
}

async fn apply(
    scene: &Scene<'_>,
    manager: &mut Actor,
    consultant: &mut Actor,
    last_mail: u64,
) -> Result<()> {
    let path = format!("/v1/programs/{}/agreement", scene.staff.program);
    let agreement = consultant.get(&path).await?.expect(200)?;
    let body = json!({
        "kind": "consultant",
        "specialities": ["nurture-design"],
        "references": [{
            "name": "Mirja Koskela", "organization": "Saimaa Boats",
            "email": "mirja@saimaa-boats.example", "said": "Half the mails, twice the answers.",
        }],
        "note": "Two people, one season ahead.",
        "agreement_version": agreement.at("/version")?,
        "agreement_hash": agreement.at("/hash")?,
    });
    let sent = consultant.post("/v1/applications", body).await?.expect(201)?;
    let id = sent.at("/id")?;
    scene.telling.step(format!(
        "it applies under agreement {}: application {id}",
        agreement.at("/version")?
    ));
    consultant.act(&format!("/v1/applications/{id}/approve")).await?.refused(403, "not-permitted")?;
    scene.telling.step("it cannot approve itself: 403");
    let decided = manager.act(&format!("/v1/applications/{id}/approve")).await?.expect(200)?;
    let mail = scene.mail_to(&consultant.email, last_mail).await?;
    let state = decided.at("/state")?;
    scene.telling.step(format!("the manager decides: {state}; \"{}\" arrives", mail.subject));
    Ok(())
}
