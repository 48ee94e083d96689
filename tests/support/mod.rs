//! What stories are told with: a database each, the real program over HTTP, the sandbox, actors.
//! Nothing here knows an operation: stories speak HTTP like everybody else.

pub mod actor;
pub mod answer;
pub mod clock;
pub mod database;
pub mod deal;
pub mod fixture;
pub mod neighbours;
pub mod payments;
pub mod together;
pub mod world;

pub use actor::Actor;
pub use answer::Answer;
pub use world::World;
