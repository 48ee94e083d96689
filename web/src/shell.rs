//! What every page carries around its content: program, person, roles, navigation, notice, zone.

use serde::Serialize;

use crate::view::{Avatar, Notice};

/// The frame of one answer. Built once a request; holds the session's form secret, therefore it
/// has no `Debug`.
#[derive(Clone, Serialize)]
pub struct Shell {
    pub program: Program,
    pub links: Links,
    /// Who is signed in; `None` shows a "Sign in" link and no menu.
    pub person: Option<Person>,
    /// The organization and role that person acts as now.
    pub acting: Option<Acting>,
    /// The other roles of that person that the menu offers.
    pub others: Vec<Acting>,
    pub nav: Vec<NavItem>,
    /// Unread entries of the inbox.
    pub unread: u32,
    /// The session's form secret: `form_guard` writes it into each form that changes something.
    /// Pages are packed and may repeat what was searched for, so it must look different in every
    /// answer (mask it with fresh bytes), or its length would tell it to a patient listener.
    pub csrf: String,
    /// Fresh for every answer: `form_guard` makes each form's idempotency key from it.
    pub form_key: String,
    pub theme: Option<Theme>,
    /// The zone all times of the page are in, for example "Europe/Stockholm, UTC+2".
    pub zone: String,
    pub request_id: String,
    /// What the deed before this page did, shown once.
    pub notice: Option<Notice>,
}

impl Shell {
    /// The frame of a page that belongs to no program, such as the API's description.
    pub fn of_installation() -> Self {
        let (name, home) = ("Attaché".to_owned(), String::new());
        let program =
            Program { vendor: name.clone(), name, slug: String::new(), home, rules_version: 1 };
        Self {
            program,
            links: Links::under(""),
            person: None,
            acting: None,
            others: Vec::new(),
            nav: Vec::new(),
            unread: 0,
            csrf: String::new(),
            form_key: String::new(),
            theme: None,
            zone: "UTC".into(),
            request_id: String::new(),
            notice: None,
        }
    }
}

/// The program whose pages these are.
#[derive(Clone, Debug, Serialize)]
pub struct Program {
    /// The program, for example "Larkfield Partner Program".
    pub name: String,
    /// The vendor as the masthead names it, for example "Larkfield".
    pub vendor: String,
    pub slug: String,
    /// Where the program's pages begin: "/p/larkfield", or "" on a host of its own.
    pub home: String,
    pub rules_version: u32,
}

/// A signed-in person.
#[derive(Clone, Debug, Serialize)]
pub struct Person {
    pub name: String,
    pub avatar: Avatar,
}

/// One organization and role a person may act as.
#[derive(Clone, Debug, Serialize)]
pub struct Acting {
    pub membership_id: String,
    pub organization: String,
    /// Kind and role in words: "Customer", "Customer · viewer".
    pub role: String,
}

/// One entry of the main navigation.
#[derive(Clone, Debug, Serialize)]
pub struct NavItem {
    pub label: String,
    pub href: String,
    pub current: bool,
}

impl NavItem {
    pub fn new(label: &str, href: &str, current: bool) -> Self {
        Self { label: label.into(), href: href.into(), current }
    }
}

/// The addresses that the frame itself links to.
#[derive(Clone, Debug, Serialize)]
pub struct Links {
    pub home: String,
    pub sign_in: String,
    /// POST.
    pub sign_out: String,
    /// POST with `membership`.
    pub act_as: String,
    pub inbox: String,
    pub settings: String,
    pub ranking: String,
    pub rules: String,
    pub help: String,
}

impl Links {
    /// The addresses of a program whose pages begin at `home` ("/p/larkfield", or "").
    pub fn under(home: &str) -> Self {
        let at = |path: &str| format!("{home}{path}");
        Self {
            home: at("/"),
            sign_in: at("/sign-in"),
            sign_out: at("/sign-out"),
            act_as: at("/act-as"),
            inbox: at("/inbox"),
            settings: at("/settings"),
            ranking: at("/ranking"),
            rules: at("/rules"),
            help: at("/help"),
        }
    }
}

/// The ground a person chose; absent, the page follows the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    Light,
    Dark,
}

impl Theme {
    /// Reads the value of the cookie `theme`; anything else than "light" or "dark" is no choice.
    pub fn from_cookie(value: &str) -> Option<Self> {
        match value {
            "light" => Some(Self::Light),
            "dark" => Some(Self::Dark),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_two_grounds_are_a_choice() {
        assert_eq!(Theme::from_cookie("dark"), Some(Theme::Dark));
        assert_eq!(Theme::from_cookie("light"), Some(Theme::Light));
        assert_eq!(Theme::from_cookie("\"><script>"), None);
        assert_eq!(serde_json::to_string(&Theme::Dark).unwrap(), "\"dark\"");
    }

    #[test]
    fn links_stay_inside_the_program() {
        assert_eq!(Links::under("/p/larkfield").inbox, "/p/larkfield/inbox");
        assert_eq!(Links::under("").home, "/");
    }
}
