//! Whether the organization can be paid, and the way to the payment processor that makes it so.

use api::billing::{self, PayoutStage, Payouts as Standing};
use api::identity::Deed;
use api::kernel::money::Money;
use api::platform::caller::{Caller, OrganizationKind};
use api::platform::refusal::{Common, Error};
use poem::handler;
use poem::http::StatusCode;
use serde::Serialize;

use super::sent::{self, SentRow};
use super::words;
use crate::format;
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Figure, Notice, Pager, State, Step, Tab, Tone};

/// The payout account as it stands.
#[derive(Debug, Serialize)]
pub struct Payouts {
    /// The other pages of money; empty where it stands alone.
    pub money: Vec<Tab>,
    pub state: State,
    pub lede: String,
    pub steps: Vec<Step>,
    /// What the processor still wants, in words.
    pub due: Vec<String>,
    pub notices: Vec<Notice>,
    pub facts: Vec<Figure>,
    /// What is earned and cannot be sent yet; empty when nothing waits.
    pub waits: String,
    /// What went on to the bank, latest first.
    pub sent: Vec<SentRow>,
    /// Whether there is an account from which something could go.
    pub has_account: bool,
    pub pager: Option<Pager>,
    pub begin: String,
    /// Empty for those who may not.
    pub deed: String,
    pub refresh: String,
    pub can_refresh: bool,
    /// Who may, for those who may not.
    pub closed: String,
    pub earnings: String,
    pub statements: String,
}

/// On to the processor's page.
#[derive(Debug, Serialize)]
pub struct Onboarding {
    pub page: String,
    pub back: String,
}

#[handler]
pub async fn show_payouts(visit: Visit, form: Form) -> Answer {
    let caller = payee(&visit)?;
    let came_back = form.get("from");
    let (read, standing) = standing(&visit, caller, came_back == "onboarding").await?;
    let mut page = payouts(&visit, &standing, caller).await?;
    page.show_sent(&visit, caller, form.given("cursor")).await?;
    match came_back {
        "expired" => {
            let text = "Its link works once and for a few minutes. Go on below with a new one; \
                        what you typed there is kept.";
            page.notices.insert(0, Notice::held("That page had ended", text));
        }
        "onboarding" if !read => {
            let text = "The payment processor does not answer, so this is how it stood before.";
            page.notices.insert(0, Notice::held("Not read anew", text));
        }
        _ => {}
    }
    visit.page(&page)
}

/// Only organizations that are paid have this page.
fn payee(visit: &Visit) -> Result<&Caller, PageError> {
    let caller = visit.caller()?;
    if caller.kind == OrganizationKind::Customer {
        let text = "Customers are not paid here. What your organization paid is in its statements.";
        return Err(Common::NotPermitted(text.to_owned()).into());
    }
    Ok(caller)
}

