//! The consultant's side of getting access: asking for it, with a reason.

use api::access::{self, Draft, Standing};
use api::engagements::EngagementView;
use api::identity::{self, Deed};
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::closed::closed;
use super::granting::engagement;
use super::wish::{self, Detail};
use super::{drafts, words};
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Choice, Errors, Link, Notice, State};

/// A letter or request of this engagement.
#[derive(Debug, Clone, Serialize)]
pub struct Own {
    pub label: String,
    pub href: String,
    pub state: State,
}

/// A request as it is written.
#[derive(Debug, Serialize)]
pub struct AskPage {
    pub engagement: Link,
    pub customer: String,
    pub action: String,
    pub own: Vec<Own>,
    /// An open request is there already; another one has to wait for its answer.
    pub waits: bool,
    /// Who it is for, where the visitor asks for colleagues too.
    pub people: Vec<Choice>,
    pub presets: Vec<Choice>,
    pub reason: String,
    /// For how many days; as typed.
    pub days: String,
    /// The preset in detail, once it was asked to be shown.
    pub detail: Option<Detail>,
    /// The draft that is written on, and its version; empty for a new request.
    pub draft: String,
    pub version: String,
    /// Where the draft is thrown away.
    pub discard: String,
    pub closed: Option<Notice>,
    pub notice: Option<Notice>,
    pub errors: Errors,
}

pub async fn ask_page(
    visit: &Visit,
    view: &EngagementView,
    form: &Form,
    errors: Errors,
) -> Result<AskPage, PageError> {
    let caller = visit.caller()?;
    let engagement = &view.overview.engagement;
    let mut letters = access::list_open_grants(visit.app(), caller).await?;
    letters.retain(|letter| letter.engagement == engagement.id);
    let own = |g: &access::Grant| Own {
        label: format!("{}, {}", g.consultant_name, words::place(visit.app(), g)),
        href: visit.link(&format!("/grants/{}", g.id)),
        state: words::standing(g.standing),
    };
    let mine =
        |g: &access::Grant| g.consultant == caller.person && g.standing == Standing::Requested;
    let at = visit.link(&format!("/engagements/{}", engagement.id));
    let mut closed = closed(engagement);
    if closed.is_none() && !Deed::UseAccess.allows(caller.kind, caller.role) {
        closed = Some(Notice::info("Your role works in no account", "Ask your owner or admin."));
    }
    let announced = engagement.access_preset.as_str();
    let people = people(visit, form.get("consultant")).await?;
    let shows = form.get("do") == "show" || form.given("shown_preset").is_some();
    let draft = form.get("draft").to_owned();
    let discard = match draft.as_str() {
        "" => String::new(),
        id => visit.link(&format!("/access-drafts/{id}/discard")),
    };
    Ok(AskPage {
        engagement: Link::new(&format!("Engagement {}", engagement.label()), &at),
        customer: view.overview.names.customer.clone(),
        action: format!("{at}/access/request"),
        waits: letters.iter().any(mine) && people.len() < 2,
        people,
        own: letters.iter().map(own).collect(),
        presets: presets(visit, form.get("preset"), announced),
        reason: form.get("reason").to_owned(),
        days: form.get("days").to_owned(),
        detail: if shows { wish::detail(visit, form)? } else { None },
        draft,
        version: form.get("version").to_owned(),
        discard,
        closed,
        notice: None,
        errors,
    })
}

/// The request as it is first opened: empty, or as a draft says it.
pub async fn begin(visit: &Visit, view: &EngagementView, query: &Form) -> Answer {
    let draft = drafts::named(visit, query).await?;
    let form = match &draft {
        Some(draft) if draft.engagement == view.overview.engagement.id => {
            wish::form_of(visit, draft)?
        }
        _ => Form::default(),
    };
    visit.page(&ask_page(visit, view, &form, Errors::default()).await?)
}

/// The people of the partner, the visitor first; nobody where there is no choice.
async fn people(visit: &Visit, typed: &str) -> Result<Vec<Choice>, PageError> {
    let caller = visit.caller()?;
    if !Deed::AssignStaff.allows(caller.kind, caller.role) {
        return Ok(Vec::new());
    }
    let mut seats = identity::members(visit.app(), caller).await?;
    seats.sort_by_key(|one| one.person != caller.person);
    let choice = |one: &identity::Colleague| {
        let (id, own) = (one.person.to_string(), one.person == caller.person);
        let label = if own { format!("{}, yourself", one.name) } else { one.name.clone() };
        let chosen = if typed.is_empty() { own } else { id == typed };
        Choice::new(&id, &label, chosen)
    };
    let people: Vec<Choice> = seats.iter().map(choice).collect();
    Ok(if people.len() > 1 { people } else { Vec::new() })
}

/// The presets of every application as one group; a value names both.
fn presets(visit: &Visit, typed: &str, announced: &str) -> Vec<Choice> {
    let upstreams: Vec<_> = visit.app().upstreams.iter().collect();
    let many = upstreams.len() > 1;
    let mut choices = Vec::new();
    for upstream in upstreams {
        for preset in &upstream.presets {
            let value = format!("{}/{}", upstream.slug, preset.id);
            let chosen = if typed.is_empty() { preset.id == announced } else { value == typed };
            let label = match many {
                true => format!("{} at {}", preset.name, upstream.name),
                false => preset.name.clone(),
            };
            choices.push(Choice::new(&value, &label, chosen).with_hint(&preset.summary));
        }
    }
    choices
}

