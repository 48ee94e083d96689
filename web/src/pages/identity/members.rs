//! The people of the organization: their roles, invitations, and the end of a seat.

use api::identity::{self, Colleague, Deed, Invitation};
use api::kernel::id::{EmailLinkId, MembershipId};
use api::platform::caller::{Caller, OrganizationKind, Role};
use api::platform::refusal::Common;
use poem::web::Path;
use poem::{Route, get, handler, post};
use serde::Serialize;

use super::choices::{refused, role_label, roles};
use super::people::DepartedLine;
use crate::format;
use crate::render::Page;
use crate::samples::Sample;
use crate::site::{Answer, Flash, Form, PageError, Visit};
use crate::view::{Avatar, Choice, Errors};

/// A member in words.
#[derive(Debug, Serialize)]
pub struct MemberLine {
    pub id: String,
    pub name: String,
    pub email: String,
    pub avatar: Avatar,
    pub role: String,
    pub since: String,
    /// The roles to choose from; empty when the person at hand may not change this one.
    pub roles: Vec<Choice>,
    /// What ending this seat is called; empty when the person at hand may not.
    pub end: String,
    /// Where that is asked.
    pub end_href: String,
    /// Why this seat cannot end now; empty otherwise.
    pub stays: String,
}

/// An open invitation in words.
#[derive(Debug, Serialize)]
pub struct InvitationLine {
    pub id: String,
    pub email: String,
    pub role: String,
    /// "by Petra Lindqvist, until Tuesday 12 May, 18:00".
    pub facts: String,
}

/// Everyone, and who was invited.
#[derive(Debug, Serialize)]
pub struct Members {
    pub organization: String,
    pub found: String,
    pub members: Vec<MemberLine>,
    pub manages: bool,
    pub invitations: Vec<InvitationLine>,
    /// Seats that ended, where each has its proof list.
    pub departed: Vec<DepartedLine>,
    pub email: String,
    pub roles: Vec<Choice>,
    pub errors: Errors,
}

impl Page for Members {
    const TEMPLATE: &'static str = "identity/members.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let offered = || roles(OrganizationKind::Customer, Role::Owner, "member");
        let member = |name: &str, role: Role, roles: Vec<Choice>, end: &str| MemberLine {
            id: format!("m-{}", role.as_str()),
            name: name.into(),
            email: "someone@fjordhaus.example".into(),
            avatar: Avatar::of(name),
            role: role_label(role).into(),
            since: "12 May 2026".into(),
            roles,
            end: end.into(),
            end_href: "/p/larkfield/members/m-1/end".into(),
            stays: String::new(),
        };
        let invitation = InvitationLine {
            id: "i-1".into(),
            email: "jonas@fjordhaus.example".into(),
            role: "Admin".into(),
            facts: "by Petra Lindqvist, until Tuesday 12 May, 18:00".into(),
        };
        let page = |members, manages, invitations| Self {
            organization: "Fjordhaus Outdoor".into(),
            found: "2 people".into(),
            members,
            manages,
            invitations,
            departed: Vec::new(),
            email: String::new(),
            roles: offered(),
            errors: Errors::default(),
        };
        let managed = vec![
            MemberLine {
                stays: ONLY_OWNER.into(),
                ..member("Petra Lindqvist", Role::Owner, Vec::new(), "")
            },
            member("Mia Sand", Role::Member, offered(), "End seat"),
        ];
        let plain = vec![
            member("Petra Lindqvist", Role::Owner, Vec::new(), ""),
            member("Mia Sand", Role::Member, Vec::new(), "Leave"),
        ];
        let partner = vec![member("Mia Sand", Role::Consultant, offered(), "End the work")];
        let mut left = page(partner, true, Vec::new());
        left.departed = vec![DepartedLine::sample()];
        vec![
            ("usual", page(managed, true, vec![invitation])),
            ("member", page(plain, false, Vec::new())),
            ("somebody left", left),
        ]
    }
}

