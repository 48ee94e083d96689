//! Invented parts that the samples of several pages share.

use super::letters::{Access, Paper};
use super::standpoint::{Confirm, Line, TurnPanel};
use super::talk::{Entry, FileLine};
use super::work::{Agreed, Hours, Row, Work};
use crate::view::{
    Avatar, Bar, BarKey, Figure, Fill, Letter, LetterStanding, Link, Moment, MomentKind, State,
    Sum, SumLine,
};

pub const HOME: &str = "/p/larkfield/engagements/1";

pub fn link(label: &str, rest: &str) -> Link {
    Link::new(label, &format!("{HOME}{rest}"))
}

pub fn sum() -> Sum {
    Sum {
        lines: vec![
            SumLine::new("Brandt Lifecycle Studio", "€2,754.00").with_note("85 %"),
            SumLine::new("Larkfield", "€324.00").with_note("10 %, program fee"),
            SumLine::new("Attaché", "€162.00").with_note("5 %, running the marketplace"),
        ],
        total: SumLine::new("The price of this milestone", "€3,240.00"),
    }
}

pub fn confirm() -> Confirm {
    Confirm {
        id: "accept".into(),
        title: "Release €3,240.00 for milestone 2?".into(),
        action: "/p/larkfield/milestones/2/accept".into(),
        deed: "Release €3,240.00".into(),
        deed_words: "release €3,240.00".into(),
        sum: Some(sum()),
        note: "A release is final: the money goes to those named here.".into(),
        choices: Vec::new(),
        fields: Vec::new(),
    }
}

pub fn turn() -> TurnPanel {
    TurnPanel {
        title: "Accept milestone 2, or return it with notes".into(),
        lines: vec![
            Line::new("Ines delivered it today at 09:12. Accepting releases ", "€3,240.00", "."),
            Line::new("It accepts itself on ", "Tuesday 12 May, 18:00 Stockholm time", "."),
        ],
        also: vec![Link::new("fund milestone 3", "/p/larkfield/milestones/3/fund")],
        confirm: Some(confirm()),
        main: None,
        second: Some(Link::new("See it, or return it", "/p/larkfield/milestones/2")),
    }
}

pub fn work() -> Work {
    let row = |title: &str, line: &str, state: State, fund: Option<Link>| Row {
        title: title.into(),
        href: "/p/larkfield/milestones/2".into(),
        line: line.into(),
        due: "8 May".into(),
        state,
        fund,
        price: "€3,240.00".into(),
    };
    let fund = Link::new("Fund €2,760.00", "/p/larkfield/milestones/3/fund");
    Work {
        rows: vec![
            row("1 Audit and lead map", "Accepted 27 Apr", State::RELEASED, None),
            row("2 Design in drafts", "Delivered 7 May, waits", State::HELD, None),
            row("3 Build and test", "Starts when funded", State::NOT_FUNDED, Some(fund)),
        ],
        bar: Bar::of(&[(Fill::Shade(1), 1_800), (Fill::Held, 3_240)], 9_000, "Of €9,000.00"),
        keys: vec![
            BarKey::new(Fill::Shade(1), "Released €1,800.00"),
            BarKey::new(Fill::Held, "Held €3,240.00"),
            BarKey::new(Fill::Nothing, "Not funded €3,960.00"),
        ],
        total: "€9,000.00".into(),
        hours: None,
    }
}

/// The same of work by the hour.
pub fn work_by_hour() -> Work {
    let line = "€90.00 an hour, at most 20 h a week. Weeks are of UTC.".to_owned();
    let payer = Some(super::mandate::sample_payer());
    let open = link("Open the time sheet", "/hours");
    Work { hours: Some(Hours { open, line, payer }), ..work() }
}

pub fn letter(standing: LetterStanding) -> Letter {
    Letter {
        standing,
        holder: "Ines Oyelaran-Brandt".into(),
        avatar: Avatar::of("Ines Oyelaran-Brandt"),
        place: "works in Fjordhaus EU".into(),
        can: vec!["read programmes, lists and results".into()],
        cannot: vec!["cannot send, export or delete".into()],
        facts: vec![Figure::new("Ends", "with A-2041")],
        code: "G-7F3C91B2 · terms 9f86d081".into(),
        end_href: None,
        stub: "Once ended, the next call fails.".into(),
    }
}

pub fn access() -> Access {
    let paper = |standing| Paper {
        letter: letter(standing),
        open: Link::new("Open the letter", "/p/larkfield/grants/1"),
    };
    Access {
        papers: vec![paper(LetterStanding::InForce), paper(LetterStanding::Ended)],
        none: String::new(),
        act: Some(link("Access of this engagement", "/access")),
        in_force: 1,
    }
}

pub fn no_access() -> Access {
    Access {
        papers: Vec::new(),
        none: "No letter of access yet.".into(),
        act: Some(link("Grant access", "/access")),
        in_force: 0,
    }
}

pub fn agreed() -> Agreed {
    Agreed {
        figures: vec![Figure::new("Signed", "20 April 2026"), Figure::new("Text", "version 2")],
        shares: vec![Figure::new("Brandt Lifecycle Studio", "85 %")],
        read: link("Read the statement of work", "/sow"),
        links: vec![link("People of the program", "/guests"), link("Pause or end it", "/end")],
    }
}

pub fn entries() -> Vec<Entry> {
    let at = "2026-05-07T09:15+02:00";
    let entry = |day: &str, moment| Entry {
        day: day.into(),
        moment,
        said: Vec::new(),
        mine: false,
        note: String::new(),
        file: None,
        link: None,
    };
    let said = Moment::new(MomentKind::Message, at, "09:15", "Ines Oyelaran-Brandt");
    let file = FileLine {
        name: "Dealer map, version 4.pdf".into(),
        href: "/p/larkfield/files/1".into(),
        note: "PDF, 1.2 MB".into(),
    };
    let shared = Moment::new(MomentKind::Message, at, "09:14", "You").with_text("shared a file");
    let delivered = Moment::new(MomentKind::Milestone, at, "09:12", "Milestone 2 delivered")
        .with_aside("€3,240.00 stays held");
    vec![
        Entry {
            said: vec!["The drafts are in your account.".into()],
            ..entry("Today, Thursday 7 May", said)
        },
        Entry { file: Some(file), mine: true, ..entry("", shared) },
        Entry { link: Some(link("See milestone 2", "")), ..entry("", delivered) },
    ]
}

pub fn ahead() -> Vec<Entry> {
    let next = Moment::new(
        MomentKind::Next,
        "2026-05-12T18:00+02:00",
        "12 May, 18:00",
        "Milestone 2 accepts itself",
    );
    vec![Entry {
        day: "Ahead".into(),
        moment: next.with_aside("in 5 days"),
        said: Vec::new(),
        mine: false,
        note: "Only if nobody answers.".into(),
        file: None,
        link: None,
    }]
}
