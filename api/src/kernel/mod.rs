//! Pure building blocks without I/O: identifiers, money, time zones, text, cursors.
//!
//! Nothing here reads a clock, a random source, a file or the network; everything is total or
//! answers a typed refusal.

pub mod check;
pub mod country;
pub mod csv;
pub mod email;
pub mod id;
pub mod moment;
pub mod money;
pub mod page;
pub mod split;
#[macro_use]
pub mod text_enum;
pub mod zone;