/// The question before a seat ends.
#[derive(Debug, Serialize)]
pub struct EndMember {
    pub id: String,
    pub title: String,
    pub name: String,
    pub own: bool,
    pub deed: String,
}

impl Page for EndMember {
    const TEMPLATE: &'static str = "identity/end_member.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |own: bool| Self {
            id: "m-1".into(),
            title: "End the seat of Mia Sand?".into(),
            name: "Mia Sand".into(),
            own,
            deed: "End the seat".into(),
        };
        vec![("other", page(false)), ("own", page(true))]
    }
}

pub fn samples() -> Vec<Sample> {
    [Members::sample_list(), EndMember::sample_list()].into_iter().flatten().collect()
}

pub fn routes(routes: Route) -> Route {
    routes
        .at("/members", get(show_members).post(invite))
        .at("/members/invitations/:invitation/withdraw", post(withdraw))
        .at("/members/:membership/role", post(change_role))
        .at("/members/:membership/end", get(end_form).post(end_seat))
}

#[handler]
async fn show_members(visit: Visit) -> Answer {
    let page = members_page(&visit, &Form::default(), Errors::default()).await?;
    visit.page(&page)
}

async fn members_page(visit: &Visit, form: &Form, errors: Errors) -> Result<Members, PageError> {
    let caller = visit.caller()?;
    let rows = identity::members(visit.app(), caller).await?;
    let manages = Deed::ManageMembers.allows(caller.kind, caller.role);
    let open = if manages { identity::invitations(visit.app(), caller).await? } else { Vec::new() };
    let members: Vec<MemberLine> =
        rows.iter().map(|row| member_line(row, visit, caller, (manages, &rows))).collect();
    let count = u64::try_from(members.len()).unwrap_or_default();
    let seat = visit.seat().map(|seat| seat.organization_name.clone());
    let least = identity::roles_of(caller.kind).last().map_or("", |role| role.as_str());
    let works = Deed::EndWork.allows(caller.kind, caller.role) && does_work(caller);
    let gone = if works { identity::departed(visit.app(), caller).await? } else { Vec::new() };
    Ok(Members {
        departed: gone.iter().map(|one| DepartedLine::of(visit, one)).collect(),
        organization: seat.unwrap_or_default(),
        found: format::count(count, "person", "people"),
        members,
        manages,
        invitations: open.iter().map(|one| invitation_line(one, visit)).collect(),
        email: form.get("email").to_owned(),
        roles: roles(caller.kind, caller.role, form.given("role").unwrap_or(least)),
        errors,
    })
}

/// An organization is never left without an owner.
const ONLY_OWNER: &str = "The only owner stays. Make somebody else an owner to leave.";

/// Whether people of the organization work for customers: what ends with a seat is shown first.
fn does_work(caller: &Caller) -> bool {
    matches!(caller.kind, OrganizationKind::Partner | OrganizationKind::Reseller)
}

fn is_only_owner(row: &Colleague, all: &[Colleague]) -> bool {
    row.role == Role::Owner && all.iter().filter(|other| other.role == Role::Owner).count() == 1
}

fn member_line(
    row: &Colleague,
    visit: &Visit,
    caller: &Caller,
    (manages, all): (bool, &[Colleague]),
) -> MemberLine {
    let own = row.membership == caller.membership;
    let stays = is_only_owner(row, all);
    let touches = manages && !stays && (row.role != Role::Owner || caller.role == Role::Owner);
    let offered = || roles(caller.kind, caller.role, row.role.as_str());
    let (end, page) = match (own && !stays, touches) {
        (true, _) => ("Leave", "end"),
        (false, true) if does_work(caller) => ("End the work", "departure"),
        (false, true) => ("End seat", "end"),
        (false, false) => ("", ""),
    };
    MemberLine {
        id: row.membership.to_string(),
        name: row.name.clone(),
        email: row.email.clone(),
        avatar: Avatar::of(&row.name),
        role: role_label(row.role).to_owned(),
        since: format::date(row.since.with_timezone(&visit.zone()).date_naive()),
        roles: if touches { offered() } else { Vec::new() },
        end: end.to_owned(),
        end_href: visit.link(&format!("/members/{}/{page}", row.membership)),
        stays: if own && stays { ONLY_OWNER.to_owned() } else { String::new() },
    }
}

