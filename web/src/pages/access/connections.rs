//! Connected accounts: the list, and how a way to the application ended.

use std::collections::{BTreeSet, HashMap};

use api::access::{self, Connection, ConnectionState, Grant, Revocation, Standing};
use api::app::App;
use api::engagements::{self, EngagementState};
use api::identity::{self, Deed};
use api::kernel::id::{ConnectionId, PersonId};
use api::platform::caller::{Caller, OrganizationKind};
use api::platform::http::paging::PageWanted;
use api::platform::refusal::Common;
use poem::handler;
use serde::Serialize;

use super::words;
use crate::render::Page;
use crate::site::{Answer, Form, PageError, Visit};
use crate::view::{Avatar, Figure, Link, Notice, State};

/// An account in words.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Account {
    pub id: String,
    pub name: String,
    pub avatar: Option<Avatar>,
    pub application: String,
    /// The application's word, to mend it.
    pub upstream: String,
    pub state: Option<State>,
    pub facts: Vec<Figure>,
    /// What is wrong, or what is still to be done about it.
    pub notice: Option<Notice>,
    pub letters: Vec<Link>,
    /// Its page of disconnecting; empty where that is not the visitor's to do.
    pub disconnect: String,
    pub mend: bool,
    /// The application is being told; the page looks again by itself.
    pub waiting: bool,
}

/// An application that can be connected.
#[derive(Debug, Clone, Serialize)]
pub struct Application {
    pub slug: String,
    pub name: String,
    pub about: String,
    /// What to know before it is connected.
    pub cautions: Vec<String>,
    /// Whether an account of it is connected.
    pub known: bool,
}

/// Every account of the organization.
#[derive(Debug, Default, Serialize)]
pub struct Connections {
    pub here: String,
    pub accounts: Vec<Account>,
    pub past: Vec<Account>,
    pub applications: Vec<Application>,
    pub may: bool,
    /// How a way to the application and back ended.
    pub told: Option<Notice>,
    /// Who may be given access now.
    pub next: Vec<Link>,
    pub waiting: bool,
    pub access: String,
}

/// Only customers have accounts.
pub fn customer(visit: &Visit) -> Result<&Caller, PageError> {
    let caller = visit.caller()?;
    if caller.kind == OrganizationKind::Customer {
        return Ok(caller);
    }
    let detail = "Accounts are connected by customers. Consultants work in them by letters of \
                  access, listed under Access.";
    Err(Common::NotPermitted(detail.to_owned()).into())
}

#[handler]
pub async fn list_connections(visit: Visit, query: Form) -> Answer {
    let mut page = connections_page(&visit).await?;
    tell(&visit, &mut page, &query).await?;
    visit.page(&page)
}

async fn connections_page(visit: &Visit) -> Result<Connections, PageError> {
    let caller = customer(visit)?;
    let app = visit.app();
    let found = access::list_connections(app, caller).await?;
    let grants = access::list_open_grants(app, caller).await?;
    let people: Vec<PersonId> = found.iter().map(|c| c.connected_by).collect();
    let mut tx = app.db.read(caller).await?;
    let names = identity::person_names(&mut tx, &people).await?;
    drop(tx);
    let may = Deed::ConnectAccounts.allows(caller.kind, caller.role);
    let around = Around { visit, grants: &grants, names: &names, may };
    let (past, present): (Vec<_>, Vec<_>) =
        found.iter().partition(|c| c.state == ConnectionState::Disconnected);
    let past: Vec<Account> = past.into_iter().map(|c| around.account(c)).collect();
    let known: BTreeSet<String> = present.iter().map(|c| c.upstream.clone()).collect();
    Ok(Connections {
        here: visit.link("/connections"),
        accounts: present.into_iter().map(|c| around.account(c)).collect(),
        waiting: past.iter().any(|account| account.waiting),
        past,
        applications: applications(app, &known),
        may,
        told: None,
        next: Vec::new(),
        access: visit.link("/access"),
    })
}

fn applications(app: &App, known: &BTreeSet<String>) -> Vec<Application> {
    let application = |u: &std::sync::Arc<api::upstreams::Upstream>| Application {
        slug: u.slug.clone(),
        name: u.name.clone(),
        about: u.about.clone(),
        cautions: words::cautions(u),
        known: known.contains(&u.slug),
    };
    app.upstreams.iter().map(application).collect()
}

struct Around<'a> {
    visit: &'a Visit,
    grants: &'a [Grant],
    names: &'a HashMap<PersonId, String>,
    may: bool,
}

