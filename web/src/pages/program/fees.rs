//! How prices are shared: the fee rules by where they stand, publishing and ending them.

use api::identity::Deed;
use api::kernel::id::FeePolicyId;
use api::platform::refusal::Common;
use api::program::{self, FeeRule, ProgramError, RuleState};
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::fee_form::{Desk, FeeForm, Typed};
use super::words::{self, Example, Shown};
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{DateBoxes, Errors, Link, State};

/// One rule.
#[derive(Debug, Serialize)]
pub struct Row {
    pub name: String,
    pub version: String,
    pub state: State,
    pub from: String,
    /// "no end", "never began".
    pub until: String,
    /// Consultant, vendor, reseller, operator.
    pub shares: Vec<String>,
    /// Ends it, where it can be ended by who looks.
    pub end: Option<Link>,
}

/// The rules that stand alike.
#[derive(Debug, Serialize)]
pub struct Group {
    pub id: String,
    pub title: String,
    pub rows: Vec<Row>,
}

/// Every rule, with an example of the one for all work.
#[derive(Debug, Serialize)]
pub struct Fees {
    pub note: String,
    pub example: Example,
    pub groups: Vec<Group>,
    /// Where the next rule is made, for who may.
    pub new: Option<Link>,
    /// Who may, for the vendor's people who may not.
    pub closed: String,
}

#[handler]
pub async fn list_fees(visit: Visit) -> Answer {
    let (caller, app) = (visit.caller()?, visit.app());
    let rules = program::list_fee_rules(app, caller).await?;
    let now = program::effective_fee_rule(app, caller).await?;
    let settings = program::public_settings(app, visit.vendor()).await?;
    let price = words::round_price(&settings);
    let may = Deed::SetFees.allows(caller.kind, caller.role);
    let staff = Deed::SeeProgram.allows(caller.kind, caller.role);
    visit.page(&Fees {
        note: format!("All work, since {}", words::date(&visit, now.effective_from)),
        example: Example::of(now.parts, price, &settings.name)?,
        groups: groups(&visit, &rules, may),
        new: may.then(|| Link::new("Prepare a rule", &visit.link("/fees/new"))),
        closed: if staff && !may {
            words::only("owner or finance", "set fees")
        } else {
            String::new()
        },
    })
}

/// What is in force first, then what is announced, then what is over.
fn groups(visit: &Visit, rules: &[FeeRule], may: bool) -> Vec<Group> {
    let now = visit.app().clock.now();
    let group = |id: &str, title: &str, states: &[RuleState]| {
        let of = rules.iter().filter(|rule| states.contains(&rule.state(now)));
        let rows: Vec<Row> = of.map(|rule| row(visit, rule, may)).collect();
        Group { id: id.to_owned(), title: title.to_owned(), rows }
    };
    let all = [
        group("in-force", "In force", &[RuleState::InForce]),
        group("announced", "Announced", &[RuleState::Announced]),
        group("over", "Over", &[RuleState::Ended, RuleState::NeverBegan]),
    ];
    all.into_iter().filter(|group| !group.rows.is_empty()).collect()
}

fn row(visit: &Visit, rule: &FeeRule, may: bool) -> Row {
    let state = rule.state(visit.app().clock.now());
    let open = matches!(state, RuleState::InForce | RuleState::Announced);
    let may_end = may && open && !rule.conditions.is_empty();
    let until = rule.ends_at;
    Row {
        name: rule.words.clone(),
        version: format!("Version {}", rule.version),
        state: words::rule_state(state),
        from: words::instant(visit, rule.effective_from),
        until: match (state, until) {
            (RuleState::NeverBegan, _) => "never began".to_owned(),
            (_, None) => "no end".to_owned(),
            (_, Some(end)) => words::instant(visit, end),
        },
        shares: rule.parts.each().into_iter().map(words::share).collect(),
        end: may_end.then(|| Link::new("End", &visit.link(&format!("/fees/{}/end", rule.id)))),
    }
}

#[handler]
pub async fn prepare_fees(visit: Visit, form: Form) -> Answer {
    let (mut page, typed) = filled(&visit, &form).await?;
    if !typed.asked {
        return visit.page(&page);
    }
    if page.errors.is_empty() {
        preview(&visit, &mut page, &typed).await?;
    }
    if page.errors.is_empty() { visit.page(&page) } else { visit.again(&page) }
}

/// Errors unless the visitor may set fees.
pub fn sets_fees(visit: &Visit) -> Result<(), PageError> {
    let caller = visit.caller()?;
    if Deed::SetFees.allows(caller.kind, caller.role) {
        return Ok(());
    }
    let detail = "The owner or finance of the vendor set the fees.";
    Err(Common::NotPermitted(detail.to_owned()).into())
}

