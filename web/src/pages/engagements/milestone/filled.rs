//! The page of a milestone, filled for each who reads it.

use super::{Delivery, MilestonePage, Typed};
use crate::pages::engagements::talk::FileLine;
use crate::pages::engagements::{samples, words};
use crate::render::Page;
use crate::view::{Errors, Figure, Link, Notice, State};

impl Page for MilestonePage {
    const TEMPLATE: &'static str = "engagements/milestone.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let (path, page) = ("/p/larkfield/milestones/2", sample);
        let blank = || Self {
            turn: None,
            standing: Some(Notice::held("A payment is under way", "Begun today at 09:12.")),
            pulse: Some(format!("{}/pulse?mark=1", samples::HOME)),
            refresh: true,
            deliveries: Vec::new(),
            changes: String::new(),
            accept: String::new(),
            ..page()
        };
        let deliver = Self {
            deliver: format!("{path}/deliver"),
            errors: [("text", "Enter what you deliver")].into_iter().collect(),
            ..blank()
        };
        let program = Self { reads: false, refund: format!("{path}/refund"), ..blank() };
        let payees = vec![Figure::new("Brandt Lifecycle Studio", "sent")];
        let wrong = Self {
            errors: [("changes", "Enter what should change")].into_iter().collect(),
            payees,
            ..page()
        };
        let notice = Notice::bad("The customer disagrees", "The money and the work rest.");
        let disagreed = Self { disagreed: true, standing: Some(notice), ..page() };
        let week = Self {
            sheet: Some(samples::link("See the time sheet", "/hours?week=2026-11-23")),
            delivers: vec!["12 h worked, 10 h charged at €90.00 an hour.".into()],
            ..page()
        };
        vec![
            ("week", week),
            ("disagreed", disagreed),
            ("usual", page()),
            ("paying", blank()),
            ("deliver", deliver),
            ("program", program),
            ("wrong", wrong),
        ]
    }
}

/// A delivered milestone as the customer sees it.
fn sample() -> MilestonePage {
    let path = "/p/larkfield/milestones/2";
    let delivered = |n: i32, changes: Vec<String>| Delivery {
        id: format!("v{n}"),
        title: format!("Version {n}"),
        by: "Ines Oyelaran-Brandt, today at 09:12".into(),
        state: State::DELIVERED,
        text: vec!["The drafts are in your account.".into()],
        evidence: "14 calls that looked and 3 calls that wrote".into(),
        file: Some(FileLine {
            name: "Map.pdf".into(),
            href: "/p/larkfield/files/1".into(),
            note: "PDF, 1.2 MB".into(),
        }),
        changes_by: "Petra Lindqvist asked for changes on Monday 4 May, 16:40".into(),
        changes,
    };
    MilestonePage {
        engagement: samples::link("A-2041", ""),
        place: "Milestone 2 of 4".into(),
        title: "Design in drafts".into(),
        state: State::DELIVERED,
        turn: Some(samples::turn()),
        standing: None,
        pulse: None,
        refresh: false,
        delivers: vec!["Six mails in drafts.".into()],
        sheet: None,
        deliveries: vec![
            delivered(2, Vec::new()),
            delivered(1, vec!["The third mail is missing.".into()]),
        ],
        reads: true,
        deliver: String::new(),
        changes: format!("{path}/changes"),
        version: 2,
        left: words::times(1),
        accept: format!("{path}/accept"),
        keep: "A-2041-2".into(),
        money: State::HELD,
        price: "€3,240.00".into(),
        sum: Some(samples::sum()),
        facts: vec![Figure::new("Due", "8 May")],
        payees: Vec::new(),
        refund: String::new(),
        disagreed: false,
        disagree: Some(Link::new("Disagree about it", "/p/larkfield/milestones/2/disagreement")),
        part: format!("{path}/release"),
        moved: Vec::new(),
        typed: Typed::default(),
        errors: Errors::default(),
    }
}
