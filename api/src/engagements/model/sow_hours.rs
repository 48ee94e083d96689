//! What the statement of work says about work by the hour.

use super::sow::{Agreement, FILING_DAYS};
use super::week::hours;
use crate::matching::Hourly;

/// The price: the rate, the cap, and the most it can come to.
pub fn price(hourly: &Hourly) -> [String; 3] {
    [
        format!(
            "The work is done by the hour, at {} an hour, fees included. A part of an hour costs \
             its part; a week is rounded down to a whole minor unit.",
            hourly.rate.with_code()
        ),
        format!(
            "At most {} a week are charged, which is at most {} a week. What is worked beyond is \
             shown and never charged.",
            hours(hourly.cap_minutes),
            hourly.most_a_week().with_code()
        ),
        format!(
            "There is time in at most {}. All of them together cost at most {}, fees included.",
            weeks(hourly.weeks),
            hourly.most().with_code()
        ),
    ]
}

/// The rules that hold instead of those of milestones.
pub fn rules(a: &Agreement) -> Vec<String> {
    vec![
        "Weeks. A week is from Monday 00:00 to Sunday 24:00, and its days are days, of UTC, \
         whatever the clocks of the two sides say."
            .to_owned(),
        format!(
            "Time. {} alone writes time: day, minutes, and what was done. The customer sees it as \
             it grows. It is changed until 12:00 UTC on the Monday after the week; then the week \
             locks. A week without time costs nothing.",
            a.consultant
        ),
        "Payment. A week that is locked is paid until the end of the Friday after it, in UTC, and \
         then held. While a week is unpaid after that there are no more hours, and letters of \
         access rest."
            .to_owned(),
        "Acceptance. The customer accepts a paid week, or disagrees about it. Silence accepts it \
         at the end of that Friday, or a day after it was paid if that is later. A week is not \
         returned."
            .to_owned(),
        "Release. Accepting a week releases its price to the payees named below; nothing is \
         released that is not held."
            .to_owned(),
        "End. Either side may end the hours at any time. What was worked until that day is still \
         locked, paid and accepted."
            .to_owned(),
        format!(
            "Cancellation and refund. An accepted week is paid, unless the program, the consultant \
             or the customer's bank sends it back: each payee then gives its part. A week is a \
             milestone wherever these rules speak of milestones, and {FILING_DAYS} days after its \
             end are counted as for them."
        ),
    ]
}

fn weeks(count: i32) -> String {
    if count == 1 { "1 week".to_owned() } else { format!("{count} weeks") }
}
