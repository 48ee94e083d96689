//! One API call, read and understood as far as every call is alike.

use super::{form::Form, refusal::Refusal, state::State};

/// What came over the wire, without the caller's key.
pub(super) struct Call {
    pub method: String,
    /// The path behind `/v1/`, in parts.
    pub path: Vec<String>,
    pub form: Form,
    /// The `Stripe-Account` header.
    pub account: Option<String>,
}

impl Call {
    /// The part of the path at `place`; the routes decide that it is there.
    pub(super) fn id(&self, place: usize) -> &str {
        self.path.get(place).map_or("", String::as_str)
    }

    /// The account that the call speaks for: a connected one, or else the platform.
    ///
    /// # Errors
    /// There is no such connected account.
    pub(super) fn owner<'a>(&'a self, state: &'a State) -> Result<&'a str, Refusal> {
        match &self.account {
            None => Ok(&state.platform),
            Some(id) if *id == state.platform || state.accounts.contains_key(id) => Ok(id),
            Some(id) => Err(Refusal::foreign_account(id)),
        }
    }

    /// Refuses a call that would act on behalf of a connected account: only reading is served.
    pub(super) fn for_platform(&self, state: &State) -> Result<(), Refusal> {
        if self.owner(state)? == state.platform {
            return Ok(());
        }
        let message = "This server carries out calls for the platform itself only.";
        Err(Refusal::parameter("account_invalid", "Stripe-Account", message))
    }
}
