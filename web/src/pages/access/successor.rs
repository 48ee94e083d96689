//! A colleague in place of the person on a letter: the partner proposes, the customer says yes to
//! exactly that colleague, with the old and the new letter side by side.

use api::access::{self, Grant, TakeOverOrder};
use api::identity::{self, Colleague, Deed};
use api::kernel::id::PersonId;
use api::platform::caller::Caller;
use api::platform::refusal::Common;
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::grant::find;
use super::several::Several;
use super::{letters, several, words};
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Avatar, Choice, Errors, Letter, LetterStanding};

/// Whom to name instead.
#[derive(Debug, Serialize)]
pub struct ProposePage {
    pub title: String,
    pub customer: String,
    pub from: String,
    pub here: String,
    pub back: String,
    pub colleagues: Vec<Choice>,
    pub reason: String,
    pub letter: Letter,
    pub errors: Errors,
}

/// The old letter beside the new one.
#[derive(Debug, Serialize)]
pub struct TakeOverPage {
    pub title: String,
    pub lede: String,
    pub from: String,
    pub first_name: String,
    pub full_name: String,
    pub avatar: Avatar,
    pub reason: String,
    pub here: String,
    pub decline: String,
    pub back: String,
    pub hash: String,
    pub needs_password: bool,
    /// Whether the old letter still lets somebody in.
    pub ends: bool,
    pub earlier: Letter,
    pub successor: Letter,
    pub several: Several,
    pub errors: Errors,
}

/// Whether the visitor may propose somebody for the letter.
pub fn may_propose(caller: &Caller, grant: &Grant) -> bool {
    Deed::AssignStaff.allows(caller.kind, caller.role)
        && caller.organization == grant.partner
        && access::can_pass_on(grant)
}

#[handler]
pub async fn show_proposal(visit: Visit, Path(id): Path<String>) -> Answer {
    let grant = find(&visit, &id).await?;
    visit.page(&propose_page(&visit, &grant, &Form::default(), Errors::default()).await?)
}

#[handler]
pub async fn propose(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let grant = find(&visit, &id).await?;
    let Some(person) = PersonId::parse(form.get("person")) else {
        let errors = [("person", "Choose a colleague")].into_iter().collect();
        return visit.again(&propose_page(&visit, &grant, &form, errors).await?);
    };
    let wanted = (person, form.get("reason"));
    match access::propose_successor(visit.app(), visit.caller()?, grant.id, wanted).await {
        Ok(new) => {
            let flash = Flash::done(&format!("{} was asked", grant.customer_name))
                .saying("Nothing changes before they say yes.");
            Ok(visit.go_telling(&format!("/grants/{new}"), &flash))
        }
        Err(error) => match error.code() {
            Some("already-requested" | "nothing-to-take-over" | "engagement-not-open") => {
                let flash = Flash::note("Nobody was proposed", &error.to_string());
                Ok(visit.go_telling(&format!("/grants/{}", grant.id), &flash))
            }
            _ => {
                let errors = PageError::from(error).into_errors(str::to_owned)?;
                visit.again(&propose_page(&visit, &grant, &form, errors).await?)
            }
        },
    }
}

async fn propose_page(
    visit: &Visit,
    grant: &Grant,
    form: &Form,
    errors: Errors,
) -> Result<ProposePage, PageError> {
    let caller = visit.caller()?;
    if !may_propose(caller, grant) {
        let detail = "An owner or admin of the partner proposes a colleague, for a letter that \
                      goes on or ended with its person’s seat.";
        return Err(Common::NotPermitted(detail.to_owned()).into());
    }
    let people = identity::members(visit.app(), caller).await?;
    let others = people.iter().filter(|one| one.person != grant.consultant);
    let chosen = form.get("person");
    let choice = |one: &Colleague| {
        let id = one.person.to_string();
        Choice::new(&id, &one.name, id == chosen)
    };
    let mut letter = letters::whole(visit, grant)?;
    letter.end_href = None;
    letter.cannot = Vec::new();
    if grant.standing.is_open() {
        letter.stub = "Goes on as it is until the customer says yes.".to_owned();
    }
    Ok(ProposePage {
        title: format!("Who takes over in {}?", words::place(visit.app(), grant)),
        customer: grant.customer_name.clone(),
        from: words::first_name(&grant.consultant_name).to_owned(),
        here: visit.link(&format!("/grants/{}/successor", grant.id)),
        back: visit.link(&format!("/grants/{}", grant.id)),
        colleagues: others.map(choice).collect(),
        reason: form.get("reason").to_owned(),
        letter,
        errors,
    })
}

