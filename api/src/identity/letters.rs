//! The mails of identity, each with its one deed.
//!
//! A secret stands in the query of a link, never in its path, since paths are logged.

use super::model::{JoinFacts, Person};
use crate::app::Site;
use crate::outside::mail::{Act, Letter, Mail};
use crate::platform::caller::Role;

/// Writes mails of one program.
pub struct Post {
    site: Site,
    slug: String,
    program: String,
}

/// What one mail says.
struct Words {
    title: String,
    paragraphs: Vec<String>,
    /// Words of the button, and a path inside the program.
    act: Option<(&'static str, String)>,
    reason: &'static str,
}

const IF_NOT_YOU: &str = "If this was not you, change your password now: somebody may know it. \
 Then look at your sessions and API tokens under Settings.";
const ACCOUNT: &str = "You get this mail because it concerns the safety of your account.";
const ASKED: &str =
    "You get this mail because somebody entered this address. If it was not you, do nothing.";

impl Post {
    /// `slug` and `vendor` as the program's page shows them.
    pub fn of(site: &Site, slug: &str, vendor: &str) -> Self {
        let program = format!("{vendor} Partner Program");
        Self { site: site.clone(), slug: slug.to_owned(), program }
    }

    /// To an address without an account.
    pub fn sign_up(&self, to: (&str, &str), organization: &str, secret: &str) -> Mail {
        let first = format!(
            "Confirm that this is your address, and {organization} has its place in the {}. The \
             page asks for the password you chose, so that nobody can open an account in your \
             name.",
            self.program
        );
        let words = Words {
            title: format!("Confirm your address for the {}", self.program),
            paragraphs: vec![first, "The link works once, for 24 hours.".into()],
            act: Some(("Confirm the address", format!("/sign-up/confirm?token={secret}"))),
            reason: ASKED,
        };
        self.mail(to, words)
    }

    /// The answer to a sign-up or change of address with an address that has an account.
    pub fn known(&self, person: &Person) -> Mail {
        let first = format!(
            "Somebody entered this address in the {}. You have an account with it already, so \
             nothing was changed.",
            self.program
        );
        let second = format!(
            "To add another organization, sign in and choose \"Add an organization\" under \
             Settings. If you do not know your password any more, choose a new one: {}",
            self.link("/forgotten")
        );
        let words = Words {
            title: "You have an account already".into(),
            paragraphs: vec![first, second],
            act: Some(("Sign in", "/sign-in".into())),
            reason: ASKED,
        };
        self.mail((&person.name, &person.email), words)
    }

    pub fn reset(&self, person: &Person, secret: &str) -> Mail {
        let words = Words {
            title: "Choose a new password".into(),
            paragraphs: vec![
                "The link works once, for one hour. A new password ends every session; API tokens \
                 stay."
                    .into(),
            ],
            act: Some(("Choose a password", format!("/reset?token={secret}"))),
            reason: ASKED,
        };
        self.mail((&person.name, &person.email), words)
    }

    /// `tokens` are the names of the API tokens that still work.
    pub fn password_changed(&self, person: &Person, tokens: &[String]) -> Mail {
        let tokens = match tokens {
            [] => "You have no API tokens.".to_owned(),
            names => format!("These API tokens still work: {}.", names.join(", ")),
        };
        let first = "Your password was changed, and your other sessions were ended.".to_owned();
        let words = Words {
            title: "Your password was changed".into(),
            paragraphs: vec![first, tokens, IF_NOT_YOU.into()],
            act: Some(("Choose another password", "/forgotten".into())),
            reason: ACCOUNT,
        };
        self.mail((&person.name, &person.email), words)
    }

    /// To the new address.
    pub fn change_email(&self, person: &Person, to: &str, secret: &str) -> Mail {
        let words = Words {
            title: "Confirm your new address".into(),
            paragraphs: vec![format!(
                "From then on you sign in with {to} instead of {}. The link works once, for 24 \
                 hours.",
                person.email
            )],
            act: Some(("Confirm the address", format!("/settings/email/confirm?token={secret}"))),
            reason: ASKED,
        };
        self.mail((&person.name, to), words)
    }

    /// To the address in force, when another was asked for.
    pub fn email_change_asked(&self, person: &Person, to: &str) -> Mail {
        let first = format!(
            "A change of your address to {to} was asked for. It happens when the link in a mail \
             to that address is followed. Until then you sign in with this one."
        );
        let words = Words {
            title: "Another address was asked for".into(),
            paragraphs: vec![first, IF_NOT_YOU.into()],
            act: Some(("Open Settings", "/settings".into())),
            reason: ACCOUNT,
        };
        self.mail((&person.name, &person.email), words)
    }