/// Sends the request, keeps it as a draft, or shows its preset in detail; what cannot be sent comes
/// back as it was written.
#[handler]
pub async fn request_access(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let view = engagement(&visit, &id).await?;
    if form.get("do") == "show" {
        return visit.preview(&ask_page(&visit, &view, &form, Errors::default()).await?);
    }
    let mut errors = Errors::default();
    let wish = wish::read(&visit, &form, &mut errors)?;
    if !errors.is_empty() {
        return visit.again(&ask_page(&visit, &view, &form, errors).await?);
    }
    let kept = form.get("do") == "draft";
    let done = if kept {
        keep(&visit, &view, &form, wish).await
    } else {
        send(&visit, &view, &form, wish).await
    };
    match done {
        Ok(answer) => Ok(answer),
        Err(PageError::Api(error))
            if matches!(
                error.code(),
                Some("already-requested" | "engagement-not-open" | "too-many-drafts" | "stale")
            ) =>
        {
            let mut page = ask_page(&visit, &view, &form, Errors::default()).await?;
            let title = if kept { "Not kept" } else { "Not sent" };
            page.notice = Some(Notice::held(title, &error.to_string()));
            visit.again(&page)
        }
        Err(error) => {
            let control = |field: &str| match field {
                "upstream" => "preset".to_owned(),
                plain => plain.to_owned(),
            };
            let errors = error.into_errors(control)?;
            visit.again(&ask_page(&visit, &view, &form, errors).await?)
        }
    }
}

/// Writes the draft that the form is about, or a new one.
async fn save(
    visit: &Visit,
    view: &EngagementView,
    form: &Form,
    wish: access::Wish,
) -> Result<Draft, PageError> {
    let (app, caller) = (visit.app(), visit.caller()?);
    Ok(match drafts::named(visit, form).await? {
        Some(draft) => {
            let version = form.get("version").parse().unwrap_or_default();
            access::edit_draft(app, caller, (draft.id, version), wish).await?
        }
        None => access::save_draft(app, caller, view.overview.engagement.id, wish).await?,
    })
}

async fn keep(
    visit: &Visit,
    view: &EngagementView,
    form: &Form,
    wish: access::Wish,
) -> Result<poem::Response, PageError> {
    let draft = save(visit, view, form, wish).await?;
    let text = "Nobody but your side reads it. Send it when it is ready.";
    let flash = Flash::done("Kept as a draft").saying(text);
    let here = format!("/engagements/{}/access?draft={}", draft.engagement, draft.id);
    Ok(visit.go_telling(&here, &flash))
}

async fn send(
    visit: &Visit,
    view: &EngagementView,
    form: &Form,
    wish: access::Wish,
) -> Result<poem::Response, PageError> {
    let (app, caller, at) = (visit.app(), visit.caller()?, view.overview.engagement.id);
    let grant = if form.given("draft").is_some() {
        let draft = save(visit, view, form, wish).await?;
        access::send_draft(app, caller, draft.id).await?
    } else {
        access::request_access(app, caller, at, wish).await?
    };
    let customer = &view.overview.names.customer;
    let flash = Flash::done(&format!("{customer} was asked"))
        .saying("What you asked for is frozen. You are told as soon as they answer.");
    Ok(visit.go_telling(&format!("/grants/{grant}"), &flash))
}

impl Page for AskPage {
    const TEMPLATE: &'static str = "access/ask.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = || Self {
            engagement: Link::new("Engagement A-2041", "/p/larkfield/engagements/e-1"),
            customer: "Fjordhaus Outdoor".into(),
            action: "/p/larkfield/engagements/e-1/access/request".into(),
            own: Vec::new(),
            waits: false,
            people: vec![
                Choice::new("p-1", "Ines Oyelaran-Brandt, yourself", true),
                Choice::new("p-2", "Tomasz Wren", false),
            ],
            presets: vec![Choice::new("larkfield/read-only", "Read only", true)],
            reason: String::new(),
            days: String::new(),
            detail: None,
            draft: String::new(),
            version: String::new(),
            discard: String::new(),
            closed: None,
            notice: None,
            errors: Errors::default(),
        };
        let draft = || Self {
            reason: "I read the last ninety days.".into(),
            days: "30".into(),
            detail: Some(Detail::sample()),
            draft: "d-1".into(),
            version: "2".into(),
            discard: "/p/larkfield/access-drafts/d-1/discard".into(),
            ..page()
        };
        let own = Own {
            label: "Ines Oyelaran-Brandt, Larkfield".into(),
            href: "/p/larkfield/grants/g-1".into(),
            state: State::WAITING,
        };
        let closed = Some(Notice::info("A-2041 is not signed yet", "Then you can ask."));
        let wrong = [("reason", "Enter a reason")].into_iter().collect();
        let notice = Some(Notice::held("Not sent", "You have asked already."));
        vec![
            ("usual", page()),
            ("waits", Self { own: vec![own.clone()], waits: true, ..page() }),
            ("draft", draft()),
            ("closed", Self { closed, ..page() }),
            ("wrong", Self { errors: wrong, notice, own: vec![own], ..page() }),
        ]
    }
}
