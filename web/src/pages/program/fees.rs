//! How prices are shared: the fees in force, those before and after, and publishing the next.

use api::identity::Deed;
use api::platform::refusal::Common;
use api::program::{self, FeeParts, FeePolicy};
use chrono::{DateTime, Utc};
use poem::handler;
use serde::Serialize;

use super::fee_form::{FeeForm, Typed};
use super::words::{self, Example};
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Link, State, Tone};

/// One version of the fees.
#[derive(Debug, Serialize)]
pub struct Row {
    pub version: String,
    pub state: State,
    pub from: String,
    /// Consultant, vendor, reseller, operator.
    pub shares: Vec<String>,
}

/// Every version, with an example of the one in force.
#[derive(Debug, Serialize)]
pub struct Fees {
    pub note: String,
    pub example: Example,
    pub rows: Vec<Row>,
    /// Where the next version is made, for who may.
    pub new: Option<Link>,
    /// Who may, for the vendor's people who may not.
    pub closed: String,
}

#[handler]
pub async fn list_fees(visit: Visit) -> Answer {
    let (caller, app) = (visit.caller()?, visit.app());
    let policies = program::list_fee_policies(app, caller).await?;
    let now = program::effective_fee_policy(app, caller).await?;
    let settings = program::public_settings(app, visit.vendor()).await?;
    let price = words::round_price(&settings);
    let may = Deed::SetFees.allows(caller.kind, caller.role);
    let staff = Deed::SeeProgram.allows(caller.kind, caller.role);
    let since = words::date(&visit, now.effective_from);
    let row = |policy: &FeePolicy| Row {
        version: format!("Version {}", policy.version),
        state: state(policy, &policies, app.clock.now()),
        from: words::instant(&visit, policy.effective_from),
        shares: policy.parts.each().into_iter().map(words::share).collect(),
    };
    visit.page(&Fees {
        note: format!("Version {}, since {since}", now.version),
        example: Example::of(now.parts, price, &settings.name)?,
        rows: policies.iter().map(row).collect(),
        new: may.then(|| Link::new("Prepare new fees", &visit.link("/fees/new"))),
        closed: if staff && !may {
            words::only("owner or finance", "set fees")
        } else {
            String::new()
        },
    })
}

/// Of two versions that are due the later published one counts.
fn state(policy: &FeePolicy, all: &[FeePolicy], now: DateTime<Utc>) -> State {
    let later = |other: &&FeePolicy| other.version > policy.version;
    let first = |other: &FeePolicy| other.effective_from <= policy.effective_from;
    let due = policy.effective_from <= now;
    let replaced = all.iter().filter(later).any(|other| other.effective_from <= now);
    if due && !replaced {
        return State::new(Tone::Good, "done", "In force");
    }
    if !due && all.iter().filter(later).any(first) {
        return State::new(Tone::Plain, "ban", "Overtaken");
    }
    if due {
        return State::new(Tone::Plain, "clock", "Replaced");
    }
    State::new(Tone::Held, "hourglass", "Announced")
}

#[handler]
pub async fn prepare_fees(visit: Visit, form: Form) -> Answer {
    let (mut page, typed) = filled(&visit, &form).await?;
    if !typed.asked {
        return visit.page(&page);
    }
    if !page.errors.is_empty() {
        return visit.again(&page);
    }
    preview(&visit, &mut page, typed.parts).await?;
    visit.page(&page)
}

/// The form with what is typed, for who may set fees.
async fn filled(visit: &Visit, form: &Form) -> Result<(FeeForm, Typed), PageError> {
    let caller = visit.caller()?;
    if !Deed::SetFees.allows(caller.kind, caller.role) {
        let detail = "The owner or finance of the vendor set the fees.";
        return Err(Common::NotPermitted(detail.to_owned()).into());
    }
    let app = visit.app();
    let settings = program::public_settings(app, visit.vendor()).await?;
    let current = program::effective_fee_policy(app, caller).await?;
    let (mut page, typed) = FeeForm::read(form, &current, settings.zone.tz(), app.clock.now());
    page.fees = visit.link("/fees");
    page.zone = settings.zone.name().replace('_', " ");
    page.vendor = settings.name;
    Ok((page, typed))
}