/// The form with what is typed, for who may set fees.
pub async fn filled(visit: &Visit, form: &Form) -> Result<(FeeForm, Typed), PageError> {
    sets_fees(visit)?;
    let (app, caller) = (visit.app(), visit.caller()?);
    let (settings, taxonomy, current) = futures::try_join!(
        program::public_settings(app, visit.vendor()),
        program::public_taxonomy(app, visit.vendor()),
        program::effective_fee_rule(app, caller),
    )?;
    let desk = Desk {
        current: &current,
        taxonomy: &taxonomy,
        currency: settings.currency,
        zone: settings.zone.tz(),
        now: app.clock.now(),
        price: words::round_price(&settings),
    };
    let (mut page, typed) = FeeForm::read(form, &desk);
    page.fees = visit.link("/fees");
    page.zone = settings.zone.name().replace('_', " ");
    page.vendor = settings.name;
    page.example = words::work(&typed.example.facts, &taxonomy);
    page.simulation = visit.link(&format!("/fees/simulation?{}", page.query()));
    page.named(&typed.new.conditions, &taxonomy);
    Ok((page, typed))
}

/// Adds the example under what is typed beside that of today.
async fn preview(visit: &Visit, page: &mut FeeForm, typed: &Typed) -> Result<(), PageError> {
    let (app, caller) = (visit.app(), visit.caller()?);
    let draft = Some(typed.new.clone());
    let preview = match program::preview_fees(app, caller, draft, &typed.example).await {
        Ok(preview) => preview,
        Err(error) => {
            page.errors = PageError::from(error).into_errors(control)?;
            return Ok(());
        }
    };
    let settings = program::public_settings(app, visit.vendor()).await?;
    let shown = |shared| Shown::of(shared, preview.price, &settings.name, settings.zone);
    page.today = Some(shown(&preview.today));
    page.drafted = preview.drafted.as_ref().map(shown);
    let rules = program::list_fee_rules(app, caller).await?;
    let now = app.clock.now();
    let from = page.from.unwrap_or(now);
    let same = rules.iter().filter(|rule| rule.conditions == typed.new.conditions);
    let concerned = same.filter(|rule| rule.ends_at.is_none_or(|end| end > from.max(now)));
    let told = concerned.map(|rule| {
        let named = rule.named(settings.zone);
        if rule.effective_from < from {
            format!("{named} ends where this one begins.")
        } else {
            format!("{named} was announced and never begins.")
        }
    });
    page.overtakes = told.collect();
    Ok(())
}

#[handler]
pub async fn publish_fees(visit: Visit, form: Form) -> Answer {
    let (mut page, typed) = filled(&visit, &form).await?;
    if !page.errors.is_empty() {
        return visit.again(&page);
    }
    let (app, caller) = (visit.app(), visit.caller()?);
    match program::publish_fee_rule(app, caller, typed.new).await {
        Ok(rule) => {
            let flash = Flash::done(&format!("The rule “{}” is published", rule.words));
            let from = words::instant(&visit, rule.effective_from);
            let flash = flash.saying(&format!("In force from {from}. Signed work keeps its fees."));
            Ok(visit.go_telling("/fees", &flash))
        }
        Err(error) if error.code() == Some("fees-used-meanwhile") => {
            let flash = Flash::note("Not published", &error.to_string());
            Ok(visit.go_telling(&format!("/fees/new?{}", page.query()), &flash))
        }
        Err(error) => {
            page.errors = PageError::from(error).into_errors(control)?;
            visit.again(&page)
        }
    }
}

/// The control of a field of the API.
pub fn control(field: &str) -> String {
    match field {
        "effective_from" => "from_day".to_owned(),
        "parts" => "consultant".to_owned(),
        "price_minor" => "price".to_owned(),
        part => part.trim_start_matches("parts.").to_owned(),
    }
}

/// The question before a rule ends.
#[derive(Debug, Serialize)]
pub struct EndFees {
    pub fees: String,
    pub name: String,
    pub since: String,
    pub action: String,
    pub zone: String,
    pub boxes: DateBoxes,
    pub errors: Errors,
}

#[handler]
pub async fn ask_to_end(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.page(&ending(&visit, &id).await?)
}