/// Reads the account anew for somebody who comes back from there, if that can be done now.
async fn standing(
    visit: &Visit,
    caller: &Caller,
    anew: bool,
) -> Result<(bool, Standing), PageError> {
    if anew && words::may(caller, Deed::StartPayouts) {
        match billing::refresh_payouts(visit.app(), caller).await {
            Ok(fresh) => return Ok((true, fresh)),
            Err(Error::Unavailable(_)) => {
                return Ok((false, billing::payouts(visit.app(), caller).await?));
            }
            Err(error) if error.code() == Some("not-onboarding") => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok((true, billing::payouts(visit.app(), caller).await?))
}

#[handler]
pub async fn begin_onboarding(visit: Visit) -> Answer {
    let caller = payee(&visit)?;
    let error = match billing::begin_onboarding(visit.app(), caller).await {
        Ok(page) => {
            return visit.page(&Onboarding { page, back: visit.link("/payouts") });
        }
        Err(error) => error,
    };
    let (status, notice) = match &error {
        Error::Unavailable(_) => {
            let text = "The payment processor does not answer. Nothing was lost: wait a minute \
                        and press the button again.";
            let notice = Notice::held("Their page cannot be opened now", text);
            (StatusCode::SERVICE_UNAVAILABLE, notice)
        }
        Error::Refused(refusal) if refusal.code() == "country-not-paid" => {
            let text = format!(
                "{refusal} What you earn stays owed to you and is shown in your earnings. Ask the \
                 program how it can be settled, or correct the country of your organization."
            );
            (StatusCode::UNPROCESSABLE_ENTITY, Notice::bad("No payouts to your country yet", &text))
        }
        _ => return Err(error.into()),
    };
    let standing = billing::payouts(visit.app(), caller).await?;
    let mut page = payouts(&visit, &standing, caller).await?;
    page.notices.insert(0, notice);
    let mut response = visit.page(&page)?;
    response.set_status(status);
    Ok(response)
}

#[handler]
pub async fn refresh_payouts(visit: Visit) -> Answer {
    let caller = payee(&visit)?;
    let flash = match billing::refresh_payouts(visit.app(), caller).await {
        Ok(_) => Flash::done("Read anew at the payment processor"),
        Err(Error::Unavailable(_)) => {
            Flash::note("Not read", "The payment processor does not answer. Try again in a minute.")
        }
        Err(error) if error.code() == Some("not-onboarding") => {
            Flash::note("Nothing to read yet", "Begin with the account first.")
        }
        Err(error) => return Err(error.into()),
    };
    Ok(visit.go_telling("/payouts", &flash))
}

async fn payouts(
    visit: &Visit,
    standing: &Standing,
    caller: &Caller,
) -> Result<Payouts, PageError> {
    let earned = billing::earnings(visit.app(), caller).await?;
    let may = words::may(caller, Deed::StartPayouts);
    let account = standing.account.as_ref();
    let mut facts = Vec::new();
    if let Some(account) = account {
        facts.push(Figure::new("Paid in", format::place("", &account.country)));
        if let Some(at) = account.read_at {
            facts.push(Figure::new("Last read", words::moment(visit, at)));
        }
    }
    let stopped = account.and_then(|a| a.disabled_reason.as_deref());
    // Who has not told everything yet was refused nothing.
    let asked = matches!(standing.stage, PayoutStage::Checking | PayoutStage::Ready);
    let stopped = stopped.filter(|_| asked);
    let notices = stopped.map(|why| {
        let text = format!("Its reason: {}. Go on to its page to answer it.", plain(why));
        Notice::held("The processor does not pay out yet", &text)
    });
    let deed = match standing.stage {
        _ if !may => "",
        PayoutStage::NotStarted => "Begin with the account",
        PayoutStage::Incomplete => "Go on with the account",
        PayoutStage::Checking | PayoutStage::Ready => "Change the account",
    };
    let closed = if may { "" } else { "The owner of your organization opens the account." };
    Ok(Payouts {
        state: state(standing.stage),
        lede: lede(standing.stage).to_owned(),
        steps: steps(standing.stage),
        due: account
            .map(|a| a.requirements.iter().map(|due| wanted(due)).collect())
            .unwrap_or_default(),
        notices: notices.into_iter().collect(),
        facts,
        waits: waiting(earned.available),
        sent: Vec::new(),
        has_account: account.is_some(),
        pager: None,
        begin: visit.link("/payouts/begin"),
        deed: deed.to_owned(),
        refresh: visit.link("/payouts/refresh"),
        can_refresh: may && account.is_some(),
        closed: closed.to_owned(),
        earnings: visit.link("/earnings"),
        money: words::money_tabs(visit, "/payouts"),
        statements: visit.link("/statements"),
    })
}

fn waiting(available: Money) -> String {
    if available.minor() > 0 { words::amount(available) } else { String::new() }
}

/// How far an organization is from being paid, in a word.
pub fn state(stage: PayoutStage) -> State {
    match stage {
        PayoutStage::NotStarted => State::new(Tone::Nothing, "open", "No account yet"),
        PayoutStage::Incomplete => State::new(Tone::Held, "hourglass", "Details are missing"),
        PayoutStage::Checking => State::new(Tone::Review, "eye", "Being checked"),
        PayoutStage::Ready => State::new(Tone::Good, "done", "Ready"),
    }
}

const fn lede(stage: PayoutStage) -> &'static str {
    match stage {
        PayoutStage::NotStarted => {
            "Shares go to an account at Stripe, which asks who you are and where your bank is. We \
             never see your bank details."
        }
        PayoutStage::Incomplete => "Stripe wants more before shares can be sent to you.",
        PayoutStage::Checking => "Stripe has all it asked for and is checking it. Nothing to do.",
        PayoutStage::Ready => "Shares are sent as soon as work is accepted.",
    }
}

fn steps(stage: PayoutStage) -> Vec<Step> {
    let at = match stage {
        PayoutStage::NotStarted => 0,
        PayoutStage::Incomplete => 1,
        PayoutStage::Checking => 2,
        PayoutStage::Ready => 4,
    };
    Step::way(&["Begin", "Give details", "Stripe checks", "Ready"], at)
}

/// The processor's word for something wanted, as people say it: `individual.id_number` is
/// "Individual: id number".
fn wanted(due: &str) -> String {
    const KNOWN: &[(&str, &str)] = &[
        ("external_account", "A bank account"),
        ("tos_acceptance.date", "Agreement to Stripe’s terms"),
        ("business_profile.url", "The address of your website"),
    ];
    if let Some((_, words)) = KNOWN.iter().find(|(word, _)| *word == due) {
        return (*words).to_owned();
    }
    let text = due.replace('_', " ").replace('.', ": ");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn plain(why: &str) -> String {
    why.replace(['.', '_'], " ")
}

impl Page for Payouts {
    const TEMPLATE: &'static str = "billing/payouts.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let incomplete = Self {
            due: vec![wanted("external_account"), wanted("individual.id_number")],
            notices: vec![Notice::held("That page had ended", "Go on below.")],
            waits: "€3,928.00".into(),
            deed: "Go on with the account".into(),
            can_refresh: true,
            ..sample(PayoutStage::Incomplete)
        };
        let closed = Self {
            closed: "The owner of your organization opens the account.".into(),
            ..sample(PayoutStage::Checking)
        };
        let sent = Self {
            sent: sent::sample(),
            pager: Some(Pager { shown: "3 shown".into(), earlier: None, later: None }),
            ..sample(PayoutStage::Ready)
        };
        let new = Self { deed: "Begin".into(), ..sample(PayoutStage::NotStarted) };
        vec![
            ("usual", sample(PayoutStage::Ready)),
            ("incomplete", incomplete),
            ("closed", closed),
            ("new", new),
            ("sent", sent),
        ]
    }
}

