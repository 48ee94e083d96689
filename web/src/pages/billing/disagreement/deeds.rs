//! What is done on the page of a disagreement. A form that cannot be carried out comes back with
//! what was typed.

use api::billing::{self, Carried, MoneyApproval, SplitWish};
use api::kernel::id::{DisagreementId, DisagreementProposalId};
use api::kernel::money::Money;
use api::platform::refusal::{Class, Common, Error};
use poem::handler;
use poem::http::StatusCode;
use poem::web::Path;

use super::super::waits;
use super::{Disagreement, Typed, milestone_id, page, stake, words};
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Errors, Notice};

#[handler]
pub async fn move_disagreement(
    visit: Visit,
    Path((id, deed)): Path<(String, String)>,
    form: Form,
) -> Answer {
    let fault = match act(&visit, &id, &deed, &form).await {
        Ok(Some(of)) => return Ok(waits(&visit, &of)),
        Ok(None) => {
            let path = format!("/milestones/{}/disagreement", milestone_id(&id)?);
            return Ok(visit.go_telling(&path, &Flash::done(said(&deed))));
        }
        Err(fault) => fault,
    };
    let mut page = page(&visit, &id).await?;
    page.typed = Typed {
        reason: form.get("reason").to_owned(),
        text: form.get("text").to_owned(),
        back: form.get("back").to_owned(),
        note: form.get("note").to_owned(),
    };
    match fault {
        Fault::Typed(errors) => page.errors = errors,
        Fault::Api(error) if conflicts(&error) => return moved(&visit, page, &error),
        Fault::Api(error) => page.errors = PageError::from(error).into_errors(str::to_owned)?,
        Fault::Page(error) => return Err(error),
    }
    visit.again(&page)
}

/// The address of a form that came back, loaded anew: to its page.
#[handler]
pub async fn back_to_disagreement(visit: Visit, Path((id, _)): Path<(String, String)>) -> Answer {
    Ok(visit.go(&format!("/milestones/{}/disagreement", milestone_id(&id)?)))
}

/// Somebody was faster: how it is now, with what was typed.
fn moved(visit: &Visit, mut page: Disagreement, error: &Error) -> Answer {
    let text = format!("{error} Nothing was done by this form.");
    page.notices.insert(0, Notice::held("That cannot be done now", &text));
    let mut response = visit.page(&page)?;
    response.set_status(StatusCode::CONFLICT);
    Ok(response)
}

enum Fault {
    Typed(Errors),
    Api(Error),
    Page(PageError),
}

impl From<PageError> for Fault {
    fn from(error: PageError) -> Self {
        Self::Page(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Api(error)
    }
}

fn conflicts(error: &Error) -> bool {
    matches!(error, Error::Refused(refusal) if refusal.class() == Class::Conflict)
}

fn said(deed: &str) -> &'static str {
    match deed {
        "file" => "Filed: the money rests until it is over",
        "answer" => "Answered",
        "propose" => "Proposed",
        "accept" => "Agreed: it is carried out now",
        "ask" => "The program is asked to decide",
        "withdraw" => "Taken back: work goes on",
        _ => "Decided: it is carried out now",
    }
}

fn missing() -> PageError {
    Error::from(Common::NotFound("disagreement")).into()
}

/// What waits for a second person comes back.
async fn act(
    visit: &Visit,
    id: &str,
    deed: &str,
    form: &Form,
) -> Result<Option<Box<MoneyApproval>>, Fault> {
    let (app, caller) = (visit.app(), visit.caller()?);
    if deed == "file" {
        return file(visit, id, form).await.map(|()| None);
    }
    let of = DisagreementId::parse(form.get("disagreement")).ok_or_else(missing)?;
    match deed {
        "answer" => drop(billing::answer_disagreement(app, caller, of, form.get("text")).await?),
        "ask" => drop(billing::ask_mediation(app, caller, of).await?),
        "withdraw" => drop(billing::withdraw_disagreement(app, caller, of).await?),
        "accept" => {
            let proposal = DisagreementProposalId::parse(form.get("proposal"));
            let proposal = proposal.ok_or_else(missing)?;
            drop(billing::accept_split(app, caller, of, proposal).await?);
        }
        "propose" => {
            let view = billing::see_disagreement(app, caller, of).await?;
            let wish = wish(form, view.at_stake, "note")?;
            drop(billing::propose_split(app, caller, of, wish).await?);
        }
        "decide" => {
            let view = billing::see_disagreement(app, caller, of).await?;
            let wish = wish(form, view.at_stake, "reason")?;
            if let Carried::Waits(of) = billing::decide_disagreement(app, caller, of, wish).await? {
                return Ok(Some(of));
            }
        }
        _ => return Err(missing().into()),
    }
    Ok(None)
}

async fn file(visit: &Visit, id: &str, form: &Form) -> Result<(), Fault> {
    let (app, caller) = (visit.app(), visit.caller()?);
    let milestone = milestone_id(id)?;
    let money = billing::milestone_money(app, caller, milestone).await?;
    let wish = wish(form, stake(&money), "reason")?;
    billing::file_disagreement(app, caller, milestone, wish).await?;
    Ok(())
}

/// What was typed, of the stake that was read: what does not go back is the payees'. What is wrong
/// with either field is told at once.
fn wish<'a>(form: &'a Form, now: Money, why: &'static str) -> Result<SplitWish<'a>, Fault> {
    let mut errors = Errors::default();
    let currency = now.currency();
    let read = form.get("stake").parse().unwrap_or(now.minor());
    let back = form.minor("back", currency, &mut errors);
    if back.is_some_and(|back| !(0..=read).contains(&back)) {
        let all = words::amount(Money::new(read, currency));
        errors.add("back", &format!("Enter an amount from zero to {all}"));
    }
    if form.get(why).trim().chars().count() < 3 {
        let text = if why == "note" { "Enter why that is fair" } else { "Enter a reason" };
        errors.add(why, text);
    }
    match back.filter(|_| errors.on.is_empty()) {
        Some(back) => Ok(SplitWish {
            back: Money::new(back, currency),
            released: Money::new(read.saturating_sub(back), currency),
            why: form.get(why),
        }),
        None => Err(Fault::Typed(errors)),
    }
}
