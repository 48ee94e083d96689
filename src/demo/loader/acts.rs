//! A script as a list of what people do, in the order of its days.

use crate::demo::content::Engagement;
use crate::demo::content::engagements::{Message, Refund, Review, Side, Step, Submission, Time};

/// One thing that somebody does. Milestones count from zero.
#[derive(Debug, Clone, Copy)]
pub enum Act<'a> {
    Invite,
    Propose,
    Decline(&'a Step),
    Accept,
    Sign,
    Fund(usize),
    /// A kept card is to pay the weeks.
    LetCardPay,
    /// Time of today is written.
    Work(&'a Time),
    Deliver(usize, &'a Submission),
    AskForChanges(usize, &'a Step),
    AcceptWork(usize),
    Refund(usize, &'a Refund),
    Say(&'a Message),
    Review(Side, &'a Review),
    /// A side answers the other's review.
    Reply(Side, &'a str),
}

impl Act<'_> {
    /// What is done, for messages.
    pub fn name(self) -> String {
        match self {
            Self::Invite => "invite".to_owned(),
            Self::Propose => "propose".to_owned(),
            Self::Decline(_) => "decline".to_owned(),
            Self::Accept => "accept".to_owned(),
            Self::Sign => "sign".to_owned(),
            Self::Fund(n) => format!("fund milestone {}", n + 1),
            Self::LetCardPay => "let a card pay the weeks".to_owned(),
            Self::Work(_) => "write time".to_owned(),
            Self::Deliver(n, _) => format!("deliver milestone {}", n + 1),
            Self::AskForChanges(n, _) => format!("return milestone {}", n + 1),
            Self::AcceptWork(n) => format!("accept milestone {}", n + 1),
            Self::Refund(n, _) => format!("refund milestone {}", n + 1),
            Self::Say(_) => "send a message".to_owned(),
            Self::Review(..) => "review".to_owned(),
            Self::Reply(..) => "answer a review".to_owned(),
        }
    }
}

/// Everything that happens, earliest first; of one day in the order of the script, messages last.
pub fn acts(script: &Engagement) -> Vec<Act<'_>> {
    let mut acts = vec![(script.invitation.day, Act::Invite)];
    acts.extend(script.proposal.iter().map(|p| (p.day, Act::Propose)));
    acts.extend(script.declined.iter().map(|s| (s.day, Act::Decline(s))));
    acts.extend(script.accepted.iter().map(|s| (s.day, Act::Accept)));
    acts.extend(script.signed.iter().map(|s| (s.day, Act::Sign)));
    for (milestone, work) in script.work.iter().enumerate() {
        acts.push((work.funded_day, Act::Fund(milestone)));
        for submission in &work.submissions {
            acts.push((submission.day, Act::Deliver(milestone, submission)));
            let changes = submission.changes.iter();
            acts.extend(changes.map(|s| (s.day, Act::AskForChanges(milestone, s))));
        }
        acts.extend(work.accepted.iter().map(|s| (s.day, Act::AcceptWork(milestone))));
        acts.extend(work.refunded.iter().map(|r| (r.day, Act::Refund(milestone, r))));
    }
    let today = u16::MAX - 1;
    acts.extend(script.paid_by_card.then_some((today, Act::LetCardPay)));
    acts.extend(script.hours.iter().map(|time| (today, Act::Work(time))));
    acts.extend(script.messages.iter().map(|m| (m.day, Act::Say(m))));
    if let Some(reviews) = &script.reviews {
        let both = [(Side::Customer, &reviews.customer), (Side::Consultant, &reviews.consultant)];
        acts.extend(both.map(|(side, review)| (review.day, Act::Review(side, review))));
        // Answers come after publication, and that comes with the second review.
        let answers = both.into_iter().filter_map(|(side, review)| {
            Some((u16::MAX, Act::Reply(other(side), review.reply.as_ref()?.as_str())))
        });
        acts.extend(answers);
    }
    acts.sort_by_key(|(day, _)| *day);
    acts.into_iter().map(|(_, act)| act).collect()
}

fn other(side: Side) -> Side {
    match side {
        Side::Customer => Side::Consultant,
        Side::Consultant => Side::Customer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::content::Content;

    #[test]
    fn every_script_is_played_in_its_order() {
        let content = Content::load().unwrap();
        for script in &content.engagements {
            let acts = acts(script);
            assert!(matches!(acts[0], Act::Invite), "{}", script.slug);
            let at = |wanted: fn(&Act<'_>) -> bool| acts.iter().position(wanted);
            let signed = at(|a| matches!(a, Act::Sign));
            let funded = at(|a| matches!(a, Act::Fund(0)));
            assert!(funded.is_none() || signed < funded, "{}: {acts:?}", script.slug);
            let reviewed = at(|a| matches!(a, Act::Review(..)));
            let accepted = at(|a| matches!(a, Act::AcceptWork(1)));
            assert!(reviewed.is_none() || accepted < reviewed, "{}", script.slug);
        }
        let replies = content.engagements.iter().flat_map(acts);
        assert_eq!(replies.filter(|a| matches!(a, Act::Reply(..))).count(), 1);
    }
}
