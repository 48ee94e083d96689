//! The page of a disagreement, filled for each who reads it.

use super::{Disagreement, LEDE, OPEN, Proposed, Saying, Todo, Typed};
use crate::render::Page;
use crate::view::{Errors, Figure, Link, Notice, State};

impl Page for Disagreement {
    const TEMPLATE: &'static str = "billing/disagreement.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let blank = || Self { milestone: sample().milestone, ..Self::default() };
        let new = Self {
            title: "Disagreement about milestone 2: Drafts".into(),
            lede: LEDE.into(),
            file: true,
            action: ACTION.into(),
            unit: "€".into(),
            hint: HINT.into(),
            stake: "324000".into(),
            ..blank()
        };
        let nothing = Self {
            title: "Disagreement about milestone 2: Drafts".into(),
            lede: "Nobody disagrees about this milestone.".into(),
            nothing: true,
            ..blank()
        };
        let wrong = Self {
            errors: [("back", "Enter an amount"), ("note", "Enter why that is fair")]
                .into_iter()
                .collect(),
            ..sample()
        };
        let read = || Self {
            answer: false,
            propose: false,
            ask: false,
            withdraw: false,
            todo: None,
            ..sample()
        };
        let todo = Todo {
            title: "Decide how it is split".into(),
            text: "Both sides were heard, and one asked you. It is carried out at once.".into(),
        };
        let program = Self { decide: true, todo: Some(todo), notices: Vec::new(), ..read() };
        let over = Self {
            state: Some(State::SETTLED),
            lede: "Both sides agreed: €1,000.00 back to the customer, €2,240.00 to the payees."
                .into(),
            notices: Vec::new(),
            ..read()
        };
        vec![
            ("usual", sample()),
            ("new", new),
            ("nothing", nothing),
            ("wrong", wrong),
            ("program", program),
            ("over", over),
        ]
    }
}

const ACTION: &str = "/p/larkfield/milestones/m/disagreement";
const HINT: &str = "Of €3,240.00, which is held. The payees get what does not go back.";

fn sample() -> Disagreement {
    let said = |who: &str, text: &str| Saying {
        who: who.into(),
        when: "3 November 2026, 14:02".into(),
        text: vec![text.into()],
    };
    let proposed = |who: &str, accept: &str| Proposed {
        who: who.into(),
        when: "4 November 2026, 09:00".into(),
        back: "€1,000.00".into(),
        released: "€2,240.00".into(),
        note: vec!["A third was not written.".into()],
        state: State::WAITING,
        accept: accept.into(),
        form: format!("accept-{accept}"),
    };
    Disagreement {
        title: "Disagreement about milestone 2: Drafts".into(),
        milestone: Some(Link::new("Milestone 2, A-2041", "/p/larkfield/milestones/m")),
        money: Some(Link::new("See where the money is", "/p/larkfield/milestones/m/money")),
        state: Some(State::DISPUTED),
        lede: OPEN.into(),
        todo: Some(Todo {
            title: "Say yes, or propose something else".into(),
            text: "Brandt Studio proposed: €1,000.00 back to the customer, €2,240.00 to the \
                   payees."
                .into(),
        }),
        nothing: false,
        said: vec![
            said("Fjordhaus Outdoor", "Half of the drafts are missing."),
            said("Brandt Studio", "They were cut by the change of May."),
        ],
        proposed: vec![proposed("Brandt Studio", "p1"), proposed("Fjordhaus Outdoor", "")],
        facts: vec![Figure::new("At stake", "€3,240.00")],
        action: ACTION.into(),
        id: "d1".into(),
        stake: "324000".into(),
        file: false,
        answer: true,
        propose: true,
        ask: true,
        withdraw: true,
        decide: false,
        unit: "€".into(),
        hint: HINT.into(),
        typed: Typed::default(),
        notices: vec![Notice::info(
            "Fjordhaus asked the program to decide",
            "It decides now, unless the two sides agree before.",
        )],
        errors: Errors::default(),
    }
}