fn sample(stage: PayoutStage) -> Payouts {
    Payouts {
        state: state(stage),
        lede: lede(stage).into(),
        steps: steps(stage),
        due: Vec::new(),
        notices: Vec::new(),
        facts: vec![Figure::new("Paid in", "PT")],
        waits: String::new(),
        sent: Vec::new(),
        has_account: stage != PayoutStage::NotStarted,
        pager: None,
        begin: "/p/larkfield/payouts/begin".into(),
        deed: String::new(),
        refresh: "/p/larkfield/payouts/refresh".into(),
        can_refresh: false,
        closed: String::new(),
        earnings: "/p/larkfield/earnings".into(),
        money: Vec::new(),
        statements: "/p/larkfield/statements".into(),
    }
}

impl Page for Onboarding {
    const TEMPLATE: &'static str = "billing/onboarding.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = "https://connect.example/setup/1".to_owned();
        vec![("usual", Self { page, back: "/p/larkfield/payouts".into() })]
    }
}

#[cfg(test)]
mod tests {
    use super::wanted;

    #[test]
    fn what_is_wanted_is_said_in_words() {
        assert_eq!(wanted("external_account"), "A bank account");
        assert_eq!(wanted("individual.id_number"), "Individual: id number");
        assert_eq!(wanted(""), "");
    }
}
