//! The accounts that an engagement had access to, once it has ended: which can be disconnected too,
//! and what came of those that were.

use api::access::{Connection, ConnectionState, Grant};
use api::kernel::id::EngagementId;
use serde::Serialize;

use super::standpoint::Confirm;
use super::words;
use crate::pages::access;
use crate::site::Visit;
use crate::view::{Link, State};

/// An account that was disconnected.
#[derive(Debug, Clone, Serialize)]
pub struct Gone {
    pub name: String,
    pub state: State,
    /// Its entry among the connected accounts.
    pub open: Link,
}

/// Those that are still connected, as deeds, and those that are not any more.
pub fn of_engagement(
    visit: &Visit,
    id: EngagementId,
    (grants, connections): (&[Grant], &[Connection]),
) -> (Vec<Confirm>, Vec<Gone>) {
    let used = |c: &&Connection| grants.iter().any(|g| g.connection == Some(c.id));
    let (past, open): (Vec<_>, Vec<_>) =
        connections.iter().filter(used).partition(|c| c.state == ConnectionState::Disconnected);
    let gone = |c: &Connection| Gone {
        name: c.account_name.clone(),
        state: access::connection_state(c),
        open: Link::new(
            "See it among the accounts",
            &visit.link(&format!("/connections#{}", c.id)),
        ),
    };
    let offer = |c: &Connection| offer(visit, id, c);
    (open.into_iter().map(offer).collect(), past.into_iter().map(gone).collect())
}

fn offer(visit: &Visit, id: EngagementId, c: &Connection) -> Confirm {
    Confirm {
        id: format!("disconnect-{}", c.id),
        title: format!("Disconnect {} too?", c.account_name),
        action: visit.link(&format!("/connections/{}/disconnect", c.id)),
        deed: format!("Disconnect {}", c.account_name),
        deed_words: String::new(),
        sum: None,
        note: "Every letter of access on this account ends, our keys to it are destroyed, and the \
               application is told to refuse them. You can connect it again later."
            .into(),
        choices: Vec::new(),
        fields: vec![Link::new("back", &format!("{}/end", words::engagement_path(id)))],
    }
}

impl Gone {
    pub fn sample() -> Self {
        Self {
            name: "Fjordhaus Outdoor EU".into(),
            state: State::ENDED,
            open: Link::new("See it among the accounts", "/p/larkfield/connections#c-2"),
        }
    }
}
