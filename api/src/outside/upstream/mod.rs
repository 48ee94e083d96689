//! Marketing applications as this program reaches them: what each one's file says, and the client
//! that speaks to them.
//!
//! The client connects only to public addresses over TLS (loopback by an explicit switch), follows
//! no redirect, knows no proxy, and reads no more than it was told to. Client secrets are never
//! printed.

mod account;
mod address;
mod catalogue;
mod client;
mod cost;
mod faults;
mod field_type;
mod flow;
mod flows;
mod oauth;
mod operation;
mod pace;
mod parts;
mod pattern;
mod probe;
mod rates;
mod template;
mod withheld;

pub use account::{AccountApi, Address, Authority, Phrase};
pub use catalogue::{AccountCall, Action, Discovery, Preset, Risk, Upstream, Upstreams};
pub use client::{Answer, Client, Question, Reach, Trouble};
pub use cost::{Cost, Count, Look, Period, Told, Unit, Unless, number_at, values_at};
pub use faults::{Fault, Faults};
pub use field_type::FieldType;
pub use flow::{Flow, Opened};
pub use flows::{Cut, Flows, Full, Running, Seat};
pub use oauth::{ClientAuth, ClientSecret, ENDLESS, Oauth, Pkce, Refresh, TokenLives, Way};
pub use operation::{Operation, USUAL_BODY, Undo};
pub use pace::{FASTEST, Pace, Paces};
pub use parts::{AccountPart, PartKind, Parts, is_on_this_machine};
pub use pattern::Pattern;
pub use probe::{
    ConcurrentSeen, Finding, IssuerSeen, NarrowingSeen, OldAccessSeen, PkceSeen, ProbeReport,
    ReplaySeen, RevocationSeen, RotationSeen, SlashSeen, StateSeen,
};
pub use rates::{Holds, Rates, ResetIs};
pub use template::{Part, Template};
pub use withheld::{Withheld, Withholdable};
