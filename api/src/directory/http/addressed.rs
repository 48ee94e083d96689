//! Which program a public address names, and whether the visitor's token belongs to it.

use crate::app::App;
use crate::identity::{self, IdentityError};
use crate::kernel::id::VendorId;
use crate::platform::http::address::host;
use crate::platform::http::credential::Credential;
use crate::platform::refusal::{Common, Result};
use crate::program::ProgramError;
use poem::Request;

/// The program of this slug. Nobody needs to be signed in; a session says nothing here, since a
/// browser sends it whatever program its person looks at.
///
/// Errors: 404, `token-of-another-program`, `unauthenticated` for a token that is none.
pub async fn addressed(app: &App, request: &Request, slug: &str) -> Result<VendorId> {
    let found = identity::program_at(app, &host(request), slug).await?;
    let (vendor, _) = found.ok_or(Common::NotFound("program"))?;
    if let Some(token @ Credential::Bearer(_)) = Credential::of(request) {
        let signed_in = identity::authenticate(app, &token).await?;
        let caller = signed_in.ok_or(IdentityError::Unauthenticated)?.caller;
        if caller.is_some_and(|caller| caller.vendor != vendor) {
            return Err(ProgramError::TokenOfAnotherProgram.into());
        }
    }
    Ok(vendor)
}
