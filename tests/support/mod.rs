//! What stories are told with: a database each, the real program over HTTP, the sandbox, actors.
//! Nothing here knows an operation: stories speak HTTP like everybody else.

pub mod actor;
pub mod answer;
pub mod apart;
pub mod book;
pub mod clock;
pub mod database;
pub mod deal;
pub mod engage;
pub mod facts;
pub mod fixture;
pub mod holder;
pub mod hours;
pub mod keeper;
pub mod larkfield;
pub mod neighbours;
pub mod news;
pub mod offers;
pub mod payments;
pub mod race;
pub mod reader;
pub mod receiver;
pub mod rogue;
pub mod session;
pub mod together;
pub mod transit;
pub mod world;

pub use actor::Actor;
pub use answer::Answer;
pub use race::race;
pub use session::Session;
pub use world::World;

/// Whether the long proofs were asked for, on a machine that does nothing else.
pub fn is_long() -> bool {
    std::env::var("ATTACHE_PROOFS").is_ok_and(|which| which == "long")
}
