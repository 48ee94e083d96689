//! A deed that is final, on a page of its own: what its dialog says, for who came by its address.

use serde::Serialize;

use super::samples;
use super::standpoint::Confirm;
use crate::render::Page;
use crate::view::{Link, Notice};

/// One deed with its sum, and the way back.
#[derive(Debug, Serialize)]
pub struct Confirming {
    pub eyebrow: Vec<Link>,
    pub of: Confirm,
    pub back: Link,
    /// Why it cannot be done now; the deed is not offered then.
    pub closed: Option<Notice>,
}

impl Page for Confirming {
    const TEMPLATE: &'static str = "engagements/confirm.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let page = |closed| Self {
            eyebrow: vec![samples::link("A-2041", "")],
            of: samples::confirm(),
            back: Link::new("Not yet", "/p/larkfield/milestones/2"),
            closed,
        };
        let over = Notice::info("It is accepted already", "Its money is released.");
        vec![("usual", page(None)), ("closed", page(Some(over)))]
    }
}
