//! What the components of `templates/components/` take: plain data in finished words.
//! A page's context struct is made of these types. Their texts are escaped by the templates; no
//! field ever holds markup. Classes, icons and widths are chosen here, never in a page.

mod access;
mod bar;
mod chart;
mod form;
mod lists;
mod matching;
mod money;
mod people;
mod state;
mod time;

pub use access::{Letter, LetterStanding};
pub use bar::{Bar, BarKey, Fill, Meter};
pub use chart::{Chart, ChartColumn};
pub use form::{Choice, DateBoxes, DatePart, Errors, FieldError};
pub use lists::{Chip, DiffRow, Figure, Link, Pager, Step, Tab, Tag};
pub use matching::{MatchCard, MatchReason};
pub use money::{Amount, Entry, Sum, SumLine};
pub use people::{Avatar, Dossier};
pub use state::{Notice, State, Tier, Tone};
pub use time::{Moment, MomentKind};
