//! A report as people read it, and as the file that stands beside a description.

use anyhow::Result;
use api::outside::upstream::{Finding, ProbeReport};
use std::fmt::Display;

/// One line a question, and what follows for the program.
pub fn lines(report: &ProbeReport) -> String {
    let mut rows = vec![
        row("PKCE", &report.pkce),
        row("state", &report.state),
        row("iss", &report.iss),
        row("rotation", &report.rotation),
        row("replay", &report.replay),
        row("concurrent refresh", &report.concurrent),
        row("old access token", &report.old_access),
        row("fewer scopes", &report.narrowing),
        row("revocation", &report.revocation),
        row("%2F in paths", &report.slash),
    ];
    let strict = match report.is_strict() {
        true => "strict: whoever refreshes has a minute before another may",
        false => "usual: one refresh at a time",
    };
    rows.push(format!("Refreshing will be {strict}."));
    rows.join("\n")
}

/// The report as TOML.
///
/// # Errors
/// Never for a report that was made here.
pub fn file(report: &ProbeReport) -> Result<String> {
    let head = "# What `attache upstream probe` saw. Beside the description it is read at start.\n";
    Ok(format!("{head}{}", toml::to_string(report)?))
}

fn row<T: Display>(question: &str, finding: &Finding<T>) -> String {
    let seen = finding.seen.as_ref().map_or("cannot tell".to_owned(), ToString::to_string);
    format!("{question:<20} {seen:<13} {}", finding.evidence)
}
