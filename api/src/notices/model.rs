//! News, the kinds there are, and what becomes of one for each person.

use super::error::NoticesError;
use crate::kernel::id::{NoticeId, PersonId};
use crate::kernel::moment::in_zone;
use crate::kernel::zone::Zone;
use crate::outside::mail::{Act, Letter};
use chrono::{DateTime, Utc};

/// Something a person should hear. Moments in it are written with [`crate::kernel::moment`]; each
/// person is told them in their own zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// One of [`KINDS`] by its word.
    pub kind: &'static str,
    /// One line: who did what. Heading of the notice, subject of the mail.
    pub title: String,
    /// A few sentences: amounts, dates, and what happens if nobody acts.
    pub body: String,
    /// The page of the deed, a path inside the program such as `/engagements/{id}`.
    pub link: String,
}

/// A kind of news, as people choose what is mailed to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    pub word: &'static str,
    pub label: &'static str,
    /// The words on the mail's button, where the link leads to no page of another kind.
    pub act: &'static str,
    /// Never of money and access: who may not look must still be told.
    pub can_be_muted: bool,
}

/// Every kind of news.
pub const KINDS: &[Kind] = &[
    mutable("application", "Applications and standing in the program", "See the application"),
    mutable("invitation", "Invitations to briefs", "See the invitation"),
    mutable("proposal", "Proposals and answers to them", "See the proposal"),
    mutable("work", "Statements of work, deliverables and their acceptance", "See the work"),
    mutable("message", "Messages that wait for an answer", "Read the message"),
    mutable("review", "Reviews", "See the review"),
    mutable("team", "Colleagues who join or leave", "See the members"),
    always("money", "Money held, released, returned and paid out", "See the money"),
    always("access", "Access asked for, granted, changed and ended", "See the access"),
    always("dispute", "Disputes", "See the dispute"),
];

const fn mutable(word: &'static str, label: &'static str, act: &'static str) -> Kind {
    Kind { word, label, act, can_be_muted: true }
}

const fn always(word: &'static str, label: &'static str, act: &'static str) -> Kind {
    Kind { word, label, act, can_be_muted: false }
}

impl Kind {
    /// The kind of a word. Errors when there is none.
    pub fn of(word: &str) -> Result<&'static Self, NoticesError> {
        let kind = KINDS.iter().find(|kind| kind.word == word);
        kind.ok_or_else(|| NoticesError::UnknownKind(word.to_owned()))
    }

    /// The kind of a word, when its mails may be muted.
    pub fn mutable(word: &str) -> Result<&'static Self, NoticesError> {
        let kind = Self::of(word)?;
        if kind.can_be_muted { Ok(kind) } else { Err(NoticesError::NeverMuted(kind.word)) }
    }
}

/// A kind with the choice of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MutedKind {
    pub kind: &'static Kind,
    pub muted: bool,
}

/// A notice as its person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub id: NoticeId,
    pub kind: String,
    pub title: String,
    pub body: String,
    pub link: String,
    pub created_at: DateTime<Utc>,
    pub read_at: Option<DateTime<Utc>>,
}

/// A page of notices, latest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticePage {
    pub items: Vec<Notice>,
    pub next: Option<String>,
}

/// Someone who is told.
#[derive(Debug, Clone)]
pub struct Recipient {
    pub person: PersonId,
    pub name: String,
    pub email: String,
    pub zone: Zone,
    pub organization: String,
    pub vendor: String,
    pub vendor_slug: String,
    pub muted: bool,
}

impl News {
    /// The news as one person is told it.
    pub fn told_to(&self, to: &Recipient) -> Self {
        let told = |text: &str| in_zone(text, to.zone);
        Self { title: told(&self.title), body: told(&self.body), ..self.clone() }
    }
}