impl Around<'_> {
    fn account(&self, c: &Connection) -> Account {
        let open = c.state != ConnectionState::Disconnected;
        let disconnect = self.visit.link(&format!("/connections/{}/disconnect", c.id));
        Account {
            id: c.id.to_string(),
            name: c.account_name.clone(),
            avatar: Some(Avatar::of(&c.account_name)),
            application: words::application(self.visit.app(), &c.upstream),
            upstream: c.upstream.clone(),
            state: Some(words::connection(c)),
            facts: self.facts(c),
            notice: self.notice(c),
            letters: self.letters(c.id),
            disconnect: if open && self.may { disconnect } else { String::new() },
            mend: self.may && needs_mending(c),
            waiting: c.revocation == Revocation::Trying,
        }
    }

    fn facts(&self, c: &Connection) -> Vec<Figure> {
        let by = self.names.get(&c.connected_by).cloned().unwrap_or_default();
        let mut facts = vec![
            Figure::new("Account", c.account.clone()),
            Figure::new("Connected", words::short(self.visit, c.connected_at)),
            Figure::new("By", by),
            Figure::new("Last used by a consultant", words::ago(self.visit, c.used_at)),
        ];
        if c.state != ConnectionState::Disconnected {
            facts.push(Figure::new("It allows us", c.scopes.join(", ")));
        }
        if let Some(at) = access::connection_ends(self.visit.app(), c) {
            facts.push(Figure::new("Connect it again by", words::short(self.visit, at)));
        }
        if let Some(at) = c.disconnected_at {
            facts.push(Figure::new("Disconnected", words::short(self.visit, at)));
        }
        if let Some(at) = c.revoked_at {
            facts.push(Figure::new("Confirmed by it", words::short(self.visit, at)));
        }
        facts
    }

    fn notice(&self, c: &Connection) -> Option<Notice> {
        let application = words::application(self.visit.app(), &c.upstream);
        match (c.state, c.revocation) {
            (ConnectionState::NeedsReconnect, _) => {
                let text = "Letters of access rest until it is connected again. Nothing is lost.";
                let title = format!("{application} no longer lets us in");
                Some(Notice::bad(&title, text))
            }
            (ConnectionState::Disconnected, Revocation::Trying) => {
                let text = "Nobody gets in through us any more. One token is kept, sealed, to have \
                            the tokens ended there; it is shredded with that, and in any case \
                            when we give up.";
                let title = format!("{application} is being told to end them too");
                Some(Notice::held(&title, text))
            }
            (ConnectionState::Disconnected, Revocation::Failed) => {
                let title = format!("{application} did not confirm the end");
                let there = words::removal(self.visit.app(), &c.upstream);
                let text = format!("We hold no key any more. To be sure: {there}");
                Some(Notice::bad(&title, &text))
            }
            (ConnectionState::Disconnected, Revocation::NotOffered) => {
                let title = format!("{application} offers no program a way to end its tokens");
                let there = words::removal(self.visit.app(), &c.upstream);
                let text = format!("Ours are shredded, so nobody gets in through us. {there}");
                Some(Notice::held(&title, &text))
            }
            (ConnectionState::Active, _) if !c.lost_scopes.is_empty() => {
                let title = format!("{application} gives us less than it did");
                let text = format!(
                    "It took back: {}. Calls that need it are refused. If that was not meant, \
                     connect the account again.",
                    c.lost_scopes.join(", ")
                );
                Some(Notice::bad(&title, &text))
            }
            _ => None,
        }
    }

    fn letters(&self, connection: ConnectionId) -> Vec<Link> {
        let on = |g: &&Grant| {
            let over = matches!(g.standing, Standing::Ended | Standing::Expired);
            g.connection == Some(connection) && !over
        };
        let link = |g: &Grant| {
            let label = format!("{}, for {}", g.consultant_name, g.engagement_label());
            Link::new(&label, &self.visit.link(&format!("/grants/{}", g.id)))
        };
        self.grants.iter().filter(on).map(link).collect()
    }
}

fn needs_mending(c: &Connection) -> bool {
    let less = c.state == ConnectionState::Active && !c.lost_scopes.is_empty();
    less || c.state == ConnectionState::NeedsReconnect
}

/// How the way to the application ended, by the word the callback leaves in the address.
async fn tell(visit: &Visit, page: &mut Connections, query: &Form) -> Result<(), PageError> {
    let Some(word) = query.given("outcome") else { return Ok(()) };
    let made = page.accounts.iter().find(|a| a.id == query.get("connection"));
    if let (true, Some(account)) = (word == "connected", made) {
        if !account.letters.is_empty() {
            let title = format!("{} is connected again", account.name);
            page.told = Some(Notice::good(&title, "Letters of access for it work again."));
            return Ok(());
        }
        let title = format!("{} is connected", account.name);
        let text = "Nobody can work in it before you grant access.";
        page.told = Some(Notice::good(&title, text));
        page.next = next(visit).await?;
        return Ok(());
    }
    page.told = outcome(word);
    Ok(())
}

