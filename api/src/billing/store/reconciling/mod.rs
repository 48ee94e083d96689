//! Rows of what Stripe says, of what the books say of Stripe, and of where the two differ.
//!
//! What Stripe says is the operator's and is read in transactions of the reserved vendor; postings
//! and differences are each program's own.

mod breaks;
mod matters;
mod movements;
mod postings;
mod readings;
mod runs;

pub use breaks::{
    By, Explanation, break_called, close_explained, count_open, list_breaks, live_breaks,
    told_break, write_decided,
};
pub use matters::{Account, accounts_of, matters, refunds_under_way};
pub use movements::{
    OnAccount, count_movements, keep_movements, latest_movement, looked_up, movements_named,
    on_accounts, open_movements, set_matched, set_programs, totals_at_stripe,
};
pub use postings::{booked_of, link, loose_postings, project, sums};
pub use readings::{
    Pass, Reading, begin_pass, go_on, leave_turn, readings_of, set_balance, take_turn,
};
pub use runs::{Run, Watermark, insert_run, is_asked, last_run, watermark};
