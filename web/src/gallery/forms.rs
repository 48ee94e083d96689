//! Buttons, fields, filters: what people use.

use serde::Serialize;

use crate::render::Page;
use crate::view::{Choice, DateBoxes, DatePart, Errors, Step};

#[derive(Debug, Serialize)]
pub struct Forms {
    errors: Errors,
    steps: Vec<Step>,
    title: String,
    kinds: Vec<Choice>,
    until: Vec<Choice>,
    scopes: Vec<Choice>,
    hours: Vec<Choice>,
    free: Vec<Choice>,
    start: DateBoxes,
    last_day: DateBoxes,
    highest: String,
}

impl Page for Forms {
    const TEMPLATE: &'static str = "gallery/forms.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let errors: Errors = [
            ("title", "Enter a title"),
            ("highest", "Enter a highest budget that is not below the lowest, €7,000"),
            ("why", "Say it in at most 2,000 characters; you wrote 2,140"),
            ("start_day", "Enter a start that exists: June has 30 days"),
            ("until", "Choose how long"),
        ]
        .into_iter()
        .collect();
        let wrong = DateBoxes { wrong: Some(DatePart::Day), ..date("31", "6", "2026") };
        let mut with_errors = Self { errors, start: wrong, highest: "950".into(), ..filled() };
        with_errors.title.clear();
        vec![("usual", filled()), ("errors", with_errors)]
    }
}

fn filled() -> Forms {
    let choice = Choice::new;
    Forms {
        errors: Errors::default(),
        steps: Step::way(&["Need", "Account", "Evidence", "Budget", "People", "Check"], 3),
        title: "Dealer leads go cold".into(),
        kinds: vec![choice("package", "Package", true), choice("retainer", "Retainer", false)],
        until: vec![
            choice("end", "Until engagement A-2041 ends, 14 June at the latest", true)
                .with_hint("Ends by itself when the work is accepted, stopped or disputed."),
            choice("day", "Until a day I choose", false),
            choice("24", "For 24 hours", false),
        ],
        scopes: vec![
            choice("read", "Read programmes, mails and their results", true)
                .with_hint("Every programme in the folder “Dealers”. Asked for by Ines."),
            choice("scores", "Change lead scores", false)
                .with_hint("Not asked for. Left out unless you tick it."),
        ],
        hours: ["09:00", "10:00", "10:30", "14:00"].map(|h| choice(h, h, h == "10:00")).into(),
        free: vec![
            choice("now", "Can start within 2 weeks", true).with_count(18),
            choice("any", "Include people who are full", false).with_count(41),
        ],
        start: date("12", "5", "2026"),
        last_day: DateBoxes::default(),
        highest: "9,500".into(),
    }
}

fn date(day: &str, month: &str, year: &str) -> DateBoxes {
    DateBoxes { day: day.into(), month: month.into(), year: year.into(), wrong: None }
}
