//! The end of a person's work: what it will end, the one button, and the proof list afterwards.

use api::access::{self, Departure, LeavingLetter, LeavingProgram};
use api::identity::Leaving;
use api::kernel::id::MembershipId;
use api::platform::caller::{Caller, OrganizationKind};
use api::platform::refusal::{Common, Error};
use poem::http::header;
use poem::web::Path;
use poem::{Response, handler};
use serde::Serialize;

use super::successor::may_propose;
use super::words;
use crate::format;
use crate::render::Page;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Link, Notice};

/// One letter that ends or ended.
#[derive(Debug, Clone, Serialize)]
pub struct LetterLine {
    /// "Fjordhaus Outdoor EU", and whose, for which engagement.
    pub place: String,
    pub of: String,
    /// What it allows, as sentences.
    pub can: Vec<String>,
    pub can_note: String,
    /// When it ends by itself, or when it ended.
    pub end: String,
    pub last_call: String,
    pub last_what: String,
    pub refused: String,
    /// Its own signed receipt; empty where the visitor cannot open it.
    pub receipt: String,
    /// Where a colleague is proposed instead; empty where the visitor may not.
    pub pass_on: String,
}

/// One engagement that needs somebody else.
#[derive(Debug, Clone, Serialize)]
pub struct WorkLine {
    pub label: String,
    pub href: String,
    pub of: String,
    pub milestones: String,
}

/// Everything of one seat.
#[derive(Debug, Clone, Serialize)]
pub struct SeatPart {
    /// Names its headings.
    pub id: String,
    /// "Brandt Lifecycle in the Larkfield program".
    pub title: String,
    pub letters: Vec<LetterLine>,
    pub work: Vec<WorkLine>,
}

/// The page before the button.
#[derive(Debug, Serialize)]
pub struct LeavingPage {
    pub title: String,
    pub name: String,
    pub first_name: String,
    pub lede: String,
    pub back: Link,
    pub here: String,
    pub parts: Vec<SeatPart>,
    /// What the button does, in order.
    pub ends: Vec<String>,
    /// Why the button is not there.
    pub hindered: Option<Notice>,
}

/// The page after it.
#[derive(Debug, Serialize)]
pub struct DeparturePage {
    pub title: String,
    pub lede: String,
    pub back: Link,
    pub notice: Notice,
    pub parts: Vec<SeatPart>,
    pub csv: String,
    /// The signed proof, once every letter's row says that it ended.
    pub proof: String,
}

#[handler]
pub async fn show(visit: Visit, Path(id): Path<String>) -> Answer {
    let departure = find(&visit, &id).await?;
    if departure.of.ended_at.is_some() {
        return visit.page(&after(&visit, &departure, &id)?);
    }
    visit.page(&before(&visit, &departure, &id)?)
}

/// Ends it at once. A second press finds it done and shows the same proof.
#[handler]
pub async fn end_work(visit: Visit, Path(id): Path<String>, _form: Form) -> Answer {
    let membership = parse(&id)?;
    match access::end_work(visit.app(), visit.caller()?, membership).await {
        Ok(departure) => {
            let title = format!("The work of {} has ended", departure.of.name);
            let flash = Flash::done(&title).saying("The customers are told by mail.");
            Ok(visit.go_telling(&format!("/members/{id}/departure"), &flash))
        }
        // The page says itself why the button is not there.
        Err(error) if matches!(error.code(), Some("own-work" | "owners-only" | "last-owner")) => {
            visit.again(&before(&visit, &find(&visit, &id).await?, &id)?)
        }
        Err(error) => Err(error.into()),
    }
}

#[handler]
pub async fn export(visit: Visit, Path(id): Path<String>) -> Answer {
    let csv = access::export_departure(visit.app(), visit.caller()?, parse(&id)?).await?;
    Ok(file("text/csv; charset=utf-8", "end-of-work.csv").body(csv))
}

#[handler]
pub async fn prove(visit: Visit, Path(id): Path<String>) -> Answer {
    let signed = access::prove_departure(visit.app(), visit.caller()?, parse(&id)?).await?;
    let text = serde_json::to_string_pretty(&signed).map_err(Error::from)?;
    Ok(file("application/json", "end-of-work.json").body(text))
}

fn file(kind: &str, name: &str) -> poem::ResponseBuilder {
    Response::builder()
        .content_type(kind)
        .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""))
        .header(header::CACHE_CONTROL, "no-store")
}

fn parse(id: &str) -> Result<MembershipId, PageError> {
    Ok(MembershipId::parse(id).ok_or(Common::NotFound("member"))?)
}

async fn find(visit: &Visit, id: &str) -> Result<Departure, PageError> {
    Ok(access::see_departure(visit.app(), visit.caller()?, parse(id)?).await?)
}

