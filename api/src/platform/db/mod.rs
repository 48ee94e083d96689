//! The way to rows: one pool, one kind of transaction, one vendor each.
//!
//! A transaction is opened for one vendor (row-level security shows that vendor's rows and no
//! others) or for none (global tables only). Nothing outside is called while it is open. It is
//! rolled back unless it is committed by name.

mod constraint;
mod describe;
mod listen;
mod migrate;
pub mod nodes;
mod prepared;
pub mod schema;
mod tx;

pub use constraint::{constraint, is_unavailable, refuse_on};
pub use describe::describe_schema;
pub use listen::Hints;
pub use migrate::{migrate, refuse_unsafe_role};
pub use prepared::{Bound, Prepared};
pub use tx::{Db, Scope, Tx};
