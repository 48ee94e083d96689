//! Lines of the access log: of a read within a second, of what changes something at once.

use crate::access::model::NewEntry;
use crate::access::store;
use crate::app::App;
use crate::kernel::id::VendorId;
use crate::platform::db::{Scope, Tx};
use crate::platform::refusal::Result;
use futures::FutureExt;
use futures::future::BoxFuture;
use std::time::Duration;

/// Writes what waited, in one transaction for one customer: whoever adds to a customer's audit
/// trail holds its place until the commit, and two of them must not wait for each other.
pub fn write_lines<'a>(
    tx: &'a mut Tx,
    lines: &'a [(String, Duration)],
) -> BoxFuture<'a, Result<()>> {
    store::insert_lines(tx, lines).boxed()
}

/// Takes the line of a call that changed nothing: it is written together with others.
///
/// Errors when so many wait that it could be lost.
pub async fn write_late(app: &App, vendor: VendorId, entry: &NewEntry) -> Result<()> {
    app.late.write(vendor, entry.whose.customer.0, store::line(entry)).await
}

/// A transaction that sees every call that this process has answered.
pub(super) async fn with_calls(app: &App, scope: impl Into<Scope>) -> Result<Tx> {
    app.late.settled().await;
    app.db.read(scope).await
}
