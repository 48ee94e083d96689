//! The program `attache`.
fn main() {}