#[handler]
pub async fn show_take_over(visit: Visit, Path(id): Path<String>) -> Answer {
    let grant = find(&visit, &id).await?;
    match take_over_page(&visit, &grant, Errors::default()).await? {
        Some(page) => visit.page(&page),
        None => Ok(answered(&visit, &grant)),
    }
}

/// A yes to what was shown. What was answered meanwhile, by whomever, is told.
#[handler]
pub async fn take_over(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let grant = find(&visit, &id).await?;
    let password = form.given("password").map(str::to_owned);
    let instead_of = several::instead_of(&form);
    let terms_hash = form.get("hash").to_owned();
    let order = TakeOverOrder { terms_hash, password, instead_of };
    match access::take_over(visit.app(), visit.caller()?, grant.id, order).await {
        Ok(yes) => {
            let title = format!("{} has taken over", grant.consultant_name);
            let flash = Flash::done(&title).saying("The earlier letter has ended.");
            Ok(several::gone(&visit, yes, &flash))
        }
        Err(error) => match error.code() {
            Some("grant-state") => Ok(answered(&visit, &grant)),
            Some(
                "terms-changed"
                | "nothing-to-take-over"
                | "engagement-not-open"
                | "connection-state"
                | "already-granted"
                | "proposal-waits"
                | "proposal-changed",
            ) => {
                let flash = Flash::note("Nothing was changed", &error.to_string());
                Ok(visit.go_telling(&format!("/grants/{}", grant.id), &flash))
            }
            _ => {
                let errors = PageError::from(error).into_errors(str::to_owned)?;
                match take_over_page(&visit, &grant, errors).await? {
                    Some(page) => visit.again(&page),
                    None => Ok(answered(&visit, &grant)),
                }
            }
        },
    }
}

fn answered(visit: &Visit, grant: &Grant) -> poem::Response {
    let flash = Flash::note("It was answered already", "Nothing had to be done.");
    visit.go_telling(&format!("/grants/{}", grant.id), &flash)
}

/// `None` when nothing waits for an answer any more.
async fn take_over_page(
    visit: &Visit,
    grant: &Grant,
    errors: Errors,
) -> Result<Option<TakeOverPage>, PageError> {
    let caller = visit.caller()?;
    if !Deed::GrantAccess.allows(caller.kind, caller.role) {
        let detail = "An owner or admin of the customer answers it.";
        return Err(Common::NotPermitted(detail.to_owned()).into());
    }
    if grant.standing != access::Standing::Requested {
        return Ok(None);
    }
    let (earlier, request) = access::see_succession(visit.app(), caller, grant.id).await?;
    let until = request.answer_by.map(|at| words::moment(visit, at)).unwrap_or_default();
    let here = visit.link(&format!("/grants/{}", grant.id));
    let first = words::first_name(&request.consultant_name).to_owned();
    Ok(Some(TakeOverPage {
        title: format!("Let {first} take over in {}?", words::place(visit.app(), &earlier)),
        lede: format!("Nothing changes before you say yes. It waits until {until}."),
        from: words::first_name(&earlier.consultant_name).to_owned(),
        full_name: request.consultant_name.clone(),
        avatar: Avatar::of(&request.consultant_name),
        reason: request.reason.clone(),
        here: format!("{here}/take-over"),
        decline: format!("{here}/decline"),
        back: here,
        hash: hex::encode(&earlier.terms_hash),
        needs_password: access::take_over_needs_password(&earlier)?,
        ends: earlier.standing.is_open(),
        successor: successor(visit, &earlier, &request)?,
        earlier: old(visit, &earlier)?,
        first_name: first,
        several: several::several(visit, grant).await?,
        errors,
    }))
}