    /// To the old address, once the new one is in force. `person` has the old one.
    pub fn email_changed(&self, person: &Person, to: &str) -> Mail {
        let first =
            format!("From now on you sign in with {to}; this address is no longer yours here.");
        let second = "If this was not you, write to the program at once.".to_owned();
        let words = Words {
            title: "Your address was changed".into(),
            paragraphs: vec![first, second],
            act: None,
            reason: ACCOUNT,
        };
        self.mail((&person.name, &person.email), words)
    }

    /// To somebody whose seat ended; `left` when they ended it themselves.
    pub fn seat_ended(&self, to: (&str, &str), organization: &str, left: bool) -> Mail {
        let title = if left {
            format!("You have left {organization}")
        } else {
            format!("Your seat at {organization} has ended")
        };
        let first = format!(
            "From now on you act for {organization} in the {} no more: sessions, API tokens and \
             letters of access you held there have ended.",
            self.program
        );
        let second = if left {
            "If it was not you who left, write to an owner there, and change your password."
        } else {
            "Your account and other seats are as they were. If you think this is a mistake, \
             write to an owner there: they can invite you again."
        };
        let words =
            Words { title, paragraphs: vec![first, second.to_owned()], act: None, reason: ACCOUNT };
        self.mail(to, words)
    }

    /// An invitation of a colleague.
    pub fn join(&self, to: &str, facts: &JoinFacts, secret: &str) -> Mail {
        let JoinFacts { invited_by_name, organization_name, .. } = facts;
        let first = format!(
            "{invited_by_name} invites you to {organization_name} in the {}, as {}.",
            self.program,
            role_with_article(facts.role)
        );
        let words = Words {
            title: format!("Join {organization_name}"),
            paragraphs: vec![first, "The link works once, for 7 days.".into()],
            act: Some(("Look at the invitation", format!("/join?token={secret}"))),
            reason: "You get this mail because a colleague entered this address. If you do not \
             know them, do nothing.",
        };
        self.mail((to, to), words)
    }

    fn link(&self, path: &str) -> String {
        self.site.link(&format!("/p/{}{path}", self.slug))
    }

    fn mail(&self, to: (&str, &str), words: Words) -> Mail {
        let (name, address) = to;
        let act = words.act;
        Letter {
            to_name: name.to_owned(),
            to_address: address.to_owned(),
            title: words.title,
            program: self.program.clone(),
            paragraphs: words.paragraphs,
            act: act.map(|(label, path)| Act { label: label.into(), link: self.link(&path) }),
            reason: words.reason.to_owned(),
        }
        .into_mail()
    }
}

const fn role_with_article(role: Role) -> &'static str {
    match role {
        Role::Owner => "an owner",
        Role::ProgramManager => "a program manager",
        Role::Finance => "a member of finance",
        Role::Support => "a member of support",
        Role::Admin => "an admin",
        Role::Consultant => "a consultant",
        Role::Member => "a member",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::id::PersonId;

    fn post() -> Post {
        let site = Site { base: "https://a.example/".parse().unwrap(), tls: true };
        Post::of(&site, "larkfield", "Larkfield")
    }

    #[test]
    fn each_link_leads_into_the_program_and_keeps_its_secret_out_of_the_path() {
        let mail = post().sign_up(("Petra", "petra@a.example"), "Fjordhaus", "5ec7e7");
        let link = "https://a.example/p/larkfield/sign-up/confirm?token=5ec7e7";
        assert!(mail.text.contains(link), "{}", mail.text);
        assert!(mail.html.contains(link), "{}", mail.html);
        assert_eq!(mail.to_address, "petra@a.example");
    }

    #[test]
    fn a_changed_address_is_told_to_the_old_one() {
        let person = Person {
            id: PersonId(uuid::Uuid::nil()),
            name: "Petra".into(),
            email: "old@a.example".into(),
            zone: "UTC".into(),
        };
        let mail = post().email_changed(&person, "new@a.example");
        assert_eq!(mail.to_address, "old@a.example");
        assert!(mail.text.contains("new@a.example"));
        assert_eq!(post().change_email(&person, "new@a.example", "s").to_address, "new@a.example");
    }
}
