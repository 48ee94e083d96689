//! That several of the customer's people must agree: said where one of them is about to say yes,
//! and told to whoever asks what waits.

use api::access::{self, ApproverRule, Grant, GrantProposalState, Proposal, RuleAbout, Terms, Yes};
use api::identity::Deed;
use api::kernel::id::GrantId;
use chrono::NaiveDate;
use poem::Response;
use serde::Serialize;
use url::form_urlencoded::Serializer;

use super::words;
use crate::site::{Flash, Form, PageError, Visit};
use crate::view::Notice;

/// What stands above a yes. Empty where one is enough and nothing waits.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Several {
    /// "Two of you must agree. Yours is the first yes."
    pub note: String,
    /// What waits about the same letter, and where it is answered.
    pub waits: Option<Notice>,
    pub href: String,
    /// The hash of what waits: a yes here is instead of it.
    pub instead_of: String,
}

impl Several {
    pub fn of(visit: &Visit, rule: &ApproverRule, waits: Option<&Proposal>) -> Self {
        let Some(it) = waits else {
            return Self { note: note(rule), ..Self::default() };
        };
        let title = format!("{} wants this already", it.edited_by_name);
        let text = format!(
            "It waits for {} of you to agree. If you say yes to something else here, that waits \
             instead, and everybody is asked anew.",
            it.needed
        );
        Self {
            note: String::new(),
            waits: Some(Notice::held(&title, &text)),
            href: visit.link(&format!("/access/proposals/{}", it.id)),
            instead_of: hex::encode(&it.hash),
        }
    }

    pub fn sample(waits: bool) -> Self {
        let text = "It waits for 2 of you to agree.";
        Self {
            note: if waits { String::new() } else { "2 of you must agree.".into() },
            waits: waits.then(|| Notice::held("Jonas Berg wants this already", text)),
            href: "/p/larkfield/access/proposals/gp-1".into(),
            instead_of: if waits { "8c1ef04a".into() } else { String::new() },
        }
    }
}

fn note(rule: &ApproverRule) -> String {
    let n = rule.needed;
    if n <= 1 {
        return String::new();
    }
    let what = match rule.about {
        RuleAbout::Everything => format!("{n} of you must agree."),
        RuleAbout::BeyondReading => {
            format!("{n} of you must agree where the letter may do more than read.")
        }
    };
    let few = if rule.is_stuck() {
        format!(" Only {} of you can at the moment, so it waits for one more.", rule.people)
    } else {
        String::new()
    };
    format!("{what} Yours is the first yes; the others are asked then.{few}")
}

/// What waits for several people about one letter.
pub async fn waiting_on(visit: &Visit, grant: GrantId) -> Result<Option<Proposal>, PageError> {
    let all = access::proposals_of_grant(visit.app(), visit.caller()?, grant).await?;
    Ok(all.into_iter().find(|it| it.state == GrantProposalState::Waiting))
}

/// The rule and what waits, for a page that says yes about one letter.
pub async fn several(visit: &Visit, grant: &Grant) -> Result<Several, PageError> {
    let rule = access::approver_rule(visit.app(), visit.caller()?).await?;
    let waits = waiting_on(visit, grant.id).await?;
    Ok(Several::of(visit, &rule, waits.as_ref()))
}

/// The hash of what a form replaces, if it does.
pub fn instead_of(form: &Form) -> Option<String> {
    form.given("instead_of").map(str::to_owned)
}

/// After a yes: to the letter, or to what waits now.
pub fn gone(visit: &Visit, yes: Yes, done: &Flash) -> Response {
    match yes {
        Yes::InForce(id) => visit.go_telling(&format!("/grants/{id}"), done),
        Yes::Waits(id) => {
            let flash = Flash::done("You agreed, and the others are asked")
                .saying("Nothing holds before enough of you agreed to exactly this.");
            visit.go_telling(&format!("/access/proposals/{id}"), &flash)
        }
    }
}

/// What was frozen, as the form of the consent screen that says it.
pub fn as_form(it: &Proposal) -> Form {
    let Ok(terms) = Terms::read(&it.frozen.terms) else { return Form::default() };
    form_of(&terms, it.frozen.last_day)
}

