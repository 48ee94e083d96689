//! Reviews: written blind by both sides, published together, answered once; the program hides one
//! only with a reason.

use api::engagements::{
    self, EngagementState, Marks, Review, ReviewDraft, RootCause, Side, Task, Until,
};
use api::identity::Deed;
use api::kernel::id::{EngagementId, ReviewId};
use api::platform::refusal::Common;
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::standpoint::Standpoint;
use super::workspace::parse;
use super::{samples, words};
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Choice, Errors, Figure, Link, Notice, State};

/// One review that the visitor may read.
#[derive(Debug, Clone, Serialize)]
pub struct Written {
    pub id: String,
    pub title: String,
    pub when: String,
    pub state: Option<State>,
    pub marks: Vec<Figure>,
    pub text: Vec<String>,
    pub hidden: String,
    pub reply: Vec<String>,
    pub replied_by: String,
    /// Where an answer is posted; empty for who may not answer.
    pub answer: String,
    /// Where the program hides it; empty for who may not.
    pub hide: String,
    pub typed: String,
    pub error: Option<String>,
}

/// The marks of a review, as chosen.
#[derive(Debug, Clone, Serialize)]
pub struct MarkGroup {
    pub name: &'static str,
    pub legend: String,
    pub options: Vec<Choice>,
    pub error: Option<String>,
}

/// The form of a review.
#[derive(Debug, Clone, Serialize)]
pub struct Draft {
    pub action: String,
    pub about: String,
    pub marks: Vec<MarkGroup>,
    pub text: String,
    pub causes: Vec<Choice>,
    pub keep: String,
}

/// The reviews of one engagement.
#[derive(Debug, Serialize)]
pub struct Reviews {
    pub engagement: Link,
    pub lede: String,
    pub standing: Option<Notice>,
    pub draft: Option<Draft>,
    pub reviews: Vec<Written>,
    pub errors: Errors,
}

#[handler]
pub async fn see_reviews(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.page(&page(&visit, parse(&id)?, &Form::default(), Errors::default()).await?)
}

async fn page(
    visit: &Visit,
    id: EngagementId,
    form: &Form,
    errors: Errors,
) -> Result<Reviews, PageError> {
    let (app, caller) = (visit.app(), visit.caller()?);
    let (seen, reviews) = futures::try_join!(
        engagements::see_engagement(app, caller, id),
        engagements::list_reviews(app, caller, id),
    )?;
    let stand = Standpoint::new(visit, &seen.overview, seen.sight);
    let writes = stand.own_turns().iter().any(|turn| turn.task == Task::WriteReview);
    Ok(Reviews {
        engagement: Link::new(&seen.overview.engagement.label(), &stand.link("")),
        lede: format!("Of “{}”.", seen.overview.engagement.title),
        standing: standing(&stand, &reviews, writes),
        draft: writes.then(|| draft(&stand, form, &errors)),
        reviews: reviews.iter().map(|review| written(&stand, review, form, &errors)).collect(),
        errors,
    })
}

/// Where the reviews stand.
fn standing(stand: &Standpoint<'_>, reviews: &[Review], writes: bool) -> Option<Notice> {
    let until = stand.of.turns.iter().find(|t| t.task == Task::WriteReview).and_then(|t| t.until);
    let until = until.map(|until: Until| stand.until(until)).unwrap_or_default();
    if stand.of.engagement.state != EngagementState::Completed {
        let text = "Reviews follow completed work: accepted, and so paid.";
        return Some(Notice::info("Nothing to review yet", text));
    }
    let mine = |r: &&Review| Some(r.side) == stand.side();
    let waiting = reviews.iter().find(mine).filter(|r| r.published_at.is_none());
    if let Some(own) = waiting {
        let other = stand.other();
        let at = words::when(stand.visit, own.publish_at);
        let text =
            format!("Nobody but your side reads it before {other} has written too, or {at}.");
        return Some(Notice::info(&format!("Yours is written; it waits for {other}"), &text));
    }
    match (writes, reviews.is_empty(), until.is_empty()) {
        (true, ..) => None,
        (false, true, false) => {
            let text = format!("They are published when both are written, or on {until}.");
            Some(Notice::info("No review is published yet", &text))
        }
        (false, true, true) => Some(Notice::info("No review was written", "")),
        (false, false, _) => None,
    }
}