fn before(visit: &Visit, it: &Departure, id: &str) -> Result<LeavingPage, PageError> {
    let first = words::first_name(&it.of.name).to_owned();
    let goes = goes_with(it);
    let seats = it.programs.iter().map(|p| format!("the seat at {}", seat_title(p)));
    let mut ends: Vec<String> = seats.collect();
    ends.push(format!("{first}’s sessions and API tokens there, and invitations {first} sent"));
    ends.extend(goes.as_ref().map(|goes| format!("{goes}: the very next call is refused")));
    Ok(LeavingPage {
        title: format!("End the work of {}?", it.of.name),
        name: it.of.name.clone(),
        lede: match goes {
            Some(goes) => format!("One act, at once and for good: it takes {goes} with it."),
            None => "One act, at once and for good. No letter of access is open.".to_owned(),
        },
        back: back(visit, it)?,
        here: visit.link(&format!("/members/{id}/departure")),
        parts: parts(visit, it)?,
        ends,
        hindered: it.of.hindered.as_ref().map(|_| hindered(&it.of)),
        first_name: first,
    })
}

/// "2 letters of access at 2 customers", if there are any.
fn goes_with(it: &Departure) -> Option<String> {
    let letters = Some(it.letters().count()).filter(|n| *n > 0)?;
    let letters = count(letters, "letter of access", "letters of access");
    Some(format!("{letters} at {}", count(it.customers(), "customer", "customers")))
}

fn hindered(of: &Leaving) -> Notice {
    let refusal = of.hindered.as_ref().map(ToString::to_string).unwrap_or_default();
    Notice::held("This cannot be done by you now", &refusal)
}

fn after(visit: &Visit, it: &Departure, id: &str) -> Result<DeparturePage, PageError> {
    let at = it.of.ended_at.map(|at| words::moment(visit, at)).unwrap_or_default();
    let by = it.ended_by_name.as_ref().map(|by| format!(", by {by}")).unwrap_or_default();
    let link = |tail: &str| visit.link(&format!("/members/{id}/departure{tail}"));
    Ok(DeparturePage {
        title: format!("The work of {} has ended", it.of.name),
        lede: format!(
            "On {at}{by}. It cannot be undone: a new seat takes an invitation, and each \
                       customer grants anew."
        ),
        back: back(visit, it)?,
        notice: held_up(it),
        parts: parts(visit, it)?,
        csv: link(".csv"),
        proof: if it.is_written() { link("/receipt.json") } else { String::new() },
    })
}

/// Whether anything was let through after the end, and whether the rows say everything yet.
fn held_up(it: &Departure) -> Notice {
    let after: i64 = it.letters().map(|letter| letter.calls.begun_after).sum();
    let around = it.letters().map(|letter| &letter.calls);
    let under_way: i64 = around.map(|calls| calls.under_way + calls.begun_meanwhile).sum();
    let refused: i64 = it.letters().map(|letter| letter.calls.refused_since).sum();
    if it.letters().next().is_none() {
        return Notice::info("No letter of access was open", "No customer had to be told.");
    }
    let tried = match usize::try_from(refused).unwrap_or(0) {
        0 => "None was tried since.".to_owned(),
        n => format!("{} came back refused since.", count(n, "call", "calls")),
    };
    match (after, it.is_written()) {
        (0, true) => {
            let ended = match usize::try_from(under_way).unwrap_or(0) {
                0 => String::new(),
                n => format!(
                    "{} under way ended in the moments after it. ",
                    count(n, "call", "calls")
                ),
            };
            let text = format!("{ended}{tried} Customers were told by mail.");
            Notice::good("No call was let through after it", &text)
        }
        (0, false) => {
            let text = "Calls are refused already. The letters are being ended one by one; load \
                        this page again in a moment for their receipts.";
            Notice::info("The letters are being ended", text)
        }
        (n, _) => {
            let text = format!("{n} calls went out after it. Tell us at once: this must not be.");
            Notice::bad("Calls were let through", &text)
        }
    }
}

/// The list that the person is on.
fn back(visit: &Visit, it: &Departure) -> Result<Link, PageError> {
    let first = it.programs.first();
    Ok(match (visit.caller()?.kind, first) {
        (OrganizationKind::Vendor, Some(program)) => {
            let href = format!("/partners/{}/people", program.seat.organization);
            Link::new(&program.organization, &visit.link(&href))
        }
        _ => Link::new("Members", &visit.link("/members")),
    })
}

fn seat_title(program: &LeavingProgram) -> String {
    format!("{} in {}", program.organization, program.seat.program)
}

fn parts(visit: &Visit, it: &Departure) -> Result<Vec<SeatPart>, PageError> {
    let caller = visit.caller()?;
    let vendor = caller.kind == OrganizationKind::Vendor;
    let part = |program: &LeavingProgram| {
        let here = program.seat.vendor == caller.vendor;
        let opens = here && !vendor && program.seat.organization == caller.organization;
        SeatPart {
            id: program.seat.membership.to_string(),
            title: seat_title(program),
            letters: program.letters.iter().map(|l| letter_line(visit, l, opens, caller)).collect(),
            work: program.work.iter().map(|w| work_line(visit, w, opens)).collect(),
        }
    };
    Ok(it.programs.iter().map(part).collect())
}

