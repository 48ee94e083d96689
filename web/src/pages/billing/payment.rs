//! One payment on its way: on to the hosted page, waiting for the money, and what came of it.
//!
//! Nothing here decides that money has moved: the page shows what the payment's row says, which
//! only news from the payment processor changes.

use api::billing::{self, Payment, PaymentState};
use api::kernel::id::{MilestoneId, PaymentId};
use api::platform::refusal::Common;
use serde::Serialize;

use super::words;
use crate::render::Page;
use crate::site::{Answer, Visit};
use crate::view::{Figure, Link, State, Tone};

/// A payment as it stands.
#[derive(Debug, Serialize)]
pub struct Paying {
    pub title: String,
    pub heading: String,
    pub lede: String,
    pub state: State,
    /// More to know, a paragraph each.
    pub says: Vec<String>,
    pub facts: Vec<Figure>,
    /// Where to go on; a page of the payment processor when `leads_out`.
    pub act: Option<Link>,
    pub other: Option<Link>,
    /// Goes to the act's page by itself.
    pub leads_out: bool,
    /// This page's own address while the answer is waited for; empty otherwise.
    pub again: String,
    /// A form that begins the payment anew; empty when there is none.
    pub action: String,
    pub deed: String,
}

impl Paying {
    /// On to a page of the payment processor where nothing is paid.
    pub(super) fn leading_out(heading: &str, lede: &str, (url, back): (&str, &str)) -> Self {
        Self {
            title: "Cards".to_owned(),
            heading: heading.to_owned(),
            lede: lede.to_owned(),
            state: State::new(Tone::Held, "hourglass", "Not kept yet"),
            says: Vec::new(),
            facts: Vec::new(),
            act: Some(Link::new("Continue", url)),
            other: Some(Link::new("Not now", back)),
            leads_out: true,
            again: String::new(),
            action: String::new(),
            deed: String::new(),
        }
    }
}

/// The page of a payment inside the program.
pub fn path(milestone: MilestoneId, payment: PaymentId) -> String {
    format!("/milestones/{milestone}/fund?payment={payment}")
}

/// Shows a payment; `from` is how its payer came back from the hosted page, if they did.
pub(super) async fn show(visit: &Visit, milestone: MilestoneId, id: &str, from: &str) -> Answer {
    let id = PaymentId::parse(id).ok_or(Common::NotFound("payment"))?;
    let payment = billing::see_payment(visit.app(), visit.caller()?, id).await?;
    if payment.milestone != milestone {
        return Err(Common::NotFound("payment").into());
    }
    let money = billing::milestone_money(visit.app(), visit.caller()?, milestone).await?;
    let back = Back {
        title: format!("Milestone {}: {}", money.seq, money.title),
        milestone: visit.link(&format!("/milestones/{milestone}")),
        fund: visit.link(&format!("/milestones/{milestone}/fund")),
        money: visit.link(&format!("/milestones/{milestone}/money")),
        here: format!("{}&from=paid", visit.link(&path(milestone, id))),
    };
    let mut page = paying(&payment, from, back);
    page.facts = vec![
        Figure::new("For", format!("{}, milestone {}", money.label, money.seq)),
        Figure::new("Amount", words::amount(payment.amount)),
        Figure::new("Work by", money.partner),
    ];
    if let Some(paid) = payment.paid_at {
        page.facts.push(Figure::new("Paid", words::moment(visit, paid)));
    }
    visit.page(&page)
}

struct Back {
    title: String,
    milestone: String,
    fund: String,
    money: String,
    here: String,
}