fn draft(stand: &Standpoint<'_>, form: &Form, errors: &Errors) -> Draft {
    let group = |name: &'static str, legend: &str| {
        let option = |n: i16| {
            let value = n.to_string();
            Choice::new(&value, &value, form.get(name) == value)
        };
        MarkGroup {
            name,
            legend: format!("{legend}, 1 to 5"),
            options: (1..=5).map(option).collect(),
            error: errors.on.get(name).cloned(),
        }
    };
    let cause = |cause: &RootCause| {
        let word = cause.as_str();
        Choice::new(word, cause_words(*cause), form.get("root_cause") == word)
    };
    let none = Choice::new("", "There was no trouble", form.given("root_cause").is_none());
    Draft {
        action: stand.link("/reviews"),
        about: stand.other(),
        marks: vec![
            group("outcome", "Outcome"),
            group("communication", "Communication"),
            group("value", "Value"),
        ],
        text: form.get("text").to_owned(),
        causes: std::iter::once(none).chain(RootCause::ALL.iter().map(cause)).collect(),
        keep: format!("{}-review", stand.of.engagement.label()),
    }
}

const fn cause_words(cause: RootCause) -> &'static str {
    match cause {
        RootCause::Product => "The application",
        RootCause::Skill => "Skill",
        RootCause::Brief => "The brief",
        RootCause::Data => "The data",
        RootCause::Process => "How we worked together",
    }
}

fn written(stand: &Standpoint<'_>, of: &Review, form: &Form, errors: &Errors) -> Written {
    let own = Some(of.side) == stand.side();
    let name = |side: Side| match side {
        Side::Customer => stand.of.names.customer.clone(),
        Side::Partner => stand.of.names.consultant.clone(),
    };
    let id = of.id.to_string();
    let at = |deed: &str| stand.link(&format!("/reviews/{id}/{deed}"));
    let answers = stand.side() == Some(of.side.other()) && of.may_be_answered().is_ok();
    let hides = stand.side().is_none() && of.hidden_at.is_none() && stand.may(Deed::HideReviews);
    let mut marks = vec![
        Figure::new("Outcome", of.marks.outcome.to_string()),
        Figure::new("Communication", of.marks.communication.to_string()),
        Figure::new("Value", of.marks.value.to_string()),
    ];
    marks.extend(of.root_cause.map(|cause| Figure::new("Trouble came from", cause_words(cause))));
    let waits = State::new(crate::view::Tone::Held, "eye", "Waits, unread");
    Written {
        title: if own {
            "Your side’s review".to_owned()
        } else {
            format!("By {}", name(of.side))
        },
        when: words::day_of(stand.visit, of.published_at.unwrap_or(of.written_at)),
        state: of.published_at.is_none().then_some(waits),
        marks,
        text: words::paragraphs(&of.text),
        hidden: match (&of.hidden_reason, of.hidden_at) {
            (Some(reason), Some(_)) => format!("Hidden from the profile by the program: {reason}"),
            _ => String::new(),
        },
        reply: of.reply.as_deref().map(words::paragraphs).unwrap_or_default(),
        replied_by: format!("{} answered", name(of.side.other())),
        answer: if answers && stand.may(Deed::ReplyToReviews) {
            at("reply")
        } else {
            String::new()
        },
        hide: if hides { at("hide") } else { String::new() },
        typed: form.get(&format!("words-{id}")).to_owned(),
        error: errors.on.get(&format!("words-{id}")).cloned(),
        id,
    }
}

#[handler]
pub async fn write_review(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let id = parse(&id)?;
    let mark = |name: &str| form.get(name).trim().parse().unwrap_or_default();
    let draft = ReviewDraft {
        marks: Marks {
            outcome: mark("outcome"),
            communication: mark("communication"),
            value: mark("value"),
        },
        text: form.get("text").to_owned(),
        root_cause: RootCause::parse(form.get("root_cause")),
    };
    let path = format!("{}/reviews", words::engagement_path(id));
    match engagements::write_review(visit.app(), visit.caller()?, id, draft).await {
        Ok(review) if review.published_at.is_some() => {
            Ok(visit.go_telling(&path, &Flash::done("Both reviews are published")))
        }
        Ok(_) => {
            let flash = Flash::done("Your review is written");
            Ok(visit.go_telling(&path, &flash.saying("It waits, unread, for the other side’s.")))
        }
        Err(error) if error.code() == Some("invalid") => {
            let errors = named(&words::faults(error, str::to_owned)?);
            visit.again(&page(&visit, id, &form, errors).await?)
        }
        Err(error) => words::told(&visit, &path, "No review was written now", error),
    }
}

