//! Who calls, and the account they may reach.

use std::sync::Arc;

use poem::{FromRequest, Request, RequestBody};

use super::refusal::Refusal;
use crate::clock;
use crate::marketing::{
    app::App,
    model::{Account, World},
    oauth::grants::Bearer,
    scope::Scope,
};

/// A program with a living access token. The gate puts it into each request.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) app: Arc<App>,
    pub(crate) bearer: Bearer,
}

impl Caller {
    /// # Errors
    /// The token does not carry the scope.
    pub(crate) fn needs(&self, scope: Scope) -> Result<(), Refusal> {
        if self.bearer.scopes.contains(&scope) {
            Ok(())
        } else {
            Err(Refusal::InsufficientScope(scope))
        }
    }

    pub(crate) fn account_id(&self) -> &str {
        &self.bearer.grant.account_id
    }

    /// Looks at the caller's account.
    ///
    /// # Errors
    /// What `f` refuses, or the account is gone.
    pub(crate) fn read<R>(
        &self,
        f: impl FnOnce(&Account) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        self.app.world.read(|world| {
            world.accounts.get(self.account_id()).ok_or(Refusal::NotFound).and_then(f)
        })
    }

    /// Changes the world from the caller's account. `f` checks first and changes then: what it
    /// did before a refusal stays done.
    ///
    /// # Errors
    /// What `f` refuses, or the change cannot be kept.
    pub(crate) fn change<R>(
        &self,
        f: impl FnOnce(&mut World) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        self.app.world.write(f)?
    }

    /// Changes one campaign of the caller's account; a fault may let somebody else do so first.
    ///
    /// # Errors
    /// As [`Caller::change`].
    pub(crate) fn change_campaign<R>(
        &self,
        id: &str,
        f: impl FnOnce(&mut Account) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        let overtaken = self.app.faults.overtakes();
        self.change_account(|account| {
            if let Some(campaign) = account.campaigns.get_mut(id).filter(|_| overtaken) {
                campaign.changed(clock::now());
            }
            f(account)
        })
    }

    /// Changes the caller's account alone.
    ///
    /// # Errors
    /// As [`Caller::change`].
    pub(crate) fn change_account<R>(
        &self,
        f: impl FnOnce(&mut Account) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        self.change(|world| {
            world.accounts.get_mut(self.account_id()).ok_or(Refusal::NotFound).and_then(f)
        })
    }
}

impl<'a> FromRequest<'a> for Caller {
    async fn from_request(req: &'a Request, _body: &mut RequestBody) -> poem::Result<Self> {
        let caller = req.extensions().get::<Self>().cloned();
        Ok(caller.ok_or(Refusal::Unauthorized { given: false })?)
    }
}
