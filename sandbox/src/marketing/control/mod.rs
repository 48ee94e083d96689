//! What tests and demonstrations may ask of the application beside its own surface: which calls
//! it received, to fail on demand, and an account for somebody new. Open to this machine alone,
//! and never part of `/api`.

pub(crate) mod accounts;
pub(crate) mod faults;
pub(crate) mod hits;

use std::sync::Arc;

use poem::{
    handler,
    web::{Data, Json},
};

use super::app::App;
use crate::Addresses;

/// `GET /sandbox/addresses`: where every part of the sandbox is.
#[handler]
pub(crate) fn addresses(Data(app): Data<&Arc<App>>) -> Json<Addresses> {
    Json(app.config.sandbox.clone())
}
