//! Accounts for whoever comes after the samples.

use std::sync::Arc;

use poem::{
    handler,
    http::StatusCode,
    web::{Data, Json},
};
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::marketing::{app::App, fault::Fault, model::Role, seed};

/// Whose account, and which sample it is like.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    like: String,
    name: String,
    owner_name: String,
    owner_email: String,
}

#[derive(Serialize)]
pub(crate) struct Opened {
    id: String,
}

/// `POST /sandbox/accounts`: its owner signs in with the password of the samples.
#[handler]
pub(crate) fn open(
    Data(app): Data<&Arc<App>>,
    Json(wanted): Json<Wanted>,
) -> poem::Result<Json<Opened>> {
    let Wanted { like, name, owner_name, owner_email } = wanted;
    let owner = seed::Person { email: owner_email, name: owner_name, role: Role::Owner };
    let when = (app.config.seed, clock::now());
    let opened = app.world.write(|world| seed::open(world, &like, (&name, owner), when));
    let id = opened.map_err(Fault)?;
    let refuse = |error| poem::Error::from_string(error, StatusCode::UNPROCESSABLE_ENTITY);
    Ok(Json(Opened { id: id.map_err(|error| refuse(format!("{error:#}")))? }))
}
