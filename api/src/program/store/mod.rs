//! Rows of the program's tables.
//!
//! Whatever depends on the program's rules being still (an application against the agreement in
//! force) holds the row of `programs`; a new version of a rule locks it.

mod accounts;
mod agreements;
mod applications;
mod enrollments;
mod fees;
mod figures;
mod resellers;
mod settings;
mod taxonomy;

pub use accounts::{account, accounts};
pub use agreements::{
    agreement, agreement_of_version, agreement_versions, current_agreement, insert_agreement,
};
pub use applications::{
    Outcome, application, applications_in, applications_of, insert_application, lock_application,
    set_outcome,
};
pub use enrollments::{
    Change, change_enrollment, enroll, enrollment, is_enrolled, lock_partner, partner, partners,
};
pub use fees::{
    Work, WorkFees, choose_fees, current_fee_rule, end_fee_rule, end_for_another, fee_rule,
    fee_rules, fee_rules_at, fees_of_work, insert_fee_rule,
};
pub use figures::figures;
pub use resellers::{
    Concerning, NewRow, attribution, attributions, end_attribution, insert_attribution, kind_of,
    lock_latest, reseller_of_record,
};
pub use settings::{
    count_rules_version, hold_limit, hold_rules, insert_program, keep_platform, lock_rules,
    settings, vendor_organization,
};
pub use taxonomy::{insert_taxonomy, taxonomy};

use crate::platform::db::schema::{programs, vendors};

diesel::allow_tables_to_appear_in_same_query!(programs, vendors);