fn outcome(word: &str) -> Option<Notice> {
    let notice = match word {
        "denied" => Notice::info(
            "Not connected: you said no there",
            "Nothing was kept. Begin again whenever you like.",
        ),
        "failed" => Notice::bad(
            "Not connected: the application did not finish",
            "It did not answer as it must, or it is away. Nothing was kept. Try again in a while.",
        ),
        "taken" => Notice::bad(
            "Not connected: somebody else has this account",
            "Another customer of this program has connected it. An account belongs to one \
             customer; they would have to disconnect it first.",
        ),
        "other-account" => Notice::bad(
            "Not mended: that was another account",
            "Sign in at the application with the account that is to be mended, or connect the \
             other one as a new account.",
        ),
        "unknown" => Notice::bad(
            "Not connected: this way back is not good any more",
            "It works once, within ten minutes, in the browser that began it. Begin again here.",
        ),
        "mixed-up" => Notice::bad(
            "Not connected: somebody else answered",
            "The answer did not come from the application you were sent to, so nothing was \
             exchanged. If this happens again, tell the program’s people.",
        ),
        "not-permitted" => Notice::bad(
            "Not connected: your role cannot do this",
            "An owner or admin of your organization connects accounts.",
        ),
        _ => return None,
    };
    Some(notice)
}

/// The engagements under way, each with its page of granting.
async fn next(visit: &Visit) -> Result<Vec<Link>, PageError> {
    let page = PageWanted::first(50);
    let (found, _) =
        engagements::list_engagements(visit.app(), visit.caller()?, None, page).await?;
    let open = found.iter().filter(|o| {
        matches!(o.engagement.state, EngagementState::Signed | EngagementState::Active)
    });
    let link = |o: &engagements::EngagementOverview| {
        let who = words::first_name(&o.names.consultant);
        let label = format!("Give {who} access, for {}", o.engagement.label());
        Link::new(&label, &visit.link(&format!("/engagements/{}/access", o.engagement.id)))
    };
    Ok(open.take(3).map(link).collect())
}

impl Page for Connections {
    const TEMPLATE: &'static str = "access/connections.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |accounts, past: Vec<Account>, told| Self {
            here: "/p/larkfield/connections".into(),
            waiting: past.iter().any(|account| account.waiting),
            accounts,
            past,
            applications: vec![Application {
                slug: "larkfield".into(),
                name: "Larkfield".into(),
                about: "Contacts, lists, mail campaigns and their results".into(),
                cautions: vec!["Never open a connect link that somebody sends you.".into()],
                known: true,
            }],
            may: true,
            told,
            next: Vec::new(),
            access: "/p/larkfield/access".into(),
        };
        let told = Notice::good("Fjordhaus Outdoor EU is connected", "Nobody can work in it yet.");
        let mut connected = page(vec![sample("c-1", false)], Vec::new(), Some(told));
        let give = Link::new("Give Ines access, for A-2041", "/p/larkfield/engagements/e/access");
        connected.next = vec![give];
        let mut member = page(vec![sample("c-1", true)], Vec::new(), None);
        member.may = false;
        member.accounts.iter_mut().for_each(|account| account.mend = false);
        let mut waiting = sample("c-2", false);
        waiting.waiting = true;
        waiting.disconnect = String::new();
        vec![
            ("usual", page(vec![sample("c-1", true)], vec![waiting], None)),
            ("connected", connected),
            ("member", member),
            ("empty", page(Vec::new(), Vec::new(), outcome("denied"))),
        ]
    }
}

fn sample(id: &str, broken: bool) -> Account {
    let notice = Notice::bad("Larkfield no longer lets us in", "Letters rest until then.");
    Account {
        id: id.into(),
        name: "Fjordhaus Outdoor EU".into(),
        avatar: Some(Avatar::of("Fjordhaus Outdoor EU")),
        application: "Larkfield".into(),
        upstream: "larkfield".into(),
        state: Some(State::IN_FORCE),
        facts: vec![Figure::new("Account", "acc_fjordhaus")],
        notice: broken.then_some(notice),
        letters: vec![Link::new("Ines Oyelaran-Brandt, for A-2041", "/p/larkfield/grants/g-1")],
        disconnect: format!("/p/larkfield/connections/{id}/disconnect"),
        mend: broken,
        waiting: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_callback_is_told() {
        for word in access::ConnectOutcome::ALL.iter().map(|o| o.as_str()) {
            assert!(word == "connected" || outcome(word).is_some(), "{word}");
        }
        for word in ["unknown", "mixed-up", "not-permitted"] {
            assert!(outcome(word).is_some(), "{word}");
        }
        assert!(outcome("<script>").is_none());
    }
}
