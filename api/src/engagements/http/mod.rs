//! Engagements over HTTP: engagements and their talk, milestones and files, reviews.
//!
//! Nothing is decided here: each operation reads a request into plain facts, calls one operation
//! of the feature and shows its result.

mod contracts;
mod engagements;
mod file_reply;
mod hours;
mod milestones;
mod reviews;
mod simulation;
mod views;

pub use contracts::ContractsApi;
pub use engagements::EngagementsApi;
pub use hours::HoursApi;
pub use milestones::MilestonesApi;
pub use reviews::ReviewsApi;
pub use simulation::SimulationApi;
