//! The payments server as its callers see it: real HTTP on a port of its own, the client that
//! Attaché uses, a browser's forms, and receivers that check each signature themselves.

#[cfg(test)]
mod besides;
#[cfg(test)]
mod books;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod disputes;
#[cfg(test)]
mod house;
#[cfg(test)]
mod keeping;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod onboarding;
#[cfg(test)]
mod paying;
#[cfg(test)]
mod receiver;
#[cfg(test)]
mod transfers;
#[cfg(test)]
mod webhooks;