/// Three marks are asked for in the same words: each error says which one it is about.
fn named(errors: &Errors) -> Errors {
    let mut named = Errors::default();
    for fault in &errors.list {
        let mark = match fault.id.as_str() {
            "outcome" => "Outcome: ",
            "communication" => "Communication: ",
            "value" => "Value: ",
            _ => "",
        };
        named.add(&fault.id, &format!("{mark}{}", fault.message));
    }
    named
}

type OfReview = (String, String);

/// The address of a form that came back, loaded anew: to its page.
#[handler]
pub async fn back(visit: Visit, Path((id, _)): Path<OfReview>) -> Answer {
    Ok(visit.go(&format!("{}/reviews", words::engagement_path(parse(&id)?))))
}

#[handler]
pub async fn reply(visit: Visit, Path((id, review)): Path<OfReview>, form: Form) -> Answer {
    let (id, review) = (parse(&id)?, parse_review(&review)?);
    let control = format!("words-{review}");
    let (app, caller) = (visit.app(), visit.caller()?);
    let done = engagements::reply_to_review(app, caller, review, form.get(&control)).await;
    after(&visit, id, &form, (&control, "Your answer is published"), done.map(|_| ())).await
}

#[handler]
pub async fn hide(visit: Visit, Path((id, review)): Path<OfReview>, form: Form) -> Answer {
    let (id, review) = (parse(&id)?, parse_review(&review)?);
    let control = format!("words-{review}");
    let (app, caller) = (visit.app(), visit.caller()?);
    let done = engagements::hide_review(app, caller, review, form.get(&control)).await;
    after(&visit, id, &form, (&control, "The review is hidden"), done.map(|_| ())).await
}

fn parse_review(id: &str) -> Result<ReviewId, PageError> {
    Ok(ReviewId::parse(id).ok_or(Common::NotFound("review"))?)
}

async fn after(
    visit: &Visit,
    id: EngagementId,
    form: &Form,
    (control, title): (&str, &str),
    done: api::platform::refusal::Result<()>,
) -> Answer {
    let path = format!("{}/reviews", words::engagement_path(id));
    match done {
        Ok(()) => Ok(visit.go_telling(&path, &Flash::done(title))),
        Err(error) if error.code() == Some("invalid") => {
            let errors = words::faults(error, |_| control.to_owned())?;
            visit.again(&page(visit, id, form, errors).await?)
        }
        Err(error) => words::told(visit, &path, "Nothing was changed", error),
    }
}

impl Page for Reviews {
    const TEMPLATE: &'static str = "engagements/reviews.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let group = |name, error: Option<&str>| MarkGroup {
            name,
            legend: "Outcome, 1 to 5".into(),
            options: vec![Choice::new("4", "4", false), Choice::new("5", "5", true)],
            error: error.map(str::to_owned),
        };
        let draft = |error| Draft {
            action: format!("{}/reviews", samples::HOME),
            about: "Ines".into(),
            marks: vec![group("outcome", error), group("value", None)],
            text: "Fewer mails, more calls.".into(),
            causes: vec![Choice::new("data", "The data", false)],
            keep: "A-2041-review".into(),
        };
        let review = |n: &str, hidden_by: &str| Written {
            id: n.into(),
            title: "By Fjordhaus Outdoor".into(),
            when: "12 May".into(),
            state: None,
            marks: vec![Figure::new("Outcome", "5")],
            text: vec!["Fewer mails, more calls.".into()],
            hidden: String::new(),
            reply: vec!["Thank you.".into()],
            replied_by: "Ines answered".into(),
            answer: format!("{}/reviews/{n}/reply", samples::HOME),
            hide: hidden_by.into(),
            typed: String::new(),
            error: None,
        };
        let page = |draft, reviews, standing, errors| Self {
            engagement: samples::link("A-2041", ""),
            lede: "Of “Dealer nurture redesign”.".into(),
            standing,
            draft,
            reviews,
            errors,
        };
        let waits = Some(Notice::info("Yours is written; it waits for Ines", ""));
        let wrong: Errors = [("outcome", "Give a mark from 1 to 5")].into_iter().collect();
        let both = vec![review("1", ""), review("2", samples::HOME)];
        vec![
            ("write", page(Some(draft(None)), Vec::new(), None, Errors::default())),
            ("wrong", page(Some(draft(Some("Give a mark"))), Vec::new(), None, wrong)),
            ("waits", page(None, vec![review("1", "")], waits, Errors::default())),
            ("published", page(None, both, None, Errors::default())),
        ]
    }
}
