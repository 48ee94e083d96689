//! Who fits a brief, in order, each with the points that make the place.

use api::identity::Deed;
use api::matching::{self, Brief, BriefState, InvitationState, Matches, ShownMatch};
use poem::handler;
use poem::web::Path;
use serde::Serialize;

use super::brief_form;
use super::parts::{self, AskedFor};
use super::words as told;
use super::write_brief::find;
use crate::pages::directory::hour_boxes::an_hour;
use crate::pages::directory::words;
use crate::render::Page;
use crate::site::{Answer, Flash, Form, Visit};
use crate::view::{Avatar, Bar, Link, MatchCard, State, Step, Tier};

/// A match with what can be done about it.
#[derive(Debug, Clone, Serialize)]
pub struct MatchRow {
    pub card: MatchCard,
    pub first_name: String,
    /// Where to invite them; `None` when they are invited already, or nobody can be.
    pub invite: Option<String>,
    pub main: bool,
    pub invited: Option<State>,
    /// The invitation, once there is one.
    pub invitation: String,
    /// What it would be priced as: "Dealer nurture redesign, €9,000".
    pub service: Option<Link>,
}

/// The ranked matches of a brief.
#[derive(Debug, Serialize)]
pub struct MatchesPage {
    pub heading: String,
    pub brief: Link,
    pub briefs: String,
    pub posted: String,
    pub steps: Vec<Step>,
    pub rows: Vec<MatchRow>,
    pub asked: AskedFor,
    /// When it was computed, in words.
    pub computed: String,
    pub again: Option<String>,
    /// The rest of the places.
    pub more: Option<Link>,
    /// Why nobody can be invited from here; may be empty.
    pub closed: String,
    pub experts: String,
}

const ALL: i64 = 20;

#[handler]
pub async fn see_matches(visit: Visit, Path(id): Path<String>, form: Form) -> Answer {
    let id = brief_form::id(&id)?;
    let limit = form.ticked("all").then_some(ALL);
    let found = matching::see_matches(visit.app(), visit.caller()?, id, limit).await?;
    if found.brief.state == BriefState::Draft {
        let flash = Flash::note("Not posted yet", "Who fits is found when you post it.");
        return Ok(visit.go_telling(&format!("/briefs/{id}"), &flash));
    }
    let page = MatchesPage::of(&visit, found)?;
    visit.page(&page)
}

#[handler]
pub async fn weigh_again(visit: Visit, Path(id): Path<String>) -> Answer {
    let brief = find(&visit, &id).await?;
    let flash = match matching::refresh_matches(visit.app(), visit.caller()?, brief.id).await {
        Ok(_) => Flash::done("Weighed again").saying("With everybody as they are now."),
        Err(error) if error.code() == Some("brief-state") => {
            Flash::note("Not weighed again", &error.to_string())
        }
        Err(error) => return Err(error.into()),
    };
    Ok(visit.go_telling(&format!("/briefs/{}/matches", brief.id), &flash))
}

impl MatchesPage {
    fn of(visit: &Visit, found: Matches) -> Result<Self, crate::site::PageError> {
        let caller = visit.caller()?;
        let Matches { brief, items, places, computed_at } = found;
        let here = visit.link(&format!("/briefs/{}", brief.id));
        let open = brief.state == BriefState::Open;
        let leads = told::may(caller, Deed::InviteExperts);
        let closed = match (open, leads) {
            (false, _) => "Nobody can be invited any more.",
            (true, false) => "Your owner or an admin invites people.",
            (true, true) => "",
        };
        let shown = i64::try_from(items.len()).unwrap_or(ALL);
        let more = (places > shown && shown > 0)
            .then(|| Link::new(&format!("Show all {places}"), &format!("{here}/matches?all=1")));
        let fit = match shown {
            0 => "Nobody fits".to_owned(),
            n if n < places => format!("The {n} who fit best:"),
            n => format!("{} who fit", told::count(n, "person", "people")),
        };
        let proposed = brief.proposed > 0;
        let row = |found: ShownMatch| row(visit, &brief, found, open && leads);
        let mut rows: Vec<MatchRow> = items.into_iter().map(row).collect();
        if let Some(first) = rows.iter_mut().find(|r| r.invite.is_some()) {
            first.main = true;
        }
        Ok(Self {
            heading: format!("{fit} “{}”", brief.title),
            brief: Link::new(&brief.label(), &here),
            briefs: visit.link("/briefs"),
            posted: brief
                .posted_at
                .map(|at| format!("posted {}", told::day(visit, at)))
                .unwrap_or_default(),
            steps: told::way(brief.state, proposed),
            rows,
            asked: AskedFor::of(visit, &brief),
            computed: computed_at.map(|at| told::moment(visit, at)).unwrap_or_default(),
            again: open.then(|| format!("{here}/matches")),
            more,
            closed: closed.to_owned(),
            experts: visit.link("/experts"),
        })
    }
}

