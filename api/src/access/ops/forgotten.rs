//! What a customer left open although nobody seems to need it.

use super::lines::with_calls;
use crate::access::model::{AccountUse, ForgottenAccess, LetterUse};
use crate::access::store;
use crate::app::App;
use crate::identity::{self, Allowed, Command, Deed};
use crate::platform::caller::Caller;
use crate::platform::refusal::Result;

pub struct ReviewAccess;

impl Command for ReviewAccess {
    const DEED: Deed = Deed::ReviewAccess;
}

/// Letters and accounts of the caller's organization that seem forgotten, each with why.
///
/// Errors: 403 for everybody but the customer's owners and admins.
pub async fn forgotten_access(app: &App, caller: &Caller) -> Result<ForgottenAccess> {
    let _: Allowed<ReviewAccess> = identity::allow(caller)?;
    let mut tx = with_calls(app, caller).await?;
    let letters = store::letters_in_use(&mut tx, caller.organization).await?;
    let accounts = store::accounts_without_letters(&mut tx, caller.organization).await?;
    let now = app.clock.now();
    let open = letters.iter().any(|letter| letter.standing.is_open());
    Ok(ForgottenAccess {
        anything_open: open || !accounts.is_empty(),
        letters: letters.into_iter().filter_map(|of| LetterUse::listed(of, now)).collect(),
        accounts: accounts.into_iter().filter_map(|of| AccountUse::listed(of, now)).collect(),
    })
}
