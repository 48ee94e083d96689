//! Whether the steps of an engagement follow each other and lead to the stage it names.

use super::{Engagement, Review, Stage, Work};
use crate::demo::content::check::Place;

pub(super) fn check(script: &Engagement, at: &mut Place<'_>) {
    let reached = reached(script);
    let what = format_args!("the steps lead to {reached:?}, not to {:?}", script.stage);
    at.require("stage", reached == script.stage, what);
    let steps = [
        script.proposal.is_some(),
        script.accepted.is_some(),
        script.signed.is_some(),
        !script.work.is_empty(),
        script.reviews.is_some(),
    ];
    at.require("stage", steps.is_sorted_by(|a, b| a >= b), "a step between is left out");
    if script.declined.is_some() {
        at.require("declined", script.proposal.is_some(), "there is no proposal to decline");
        at.require("declined", script.accepted.is_none(), "the same proposal was accepted");
    }
    for (number, work) in script.work.iter().enumerate() {
        let last = number + 1 == script.work.len();
        check_work(work, last, &mut at.inside(&format!("work {}", number + 1)));
    }
    at.count("work", script.work.len(), 0..=2);
    let early = !script.hours.is_empty() && script.signed.is_none();
    at.require("hours", !early, "time is written after both signed");
    check_days(script, at);
    check_texts(script, at);
    for review in script.reviews.iter().flat_map(|r| [&r.customer, &r.consultant]) {
        check_review(review, at);
    }
}

/// The stage to which the steps lead, read from the last of them.
fn reached(script: &Engagement) -> Stage {
    if script.reviews.is_some() {
        return Stage::Reviewed;
    }
    if let Some(work) = script.work.last() {
        return reached_at_work(work, script.work.len() == 2);
    }
    if script.signed.is_some() && !script.hours.is_empty() {
        Stage::Active
    } else if script.signed.is_some() {
        Stage::Signed
    } else if script.accepted.is_some() {
        Stage::Contracting
    } else if script.declined.is_some() {
        Stage::Declined
    } else if script.proposal.is_some() {
        Stage::Proposed
    } else {
        Stage::Invited
    }
}

fn reached_at_work(work: &Work, second: bool) -> Stage {
    if work.refunded.is_some() {
        return Stage::Refunded;
    }
    if work.accepted.is_some() {
        return if second { Stage::Completed } else { Stage::FirstPaid };
    }
    match work.submissions.last() {
        None => Stage::Active,
        Some(submission) if submission.changes.is_some() => Stage::ChangesRequested,
        Some(_) => Stage::Delivered,
    }
}

fn check_work(work: &Work, last: bool, at: &mut Place<'_>) {
    let (open, returned) = match work.submissions.split_last() {
        Some((newest, older)) => {
            (newest.changes.is_none(), older.iter().all(|s| s.changes.is_some()))
        }
        None => (false, true),
    };
    at.require("submissions.changes", returned, "a submission follows one that was not returned");
    at.require("submissions", work.submissions.len() <= 3, "two changes at most");
    let accepted = work.accepted.is_some();
    at.require("accepted", !accepted || open, "nothing was submitted that could be accepted");
    at.require("accepted", last || accepted, "the next milestone was funded before");
    let both = accepted && work.refunded.is_some();
    at.require("refunded", !both, "an accepted milestone was refunded");
}

/// Days run forward and end before today; what waits for an answer is still within its time.
fn check_days(script: &Engagement, at: &mut Place<'_>) {
    let days = days(script);
    at.require("day", days.is_sorted(), format_args!("the steps are out of order: {days:?}"));
    let messages = script.messages.iter().map(|m| m.day);
    at.require("messages.day", messages.clone().is_sorted(), "the messages are out of order");
    let newest = days.iter().copied().chain(messages).max().unwrap_or(0);
    let over = newest <= script.started_days_ago;
    at.require("day", over, format_args!("day {newest} is yet to come"));
    let patience = match script.stage {
        Stage::Proposed | Stage::Contracting | Stage::Delivered => 14,
        Stage::Signed => 7,
        _ => return,
    };
    let since = script.started_days_ago.saturating_sub(days.last().copied().unwrap_or(0));
    let what = format_args!("waits for {since} days, and would have lapsed after {patience}");
    at.require("started_days_ago", since < patience, what);
}

fn days(script: &Engagement) -> Vec<u16> {
    let mut days = vec![script.invitation.day];
    days.extend(script.proposal.iter().map(|p| p.day));
    for step in [&script.declined, &script.accepted, &script.signed] {
        days.extend(step.iter().map(|s| s.day));
    }
    for work in &script.work {
        days.push(work.funded_day);
        for submission in &work.submissions {
            days.push(submission.day);
            days.extend(submission.changes.iter().map(|s| s.day));
        }
        days.extend(work.accepted.iter().map(|s| s.day));
        days.extend(work.refunded.iter().map(|r| r.day));
    }
    if let Some(reviews) = &script.reviews {
        days.extend([reviews.customer.day, reviews.consultant.day]);
    }
    days
}

fn check_texts(script: &Engagement, at: &mut Place<'_>) {
    at.words("invitation.text", &script.invitation.text, 15..=80);
    if let Some(proposal) = &script.proposal {
        at.words("proposal.note", &proposal.note, 20..=110);
    }
    let steps = [&script.declined, &script.accepted, &script.signed];
    let accepted = script.work.iter().filter_map(|w| w.accepted.as_ref());
    for step in steps.into_iter().flatten().chain(accepted) {
        at.words("text", &step.text, 2..=80);
    }
    for submission in script.work.iter().flat_map(|w| &w.submissions) {
        at.words("work.submissions.text", &submission.text, 25..=110);
        if let Some(step) = &submission.changes {
            at.words("work.submissions.changes.text", &step.text, 15..=80);
        }
    }
    for refund in script.work.iter().filter_map(|w| w.refunded.as_ref()) {
        at.words("work.refunded.text", &refund.text, 20..=80);
    }
    for time in &script.hours {
        at.words("hours.text", &time.text, 2..=40);
        at.require("hours.minutes", (1..=600).contains(&time.minutes), "1 to 600");
    }
    for message in &script.messages {
        at.words("messages.text", &message.text, 15..=80);
    }
}

fn check_review(review: &Review, at: &mut Place<'_>) {
    let scores = review.scores;
    let given = [scores.outcome, scores.communication, scores.value];
    let fit = given.iter().all(|score| (1..=5).contains(score));
    at.require("reviews.scores", fit, "each is 1 to 5");
    at.words("reviews.text", &review.text, 15..=80);
    if let Some(reply) = &review.reply {
        at.words("reviews.reply", reply, 8..=60);
    }
}