fn letter_line(visit: &Visit, it: &LeavingLetter, opens: bool, caller: &Caller) -> LetterLine {
    let grant = &it.grant;
    let asked = grant.granted_at.is_none();
    let end = match (grant.ended_at, grant.valid_until) {
        (Some(at), _) => words::short(visit, at),
        (None, _) if grant.seat_ended_at.is_some() => "in a moment".to_owned(),
        (None, Some(at)) => words::short(visit, at),
        (None, None) => "asked for only".to_owned(),
    };
    let passes = opens && may_propose(caller, grant) && grant.ended_at.is_some();
    let pass_on = passes.then(|| visit.link(&format!("/grants/{}/successor", grant.id)));
    let receipt = grant.ended_at.filter(|_| opens && !asked);
    LetterLine {
        place: it.place.clone(),
        of: format!("{}, for {}", grant.customer_name, grant.engagement_label()),
        can_note: count(it.can.len(), "thing", "things"),
        can: it.can.clone(),
        end,
        last_call: it.calls.last_at.map_or_else(|| "none".to_owned(), |at| words::short(visit, at)),
        last_what: it.calls.last.clone().unwrap_or_default(),
        pass_on: pass_on.unwrap_or_default(),
        refused: it.calls.refused_since.to_string(),
        receipt: receipt
            .map(|_| visit.link(&format!("/grants/{}/receipt.json", grant.id)))
            .unwrap_or_default(),
    }
}

fn work_line(visit: &Visit, it: &api::engagements::OpenWork, opens: bool) -> WorkLine {
    let open = usize::try_from(it.open_milestones).unwrap_or(0);
    let milestones = match it.held_milestones {
        0 => count(open, "milestone open", "milestones open"),
        held => {
            let open = count(open, "milestone open", "milestones open");
            format!("{open}, money held for {held}")
        }
    };
    let href = format!("/engagements/{}", it.engagement);
    WorkLine {
        label: format!("{} {}", it.label(), it.title),
        href: if opens { visit.link(&href) } else { String::new() },
        of: it.customer_name.clone(),
        milestones,
    }
}

fn count(n: usize, one: &str, many: &str) -> String {
    format::count(u64::try_from(n).unwrap_or(0), one, many)
}

fn sample_part(ended: bool) -> SeatPart {
    let letter = LetterLine {
        place: "Fjordhaus Outdoor EU".into(),
        of: "Fjordhaus Outdoor, for A-2041".into(),
        can: vec!["see campaigns, drafts and their texts".into(), "write drafts".into()],
        can_note: "2 things".into(),
        end: "14 Jun, 23:59".into(),
        last_call: "7 May, 09:15".into(),
        last_what: "Looked through campaigns".into(),
        refused: "3".into(),
        pass_on: if ended { "/p/larkfield/grants/g-1/successor".into() } else { String::new() },
        receipt: if ended { "/p/larkfield/grants/g-1/receipt.json".into() } else { String::new() },
    };
    let bare = LetterLine {
        can: Vec::new(),
        last_call: "none".into(),
        last_what: String::new(),
        receipt: String::new(),
        pass_on: String::new(),
        ..letter.clone()
    };
    SeatPart {
        id: "m-1".into(),
        title: "Brandt Lifecycle in Larkfield".into(),
        letters: vec![letter, bare],
        work: vec![WorkLine {
            label: "A-2041 Welcome series".into(),
            href: "/p/larkfield/engagements/e-1".into(),
            of: "Fjordhaus Outdoor".into(),
            milestones: "2 milestones open, money held for 1".into(),
        }],
    }
}

impl Page for LeavingPage {
    const TEMPLATE: &'static str = "access/leaving.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |parts, hindered| Self {
            title: "End the work of Jonas Berg?".into(),
            name: "Jonas Berg".into(),
            first_name: "Jonas".into(),
            lede: "One act, at once and for good.".into(),
            back: Link::new("Members", "/p/larkfield/members"),
            here: "/p/larkfield/members/m-1/departure".into(),
            parts,
            ends: vec!["the seat at Brandt Lifecycle in Larkfield".into()],
            hindered,
        };
        let nothing = SeatPart { letters: Vec::new(), work: Vec::new(), ..sample_part(false) };
        let last =
            Notice::held("This cannot be done by you now", "An organization keeps one owner.");
        vec![
            ("usual", page(vec![sample_part(false)], None)),
            ("nothing", page(vec![nothing.clone()], None)),
            ("hindered", page(vec![nothing], Some(last))),
        ]
    }
}

impl Page for DeparturePage {
    const TEMPLATE: &'static str = "access/departure.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |notice, proof: &str| Self {
            title: "The work of Jonas Berg has ended".into(),
            lede: "On Tuesday 12 May, 18:00 (Berlin), by Ines Oyelaran-Brandt.".into(),
            back: Link::new("Members", "/p/larkfield/members"),
            notice,
            parts: vec![sample_part(true)],
            csv: "/p/larkfield/members/m-1/departure.csv".into(),
            proof: proof.into(),
        };
        let good = Notice::good("No call was let through after it", "3 calls came back refused.");
        let soon = Notice::info("The letters are being ended", "Load this page again.");
        vec![
            ("usual", page(good, "/p/larkfield/members/m-1/departure/receipt.json")),
            ("being written", page(soon, "")),
        ]
    }
}
