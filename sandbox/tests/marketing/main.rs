//! Larkfield over real HTTP: its authorization server, its API, its pages, its ordered failures.

#[cfg(test)]
mod api;
#[cfg(test)]
mod campaigns;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod oauth;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod world;