/// Terms and a last day as the form of the consent screen that says them.
pub fn form_of(terms: &Terms, last_day: Option<NaiveDate>) -> Form {
    let mut fields = Serializer::new(String::new());
    write_terms(&mut fields, terms);
    if let Some(day) = last_day {
        let (y, m, d) = (day.format("%Y"), day.format("%-m"), day.format("%-d"));
        fields.append_pair("until", "day");
        fields.append_pair("last_year", &y.to_string());
        fields.append_pair("last_month", &m.to_string());
        fields.append_pair("last_day", &d.to_string());
    }
    Form::parse(fields.finish().as_bytes())
}

/// What terms allow, as the boxes and fields of a form say it.
pub fn write_terms(fields: &mut Serializer<'_, String>, terms: &Terms) {
    for action in terms.actions() {
        fields.append_pair("can", action);
    }
    for id in terms.operations.keys() {
        fields.append_pair("call", id);
    }
    for action in &terms.limits.asks {
        fields.append_pair("first", action);
    }
    for id in terms.limits.withheld.keys() {
        fields.append_pair("withhold", id);
    }
    for (unit, most) in &terms.limits.budgets {
        fields.append_pair(&format!("budget_{}", unit.as_str()), &most.to_string());
    }
    for (kind, ids) in &terms.limits.only {
        let lines: Vec<&str> = ids.iter().map(String::as_str).collect();
        fields.append_pair(&format!("only_{kind}"), &lines.join("\n"));
    }
    if let Some(opening) = &terms.opens {
        fields.append_pair("opens", &opening.milestone.to_string());
    }
    if let Some(day) = terms.starts {
        fields.append_pair("opens", "day");
        fields.append_pair("begin_year", &day.format("%Y").to_string());
        fields.append_pair("begin_month", &day.format("%-m").to_string());
        fields.append_pair("begin_day", &day.format("%-d").to_string());
    }
}

/// "Petra Lindqvist, 17 April, 15:22" for each yes that counts.
pub fn yeses(visit: &Visit, it: &Proposal) -> Vec<String> {
    let counted = it.agreed.iter().filter(|yes| yes.counts);
    counted.map(|yes| format!("{}, {}", yes.name, words::short(visit, yes.at))).collect()
}

/// What several people agreed to on a letter, or are asked to.
#[derive(Debug, Clone, Serialize)]
pub struct AgreedPart {
    pub title: String,
    pub href: String,
    /// "in force since 7 May, 09:15".
    pub note: String,
    pub yeses: Vec<String>,
}

impl AgreedPart {
    pub fn sample() -> Self {
        Self {
            title: "Let Ines work in Fjordhaus Outdoor EU?".into(),
            href: "/p/larkfield/access/proposals/gp-1".into(),
            note: "in force since 7 May, 09:40".into(),
            yeses: vec!["Petra Lindqvist, 7 May, 09:15".into(), "Jonas Berg, 7 May, 09:40".into()],
        }
    }
}

/// For the people who decide on access.
pub async fn parts_of(visit: &Visit, grant: &Grant) -> Result<Vec<AgreedPart>, PageError> {
    let caller = visit.caller()?;
    if !Deed::GrantAccess.allows(caller.kind, caller.role) {
        return Ok(Vec::new());
    }
    let all = access::proposals_of_grant(visit.app(), caller, grant.id).await?;
    let part = |it: &Proposal| {
        let note = match (it.state, it.closed_at) {
            (GrantProposalState::Waiting, _) => {
                format!("waits: {} of {} have agreed", it.yeses(), it.needed)
            }
            (GrantProposalState::InForce, Some(at)) => {
                format!("in force since {}", words::short(visit, at))
            }
            _ => return None,
        };
        Some(AgreedPart {
            title: super::proposal::title(it),
            href: visit.link(&format!("/access/proposals/{}", it.id)),
            note,
            yeses: yeses(visit, it),
        })
    };
    Ok(all.iter().filter_map(part).collect())
}
