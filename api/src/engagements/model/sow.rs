//! The statement of work: one text, made from the accepted proposal and the program's terms.
//!
//! The same input makes the same bytes. What people wrote stands in it as quoted lines, so that it
//! can never pass for one of the sections.

use super::share::{Party, percent, weights};
use super::sow_hours;
use crate::kernel::country::Country;
use crate::kernel::id::OrganizationId;
use crate::kernel::money::Money;
use crate::matching::{AccessPreset, Hourly, ServiceTerms};
use crate::program::{AttributionKind, Choice};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Business days in which a side answers what the other disagrees about: a whole week, so that a
/// holiday of one person does not decide.
pub const ANSWER_DAYS: i32 = 5;
/// Days after a milestone's end in which a side can still disagree: as long as a delivery usually
/// waits for its acceptance. After that its payees may rely on what they got.
pub const FILING_DAYS: u64 = 14;

/// Lengths of time and counts that hold for one engagement to its end; days are whole days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    pub contracting_days: i32,
    pub funding_days: i32,
    pub acceptance_days: i32,
    pub change_requests: i32,
    pub review_days: i32,
}

/// An organization as the text names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedOrganization {
    pub id: OrganizationId,
    pub name: String,
    pub city: String,
    pub country: String,
}

/// A milestone as it was proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreedMilestone {
    pub seq: i32,
    pub title: String,
    pub delivers: String,
    pub price: Money,
    pub days: i32,
    /// What the price is made of.
    pub lines: Vec<(String, Money)>,
}

/// Everything that the text is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// A-2041.
    pub label: String,
    pub version: i32,
    pub title: String,
    /// What the consultant wrote with the proposal.
    pub note: String,
    /// The vendor, whose program this is.
    pub vendor: NamedOrganization,
    pub customer: NamedOrganization,
    pub partner: NamedOrganization,
    /// The person who does the work.
    pub consultant: String,
    pub access_preset: AccessPreset,
    /// What the service that the proposal was made from includes and asks for, if there is one.
    pub service: Option<ServiceTerms>,
    pub total: Money,
    pub milestones: Vec<AgreedMilestone>,
    /// For work by the hour, which has no milestones.
    pub hourly: Option<Hourly>,
    /// The fee rule that counts, and why.
    pub fees: Choice,
    /// The rule by its words and day.
    pub fees_named: String,
    /// The reseller of record on the day the text was made, and what it does for the account.
    pub reseller: Option<(NamedOrganization, AttributionKind)>,
    pub terms: Terms,
}

/// The text in Markdown.
pub fn statement_of_work(agreement: &Agreement) -> String {
    let mut text = String::new();
    head(&mut text, agreement);
    scope(&mut text, agreement);
    access(&mut text, agreement);
    rules(&mut text, agreement);
    shares(&mut text, agreement);
    text
}

/// SHA-256 of the text's bytes; what both sides accept.
pub fn hash_of(body: &str) -> [u8; 32] {
    Sha256::digest(body.as_bytes()).into()
}

/// What the preset lets the consultant do, in a sentence.
const fn access_in_words(preset: AccessPreset) -> &'static str {
    match preset {
        AccessPreset::None => "The consultant works without access to the customer's account.",
        AccessPreset::ReadOnly => {
            "The consultant may read the customer's account and change nothing in it."
        }
        AccessPreset::AuthorDrafts => {
            "The consultant may read the customer's account and write drafts in it, and may not \
             publish or send them."
        }
        AccessPreset::RunCampaigns => {
            "The consultant may read the customer's account, write drafts, and publish and send \
             what the customer's settings allow."
        }
        AccessPreset::FullOperator => {
            "The consultant may do in the customer's account whatever its settings let any \
             consultant do."
        }
    }
}

/// Writing to a `String` cannot fail, so the result is dropped here and nowhere else.
macro_rules! line {
    ($text:expr) => { $text.push('\n') };
    ($text:expr, $($arg:tt)*) => {{
        let _ = writeln!($text, $($arg)*);
    }};
}

fn head(text: &mut String, a: &Agreement) {
    line!(text, "# Statement of work {}, version {}", a.label, a.version);
    line!(text);
    line!(text, "Work: {}", one_line(&a.title));
    line!(text);
    line!(text, "## Parties");
    line!(text);
    line!(text, "- Customer: {}", place(&a.customer));
    line!(text, "- Partner: {}", place(&a.partner));
    line!(text, "- Consultant, who does the work in person: {}", one_line(&a.consultant));
    line!(text, "- Program: {}", place(&a.vendor));
    match &a.reseller {
        Some((reseller, kind)) => {
            let does = match kind {
                AttributionKind::Sourced => "sourced the account",
                AttributionKind::Managed => "manages the account",
            };
            line!(text, "- Reseller of record, which {does}: {}", place(reseller));
        }
        None => line!(text, "- Reseller of record: none"),
    }
    line!(text);
}

