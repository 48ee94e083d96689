//! Who pays the weeks of work by the hour: somebody by hand, or a kept card as they lock.

use api::billing::{self, MandateEnd, MandateOffer, MandateStanding, MandateView, SeenMandate};
use api::engagements::{Engagement, Side};
use api::identity::Deed;
use api::kernel::id::{EngagementId, PaymentMethodId};
use api::platform::refusal::{Common, Error};
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::standpoint::Standpoint;
use super::workspace::parse;
use super::{samples, words};
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Choice, Figure, Link, Notice};

/// What stands beside the weeks on the engagement's page.
#[derive(Debug, Clone, Serialize)]
pub struct Payer {
    pub line: String,
    pub open: Link,
    /// Where one press stops it; empty while people pay by hand.
    pub stop: String,
}

/// A card that may pay the weeks.
#[derive(Debug, Clone, Serialize)]
pub struct Offer {
    pub method: String,
    /// "Visa •••• 4242".
    pub label: String,
    pub words: String,
}

/// The page of a mandate.
#[derive(Debug, Serialize)]
pub struct MandatePage {
    pub engagement: Link,
    pub standing: Notice,
    /// Where one press stops it; empty when there is nothing to stop.
    pub stop: String,
    /// What was agreed to with the card that pays; empty while none does.
    pub agreed: String,
    pub give: String,
    pub offers: Vec<Offer>,
    pub short: Vec<Figure>,
    pub cards: Link,
    pub over: bool,
}

fn path(id: EngagementId) -> String {
    format!("{}/mandate", words::engagement_path(id))
}

/// Who pays the weeks, for those who may choose that.
pub async fn payer(stand: &Standpoint<'_>) -> Result<Option<Payer>, PageError> {
    let of = &stand.of.engagement;
    if !chooses(stand) || of.state.is_over() {
        return Ok(None);
    }
    let seen = billing::see_mandate(stand.visit.app(), stand.visit.caller()?, of.id).await?;
    let here = stand.visit.link(&path(of.id));
    let link = |label: &str| Link::new(label, &here);
    let live = seen.seen.as_ref().filter(|seen| seen.standing != MandateStanding::Ended);
    let stop = live.map(|_| format!("{here}/stop")).unwrap_or_default();
    Ok(Some(match live {
        Some(seen) if seen.standing == MandateStanding::Suspended => Payer {
            line: format!(
                "{} is past its last month and pays no week. Pay by hand, or choose another card.",
                seen.card.label()
            ),
            open: link("Choose another card"),
            stop,
        },
        Some(SeenMandate { card, mandate, .. }) => Payer {
            line: format!(
                "{} pays each week when it locks, {} at most.",
                card.label(),
                words::amount(mandate.most)
            ),
            open: link("What was agreed to"),
            stop,
        },
        None => Payer {
            line: "You pay each week by hand, by the end of its Friday.".to_owned(),
            open: link("Let a card pay the weeks"),
            stop,
        },
    }))
}

fn chooses(stand: &Standpoint<'_>) -> bool {
    let customer = stand.side() == Some(Side::Customer);
    customer && stand.of.engagement.hourly.is_some() && stand.may(Deed::FundMilestones)
}

/// The name of the field with the words of a card.
fn words_of(method: &str) -> String {
    format!("words-{method}")
}

/// How the weeks are to be paid, chosen together with the yes to the statement of work: choices
/// and the words of each card.
pub async fn choices(stand: &Standpoint<'_>) -> Result<(Vec<Choice>, Vec<Link>), PageError> {
    if !chooses(stand) {
        return Ok((Vec::new(), Vec::new()));
    }
    let id = stand.of.engagement.id;
    let seen = billing::see_mandate(stand.visit.app(), stand.visit.caller()?, id).await?;
    if seen.offers.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let hand = "Each Monday you get a mail, and pay by the end of Friday.";
    let mut choices = vec![Choice::new("", "By hand", true).with_hint(hand)];
    let mut fields = Vec::new();
    for MandateOffer { card, words } in &seen.offers {
        let method = card.id.to_string();
        let label = format!("By itself, with {}", card.label());
        choices.push(Choice::new(&method, &label, false).with_hint(words));
        fields.push(Link::new(&words_of(&method), words));
    }
    Ok((choices, fields))
}

/// Carries out what was chosen with the yes; answers what to say when no card pays after all.
pub async fn chosen(
    visit: &Visit,
    of: &Engagement,
    form: &Form,
) -> Result<Option<Flash>, PageError> {
    let Some(method) = form.given("method") else { return Ok(None) };
    let given = match PaymentMethodId::parse(method) {
        Some(id) => {
            let agreed = (id, form.get(&words_of(method)));
            billing::give_mandate(visit.app(), visit.caller()?, of.id, agreed).await
        }
        None => Err(Common::NotFound("payment method").into()),
    };
    match given {
        Ok(_) => Ok(None),
        Err(Error::Refused(why)) => {
            let text = format!("You accepted the text. No card pays the weeks yet: {why}");
            Ok(Some(Flash::note("Accepted, and to be paid by hand", &text)))
        }
        Err(error) => Err(error.into()),
    }
}

#[handler]
pub async fn see_mandate(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = parse(&id)?;
    let caller = visit.caller()?;
    let (seen, whole) = futures::try_join!(
        billing::see_mandate(visit.app(), caller, id),
        api::engagements::see_engagement(visit.app(), caller, id),
    )?;
    visit.page(&MandatePage::of(&visit, &whole.overview.engagement, seen))
}