fn row(visit: &Visit, brief: &Brief, found: ShownMatch, may_invite: bool) -> MatchRow {
    let card = card(visit, &found);
    let invite = format!("{}?profile={}", visit.link(&format!("/briefs/{}/invite", brief.id)), {
        found.expert.profile
    });
    let may_invite = may_invite && found.invitation.is_none() && found.expert.accepting_clients;
    let service = found.service.map(|offer| {
        let price = offer.hourly.as_ref().map_or_else(|| words::price(offer.price), an_hour);
        let label = format!("{}, {price}", offer.title);
        let path = format!("/experts/{}/services/{}", found.expert.slug, offer.slug);
        Link::new(&label, &visit.link(&path))
    });
    MatchRow {
        first_name: told::first_name(&found.expert.name),
        card,
        invite: may_invite.then_some(invite),
        main: false,
        invited: found.invitation.map(|(_, state)| match state {
            InvitationState::Sent => State::new(crate::view::Tone::Held, "hourglass", "Invited"),
            other => told::invitation_state(other),
        }),
        invitation: found
            .invitation
            .map(|(id, _)| visit.link(&format!("/invitations/{id}")))
            .unwrap_or_default(),
        service,
    }
}

fn card(visit: &Visit, found: &ShownMatch) -> MatchCard {
    let expert = &found.expert;
    let languages: Vec<String> = expert.languages.iter().map(|l| words::language(l)).collect();
    let who = [expert.organization_name.clone(), expert.city.clone(), languages.join(", ")];
    let who: Vec<String> = who.into_iter().filter(|w| !w.is_empty()).collect();
    let parts: Vec<u64> =
        found.factors.iter().map(|f| u64::try_from(f.points_milli).unwrap_or(0)).collect();
    let points = told::points(found.score_milli);
    MatchCard {
        id: format!("m-{}", found.place),
        rank: u32::try_from(found.place).unwrap_or_default(),
        name: expert.name.clone(),
        href: visit.link(&format!("/experts/{}", expert.slug)),
        avatar: Avatar::of(&expert.name),
        tier: words::tier(expert),
        who: who.join(" · "),
        bar: Bar::score(&parts, 100_000, ""),
        points,
        of: "100".to_owned(),
        watch_out: found.watch_out.clone(),
        what_if: found.change.line.clone(),
        // The standing says that somebody is new; nobody's place is raised for it.
        newcomer: None,
        reasons: parts::reasons(&found.factors),
        open: found.place == 1,
    }
}

impl Page for MatchesPage {
    const TEMPLATE: &'static str = "matching/matches.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let invited = MatchRow {
            invite: None,
            invited: Some(State::WAITING),
            invitation: "/p/larkfield/invitations/i-1".into(),
            ..sample_row(2)
        };
        let usual = Self { rows: vec![sample_row(1), invited], ..sample() };
        let empty = Self { again: None, closed: "Nobody can be invited.".into(), ..sample() };
        vec![("usual", usual), ("empty", empty)]
    }
}

fn sample() -> MatchesPage {
    MatchesPage {
        heading: "2 people who fit “Dealer leads go cold”".into(),
        brief: Link::new("B-318", "/p/larkfield/briefs/b-1"),
        briefs: "/p/larkfield/briefs".into(),
        posted: "posted 6 May".into(),
        steps: told::way(BriefState::Open, false),
        rows: Vec::new(),
        asked: parts::sample_asked(),
        computed: "Thursday 7 May, 10:41 in Stockholm".into(),
        again: Some("/p/larkfield/briefs/b-1/matches".into()),
        more: Some(Link::new("Show all 9", "/p/larkfield/briefs/b-1/matches?all=1")),
        closed: String::new(),
        experts: "/p/larkfield/experts".into(),
    }
}

fn sample_row(rank: u32) -> MatchRow {
    let reason = |part: &str, points: &str, of: &str| crate::view::MatchReason {
        part: part.into(),
        reason: "5 finished jobs in Nurturing design; 2 of the 2 skills".into(),
        points: points.into(),
        of: of.into(),
    };
    MatchRow {
        card: MatchCard {
            id: format!("m-{rank}"),
            rank,
            name: "Ines Oyelaran-Brandt".into(),
            href: "/p/larkfield/experts/ines".into(),
            avatar: Avatar::of("Ines Oyelaran-Brandt"),
            tier: Tier::ranked("Principal", 3),
            who: "Brandt Lifecycle Studio · Lisbon · English, Portuguese".into(),
            points: "49.5".into(),
            of: "100".into(),
            bar: Bar::score(&[31_500, 18_000], 100_000, ""),
            watch_out: "The first free day is 18 May, six days after the day you need.".into(),
            what_if: "A start by 12 May would add 6.5 and keep place 1 with 56.0.".into(),
            newcomer: None,
            reasons: vec![
                reason("Same work before", "31.5", "35"),
                reason("Your industry", "18.0", "20"),
            ],
            open: rank == 1,
        },
        first_name: "Ines".into(),
        invite: Some("/p/larkfield/briefs/b-1/invite?profile=p-1".into()),
        main: rank == 1,
        invited: None,
        invitation: String::new(),
        service: Some(Link::new("Nurture audit, €1,800", "/p/larkfield/experts/ines/services/a")),
    }
}