fn paying(payment: &Payment, from: &str, back: Back) -> Paying {
    let amount = words::amount(payment.amount);
    let page = payment.checkout_url.clone().filter(|_| payment.state.is_open());
    match (payment.state, page, from) {
        (PaymentState::Paid, ..) => held(&amount, back),
        // Who pressed Pay again goes on to pay; who came back is told.
        (PaymentState::Declined, Some(page), "") => once_more(payment, page, back),
        (PaymentState::Declined, Some(page), _) => declined(payment.trouble.as_deref(), page, back),
        (PaymentState::Opening, ..) => opening(back),
        (PaymentState::Charging, ..) => charging(&amount, back),
        (PaymentState::Unconfirmed, ..) => unconfirmed(back),
        (PaymentState::Refused, ..) => refused(payment.trouble.as_deref(), back),
        (_, Some(page), "paid") => waiting(&amount, page, back),
        (_, Some(page), "cancelled") => cancelled(page, back),
        (_, Some(page), _) => going(&amount, page, back),
        (PaymentState::Returned, ..) => returned(&amount, back),
        (PaymentState::Parked, ..) => parked(back),
        _ => expired(back),
    }
}

fn plain(heading: &str, lede: &str, state: State, back: Back) -> Paying {
    Paying {
        title: back.title,
        heading: heading.to_owned(),
        lede: lede.to_owned(),
        state,
        says: Vec::new(),
        facts: Vec::new(),
        act: None,
        other: Some(Link::new("Back to the milestone", &back.milestone)),
        leads_out: false,
        again: String::new(),
        action: String::new(),
        deed: String::new(),
    }
}

fn going(amount: &str, page: String, back: Back) -> Paying {
    let lede = format!("You pay {amount} on a page of the payment processor. It opens by itself.");
    let mut paying = plain("Continue to pay", &lede, State::NOT_FUNDED, back);
    paying.says = vec!["Your card is typed there and never reaches us.".to_owned()];
    paying.act = Some(Link::new("Continue to pay", &page));
    paying.leads_out = true;
    paying
}

fn once_more(payment: &Payment, page: String, back: Back) -> Paying {
    let mut paying = going(&words::amount(payment.amount), page, back);
    if let Some(why) = &payment.trouble {
        paying.says.push(format!("The bank said of the last card: “{why}”"));
    }
    paying
}

fn waiting(amount: &str, page: String, back: Back) -> Paying {
    let state = State::new(Tone::Held, "hourglass", "Waiting for the processor");
    let again = back.here.clone();
    let lede = format!(
        "The payment processor tells us when {amount} is there. That takes a few seconds; this \
         page goes on by itself."
    );
    let mut paying = plain("Waiting for your payment", &lede, state, back);
    paying.says = vec![
        "You may close this page: nothing is lost, and your inbox tells you.".to_owned(),
        "Do not pay a second time. If the payment page was left before the end, go back to it."
            .to_owned(),
    ];
    paying.other = Some(Link::new("Back to the payment page", &page));
    paying.again = again;
    paying
}

fn opening(back: Back) -> Paying {
    let state = State::new(Tone::Held, "hourglass", "Being opened");
    let (again, action) = (back.here.clone(), back.fund.clone());
    let lede = "The payment page is being made. Nothing was charged.";
    let mut paying = plain("One moment", lede, state, back);
    paying.again = again;
    paying.action = action;
    paying.deed = "Open it again".to_owned();
    paying
}

fn charging(amount: &str, back: Back) -> Paying {
    let state = State::new(Tone::Held, "hourglass", "Being charged");
    let again = back.here.clone();
    let lede = format!(
        "The bank of your card is asked for {amount}. That takes a few seconds; this page goes on \
         by itself."
    );
    let mut paying = plain("Your card is being charged", &lede, state, back);
    paying.says =
        vec!["You may close this page: it is charged once, and your inbox tells you.".to_owned()];
    paying.again = again;
    paying
}

fn unconfirmed(back: Back) -> Paying {
    let state = State::new(Tone::Held, "hourglass", "Your bank asks you");
    let action = back.fund.clone();
    let lede = "The bank of your card wants you to confirm this payment. Nothing was charged.";
    let mut paying = plain("Your bank wants to hear from you", lede, state, back);
    paying.says = vec![
        "You confirm on a page of the payment processor, for the same sum. The first try is ended \
         before that page opens, so it is paid once."
            .to_owned(),
        "If nobody confirms within three days, the payment lapses.".to_owned(),
    ];
    paying.action = action;
    paying.deed = "Confirm with your bank".to_owned();
    paying
}

