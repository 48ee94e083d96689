//! Which marketing applications there are, what may be asked of them, and in which words.
//!
//! Each is described by one file of `upstreams/`, read once at start and checked as a whole: every
//! operation belongs to one action, every action has one risk and one sentence, every preset is
//! made of actions. What is not in the catalogue cannot be called. A probe report
//! beside a file tells what its servers were seen to do, and decides how they are dealt with.

mod file;
mod load;
mod probe;

pub use crate::outside::upstream::Reach;
pub use crate::outside::upstream::{
    AccountPart, Action, Cost, Count, FieldType, Look, Operation, PartKind, Parts, Period, Preset,
    Risk, Template, Told, USUAL_BODY, Undo, Unit, Unless, Upstream, Upstreams, Way, Withheld,
    Withholdable, number_at, values_at,
};
pub use file::Fault;
pub use load::{Values, check_file, load, placeholders, read_file};
pub use probe::{Caution, cautions};
