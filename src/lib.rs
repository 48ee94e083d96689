//! The program's own parts, as a library so that its tests can drive them: the PostgreSQL server
//! it runs when nobody gives it one, and the folder in which it keeps what must survive a restart.
//! Nothing here knows the domain; that is the crate `api`.

pub mod boxed;
pub mod commands;
pub mod config;
pub mod data_folder;
pub mod demo;
pub mod health;
pub mod http_client;
pub mod postgres;
pub mod probe;
pub mod program;
pub mod server;
pub mod vault_keys;
