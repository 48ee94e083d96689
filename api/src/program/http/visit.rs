//! The public's way into a program: by its word in the address, without signing in.

use crate::app::App;
use crate::identity::{self, IdentityError};
use crate::kernel::id::VendorId;
use crate::platform::http::address::host;
use crate::platform::http::credential::Credential;
use crate::platform::refusal::{Common, Result};
use crate::program::ProgramError;
use poem::Request;

/// The program of a public address. Nobody has to be signed in, and a session's cookie changes
/// nothing; but a token says which program its sender means.
///
/// Errors: 404 when there is no such program, `token-of-another-program`, `unauthenticated` for a
/// token that is unknown or ended.
pub async fn visit(app: &App, request: &Request, slug: &str) -> Result<VendorId> {
    let named = identity::program_at(app, &host(request), slug).await?;
    let (vendor, _) = named.ok_or(Common::NotFound("program"))?;
    if let Some(token @ Credential::Bearer(_)) = Credential::of(request) {
        let sender = identity::authenticate(app, &token).await?;
        let sender = sender.ok_or(IdentityError::Unauthenticated)?;
        if sender.caller.is_some_and(|caller| caller.vendor != vendor) {
            return Err(ProgramError::TokenOfAnotherProgram.into());
        }
    }
    Ok(vendor)
}
