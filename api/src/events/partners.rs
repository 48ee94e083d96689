//! What partners and the vendor's people hear of applications and enrollments.

use crate::app::App;
use crate::notices::{self, News};
use crate::platform::caller::Role;
use crate::platform::db::Tx;
use crate::platform::jobs::event::Event;
use crate::platform::refusal::Result;
use crate::program::{
    self, ApplicationApproved, ApplicationRejected, ApplicationSubmitted, EnrollmentChanged,
    EnrollmentState, ResellerAttributed,
};

/// Who decides applications.
const VENDOR_LEADS: &[Role] = &[Role::Owner, Role::ProgramManager];
/// Who speaks for a partner.
const PARTNER_LEADS: &[Role] = &[Role::Owner, Role::Admin];
const KIND: &str = "application";

pub async fn tell(app: &App, tx: &mut Tx, event: &Event) -> Result<()> {
    if let Some(fact) = event.read::<ApplicationSubmitted>()? {
        let Some(vendor) = program::vendor_organization(tx).await? else { return Ok(()) };
        return notices::tell_roles(app, tx, vendor, VENDOR_LEADS, &waiting(&fact)).await;
    }
    if let Some(fact) = event.read::<ApplicationApproved>()? {
        let (person, organization) = (fact.applicant, fact.organization);
        return notices::tell_person(app, tx, person, organization, &admitted(&fact)).await;
    }
    if let Some(fact) = event.read::<ApplicationRejected>()? {
        let (person, organization) = (fact.applicant, fact.organization);
        return notices::tell_person(app, tx, person, organization, &refused(&fact)).await;
    }
    if let Some(fact) = event.read::<ResellerAttributed>()? {
        return attributed(app, tx, &fact).await;
    }
    if let Some(fact) = event.read::<EnrollmentChanged>()? {
        return notices::tell_roles(app, tx, fact.organization, PARTNER_LEADS, &changed(&fact))
            .await;
    }
    Ok(())
}

/// Who pays, who is paid from now on, and who was until now.
async fn attributed(app: &App, tx: &mut Tx, fact: &ResellerAttributed) -> Result<()> {
    let (customer, reseller) = (&fact.customer_name, &fact.reseller_name);
    let why = format!("The program gives as reason: “{}”", fact.reason);
    let news = |title: String, effect: &str, link: &str| News {
        kind: "money",
        title,
        body: format!("{effect} {why}"),
        link: link.to_owned(),
    };
    let prices = "Your prices stay as they are.";
    let yours = match fact.reseller {
        Some(_) => news(format!("{reseller} is your reseller of record"), prices, "/statements"),
        None => news("You have no reseller of record any more".into(), prices, "/statements"),
    };
    notices::tell_roles(app, tx, fact.customer, PARTNER_LEADS, &yours).await?;
    if let Some(organization) = fact.reseller {
        let title = format!("You are the reseller of record of {customer}");
        let effect = "Your share of what it signs from now on stands on your statements.";
        let told = news(title, effect, "/accounts");
        notices::tell_roles(app, tx, organization, PARTNER_LEADS, &told).await?;
    }
    let Some(organization) = fact.earlier else { return Ok(()) };
    let title = format!("You are the reseller of record of {customer} no more");
    let effect = "Shares of what it signed before stay yours.";
    let told = news(title, effect, "/accounts");
    notices::tell_roles(app, tx, organization, PARTNER_LEADS, &told).await
}

fn waiting(fact: &ApplicationSubmitted) -> News {
    News {
        kind: KIND,
        title: format!("{} applies to the program", fact.organization_name),
        body: format!(
            "{} sent the application, as {}. It waits until somebody decides it.",
            fact.applicant_name, fact.kind
        ),
        link: format!("/program/applications/{}", fact.application),
    }
}

fn admitted(fact: &ApplicationApproved) -> News {
    let (body, link) = match fact.kind {
        program::PartnerKind::Consultant => {
            ("Write your profile next. Customers find it once you publish it.", "/profile")
        }
        program::PartnerKind::Reseller => (
            "The vendor names you on the accounts that you bring. You see them, and your shares, on your statement.",
            "/statements",
        ),
    };
    News {
        kind: KIND,
        title: format!("{} is admitted to the program", fact.organization_name),
        body: body.to_owned(),
        link: link.to_owned(),
    }
}

fn refused(fact: &ApplicationRejected) -> News {
    News {
        kind: KIND,
        title: format!("The application of {} was refused", fact.organization_name),
        body: format!("The reason: {}\n\nYou may apply again.", fact.reason),
        link: "/program".to_owned(),
    }
}

fn changed(fact: &EnrollmentChanged) -> News {
    let (deed, effect) = match fact.state {
        EnrollmentState::Active => ("reinstated", "You can be found and booked again."),
        EnrollmentState::Suspended => (
            "suspended",
            "You are not found or invited until this ends. Work that is under way goes on.",
        ),
        EnrollmentState::Terminated => {
            ("ended", "You are not found or invited any more. Work that is under way goes on.")
        }
    };
    let reason = fact.reason.as_ref().map(|r| format!("\n\nThe reason: {r}")).unwrap_or_default();
    News {
        kind: KIND,
        title: format!("The enrollment of {} was {deed}", fact.organization_name),
        body: format!("{effect}{reason}"),
        link: "/program".to_owned(),
    }
}
