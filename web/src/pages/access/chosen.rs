//! What the consent screen is about, as its address or its form says it.

use api::access::{Connection, ConnectionState, Grant};
use api::kernel::id::{ConnectionId, GrantId};

use crate::site::Form;

/// What the address or the form chose.
#[derive(Debug, Clone, Default)]
pub struct Chosen {
    pub connection: Option<ConnectionId>,
    pub preset: Option<String>,
    pub request: Option<GrantId>,
    /// A letter that ended and is granted again.
    pub again: Option<GrantId>,
}

impl Chosen {
    pub fn read(form: &Form) -> Self {
        Self {
            connection: form.given("connection").and_then(ConnectionId::parse),
            preset: form.given("preset").map(str::to_owned),
            request: form.given("request").and_then(GrantId::parse),
            again: form.given("again").and_then(GrantId::parse),
        }
    }

    /// The account that was chosen, else one of the application that was asked for, else any.
    pub fn account<'a>(
        &self,
        of: &'a [Connection],
        asked: Option<&Grant>,
    ) -> Option<&'a Connection> {
        let active = |c: &&Connection| c.state == ConnectionState::Active;
        let chosen = of.iter().find(|c| Some(c.id) == self.connection);
        let fits = |c: &&Connection| active(c) && asked.is_none_or(|g| g.upstream == c.upstream);
        chosen.or_else(|| of.iter().find(fits)).or_else(|| of.iter().find(active))
    }
}
