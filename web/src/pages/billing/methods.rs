//! The cards that a customer keeps for later payments.

use api::billing::{self, KeptMethod, PaymentMethod, PaysWeeks};
use api::identity::Deed;
use api::kernel::id::PaymentMethodId;
use api::platform::refusal::{Class, Common, Error};
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::payment::Paying;
use super::words;
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Link, Notice, State, Tab, Tone};

/// A kept card.
#[derive(Debug, Serialize)]
pub struct CardRow {
    pub id: String,
    /// "Visa •••• 4242".
    pub label: String,
    pub state: Option<State>,
    /// "Can be charged through 04/27."
    pub ends: String,
    /// "Kept by Petra Lindqvist on 3 May."
    pub kept: String,
    /// Work whose weeks it pays; removing it ends that.
    pub pays: Vec<Link>,
    /// Empty for the default.
    pub choose: String,
    pub remove: String,
}

/// What is kept.
#[derive(Debug, Serialize)]
pub struct Methods {
    pub money: Vec<Tab>,
    pub cards: Vec<CardRow>,
    pub notice: Option<Notice>,
    pub action: String,
    /// This page's own address while a card is on its way; empty otherwise.
    pub again: String,
}

#[handler]
pub async fn show_methods(visit: Visit, form: Form) -> Answer {
    let kept = billing::list_methods(visit.app(), visit.caller()?).await?;
    let mut page = methods(&visit, &kept);
    match form.get("from") {
        "kept" => {
            let text = "The payment processor tells us of your card within seconds. If it is not \
                        below yet, load this page again.";
            page.notice = Some(Notice::info("Your card is kept", text));
            page.again = visit.link("/methods?from=kept");
        }
        "cancelled" => {
            let text = "You came back before a card was given. Nothing was charged.";
            page.notice = Some(Notice::info("No card was kept", text));
        }
        _ => {}
    }
    visit.page(&page)
}

fn methods(visit: &Visit, kept: &[KeptMethod]) -> Methods {
    Methods {
        money: words::money_tabs(visit, "/methods"),
        cards: kept.iter().map(|one| row(visit, one)).collect(),
        notice: None,
        action: visit.link("/methods"),
        again: String::new(),
    }
}

fn row(visit: &Visit, kept: &KeptMethod) -> CardRow {
    let method = &kept.method;
    let here = format!("/methods/{}", method.id);
    let on = words::moment(visit, method.saved_at);
    CardRow {
        id: format!("card-{}", method.id),
        label: method.label(),
        state: state(visit, method),
        ends: format!("It can be charged through {}.", method.last_month()),
        kept: format!("Kept by {}, {on}.", kept.saved_by),
        pays: kept.pays.iter().map(|of| pays(visit, of)).collect(),
        choose: match method.is_default {
            true => String::new(),
            false => visit.link(&format!("{here}/default")),
        },
        remove: visit.link(&format!("{here}/remove")),
    }
}

fn pays(visit: &Visit, of: &PaysWeeks) -> Link {
    Link::new(&of.label, &visit.link(&format!("/engagements/{}/mandate", of.engagement)))
}

fn state(visit: &Visit, method: &PaymentMethod) -> Option<State> {
    let now = visit.app().clock.now();
    if method.is_over(now.date_naive()) {
        return Some(State::new(Tone::Bad, "alert", "Has ended"));
    }
    if method.ends_soon(now) {
        return Some(State::new(Tone::Held, "hourglass", "Ends soon"));
    }
    method.is_default.then(|| State::new(Tone::Good, "done", "Default"))
}

/// Leads out to the page on which a card is given.
#[handler]
pub async fn keep_card(visit: Visit) -> Answer {
    let error = match billing::begin_setup(visit.app(), visit.caller()?).await {
        Ok(url) => return visit.page(&leading_out(&url, &visit.link("/methods"))),
        Err(error) => error,
    };
    let text = match &error {
        Error::Unavailable(_) => {
            "The payment processor does not answer. Wait a minute and try again.".to_owned()
        }
        Error::Refused(refusal) if refusal.class() == Class::Conflict => refusal.to_string(),
        _ => return Err(error.into()),
    };
    Ok(visit.go_telling("/methods", &Flash::note("No card can be kept now", &text)))
}

fn leading_out(url: &str, back: &str) -> Paying {
    let lede = "You give the card on a page of the payment processor. It opens by itself, and \
                nothing is charged.";
    Paying::leading_out("Keep a card", lede, (url, back))
}

