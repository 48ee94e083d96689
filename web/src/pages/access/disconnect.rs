//! The question before an account is disconnected, and the deed.

use api::access::{self, ConnectionState, Revocation, Standing};
use api::kernel::id::ConnectionId;
use api::platform::refusal::Common;
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::connections::customer;
use super::words;
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit, is_inside};
use crate::view::Link;

/// What ends with the connection.
#[derive(Debug, Serialize)]
pub struct Disconnect {
    pub account: String,
    pub application: String,
    pub here: String,
    pub connections: String,
    /// The letters of access that end.
    pub letters: Vec<Link>,
    /// Where the customer ends the rest, for an application that no program can tell.
    pub yours: String,
}

#[handler]
pub async fn ask_to_disconnect(visit: Visit, Path(id): Path<String>) -> Answer {
    let caller = customer(&visit)?;
    let id = read(&id)?;
    let connection = access::get_connection(visit.app(), caller, id).await?;
    if connection.state == ConnectionState::Disconnected {
        return Ok(already(&visit, &format!("/connections#{id}")));
    }
    let open = access::list_open_grants(visit.app(), caller).await?;
    let ends = open.iter().filter(|g| {
        let over = matches!(g.standing, Standing::Ended | Standing::Expired);
        g.connection == Some(id) && !over
    });
    let link = |g: &access::Grant| {
        let label = format!("{}, for {}", g.consultant_name, g.engagement_label());
        Link::new(&label, &visit.link(&format!("/grants/{}", g.id)))
    };
    let upstream = &connection.upstream;
    let known = visit.app().upstreams.get(upstream);
    let told = known.is_none_or(|u| u.oauth.revoke.is_some());
    visit.page(&Disconnect {
        yours: if told { String::new() } else { words::removal(visit.app(), upstream) },
        account: connection.account_name,
        application: words::application(visit.app(), &connection.upstream),
        here: visit.link(&format!("/connections/{id}/disconnect")),
        connections: visit.link("/connections"),
        letters: ends.map(link).collect(),
    })
}

#[handler]
pub async fn disconnect(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let caller = customer(&visit)?;
    let id = read(&id)?;
    let accounts = format!("/connections#{id}");
    let back = form.given("back").filter(|path| is_inside(path)).unwrap_or(&accounts);
    match access::disconnect(visit.app(), caller, id).await {
        Ok(ended) => {
            let mut said =
                "Every letter of access for it has ended, and its tokens are shredded.".to_owned();
            if ended.revocation == Revocation::NotOffered {
                let there = words::removal(visit.app(), &ended.upstream);
                said = format!("{said} One thing is yours to do: {there}");
            }
            let flash =
                Flash::done(&format!("{} is disconnected", ended.account_name)).saying(&said);
            Ok(visit.go_telling(back, &flash))
        }
        Err(error) if error.code() == Some("connection-state") => Ok(already(&visit, back)),
        Err(error) => Err(error.into()),
    }
}

fn already(visit: &Visit, back: &str) -> poem::Response {
    let flash = Flash::note("It was disconnected already", "Its entry says how far that got.");
    visit.go_telling(back, &flash)
}

fn read(id: &str) -> Result<ConnectionId, PageError> {
    Ok(ConnectionId::parse(id).ok_or(Common::NotFound("connection"))?)
}

impl Page for Disconnect {
    const TEMPLATE: &'static str = "access/disconnect.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |letters| Self {
            account: "Fjordhaus Outdoor EU".into(),
            application: "Larkfield".into(),
            here: "/p/larkfield/connections/c-1/disconnect".into(),
            connections: "/p/larkfield/connections".into(),
            letters,
            yours: String::new(),
        };
        let letter = Link::new("Ines Oyelaran-Brandt, for A-2041", "/p/larkfield/grants/g-1");
        let mut yours = page(Vec::new());
        yours.yours = "Open Account, then Connected applications, and remove Attaché.".into();
        vec![("letters", page(vec![letter])), ("no letters", page(Vec::new())), ("yours", yours)]
    }
}