#[handler]
pub async fn give_mandate(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let id = parse(&id)?;
    let method = PaymentMethodId::parse(form.get("method"));
    let method = method.ok_or(Common::NotFound("payment method"))?;
    let agreed = (method, form.get("words"));
    match billing::give_mandate(visit.app(), visit.caller()?, id, agreed).await {
        Ok(_) => {
            let text = "Each week that locks from now on is charged by itself. You hear of each.";
            let flash = Flash::done("The card pays the weeks").saying(text);
            Ok(visit.go_telling(&words::engagement_path(id), &flash))
        }
        Err(error) => words::told(&visit, &path(id), "No card was chosen", error),
    }
}

#[handler]
pub async fn stop_mandate(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = parse(&id)?;
    let home = words::engagement_path(id);
    match billing::stop_mandate(visit.app(), visit.caller()?, id).await {
        Ok(()) => {
            let text = "You pay the weeks that lock from now on by hand. A charge that has begun \
                        is concluded.";
            let flash = Flash::done("The card pays no more weeks").saying(text);
            Ok(visit.go_telling(&home, &flash))
        }
        Err(error) => words::told(&visit, &home, "Nothing to stop", error),
    }
}

/// The address of a press, loaded anew: to its page.
#[handler]
pub async fn back(visit: Visit, Path(id): Path<String>) -> Answer {
    Ok(visit.go(&path(parse(&id)?)))
}

fn standing(visit: &Visit, seen: Option<&SeenMandate>) -> Notice {
    let by_hand = "Each Monday you get a mail about the week that locked, and pay it by the end of \
                   Friday.";
    let Some(SeenMandate { mandate, card, given_by, standing }) = seen else {
        return Notice::info("The weeks are paid by hand", by_hand);
    };
    let card = card.label();
    match (standing, mandate.ended) {
        (MandateStanding::Suspended, None) => {
            let text = "It is past its last month: nothing is charged until its bank renews it. \
                        Pay by hand, or choose another card.";
            Notice::held(&format!("{card} pays no week now"), text)
        }
        (_, None) => {
            let at = words::when(visit, mandate.given_at);
            let text = format!("{given_by} agreed to it, {at}.");
            Notice::good(&format!("{card} pays the weeks"), &text)
        }
        (_, Some((at, because))) => {
            let why = match because {
                MandateEnd::CardRemoved => "the card was removed",
                MandateEnd::EngagementEnded => "the engagement ended",
                MandateEnd::Stopped | MandateEnd::Replaced => "it was stopped",
            };
            let then = words::then(visit, at);
            let title = format!("{card} paid the weeks until {why}, {then}");
            Notice::info(&title, by_hand)
        }
    }
}

impl MandatePage {
    fn of(visit: &Visit, of: &Engagement, view: MandateView) -> Self {
        let here = visit.link(&path(of.id));
        let standing = standing(visit, view.seen.as_ref());
        let live = view.seen.filter(|seen| seen.mandate.ended.is_none());
        let pays = live.as_ref().map(|seen| seen.card.id);
        let others = view.offers.into_iter().filter(|offer| Some(offer.card.id) != pays);
        let offer = |of: MandateOffer| Offer {
            method: of.card.id.to_string(),
            label: of.card.label(),
            words: of.words,
        };
        Self {
            engagement: Link::new(
                &format!("{} {}", of.label(), of.title),
                &visit.link(&words::engagement_path(of.id)),
            ),
            standing,
            stop: if live.is_some() { format!("{here}/stop") } else { String::new() },
            agreed: live.map(|seen| seen.mandate.words).unwrap_or_default(),
            give: here,
            offers: others.map(offer).collect(),
            short: short(words::amount(view.most)),
            cards: Link::new("Cards that you keep", &visit.link("/methods")),
            over: of.state.is_over(),
        }
    }
}

fn short(most: String) -> Vec<Figure> {
    vec![
        Figure::new("At most a week", most),
        Figure::new("Charged", "Monday, 12:00 UTC"),
        Figure::new("You look at the hours until", "the end of Friday, UTC"),
        Figure::new("Released", "once you accept, or Friday is over"),
    ]
}

/// For samples of the engagement's page.
pub fn sample_payer() -> Payer {
    Payer {
        line: "Visa •••• 4242 pays each week when it locks, €1,800.00 at most.".into(),
        open: samples::link("What was agreed to", "/mandate"),
        stop: format!("{}/mandate/stop", samples::HOME),
    }
}

impl Page for MandatePage {
    const TEMPLATE: &'static str = "engagements/mandate.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let offer = |method: &str, label: &str| Offer {
            method: method.into(),
            label: label.into(),
            words: format!("{label} is charged for each week when that week locks."),
        };
        let by_hand = || Self {
            engagement: samples::link("A-2041 Dealer nurture redesign", ""),
            standing: Notice::info("The weeks are paid by hand", "Each Monday you get a mail."),
            stop: String::new(),
            agreed: String::new(),
            give: format!("{}/mandate", samples::HOME),
            offers: vec![offer("m1", "Visa •••• 4242"), offer("m2", "Mastercard •••• 4444")],
            short: short("€1,800.00".into()),
            cards: Link::new("Cards that you keep", "/p/larkfield/methods"),
            over: false,
        };
        let live = Self {
            standing: Notice::good("Visa •••• 4242 pays the weeks", "Petra Lindqvist agreed."),
            stop: format!("{}/mandate/stop", samples::HOME),
            agreed: "Visa •••• 4242 is charged for each week when that week locks.".into(),
            offers: vec![offer("m2", "Mastercard •••• 4444")],
            ..by_hand()
        };
        let none = Self { offers: Vec::new(), ..by_hand() };
        let over = Self { offers: Vec::new(), over: true, ..by_hand() };
        vec![("by hand", by_hand()), ("live", live), ("no card", none), ("over", over)]
    }
}
