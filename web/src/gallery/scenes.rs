//! The larger parts: turn, letter, match, timeline, diff, empty, dialog.

use serde::Serialize;

use crate::render::Page;
use crate::view::{
    Avatar, Bar, DiffRow, Figure, Letter, LetterStanding, Link, MatchCard, MatchReason, Moment,
    MomentKind, Notice, Sum, SumLine, Tier,
};

#[derive(Debug, Serialize)]
pub struct Scenes {
    notices: Vec<Notice>,
    matches: Vec<MatchCard>,
    letters: Vec<Letter>,
    ahead: Moment,
    asked: Moment,
    said: Moment,
    funded: Moment,
    delivered: Moment,
    change: Vec<DiffRow>,
    split: Sum,
    brief: Link,
    closed: Link,
}

impl Page for Scenes {
    const TEMPLATE: &'static str = "gallery/scenes.html";

    fn samples() -> Vec<(&'static str, Self)> {
        vec![("usual", filled())]
    }
}

fn filled() -> Scenes {
    let moment = Moment::new;
    Scenes {
        notices: vec![
            Notice::info("Ines has the ball", "The draft is due on Friday 8 May."),
            Notice::held("One payout came back", "The account holder’s name differs."),
            Notice::good("Saved", "Your profile is in the directory now."),
            Notice::bad("Not sent", "The file is larger than 25 MB."),
        ],
        matches: vec![first_match(), newcomer_match()],
        letters: letters(),
        ahead: moment(MomentKind::Next, "2026-05-12T18:00+02:00", "12 May, 18:00", ACCEPTS)
            .with_aside("in 5 days"),
        asked: moment(MomentKind::Access, "2026-05-07T10:32+02:00", "10:32", "Ines asks to change")
            .with_icon("pencil")
            .with_text("a live mail")
            .with_aside("needs your yes"),
        said: moment(
            MomentKind::Message,
            "2026-05-07T09:15+02:00",
            "09:15",
            "Ines Oyelaran-Brandt",
        ),
        funded: moment(MomentKind::Money, "2026-04-27T11:20+02:00", "11:20", "Milestone 2 funded")
            .with_aside("€3,240.00 held"),
        delivered: moment(MomentKind::Milestone, "2026-05-07T09:12+02:00", "09:12", DELIVERED),
        change: vec![
            DiffRow::new("Subject", "Last chance: book now", "Three dates left in Malmö"),
            DiffRow::new("Wait", "2 days", "5 days, stop if a call is logged"),
            DiffRow::new("Tag", "", "dealer-2026"),
        ],
        split: Sum {
            lines: vec![
                SumLine::new("Brandt Lifecycle Studio", "€2,754.00").with_note("85 %"),
                SumLine::new("Larkfield, program fee", "€324.00").with_note("10 %"),
                SumLine::new("Nordlys Systems, reseller of record", "€97.20").with_note("3 %"),
                SumLine::new("Attaché", "€64.80").with_note("2 %"),
            ],
            total: SumLine::new("You paid on 27 April", "€3,240.00"),
        },
        brief: Link::new("Write a brief", "/briefs/new"),
        closed: Link::new("Closed disputes", "/disputes?closed"),
    }
}

const ACCEPTS: &str = "Milestone 2 accepts itself";
const DELIVERED: &str = "Milestone 2 delivered";

fn first_match() -> MatchCard {
    let reason = |part: &str, reason: &str, points: &str, of: &str| MatchReason {
        part: part.into(),
        reason: reason.into(),
        points: points.into(),
        of: of.into(),
    };
    let name = "Ines Oyelaran-Brandt";
    MatchCard {
        id: "m1".into(),
        rank: 1,
        name: name.into(),
        href: "/people/ines".into(),
        avatar: Avatar::of(name),
        tier: Tier::ranked("Principal", 3),
        who: "Brandt Lifecycle Studio · Lisbon · English, Portuguese, German".into(),
        points: "84.4".into(),
        of: "100".into(),
        bar: Bar::score(&[315, 180, 140, 124, 35, 50], 1_000, "84.4 of 100 points, in six parts"),
        watch_out: "The first free day is 18 May, six days after the start you wished.".into(),
        what_if: "If the start cannot move from 12 May, Tomasz is first with 81.5.".into(),
        newcomer: None,
        reasons: vec![
            reason("Same work before", "7 nurture redesigns, 5 of them measured", "31.5", "35"),
            reason("Your industry", "7 jobs for outdoor and sport", "18.0", "20"),
            reason("Within budget", "Package at €9,000, your range to €9,500", "14.0", "15"),
            reason("Shared hours", "6 h 10 min a day with Stockholm", "12.4", "15"),
            reason("Can start", "Free from 18 May, you wished 12 May", "3.5", "10"),
            reason("Language", "English and German, both yours", "5.0", "5"),
        ],
        open: true,
    }
}

fn newcomer_match() -> MatchCard {
    let name = "Márcia de Albuquerque e Vasconcelos Teixeira";
    let place = "One place in five is kept for people without jobs here. Points stay as they are.";
    MatchCard {
        id: "m2".into(),
        rank: 2,
        name: name.into(),
        href: "/people/marcia".into(),
        avatar: Avatar::of(name),
        tier: Tier::newcomer(),
        points: "61.0".into(),
        bar: Bar::score(&[200, 160, 100, 80, 50, 20], 1_000, "61.0 of 100 points, in six parts"),
        watch_out: "No verified job yet.".into(),
        what_if: String::new(),
        newcomer: Some(place.into()),
        open: false,
        ..first_match()
    }
}

fn letters() -> Vec<Letter> {
    let facts = |pairs: &[(&str, &str)]| -> Vec<Figure> {
        pairs.iter().map(|(label, value)| Figure::new(label, *value)).collect()
    };
    let name = "Ines Oyelaran-Brandt";
    let in_force = Letter {
        standing: LetterStanding::InForce,
        holder: name.into(),
        avatar: Avatar::of(name),
        place: "works in Fjordhaus EU".into(),
        can: vec!["reads programmes, lists and results".into(), "writes drafts".into()],
        cannot: vec!["cannot send, export or delete".into()],
        facts: facts(&[("Granted by", "You, 20 Apr"), ("Last used", "4 May, 14:05")]),
        code: "G-7F3C-91B2 · 41 receipts · chain whole".into(),
        end_href: Some("/grants/7f3c/end".into()),
        stub: "The next call fails. No reason needed.".into(),
    };
    let unsigned = Letter {
        standing: LetterStanding::NotYetSigned,
        can: Vec::new(),
        cannot: Vec::new(),
        facts: facts(&[("Looks at", "2 things"), ("Ends", "14 June, 23:59")]),
        code: "Policy 8c1e·f04a · not signed".into(),
        end_href: None,
        stub: "Writing access needs your password.".into(),
        ..in_force.clone()
    };
    let ended = Letter {
        standing: LetterStanding::Ended,
        holder: "Rui Brandt".into(),
        avatar: Avatar::of("Rui Brandt"),
        place: "read lists for 24 hours".into(),
        facts: Vec::new(),
        code: String::new(),
        stub: "By you, 21 April 15:06. Used 3 times.".into(),
        ..unsigned.clone()
    };
    vec![in_force, unsigned, ended]
}
