//! Inviting somebody to propose: the word to them, or first the brief it is about.

use api::directory::{self, Expert};
use api::identity::Deed;
use api::kernel::id::ProfileId;
use api::matching::{self, Brief, BriefState};
use api::platform::refusal::{Common, Error};
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::parts::{self, AskedFor};
use super::words as told;
use super::write_brief::find;
use crate::pages::directory::words;
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Avatar, Errors, Link, Notice, State, Tier};

/// The word to somebody who is about to be invited.
#[derive(Debug, Serialize)]
pub struct Invite {
    pub name: String,
    pub first_name: String,
    pub href: String,
    pub avatar: Avatar,
    pub tier: Tier,
    pub headline: String,
    pub matches: Link,
    pub title: String,
    pub action: String,
    pub profile: String,
    pub message: String,
    pub asked: AskedFor,
    /// Why it cannot be sent.
    pub closed: Option<Notice>,
    pub errors: Errors,
}

/// An open brief to choose.
#[derive(Debug, Clone, Serialize)]
pub struct OpenBrief {
    pub title: String,
    pub sub: String,
    pub href: String,
    pub state: State,
}

/// Which brief somebody from the directory is invited to.
#[derive(Debug, Serialize)]
pub struct ChooseBrief {
    pub name: String,
    pub first_name: String,
    pub expert: Link,
    pub briefs: Vec<OpenBrief>,
    pub new: Link,
}

async fn expert(visit: &Visit, form: &Form) -> Result<Expert, PageError> {
    let profile = ProfileId::parse(form.get("profile")).ok_or(Common::NotFound("profile"))?;
    let mut tx = visit.app().db.read(visit.vendor()).await?;
    let found = directory::experts(&mut tx, &[profile]).await?.pop();
    Ok(found.ok_or(Common::NotFound("profile"))?)
}

#[handler]
pub async fn choose_brief(visit: Visit, form: Form) -> Answer {
    let caller = told::customer(&visit)?;
    let expert = expert(&visit, &form).await?;
    let open = Some(BriefState::Open);
    let list = matching::list_briefs(visit.app(), caller, open, Some(50), None).await?;
    let choice = |brief: &Brief| OpenBrief {
        title: brief.title.clone(),
        sub: format!("{} · {}", brief.label(), told::budget(brief.budget_min, brief.budget_max)),
        href: format!(
            "{}?profile={}",
            visit.link(&format!("/briefs/{}/invite", brief.id)),
            expert.profile
        ),
        state: told::brief_state(brief.state),
    };
    let own = visit.link(&format!("/experts/{}", expert.slug));
    visit.page(&ChooseBrief {
        first_name: told::first_name(&expert.name),
        expert: Link::new(&expert.name, &own),
        briefs: list.items.iter().map(choice).collect(),
        new: Link::new("Write a brief", &visit.link("/briefs/new")),
        name: expert.name,
    })
}

#[handler]
pub async fn write_invitation(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let brief = find(&visit, &id).await?;
    if form.given("profile").is_none() {
        return Ok(visit.go(&format!("/briefs/{}/matches", brief.id)));
    }
    let expert = expert(&visit, &form).await?;
    visit.page(&page(&visit, &brief, &expert, &form)?)
}

fn page(visit: &Visit, brief: &Brief, expert: &Expert, form: &Form) -> Result<Invite, PageError> {
    let leads = told::may(visit.caller()?, Deed::InviteExperts);
    let here = visit.link(&format!("/briefs/{}", brief.id));
    let closed = match brief.state {
        BriefState::Open if leads && expert.accepting_clients => None,
        BriefState::Open if leads => Some(full(expert)),
        BriefState::Open => Some(Notice::info(
            "An owner or admin invites",
            "Your role drafts briefs. Your owner or an admin invites people.",
        )),
        BriefState::Draft => {
            Some(Notice::held("Not posted yet", "Post the brief, then invite people to it."))
        }
        BriefState::Booked | BriefState::Closed => {
            Some(Notice::info("This brief is over", "Nobody can be invited to it any more."))
        }
    };
    Ok(Invite {
        name: expert.name.clone(),
        first_name: told::first_name(&expert.name),
        href: visit.link(&format!("/experts/{}", expert.slug)),
        avatar: Avatar::of(&expert.name),
        tier: words::tier(expert),
        headline: expert.headline.clone(),
        matches: Link::new(&brief.label(), &format!("{here}/matches")),
        title: brief.title.clone(),
        action: format!("{here}/invite"),
        profile: expert.profile.to_string(),
        message: form.get("message").to_owned(),
        asked: AskedFor::of(visit, brief),
        closed,
        errors: Errors::default(),
    })
}

