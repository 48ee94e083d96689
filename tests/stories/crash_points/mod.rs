//! The program is killed at the worst moments: nothing is lost, and nobody is paid twice.
//!
//! Each story is named by its point. Points of what is not made here are left out: payouts of the
//! program's own (21), retainers (20), invoices as files (24).
//! Number 25 is told in `a_backup_is_restored`.

mod by_chance;
mod calls;
mod charges;
mod going_back;
mod news;
mod requests;
mod scene;
mod weeks;
