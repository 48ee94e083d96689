//! What engagements do, one file a theme.

mod finish;
mod money;
mod note;

pub use money::{fund_milestone, refund_milestone};
pub use note::{Note, note};