/// Adds the example of what is typed beside that of today.
async fn preview(visit: &Visit, page: &mut FeeForm, parts: FeeParts) -> Result<(), PageError> {
    let (app, caller) = (visit.app(), visit.caller()?);
    let settings = program::public_settings(app, visit.vendor()).await?;
    let price = words::round_price(&settings);
    let current = program::effective_fee_policy(app, caller).await?;
    let policies = program::list_fee_policies(app, caller).await?;
    page.example = Some(Example::of(parts, price, &settings.name)?);
    page.today = Some(Example::of(current.parts, price, &settings.name)?);
    page.next = policies.first().map_or(1, |policy| policy.version + 1);
    let from = page.from.unwrap_or_else(|| app.clock.now());
    let ahead = |policy: &&FeePolicy| policy.effective_from > app.clock.now();
    let overtaken = policies.iter().filter(ahead).filter(|policy| policy.effective_from >= from);
    let names: Vec<String> =
        overtaken.map(|policy| format!("version {}", policy.version)).collect();
    page.overtakes = names.join(" and ");
    Ok(())
}

#[handler]
pub async fn publish_fees(visit: Visit, form: Form) -> Answer {
    let (mut page, typed) = filled(&visit, &form).await?;
    if !page.errors.is_empty() {
        return visit.again(&page);
    }
    let (app, caller) = (visit.app(), visit.caller()?);
    match program::publish_fee_policy(app, caller, typed.parts, page.from).await {
        Ok(policy) => {
            let flash =
                Flash::done(&format!("Version {} of the fees is published", policy.version));
            let from = words::instant(&visit, policy.effective_from);
            let flash = flash.saying(&format!("In force from {from}. Signed work keeps its fees."));
            Ok(visit.go_telling("/fees", &flash))
        }
        Err(error) => {
            page.errors = PageError::from(error).into_errors(control)?;
            visit.again(&page)
        }
    }
}

/// The control of a field of the API.
fn control(field: &str) -> String {
    match field {
        "effective_from" => "from_day".to_owned(),
        "parts" => "consultant".to_owned(),
        part => part.trim_start_matches("parts.").to_owned(),
    }
}

impl Page for Fees {
    const TEMPLATE: &'static str = "program/fees.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let row = |version: &str, state, from: &str| Row {
            version: version.into(),
            state,
            from: from.into(),
            shares: ["80 %", "10 %", "5 %", "5 %"].map(str::to_owned).to_vec(),
        };
        let page = |new: Option<Link>, closed: &str| Self {
            note: "Version 2, since 2 May 2026".into(),
            example: Example::sample(),
            rows: vec![
                row("Version 3", State::new(Tone::Held, "hourglass", "Announced"), "1 July"),
                row("Version 2", State::new(Tone::Good, "done", "In force"), "2 May"),
                row("Version 1", State::new(Tone::Plain, "clock", "Replaced"), "1 January"),
            ],
            new,
            closed: closed.into(),
        };
        let new = Link::new("Prepare new fees", "/p/larkfield/fees/new");
        let closed = words::only("owner or finance", "set fees");
        vec![
            ("sets", page(Some(new), "")),
            ("looks", page(None, &closed)),
            ("partner", page(None, "")),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Duration;

    #[test]
    fn of_two_that_are_due_the_later_version_counts() {
        let now = DateTime::UNIX_EPOCH + Duration::days(100);
        let parts = FeeParts { consultant: 8000, vendor: 1000, reseller: 500, operator: 500 };
        let policy = |version, day| FeePolicy {
            id: uuid::Uuid::nil().into(),
            version,
            parts,
            effective_from: DateTime::UNIX_EPOCH + Duration::days(day),
        };
        let all = [policy(5, 150), policy(4, 90), policy(3, 120), policy(2, 200), policy(1, 1)];
        let words: Vec<_> = all.iter().map(|p| state(p, &all, now).word).collect();
        assert_eq!(words, ["Announced", "In force", "Overtaken", "Overtaken", "Replaced"]);
    }
}
