//! The page of a deed that cannot be taken back: what follows, the sum if there is one, the deed.

use serde::Serialize;

use crate::render::Page;
use crate::view::{Link, Notice, Sum};

/// One question with its consequences.
#[derive(Debug, Default, Serialize)]
pub struct Sure {
    pub title: String,
    pub back: Option<Link>,
    /// What follows, one sentence each.
    pub follows: Vec<String>,
    pub sum: Option<Sum>,
    pub action: String,
    pub deed: String,
    /// The look of its button: "main" or "end".
    pub kind: &'static str,
    /// Instead of the button: why it is not to be pressed.
    pub closed: Option<Notice>,
}

impl Page for Sure {
    const TEMPLATE: &'static str = "matching/sure.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let close = || Self {
            title: "Close this brief?".into(),
            back: Some(Link::new("B-318", "/p/larkfield/briefs/b-1")),
            follows: vec!["Nobody can propose any more.".into()],
            sum: None,
            action: "/p/larkfield/briefs/b-1/close".into(),
            deed: "Close the brief".into(),
            kind: "end",
            closed: None,
        };
        let accept = Self {
            title: "Accept this proposal?".into(),
            sum: Some(super::parts::sample_offer().total),
            kind: "main",
            ..close()
        };
        let closed = Self {
            closed: Some(Notice::info("Not yours to decide", "Your owner or an admin does.")),
            ..close()
        };
        vec![("close", close()), ("accept", accept), ("closed", closed)]
    }
}
