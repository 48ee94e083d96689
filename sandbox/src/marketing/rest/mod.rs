//! The JSON API under `/api/v1`, for programs with a bearer token.
//!
//! Invariants: a call sees and changes the account of its grant and no other, so a record of
//! another account is 404; each call names the scope it needs before it looks at anything;
//! every answer, refusals too, is JSON (an export alone is CSV).

pub(crate) mod account;
pub(crate) mod body;
pub(crate) mod caller;
pub(crate) mod campaigns;
pub(crate) mod contacts;
pub(crate) mod dispatch;
pub(crate) mod export;
pub(crate) mod gate;
pub(crate) mod lists;
pub(crate) mod paging;
pub(crate) mod refusal;
pub(crate) mod reports;
pub(crate) mod texts;
pub(crate) mod users;