/// The words on the button: what the page behind it shows, which is not always the thing that the
/// news is of. Who was admitted goes on to write a profile.
fn act(kind: &Kind, link: &str) -> &'static str {
    let path: Vec<&str> = link.trim_start_matches('/').split('/').collect();
    match path.as_slice() {
        ["profile"] => "Write your profile",
        ["program"] => "See where you stand",
        ["statements"] => "See your statement",
        ["briefs", _] => "See the brief",
        ["briefs", _, "proposals"] => "Compare the proposals",
        ["milestones", _, "disagreement"] => "See the disagreement",
        _ => kind.act,
    }
}

/// The mail of some news to one person; `link_to` makes a path of ours absolute.
pub fn letter(
    news: &News,
    kind: &Kind,
    to: &Recipient,
    link_to: impl Fn(&str) -> String,
) -> Letter {
    let home = format!("/p/{}", to.vendor_slug);
    let program = format!("{} Partner Program", to.vendor);
    let choice = if kind.can_be_muted {
        format!("Choose what is mailed to you: {}", link_to(&format!("{home}/settings")))
    } else {
        "Mails about money, access and disputes cannot be muted.".to_owned()
    };
    let reason = format!("You hold a role at {} in the {program}. {choice}", to.organization);
    Letter {
        to_name: to.name.clone(),
        to_address: to.email.clone(),
        title: news.title.clone(),
        paragraphs: vec![news.body.clone()].into_iter().filter(|b| !b.is_empty()).collect(),
        act: Some(Act {
            label: act(kind, &news.link).to_owned(),
            link: link_to(&format!("{home}{}", news.link)),
        }),
        program,
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipient() -> Recipient {
        Recipient {
            person: PersonId(uuid::Uuid::nil()),
            name: "Petra".into(),
            email: "petra@fjordhaus.example".into(),
            zone: Zone::UTC,
            organization: "Fjordhaus Outdoor".into(),
            vendor: "Larkfield".into(),
            vendor_slug: "larkfield".into(),
            muted: false,
        }
    }

    fn written(kind: &'static str) -> Letter {
        let news = News {
            kind,
            title: "Ines sent a proposal".into(),
            body: "3,240.00 EUR, from 18 May.".into(),
            link: "/proposals/1".into(),
        };
        let kind = Kind::of(kind).unwrap();
        letter(&news, kind, &recipient(), |path| format!("https://a.example{path}"))
    }

    #[test]
    fn a_mail_leads_to_its_deed_and_says_why_it_came() {
        let letter = written("proposal");
        let act = letter.act.as_ref().unwrap();
        assert_eq!(act.link, "https://a.example/p/larkfield/proposals/1");
        assert_eq!(act.label, "See the proposal");
        assert_eq!(
            letter.reason,
            "You hold a role at Fjordhaus Outdoor in the Larkfield Partner Program. \
             Choose what is mailed to you: https://a.example/p/larkfield/settings"
        );
        assert!(written("money").reason.ends_with("cannot be muted."));
    }

    #[test]
    fn the_button_says_where_it_leads() {
        let label = |kind: &str, link: &str| act(Kind::of(kind).unwrap(), link);
        assert_eq!(label("application", "/program/applications/1"), "See the application");
        assert_eq!(label("application", "/profile"), "Write your profile");
        assert_eq!(label("application", "/statements"), "See your statement");
        assert_eq!(label("application", "/program"), "See where you stand");
        assert_eq!(label("invitation", "/briefs/1"), "See the brief");
        assert_eq!(label("proposal", "/briefs/1/proposals"), "Compare the proposals");
        assert_eq!(label("money", "/milestones/1/fund"), "See the money");
    }

    #[test]
    fn money_access_and_disputes_are_never_muted() {
        for kind in KINDS {
            let muted = Kind::mutable(kind.word);
            assert_eq!(muted.is_ok(), kind.can_be_muted, "{}", kind.word);
        }
        for word in ["money", "access", "dispute"] {
            assert_eq!(Kind::mutable(word).unwrap_err(), NoticesError::NeverMuted(word));
        }
        assert!(matches!(Kind::of("weather"), Err(NoticesError::UnknownKind(_))));
    }
}