#[handler]
pub async fn choose_card(visit: Visit, Path(id): Path<String>) -> Answer {
    let chosen = billing::choose_method(visit.app(), visit.caller()?, method_id(&id)?).await?;
    let title = format!("{} is your default", chosen.label());
    Ok(visit.go_telling("/methods", &Flash::done(&title)))
}

#[handler]
pub async fn remove_card(visit: Visit, Path(id): Path<String>) -> Answer {
    let flash = match billing::remove_method(visit.app(), visit.caller()?, method_id(&id)?).await {
        Ok(()) => Flash::done("The card is removed").saying(
            "It cannot be charged any more; weeks that it paid are paid by hand from now on.",
        ),
        Err(error) if error.code() == Some("method-in-use") => {
            let text = "A payment with it is under way. Remove it once that is over.";
            Flash::note("The card is still in use", text)
        }
        Err(error) => return Err(error.into()),
    };
    Ok(visit.go_telling("/methods", &flash))
}

pub(super) fn method_id(id: &str) -> Result<PaymentMethodId, PageError> {
    PaymentMethodId::parse(id).ok_or_else(|| Common::NotFound("payment method").into())
}

/// A way to pay with a kept card in one press.
#[derive(Debug, Serialize)]
pub struct CardWay {
    pub id: String,
    /// "Pay €3,240.00 with Visa •••• 4242".
    pub label: String,
    /// "Your default, through 04/27".
    pub note: String,
    pub main: bool,
}

/// The kept cards with which the caller may pay, the default first.
pub(super) async fn ways(visit: &Visit, deed: &str) -> Result<Vec<CardWay>, PageError> {
    let caller = visit.caller()?;
    if !words::may(caller, Deed::KeepMethods) {
        return Ok(Vec::new());
    }
    let today = visit.app().clock.now().date_naive();
    let mut kept = billing::list_methods(visit.app(), caller).await?;
    kept.retain(|kept| !kept.method.is_over(today));
    kept.sort_by_key(|kept| !kept.method.is_default);
    let ways = kept.iter().enumerate().map(|(at, kept)| way(&kept.method, deed, at == 0));
    Ok(ways.collect())
}

fn way(method: &PaymentMethod, deed: &str, main: bool) -> CardWay {
    let month = method.last_month();
    CardWay {
        id: method.id.to_string(),
        label: format!("{deed} with {}", method.label()),
        note: match method.is_default {
            true => format!("Your default, through {month}"),
            false => format!("Through {month}"),
        },
        main,
    }
}

/// For samples of pages that offer it.
pub(super) fn sample_ways() -> Vec<CardWay> {
    let way = |id: &str, label: &str, note: &str, main| CardWay {
        id: id.into(),
        label: label.into(),
        note: note.into(),
        main,
    };
    vec![
        way("m1", "Pay €3,240.00 with Visa •••• 4242", "Your default, through 04/27", true),
        way("m2", "Pay €3,240.00 with Mastercard •••• 4444", "Through 11/29", false),
    ]
}

impl Page for Methods {
    const TEMPLATE: &'static str = "billing/methods.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let row = |id: &str, label: &str, state: Option<State>, choose: &str| CardRow {
            id: id.into(),
            label: label.into(),
            state,
            ends: "It can be charged through 04/27.".into(),
            kept: "Kept by Petra Lindqvist, 3 May, 14:02 (Stockholm).".into(),
            pays: match choose {
                "" => {
                    vec![Link::new("A-2041, Dealer nurture", "/p/larkfield/engagements/1/mandate")]
                }
                _ => Vec::new(),
            },
            choose: choose.into(),
            remove: format!("/p/larkfield/methods/{id}/remove"),
        };
        let page = |cards: Vec<CardRow>| Self {
            money: words::sample_customer_tabs(),
            cards,
            notice: None,
            action: "/p/larkfield/methods".into(),
            again: String::new(),
        };
        let default = State::new(Tone::Good, "done", "Default");
        let soon = State::new(Tone::Held, "hourglass", "Ends soon");
        let usual = page(vec![
            row("m1", "Visa •••• 4242", Some(default), ""),
            row("m2", "Mastercard •••• 4444", Some(soon), "/p/larkfield/methods/m2/default"),
        ]);
        let kept = Self {
            notice: Some(Notice::info("Your card is kept", "It is below within seconds.")),
            again: "/p/larkfield/methods?from=kept".into(),
            ..page(Vec::new())
        };
        vec![("usual", usual), ("nothing kept", page(Vec::new())), ("kept", kept)]
    }
}
