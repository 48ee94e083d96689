//! The answers to what waits for several people: yes to exactly what was shown, no, taken back.

use api::access::{self, Proposal, ProposalOrder};
use api::platform::refusal::Error;
use poem::handler;
use poem::web::Path;

use super::proposal::{find, page_of};
use super::words;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Errors, Notice};

/// A yes to what was shown.
#[handler]
pub async fn agree(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let it = find(&visit, &id).await?;
    let password = form.given("password").map(|_| form.get("password").to_owned());
    let order = ProposalOrder { hash: form.get("hash").to_owned(), password };
    match access::agree_to_proposal(visit.app(), visit.caller()?, it.id, order).await {
        Ok(access::Yes::InForce(grant)) => {
            let who = words::first_name(&it.frozen.consultant_name);
            let flash = Flash::done(&format!("{who}’s letter says what you agreed to"))
                .saying("Yours was the last yes that was wanted. Everybody was told.");
            Ok(visit.go_telling(&format!("/grants/{grant}"), &flash))
        }
        Ok(access::Yes::Waits(_)) => {
            let flash = Flash::done("You agreed").saying("It waits for somebody else.");
            Ok(back(&visit, &it, &flash))
        }
        Err(error) => refused(&visit, &it, error, &form).await,
    }
}

#[handler]
pub async fn decline(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let it = find(&visit, &id).await?;
    let words = (form.get("hash"), form.get("reason"));
    match access::decline_proposal(visit.app(), visit.caller()?, it.id, words).await {
        Ok(()) => {
            let flash = Flash::done("Declined").saying("Your colleagues were told why.");
            Ok(back(&visit, &it, &flash))
        }
        Err(error) => refused(&visit, &it, error, &form).await,
    }
}

#[handler]
pub async fn withdraw(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let it = find(&visit, &id).await?;
    match access::withdraw_proposal(visit.app(), visit.caller()?, it.id).await {
        Ok(()) => {
            let flash = Flash::done("Taken back").saying("Nothing came into force.");
            Ok(back(&visit, &it, &flash))
        }
        Err(error) => refused(&visit, &it, error, &form).await,
    }
}

fn back(visit: &Visit, it: &Proposal, flash: &Flash) -> poem::Response {
    visit.go_telling(&format!("/access/proposals/{}", it.id), flash)
}

async fn refused(visit: &Visit, it: &Proposal, error: Error, form: &Form) -> Answer {
    let title = match error.code() {
        Some("proposal-changed") => "It is not what you looked at",
        Some("proposal-state" | "already-agreed") => "It was answered already",
        Some(
            "proposal-outdated"
            | "engagement-not-open"
            | "connection-state"
            | "grant-state"
            | "nothing-asked"
            | "nothing-to-take-over"
            | "already-granted"
            | "too-many-tries",
        ) => "Not agreed to",
        _ => {
            let errors = PageError::from(error).into_errors(str::to_owned)?;
            let mut page = page_of(visit, it, errors).await?;
            form.get("reason").clone_into(&mut page.reason);
            return visit.again(&page);
        }
    };
    let it = access::get_proposal(visit.app(), visit.caller()?, it.id).await?;
    let mut page = page_of(visit, &it, Errors::default()).await?;
    page.notice = Some(Notice::held(title, &error.to_string()));
    form.get("reason").clone_into(&mut page.reason);
    visit.again(&page)
}
