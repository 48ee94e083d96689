//! What stands open although nobody seems to need it: letters that are not used, or that nothing is
//! in work for, and accounts that no letter opens. Why something is listed is decided here.

use super::connection::ConnectionState;
use super::grant::Standing;
use crate::kernel::id::{ConnectionId, EngagementId, GrantId};
use crate::text_enum;
use chrono::{DateTime, TimeDelta, Utc};

/// A letter that was used is forgotten after so many days without a call.
pub const UNUSED_DAYS: i64 = 14;
/// What is new is nobody's oversight yet.
const NEW_DAYS: i64 = 3;

text_enum! {
    /// Why something is listed.
    pub enum Forgotten {
        /// No call was ever carried out with the letter.
        NeverUsed = "never-used",
        /// None was for two weeks.
        LongUnused = "long-unused",
        /// Its engagement has nothing in work.
        NoWork = "no-work",
        /// Some of what it allows was not used.
        SpareActions = "spare-actions",
        /// No letter opens the account.
        NoLetter = "no-letter",
    }
}

text_enum! {
    /// What can be done about it.
    pub enum ForgottenAct {
        End = "end",
        Narrow = "narrow",
        /// Lets a letter that rests work again.
        Wake = "wake",
        Disconnect = "disconnect",
    }
}

/// One reason, with the sentence that people read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhyForgotten {
    pub reason: Forgotten,
    pub sentence: String,
}

/// A granted letter with how it was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterUse {
    pub id: GrantId,
    pub engagement: EngagementId,
    pub engagement_number: i64,
    pub consultant_name: String,
    pub account_name: String,
    pub standing: Standing,
    pub granted_at: DateTime<Utc>,
    /// When a call was last carried out with it.
    pub used_at: Option<DateTime<Utc>>,
    /// Whether any milestone of the engagement is paid for and not done.
    pub in_work: bool,
    /// Actions that it allows, and those of them that were not used in the last 30 days.
    pub actions: usize,
    pub spare: usize,
}

/// A connected account that no letter opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountUse {
    pub id: ConnectionId,
    pub upstream: String,
    pub account_name: String,
    pub state: ConnectionState,
    pub connected_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
    /// When the last letter for it ended, if it ever had one.
    pub letters_ended_at: Option<DateTime<Utc>>,
}

/// Something with the reasons why it is listed, the strongest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    pub of: T,
    pub why: Vec<WhyForgotten>,
    pub acts: Vec<ForgottenAct>,
}

/// Everything of a customer that seems forgotten.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForgottenAccess {
    pub letters: Vec<Listed<LetterUse>>,
    pub accounts: Vec<Listed<AccountUse>>,
    /// Whether anything stands open at all.
    pub anything_open: bool,
}

impl LetterUse {
    /// The letter with its reasons; `None` when it is needed, as far as can be seen.
    pub fn listed(self, now: DateTime<Utc>) -> Option<Listed<Self>> {
        let old = |days| self.granted_at <= now - TimeDelta::days(days);
        if !self.standing.is_open() || !old(NEW_DAYS) {
            return None;
        }
        let mut why = Vec::new();
        let given = days(now - self.granted_at);
        match self.used_at {
            None => {
                let sentence = format!("It was given {given} ago and never used.");
                why.push(WhyForgotten { reason: Forgotten::NeverUsed, sentence });
            }
            Some(at) if at <= now - TimeDelta::days(UNUSED_DAYS) => {
                let sentence = format!("It was not used for {}.", days(now - at));
                why.push(WhyForgotten { reason: Forgotten::LongUnused, sentence });
            }
            Some(_) => {}
        }
        if !self.in_work {
            let sentence = format!("Nothing is in work on A-{}.", self.engagement_number);
            why.push(WhyForgotten { reason: Forgotten::NoWork, sentence });
        }
        // Nothing was used at all: then the letter is the question, and no part of it.
        if self.spare > 0 && self.spare < self.actions && old(UNUSED_DAYS) {
            let (spare, all) = (self.spare, self.actions);
            let were = if spare == 1 { "was" } else { "were" };
            let sentence =
                format!("{spare} of the {all} things it allows {were} not used for 30 days.");
            why.push(WhyForgotten { reason: Forgotten::SpareActions, sentence });
        }
        if why.is_empty() {
            return None;
        }
        let narrows = why.iter().any(|why| why.reason == Forgotten::SpareActions);
        let wakes = self.standing == Standing::Unused;
        let acts = [
            Some(ForgottenAct::End),
            narrows.then_some(ForgottenAct::Narrow),
            wakes.then_some(ForgottenAct::Wake),
        ];
        Some(Listed { of: self, why, acts: acts.into_iter().flatten().collect() })
    }
}