fn invitation_line(one: &Invitation, visit: &Visit) -> InvitationLine {
    let until = format::instant(one.expires_at, visit.zone(), visit.app().clock.now());
    InvitationLine {
        id: one.id.to_string(),
        email: one.email.clone(),
        role: role_label(one.role).to_owned(),
        facts: format!("by {}, until {until}", one.invited_by),
    }
}

#[handler]
async fn invite(visit: Visit, form: Form) -> Answer {
    let caller = visit.caller()?;
    let role = Role::parse(form.get("role"));
    let role = role.or_else(|| identity::roles_of(caller.kind).last().copied());
    let role = role.unwrap_or(Role::Member);
    let email = form.get("email");
    match identity::invite(visit.app(), caller, email, role).await {
        Ok(()) => {
            let told = Flash::done(&format!("{} is invited", email.trim()));
            let told = told.saying("The link in the mail works once, for 7 days.");
            Ok(visit.go_telling("/members", &told))
        }
        Err(error) => {
            let errors = refused(error, "email")?;
            visit.again(&members_page(&visit, &form, errors).await?)
        }
    }
}

#[handler]
async fn withdraw(visit: Visit, Path(invitation): Path<String>) -> Answer {
    let id = EmailLinkId::parse(&invitation).ok_or(Common::NotFound("invitation"))?;
    identity::withdraw_invitation(visit.app(), visit.caller()?, id).await?;
    Ok(visit.go_telling("/members", &Flash::done("The invitation is withdrawn")))
}

#[handler]
async fn change_role(visit: Visit, form: Form, Path(membership): Path<String>) -> Answer {
    let membership = MembershipId::parse(&membership).ok_or(Common::NotFound("member"))?;
    let role = Role::parse(form.get("role")).ok_or(Common::NotFound("role"))?;
    identity::change_role(visit.app(), visit.caller()?, membership, role).await?;
    let told = format!("The role is {} now", role_label(role).to_lowercase());
    Ok(visit.go_telling("/members", &Flash::done(&told)))
}

#[handler]
async fn end_form(visit: Visit, Path(membership): Path<String>) -> Answer {
    let caller = visit.caller()?;
    let membership = MembershipId::parse(&membership).ok_or(Common::NotFound("member"))?;
    let rows = identity::members(visit.app(), caller).await?;
    let row = rows.iter().find(|row| row.membership == membership);
    let row = row.ok_or(Common::NotFound("member"))?;
    if is_only_owner(row, &rows) {
        return Ok(visit.go_telling("/members", &Flash::note("This seat stays", ONLY_OWNER)));
    }
    let own = membership == caller.membership;
    let organization = visit.seat().map(|seat| seat.organization_name.clone());
    let (title, deed) = if own {
        (format!("Leave {}?", organization.unwrap_or_default()), "Leave")
    } else {
        (format!("End the seat of {}?", row.name), "End the seat")
    };
    let id = membership.to_string();
    visit.page(&EndMember { id, title, name: row.name.clone(), own, deed: deed.to_owned() })
}

#[handler]
async fn end_seat(visit: Visit, Path(membership): Path<String>) -> Answer {
    let caller = visit.caller()?;
    let membership = MembershipId::parse(&membership).ok_or(Common::NotFound("member"))?;
    identity::end_member(visit.app(), caller, membership).await?;
    let to = if membership == caller.membership { "/settings" } else { "/members" };
    Ok(visit.go_telling(to, &Flash::done("The seat has ended")))
}