fn refused(why: Option<&str>, back: Back) -> Paying {
    let state = State::new(Tone::Bad, "alert", "Card declined");
    let fund = back.fund.clone();
    let lede = format!("{} Nothing was charged.", why.unwrap_or("The card was declined."));
    let mut paying = plain("The card was declined", &lede, state, back);
    paying.says = vec!["Use another card, or ask your bank.".to_owned()];
    paying.act = Some(Link::new("Choose another way to pay", &fund));
    paying
}

fn held(amount: &str, back: Back) -> Paying {
    let (money, milestone) = (back.money.clone(), back.milestone.clone());
    let heading = format!("{amount} is held");
    let lede = "The work can begin. The money stays held until you accept it.";
    let mut paying = plain(&heading, lede, State::HELD, back);
    paying.says = vec![
        "If the work is refunded before you accept it, its price goes back to the card, all of it \
         or a part, fees too."
            .to_owned(),
    ];
    paying.act = Some(Link::new("See the milestone", &milestone));
    paying.other = Some(Link::new("See who gets what", &money));
    paying
}

fn declined(why: Option<&str>, page: String, back: Back) -> Paying {
    let state = State::new(Tone::Bad, "alert", "Card declined");
    let why = why.unwrap_or("The card was declined.");
    let lede = format!("The bank said: “{why}” Nothing was charged.");
    let mut paying = plain("The card was declined", &lede, state, back);
    paying.says = vec![
        "Use another card, or ask your bank. The payment page still waits for you.".to_owned(),
    ];
    paying.act = Some(Link::new("Try again", &page));
    paying
}

fn cancelled(page: String, back: Back) -> Paying {
    let lede = "You came back before paying. Nothing was charged.";
    let mut paying = plain("Not paid yet", lede, State::NOT_FUNDED, back);
    paying.says = vec!["Work on this milestone starts when its price is held.".to_owned()];
    paying.act = Some(Link::new("Continue to pay", &page));
    paying
}

fn returned(amount: &str, back: Back) -> Paying {
    let lede = format!(
        "{amount} arrived after the milestone stopped taking payments. It goes back to the card \
         whole, usually within ten days."
    );
    plain("Too late, and on its way back", &lede, State::REFUNDED, back)
}

fn parked(back: Back) -> Paying {
    let lede = "What was paid does not fit the price. The program’s staff look at it and write to \
                you. Please do not pay again.";
    let state = State::new(Tone::Held, "alert", "Waits for a person");
    plain("This payment waits for a person", lede, state, back)
}

fn expired(back: Back) -> Paying {
    let action = back.fund.clone();
    let lede = "The payment page was open for a day and has closed. Nothing was charged.";
    let mut paying = plain("This payment page has ended", lede, State::LAPSED, back);
    paying.action = action;
    paying.deed = "Begin the payment anew".to_owned();
    paying
}

impl Page for Paying {
    const TEMPLATE: &'static str = "billing/paying.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = || "https://pay.example/c/1".to_owned();
        let why = Some("Your card has insufficient funds.");
        let all = [
            ("going", going("€3,240.00", page(), back())),
            ("waiting", waiting("€3,240.00", page(), back())),
            ("opening", opening(back())),
            ("charging", charging("€3,240.00", back())),
            ("unconfirmed", unconfirmed(back())),
            ("refused", refused(why, back())),
            ("held", held("€3,240.00", back())),
            ("declined", declined(why, page(), back())),
            ("cancelled", cancelled(page(), back())),
            ("returned", returned("€3,240.00", back())),
            ("parked", parked(back())),
            ("expired", expired(back())),
        ];
        let facts = || vec![Figure::new("Amount", "€3,240.00"), Figure::new("Work by", "Brandt")];
        all.into_iter().map(|(name, page)| (name, Self { facts: facts(), ..page })).collect()
    }
}

fn back() -> Back {
    Back {
        title: "Milestone 2: Dealer nurture".into(),
        milestone: "/p/larkfield/milestones/m".into(),
        fund: "/p/larkfield/milestones/m/fund".into(),
        money: "/p/larkfield/milestones/m/money".into(),
        here: "/p/larkfield/milestones/m/fund?payment=p&from=paid".into(),
    }
}