async fn ending(visit: &Visit, id: &str) -> Result<EndFees, PageError> {
    sets_fees(visit)?;
    let (app, caller) = (visit.app(), visit.caller()?);
    let id = FeePolicyId::parse(id).ok_or(Common::NotFound("fee rule"))?;
    let rules = program::list_fee_rules(app, caller).await?;
    let rule = rules.into_iter().find(|rule| rule.id == id);
    let rule = rule.ok_or(Common::NotFound("fee rule"))?;
    if rule.conditions.is_empty() {
        return Err(ProgramError::FeeRuleForAll.into());
    }
    let settings = program::public_settings(app, visit.vendor()).await?;
    Ok(EndFees {
        fees: visit.link("/fees"),
        name: rule.words.clone(),
        since: format!("Version {}, of {}", rule.version, words::date(visit, rule.effective_from)),
        action: visit.link(&format!("/fees/{id}/end")),
        zone: settings.zone.name().replace('_', " "),
        boxes: DateBoxes::default(),
        errors: Errors::default(),
    })
}

#[handler]
pub async fn end_fees(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let mut page = ending(&visit, &id).await?;
    let (app, caller) = (visit.app(), visit.caller()?);
    let settings = program::public_settings(app, visit.vendor()).await?;
    page.boxes = form.boxes("from");
    let now = app.clock.now();
    let at = super::fee_form::from(&form, settings.zone.tz(), now, &mut page.errors);
    if !page.errors.is_empty() {
        return visit.again(&page);
    }
    let id = FeePolicyId::parse(&id).ok_or(Common::NotFound("fee rule"))?;
    match program::end_fee_rule(app, caller, id, at).await {
        Ok(rule) => {
            let end = rule.ends_at.map(|end| words::instant(&visit, end)).unwrap_or_default();
            let flash = Flash::done(&format!("The rule “{}” ends", rule.words));
            let text = format!("It counts until {end}. What is agreed on until then keeps it.");
            Ok(visit.go_telling("/fees", &flash.saying(&text)))
        }
        Err(error) if error.code().is_some_and(|code| code.starts_with("fee")) => {
            let flash = Flash::note("Nothing was changed", &error.to_string());
            Ok(visit.go_telling("/fees", &flash))
        }
        Err(error) => {
            page.errors = PageError::from(error).into_errors(|_| "from_day".to_owned())?;
            visit.again(&page)
        }
    }
}

impl Page for EndFees {
    const TEMPLATE: &'static str = "program/end_fee_rule.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = || Self {
            fees: "/p/larkfield/fees".into(),
            name: "Accredited, Reporting".into(),
            since: "Version 2, of 2 May 2026".into(),
            action: "/p/larkfield/fees/r-1/end".into(),
            zone: "Europe/Stockholm".into(),
            boxes: DateBoxes::default(),
            errors: Errors::default(),
        };
        let errors = [("from_day", "Choose today or a day ahead")].into_iter().collect();
        vec![("usual", page()), ("wrong", Self { errors, ..page() })]
    }
}

impl Page for Fees {
    const TEMPLATE: &'static str = "program/fees.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let row = |name: &str, state, until: &str, end: Option<&str>| Row {
            name: name.into(),
            version: "Version 2".into(),
            state: words::rule_state(state),
            from: "2 May".into(),
            until: until.into(),
            shares: ["80 %", "10 %", "5 %", "5 %"].map(str::to_owned).to_vec(),
            end: end.map(|path| Link::new("End", path)),
        };
        let group =
            |id: &str, title: &str, rows| Group { id: id.into(), title: title.into(), rows };
        let groups = |may: bool| {
            let end = may.then_some("/p/larkfield/fees/r-1/end");
            vec![
                group(
                    "in-force",
                    "In force",
                    vec![
                        row("All work", RuleState::InForce, "no end", None),
                        row("Accredited, Reporting", RuleState::InForce, "1 July", end),
                    ],
                ),
                group(
                    "announced",
                    "Announced",
                    vec![row("Principal", RuleState::Announced, "no end", end)],
                ),
                group(
                    "over",
                    "Over",
                    vec![
                        row("All work", RuleState::Ended, "2 May", None),
                        row("Reporting", RuleState::NeverBegan, "never began", None),
                    ],
                ),
            ]
        };
        let page = |new: Option<Link>, closed: &str| Self {
            note: "All work, since 2 May 2026".into(),
            example: Example::sample(),
            groups: groups(new.is_some()),
            new,
            closed: closed.into(),
        };
        let new = Link::new("Prepare a rule", "/p/larkfield/fees/new");
        let closed = words::only("owner or finance", "set fees");
        vec![
            ("sets", page(Some(new), "")),
            ("looks", page(None, &closed)),
            ("partner", page(None, "")),
        ]
    }
}
