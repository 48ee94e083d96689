//! The timeline: everything hangs on it, newest first, what lies ahead on top.

use serde::Serialize;

/// What kind of thing happened; it decides the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MomentKind {
    Message,
    Milestone,
    Money,
    Access,
    /// Lies ahead.
    Next,
}

/// One entry of a timeline. Rendered by `<moment of={..}>body</moment>` inside
/// `<ol class="line">`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moment {
    pub kind: MomentKind,
    pub icon: &'static str,
    /// For machines: "2026-05-12T18:00+02:00".
    pub machine: String,
    /// "09:15", or "12 May, 18:00" for what lies ahead.
    pub when: String,
    /// The bold beginning: "Access granted".
    pub title: String,
    /// What follows it on the same line: "until this engagement ends"; may be empty.
    pub text: String,
    /// At the end of the line, small: "by you, with passkey"; may be empty.
    pub aside: String,
}

impl Moment {
    /// An entry with the usual icon of its kind and nothing but a title.
    pub fn new(kind: MomentKind, machine: &str, when: &str, title: &str) -> Self {
        let icon = match kind {
            MomentKind::Message => "message",
            MomentKind::Milestone => "flag",
            MomentKind::Money => "coins",
            MomentKind::Access => "key",
            MomentKind::Next => "hourglass",
        };
        let [text, aside] = [const { String::new() }; 2];
        let (machine, when, title) = (machine.into(), when.into(), title.into());
        Self { kind, icon, machine, when, title, text, aside }
    }

    /// The same with another icon of the sprite.
    pub fn with_icon(self, icon: &'static str) -> Self {
        Self { icon, ..self }
    }

    /// The same with words after the title.
    pub fn with_text(self, text: &str) -> Self {
        Self { text: text.into(), ..self }
    }

    /// The same with a small note at the end of the line.
    pub fn with_aside(self, aside: &str) -> Self {
        Self { aside: aside.into(), ..self }
    }
}
