//! The outside world in a box: what Attaché talks to, as real servers on the loopback interface.
//! A marketing application with an OAuth 2 authorization server, a payments server and a mail
//! catcher. All of them keep their state in one folder and stand again at the same ports after a
//! restart. Nothing here is reachable from another machine.

mod chance;
mod clock;
mod server;
pub mod store;
