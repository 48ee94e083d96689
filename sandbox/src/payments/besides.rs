//! Money that moves on a balance without a call of anybody's: a top-up from the bank, a correction
//! of the processor's. Only a control call makes it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    books::{Entry, Kind},
    currency,
    state::State,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Beside {
    pub id: String,
    pub owner: String,
    pub cause: Cause,
    pub amount: i64,
    pub currency: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Cause {
    Topup,
    Adjustment,
}

impl Cause {
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Topup => Kind::Topup,
            Self::Adjustment => Kind::Adjustment,
        }
    }
}

impl State {
    /// Moves money at once; a correction may be negative.
    ///
    /// # Errors
    /// There is no such account or currency, or nothing would move.
    pub(super) fn move_beside(
        &mut self,
        owner: Option<String>,
        cause: Cause,
        (amount, code): (i64, String),
    ) -> Result<Value, String> {
        let owner = owner.unwrap_or_else(|| self.platform.clone());
        if owner != self.platform && !self.accounts.contains_key(&owner) {
            return Err(format!("no account {owner}"));
        }
        let most = 100_000_000;
        if currency::exponent(&code).is_none() || amount == 0 || !(-most..=most).contains(&amount) {
            return Err(format!("{amount} {code} cannot be moved"));
        }
        let id = self.mint(if cause == Cause::Topup { "tu" } else { "adj" });
        let (kind, available_on) = (cause.kind(), self.now());
        let entry =
            Entry { owner: &owner, kind, source: &id, amount, currency: &code, available_on };
        let movement = self.post(&entry);
        let beside = Beside { id: id.clone(), owner, cause, amount, currency: code };
        self.besides.insert(id.clone(), beside);
        Ok(json!({ "id": id, "balance_transaction": movement }))
    }
}