impl AccountUse {
    /// The account with its reason; `None` while it is new, or its last letter has only just ended.
    pub fn listed(self, now: DateTime<Utc>) -> Option<Listed<Self>> {
        let since = self.letters_ended_at.map_or(self.connected_at, |at| at.max(self.connected_at));
        if self.state == ConnectionState::Disconnected || since > now - TimeDelta::days(NEW_DAYS) {
            return None;
        }
        let gone = days(now - since);
        let sentence = match self.letters_ended_at {
            Some(_) => format!("No letter of access has opened it for {gone}."),
            None => format!("It was connected {gone} ago and no letter of access opens it."),
        };
        let why = vec![WhyForgotten { reason: Forgotten::NoLetter, sentence }];
        Some(Listed { of: self, why, acts: vec![ForgottenAct::Disconnect] })
    }
}

fn days(span: TimeDelta) -> String {
    match span.num_days() {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn now() -> DateTime<Utc> {
        "2026-05-30T12:00:00Z".parse().unwrap()
    }

    fn ago(days: i64) -> DateTime<Utc> {
        now() - TimeDelta::days(days)
    }

    /// Given so many days ago, used so many days ago, of five actions so many spare.
    fn letter(given: i64, used: Option<i64>, spare: usize) -> LetterUse {
        LetterUse {
            id: GrantId(Uuid::nil()),
            engagement: EngagementId(Uuid::nil()),
            engagement_number: 2041,
            consultant_name: "Ines".into(),
            account_name: "Fjordhaus EU".into(),
            standing: Standing::InForce,
            granted_at: ago(given),
            used_at: used.map(ago),
            in_work: true,
            actions: 5,
            spare,
        }
    }

    fn why(letter: LetterUse) -> Vec<&'static str> {
        let listed = letter.listed(now());
        listed.map(|l| l.why.iter().map(|w| w.reason.as_str()).collect()).unwrap_or_default()
    }

    #[test]
    fn each_letter_is_listed_for_what_is_forgotten_of_it() {
        let idle = |letter: LetterUse| LetterUse { in_work: false, ..letter };
        let stands = |standing, letter: LetterUse| LetterUse { standing, ..letter };
        let never = ["never-used"].as_slice();
        let rows = [
            ("new", letter(2, None, 5), [].as_slice()),
            ("new, and no work", idle(letter(2, None, 5)), &[]),
            ("never used", letter(3, None, 5), never),
            ("used", letter(60, Some(13), 0), &[]),
            ("used long ago", letter(60, Some(14), 0), &["long-unused"]),
            ("parts of it", letter(14, Some(1), 2), &["spare-actions"]),
            ("parts of it, still young", letter(13, Some(1), 2), &[]),
            ("nothing of it lately", letter(60, Some(40), 5), &["long-unused"]),
            ("no work", idle(letter(60, Some(1), 0)), &["no-work"]),
            (
                "all at once",
                idle(letter(60, Some(20), 1)),
                &["long-unused", "no-work", "spare-actions"],
            ),
            ("rests, unused", stands(Standing::Unused, letter(60, None, 5)), never),
            ("rests, account away", stands(Standing::NeedsReconnect, letter(60, None, 5)), never),
            ("over", stands(Standing::Ended, letter(60, None, 5)), &[]),
            ("ran out", stands(Standing::Expired, letter(60, None, 5)), &[]),
            ("only asked for", stands(Standing::Requested, letter(60, None, 5)), &[]),
        ];
        for (name, letter, expected) in rows {
            assert_eq!(why(letter), expected, "{name}");
        }
    }

    #[test]
    fn what_can_be_done_follows_from_why() {
        let acts = |letter: LetterUse| letter.listed(now()).unwrap().acts;
        assert_eq!(acts(letter(60, None, 5)), [ForgottenAct::End]);
        assert_eq!(acts(letter(60, Some(1), 1)), [ForgottenAct::End, ForgottenAct::Narrow]);
        let rests = LetterUse { standing: Standing::Unused, ..letter(60, Some(40), 5) };
        assert_eq!(acts(rests), [ForgottenAct::End, ForgottenAct::Wake]);
    }

    #[test]
    fn the_sentences_say_it_plainly() {
        let said = |letter: LetterUse| letter.listed(now()).unwrap().why[0].sentence.clone();
        assert_eq!(said(letter(20, None, 5)), "It was given 20 days ago and never used.");
        assert_eq!(said(letter(60, Some(16), 0)), "It was not used for 16 days.");
        assert_eq!(
            said(letter(60, Some(1), 1)),
            "1 of the 5 things it allows was not used for 30 days."
        );
    }

    #[test]
    fn an_account_is_listed_once_no_letter_opened_it_for_days() {
        let account = |connected: i64, ended: Option<i64>, state| AccountUse {
            id: ConnectionId(Uuid::nil()),
            upstream: "larkfield".into(),
            account_name: "Fjordhaus EU".into(),
            state,
            connected_at: ago(connected),
            used_at: None,
            letters_ended_at: ended.map(ago),
        };
        use ConnectionState::{Active, Disconnected, NeedsReconnect};
        for (account, listed) in [
            (account(2, None, Active), false),
            (account(3, None, Active), true),
            (account(60, Some(2), Active), false),
            (account(60, Some(3), NeedsReconnect), true),
            (account(1, Some(30), Active), false),
            (account(60, None, Disconnected), false),
        ] {
            assert_eq!(account.clone().listed(now()).is_some(), listed, "{account:?}");
        }
    }
}
