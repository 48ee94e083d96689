//! Connections over HTTP.

use super::Tag;
use super::views::ConnectionView;
use crate::access::ops::{self, ConnectOutcome, Connecting};
use crate::app::App;
use crate::identity::{Auth, SignedInAuth};
use crate::kernel::id::ConnectionId;
use crate::platform::http::Failure;
use crate::platform::http::reply::{Found, found};
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use std::collections::HashMap;

/// An account to be connected.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ConnectBody {
    /// The application's word, as listed.
    upstream: String,
    /// A connection to be mended, instead of a new one.
    connection: Option<ConnectionId>,
    /// What the application asks people for, by the names it lists. One that is mended keeps what
    /// is not told anew.
    #[oai(default)]
    parts: HashMap<String, String>,
}

/// Where the person goes to agree, or how it ended where nobody has to.
#[derive(Object)]
struct ConnectStarted {
    /// The application's own page; open it in the browser of this session. Absent where what was
    /// told was enough.
    authorize_url: Option<String>,
    /// How it ended; absent while somebody has to agree.
    outcome: Option<ConnectOutcome>,
    /// The connection that was made or mended.
    connection: Option<ConnectionId>,
}

pub struct ConnectionsApi;

#[OpenApi(tag = "Tag::Access")]
impl ConnectionsApi {
    /// List your organization's connections
    #[oai(path = "/v1/connections", method = "get", operation_id = "list_connections")]
    async fn list_connections(
        &self,
        app: Data<&App>,
        auth: Auth,
    ) -> Result<Found<Vec<ConnectionView>>, Failure> {
        let all = ops::list_connections(&app, &auth.0).await?;
        Ok(found(all.into_iter().map(ConnectionView::from).collect()))
    }

    /// Begin to connect an account
    ///
    /// Answers the address of the application's consent page. The way back works once, within ten
    /// minutes, in the session that began it, so this takes a session and no token. An application
    /// that takes a client of the customer's own is connected at once.
    #[oai(path = "/v1/connections", method = "post", operation_id = "start_connect")]
    async fn start_connect(
        &self,
        app: Data<&App>,
        auth: SignedInAuth,
        body: Json<ConnectBody>,
    ) -> Result<Found<ConnectStarted>, Failure> {
        let ConnectBody { upstream, connection, parts } = body.0;
        let parts = parts.into_iter().collect();
        let wanted = ops::ConnectWanted { upstream, mend: connection, parts };
        let begun = ops::start_connect(&app, &auth.0, wanted).await?;
        let (authorize_url, outcome, connection) = match begun {
            Connecting::Agree(url) => (Some(url.into()), None, None),
            Connecting::Done(outcome, connection) => (None, Some(outcome), connection),
        };
        Ok(found(ConnectStarted { authorize_url, outcome, connection }))
    }

    /// One connection
    #[oai(path = "/v1/connections/:connection", method = "get", operation_id = "get_connection")]
    async fn get_connection(
        &self,
        app: Data<&App>,
        auth: Auth,
        connection: Path<ConnectionId>,
    ) -> Result<Found<ConnectionView>, Failure> {
        Ok(found(ops::get_connection(&app, &auth.0, connection.0).await?.into()))
    }

    /// Disconnect an account
    ///
    /// Ends every letter of access for it and shreds its tokens at once; then the application is
    /// told to end them, which the connection shows.
    #[oai(
        path = "/v1/connections/:connection/disconnect",
        method = "post",
        operation_id = "disconnect"
    )]
    async fn disconnect(
        &self,
        app: Data<&App>,
        auth: Auth,
        connection: Path<ConnectionId>,
    ) -> Result<Found<ConnectionView>, Failure> {
        Ok(found(ops::disconnect(&app, &auth.0, connection.0).await?.into()))
    }
}