fn scope(text: &mut String, a: &Agreement) {
    line!(text, "## Scope and price");
    line!(text);
    line!(text, "In the consultant's words:");
    line!(text);
    quote(text, &a.note);
    for m in &a.milestones {
        line!(text, "### Milestone {}: {}", m.seq, one_line(&m.title));
        line!(text);
        quote(text, &m.delivers);
        let days = days(m.days);
        line!(
            text,
            "Price {}, fees included. Due {days} after it is funded. It is made of:",
            m.price.with_code()
        );
        line!(text);
        for (title, amount) in &m.lines {
            line!(text, "- {}: {}", one_line(title), amount.with_code());
        }
        line!(text);
    }
    match &a.hourly {
        Some(hourly) => {
            for sentence in sow_hours::price(hourly) {
                line!(text, "{sentence}");
                line!(text);
            }
        }
        None => {
            let total = a.total.with_code();
            line!(text, "The price of all milestones together is {total}, fees included.");
            line!(text);
        }
    }
    if let Some(service) = &a.service {
        line!(text, "It is made from the service “{}”.", one_line(&service.title));
        line!(text);
        listed(text, "Included", &service.includes);
        listed(text, "Not included", &service.excludes);
        listed(text, "Needed from the customer", &service.prerequisites);
    }
}

fn listed(text: &mut String, what: &str, points: &[String]) {
    if points.is_empty() {
        return;
    }
    line!(text, "{what}:");
    line!(text);
    for point in points {
        line!(text, "- {}", one_line(point));
    }
    line!(text);
}

fn access(text: &mut String, a: &Agreement) {
    line!(text, "## Access to the customer's account");
    line!(text);
    line!(text, "{}", access_in_words(a.access_preset));
    line!(
        text,
        "Access is granted by the customer in a letter of access, can be ended by the customer at \
         any time, and ends with this engagement."
    );
    line!(text);
}

fn rules(text: &mut String, a: &Agreement) {
    let t = &a.terms;
    line!(text, "## Rules");
    line!(text);
    let mut rules = vec![format!(
        "Signing. Both sides accept this text, by its hash, within {}. Until both have, either may \
         void it.",
        days(t.contracting_days)
    )];
    rules.extend(if a.hourly.is_some() { sow_hours::rules(a) } else { milestone_rules(t) });
    rules.extend(closing_rules(t));
    for (index, rule) in rules.iter().enumerate() {
        line!(text, "{}. {rule}", index + 1);
    }
    line!(text);
}

fn milestone_rules(t: &Terms) -> Vec<String> {
    vec![
        format!(
            "Funding. The customer funds a milestone before work on it starts; the money is held. \
             When no milestone is funded within {} after signing, the engagement lapses.",
            days(t.funding_days)
        ),
        format!(
            "Acceptance. The customer accepts a delivery or returns it with notes. A delivery that \
             is neither accepted nor returned within {} accepts itself; reminders go out before.",
            days(t.acceptance_days)
        ),
        format!("Changes. A milestone can be returned {}.", times(t.change_requests)),
        "Release. Accepting a milestone releases its price to the payees named below.".to_owned(),
        "Cancellation and refund. Accepted work is paid, unless the program, the consultant or the \
         customer's bank sends it back: each payee then gives its part. What is held goes back, \
         all of it or a part, without a fee, when the milestone is refunded. A milestone that was \
         never funded costs nothing."
            .to_owned(),
    ]
}

fn closing_rules(t: &Terms) -> [String; 3] {
    [
        format!(
            "Disagreement. While money of a milestone is held, and for {FILING_DAYS} days after \
             its end, either side may say that it disagrees, and how it would split the money, \
             which waits meanwhile. The other side answers within {ANSWER_DAYS} business days. A \
             split that both agree to is carried out at once. The program decides one when a side \
             asked and the other was heard, or when the other did not answer in time."
        ),
        format!(
            "Reviews. After completion each side may review the other within {}. Both reviews are \
             published together, when both are written or when that time has passed.",
            days(t.review_days)
        ),
        "Change of terms. These terms hold to the end of the engagement, whatever the program's \
         rules become."
            .to_owned(),
    ]
}

fn shares(text: &mut String, a: &Agreement) {
    line!(text, "## Who gets what");
    line!(text);
    line!(
        text,
        "Of the price of each {}, by the fee rule {}, version {}. {} Rounding gives a \
         left-over unit to the largest remainder, in the order of this list.",
        if a.hourly.is_some() { "week" } else { "milestone" },
        one_line(&a.fees_named),
        a.fees.rule.version,
        one_line(&a.fees.because)
    );
    line!(text);
    for (party, parts) in weights(a.fees.rule.parts, a.reseller.is_some()) {
        let name = match party {
            Party::Consultant => one_line(&a.partner.name),
            Party::Vendor => format!("{}, program fee", one_line(&a.vendor.name)),
            Party::Reseller => {
                let name = a.reseller.as_ref().map(|(r, _)| one_line(&r.name)).unwrap_or_default();
                format!("{name}, reseller of record")
            }
            Party::Operator => "The operator of this installation".to_owned(),
        };
        line!(text, "- {name}: {}", percent(parts));
    }
    line!(text);
    line!(text, "The payment processor's fee is borne by the operator.");
}

fn place(organization: &NamedOrganization) -> String {
    let name = one_line(&organization.name);
    let country = Country::parse(&organization.country).map_or(&*organization.country, |c| c.name);
    let city = one_line(&organization.city);
    let parts = [&*name, &*city, country].into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(", ")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn quote(text: &mut String, words: &str) {
    for row in words.trim().lines() {
        line!(text, "{}", format!("> {}", row.trim_end()).trim_end());
    }
    line!(text);
}

fn days(count: i32) -> String {
    if count == 1 { "1 day".to_owned() } else { format!("{count} days") }
}

fn times(count: i32) -> String {
    match count {
        0 => "no time: it is accepted, or refunded by agreement".to_owned(),
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        more => format!("{more} times"),
    }
}
