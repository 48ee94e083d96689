//! A customer keeps cards, pays with them in one press, confirms with its bank, and removes them.
//!
//! Whatever is pressed, lost, told twice or killed: a milestone is charged once.

mod charging;
mod confirming;
mod keeping;
mod pages;
mod races;
mod scene;