fn full(expert: &Expert) -> Notice {
    let title = format!("{} takes no new clients now", told::first_name(&expert.name));
    Notice::held(&title, "Your words are kept below. Invite somebody else from the matches.")
}

#[handler]
pub async fn send_invitation(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let brief = find(&visit, &id).await?;
    let expert = expert(&visit, &form).await?;
    let mut page = page(&visit, &brief, &expert, &form)?;
    let (app, caller) = (visit.app(), visit.caller()?);
    let sent = matching::invite(app, caller, brief.id, expert.profile, &page.message).await;
    let matches = format!("/briefs/{}/matches", brief.id);
    match sent {
        Ok(_) => {
            let title = format!("{} is invited", page.name);
            let text = "You get a mail when an answer comes. Invite more people if you like.";
            Ok(visit.go_telling(&matches, &Flash::done(&title).saying(text)))
        }
        Err(error) if error.code() == Some("already-invited") => {
            let title = format!("{} was invited already", page.name);
            Ok(visit.go_telling(&matches, &Flash::note(&title, "Once is enough.")))
        }
        Err(error) => {
            match refusal(&error, &expert) {
                Some(notice) => page.closed = Some(notice),
                None => page.errors = PageError::from(error).into_errors(str::to_owned)?,
            }
            visit.again(&page)
        }
    }
}

/// What stands in the way, when it is not the message.
fn refusal(error: &Error, expert: &Expert) -> Option<Notice> {
    match error.code() {
        Some("not-taking-clients") => Some(full(expert)),
        Some("too-many-invitations" | "self-dealing" | "brief-state") => {
            Some(Notice::held("Not sent", &error.to_string()))
        }
        _ => None,
    }
}

impl Page for Invite {
    const TEMPLATE: &'static str = "matching/invite.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let mut wrong = sample();
        wrong.errors.add("message", "Shorten a message to 4000 characters");
        let closed = Some(Notice::held("Ines takes no new clients now", "Invite somebody else."));
        vec![
            ("usual", sample()),
            ("wrong", wrong),
            ("closed", Self { closed, message: "Would your rule work?".into(), ..sample() }),
        ]
    }
}

fn sample() -> Invite {
    Invite {
        name: "Ines Oyelaran-Brandt".into(),
        first_name: "Ines".into(),
        href: "/p/larkfield/experts/ines".into(),
        avatar: Avatar::of("Ines Oyelaran-Brandt"),
        tier: Tier::ranked("Principal", 3),
        headline: "Rebuilds nurture programmes".into(),
        matches: Link::new("B-318", "/p/larkfield/briefs/b-1/matches"),
        title: "Dealer leads go cold".into(),
        action: "/p/larkfield/briefs/b-1/invite".into(),
        profile: "p-1".into(),
        message: String::new(),
        asked: parts::sample_asked(),
        closed: None,
        errors: Errors::default(),
    }
}

impl Page for ChooseBrief {
    const TEMPLATE: &'static str = "matching/choose_brief.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |briefs| Self {
            name: "Ines Oyelaran-Brandt".into(),
            first_name: "Ines".into(),
            expert: Link::new("Ines Oyelaran-Brandt", "/p/larkfield/experts/ines"),
            briefs,
            new: Link::new("Write a brief", "/p/larkfield/briefs/new"),
        };
        let open = OpenBrief {
            title: "Dealer leads go cold".into(),
            sub: "B-318 · €7,000 to €9,500".into(),
            href: "/p/larkfield/briefs/b-1/invite?profile=p-1".into(),
            state: told::brief_state(BriefState::Open),
        };
        vec![("usual", page(vec![open])), ("empty", page(Vec::new()))]
    }
}
