//! What tests and demonstrations may ask of the application beside its own surface: which calls
//! it received, and to fail on demand. Open to this machine alone, and never part of `/api`.

pub(crate) mod faults;
pub(crate) mod hits;
