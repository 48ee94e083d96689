//! Rows of the program's tables.
//!
//! Whatever depends on the program's rules being still (an application against the agreement in
//! force, a new version of anything) first takes the row lock of `programs`.

mod agreements;
mod enrollments;
mod fees;
mod resellers;
mod settings;
mod taxonomy;

pub use agreements::current_agreement;
pub use enrollments::{enrollment, is_enrolled};
pub use fees::{current_fee_policy, fee_policy};
pub use resellers::reseller_of_record;
pub use settings::settings;
pub use taxonomy::taxonomy;

use crate::platform::db::schema::{programs, vendors};

diesel::allow_tables_to_appear_in_same_query!(programs, vendors);