fn old(visit: &Visit, earlier: &Grant) -> Result<Letter, PageError> {
    let mut letter = letters::whole(visit, earlier)?;
    letter.end_href = None;
    if earlier.standing.is_open() {
        letter.stub = "Goes on as it is until your yes.".to_owned();
    }
    Ok(letter)
}

/// What the new letter would say: the terms and the end of the earlier one, as they are now.
fn successor(visit: &Visit, earlier: &Grant, request: &Grant) -> Result<Letter, PageError> {
    let of = Grant {
        consultant_name: request.consultant_name.clone(),
        valid_until: earlier.valid_until,
        answer_by: None,
        terms: earlier.terms.clone(),
        terms_hash: earlier.terms_hash.clone(),
        ..request.clone()
    };
    let mut letter = letters::whole(visit, &of)?;
    letter.stub = "In force only by your yes, and with the same end.".to_owned();
    Ok(letter)
}

impl Page for ProposePage {
    const TEMPLATE: &'static str = "access/propose.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |colleagues, errors| {
            let mut letter = super::sample_letter(LetterStanding::InForce);
            letter.end_href = None;
            Self {
                title: "Who takes over in Fjordhaus Outdoor EU?".into(),
                customer: "Fjordhaus Outdoor".into(),
                from: "Ines".into(),
                here: "/p/larkfield/grants/g-1/successor".into(),
                back: "/p/larkfield/grants/g-1".into(),
                colleagues,
                reason: String::new(),
                letter,
                errors,
            }
        };
        let some =
            || vec![Choice::new("p-1", "Jonas Berg", false), Choice::new("p-2", "Mia", true)];
        let wrong = [("person", "Choose a colleague"), ("reason", "Enter a reason")];
        vec![
            ("usual", page(some(), Errors::default())),
            ("nobody else", page(Vec::new(), Errors::default())),
            ("wrong", page(some(), wrong.into_iter().collect())),
        ]
    }
}

impl Page for TakeOverPage {
    const TEMPLATE: &'static str = "access/take_over.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |standing, errors| {
            let mut earlier = super::sample_letter(standing);
            earlier.end_href = None;
            let mut successor = super::sample_letter(LetterStanding::NotYetSigned);
            successor.holder = "Jonas Berg".into();
            successor.avatar = Avatar::of("Jonas Berg");
            Self {
                title: "Let Jonas take over in Fjordhaus Outdoor EU?".into(),
                lede: "Nothing changes before you say yes.".into(),
                from: "Ines".into(),
                first_name: "Jonas".into(),
                full_name: "Jonas Berg".into(),
                avatar: Avatar::of("Jonas Berg"),
                reason: "Ines is away from June on.".into(),
                here: "/p/larkfield/grants/g-2/take-over".into(),
                decline: "/p/larkfield/grants/g-2/decline".into(),
                back: "/p/larkfield/grants/g-2".into(),
                hash: "8c1e".into(),
                needs_password: true,
                ends: standing != LetterStanding::Ended,
                earlier,
                successor,
                several: Several::sample(standing == LetterStanding::Ended),
                errors,
            }
        };
        let wrong = [("password", "The password is wrong")].into_iter().collect();
        vec![
            ("usual", page(LetterStanding::InForce, Errors::default())),
            ("after the end", page(LetterStanding::Ended, Errors::default())),
            ("wrong", page(LetterStanding::InForce, wrong)),
        ]
    }
}
