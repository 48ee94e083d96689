//! Who must agree before somebody gets access: the rule of the customer, which its owner sets.

use api::access::{self, ApproverRule, MOST_APPROVERS, RuleAbout, RuleOrder};
use api::identity::Deed;
use poem::handler;
use serde::Serialize;

use super::words;
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Choice, Errors, Figure, Notice};

/// The rule, and for the owner the form that sets it.
#[derive(Debug, Serialize)]
pub struct ApproversPage {
    pub letters: String,
    /// "Two of you must agree to every letter".
    pub says: String,
    pub facts: Vec<Figure>,
    /// That too few people are left.
    pub notice: Option<Notice>,
    /// Where it is set; empty for everybody but the owner.
    pub here: String,
    pub people: String,
    pub needed: Vec<Choice>,
    pub about: Vec<Choice>,
    pub errors: Errors,
}

#[handler]
pub async fn show_rule(visit: Visit) -> Answer {
    visit.page(&page_of(&visit, None, Errors::default()).await?)
}

#[handler]
pub async fn set_rule(visit: Visit, form: Form) -> Answer {
    let mut errors = Errors::default();
    let needed: Option<i16> = form.get("needed").parse().ok();
    if needed.is_none() {
        errors.add("needed", "Choose how many");
    }
    let about = RuleAbout::parse(form.get("about"));
    if about.is_none() {
        errors.add("about", "Choose for what");
    }
    let (Some(needed), Some(about)) = (needed, about) else {
        return visit.again(&page_of(&visit, Some(&form), errors).await?);
    };
    let password = form.given("password").map(|_| form.get("password").to_owned());
    let order = RuleOrder { needed, about, password };
    match access::set_approver_rule(visit.app(), visit.caller()?, order).await {
        Ok(()) => {
            let flash = Flash::done("The rule is set").saying("Your owners and admins were told.");
            Ok(visit.go_telling("/access/approvers", &flash))
        }
        Err(error) => {
            let errors = PageError::from(error).into_errors(str::to_owned)?;
            visit.again(&page_of(&visit, Some(&form), errors).await?)
        }
    }
}

async fn page_of(
    visit: &Visit,
    form: Option<&Form>,
    errors: Errors,
) -> Result<ApproversPage, PageError> {
    let caller = visit.caller()?;
    let rule = access::approver_rule(visit.app(), caller).await?;
    let may = Deed::SetApprovers.allows(caller.kind, caller.role);
    let here = if may { visit.link("/access/approvers") } else { String::new() };
    let set = rule.set.as_ref();
    let set = set.map(|(at, who)| format!("{who}, {}", words::short(visit, *at)));
    Ok(ApproversPage::of(&rule, (visit.link("/access"), here), set, (form, errors)))
}

impl ApproversPage {
    fn of(
        rule: &ApproverRule,
        (letters, here): (String, String),
        set: Option<String>,
        (form, errors): (Option<&Form>, Errors),
    ) -> Self {
        let typed = |name: &str, held: String| form.map_or(held, |form| form.get(name).to_owned());
        let needed = typed("needed", rule.needed.to_string());
        let about = typed("about", rule.about.as_str().to_owned());
        let mut facts = vec![Figure::new("Owners and admins", rule.people.to_string())];
        facts.extend(set.map(|set| Figure::new("Set by", set)));
        Self {
            letters,
            says: says(rule),
            facts,
            notice: rule.is_stuck().then(|| stuck(rule, here.is_empty())),
            here,
            people: people(rule),
            needed: counts(rule, &needed),
            about: vec![
                Choice::new("everything", "Every letter of access", about == "everything"),
                Choice::new(
                    "beyond-reading",
                    "Letters that may do more than read",
                    about == "beyond-reading",
                )
                .with_hint("A letter that only reads is in force with one yes."),
            ],
            errors,
        }
    }
}

fn says(rule: &ApproverRule) -> String {
    match (rule.needed, rule.about) {
        (1, _) => "One yes is enough: any owner or admin of yours grants access alone.".to_owned(),
        (n, RuleAbout::Everything) => {
            format!(
                "{n} of you must agree before a letter of access is in force or gains anything."
            )
        }
        (n, RuleAbout::BeyondReading) => format!(
            "{n} of you must agree before a letter that may do more than read is in force or gains \
             anything. For reading alone, one yes is enough."
        ),
    }
}

fn people(rule: &ApproverRule) -> String {
    match rule.people {
        1 => "You are the only one who can agree. Invite an admin first to ask for two.".to_owned(),
        n => format!("{n} people of yours can agree, so no more than that can be asked for."),
    }
}

fn counts(rule: &ApproverRule, chosen: &str) -> Vec<Choice> {
    let possible = |n: &i16| i64::from(*n) <= rule.people;
    let choice = |n: i16| {
        let value = n.to_string();
        let label = if n == 1 { "One yes is enough".to_owned() } else { format!("{n} must agree") };
        Choice::new(&value, &label, value == chosen)
    };
    (1..=MOST_APPROVERS).filter(possible).map(choice).collect()
}

fn stuck(rule: &ApproverRule, others: bool) -> Notice {
    let title = format!("{} must agree, and only {} can", rule.needed, rule.people);
    let who = if others { "your owner sets a lower number" } else { "you set a lower number" };
    let text = format!(
        "Until you have one more admin or {who}, nothing that falls under the rule can be granted. \
         Narrowing and ending access works as always."
    );
    Notice::held(&title, &text)
}

impl Page for ApproversPage {
    const TEMPLATE: &'static str = "access/approvers.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let rule = |needed, people| ApproverRule {
            needed,
            about: RuleAbout::BeyondReading,
            people,
            set: None,
        };
        let page = |rule: &ApproverRule, owner: bool, errors| {
            let here = if owner { "/p/larkfield/access/approvers" } else { "" };
            let set = Some("Petra Lindqvist, 7 May, 09:15".to_owned());
            let links = ("/p/larkfield/access".to_owned(), here.to_owned());
            Self::of(rule, links, set, (None, errors))
        };
        let wrong = [("password", "That is not your password"), ("needed", "Choose how many")];
        vec![
            ("one", page(&rule(1, 1), true, Errors::default())),
            ("two of three", page(&rule(2, 3), true, Errors::default())),
            ("too few", page(&rule(3, 2), true, Errors::default())),
            ("admin", page(&rule(3, 2), false, Errors::default())),
            ("wrong", page(&rule(2, 3), true, wrong.into_iter().collect())),
        ]
    }
}
