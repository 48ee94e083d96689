//! What was done in the customer's account for a delivery, in one sentence.

use api::access::{WorkDone, grouped};
use api::upstreams::Risk;

use crate::format;

/// "14 calls that looked, 3 that wrote, 1 that sent to 1,240 people (1 approved)"; empty for none.
pub fn told(done: &[WorkDone]) -> String {
    let mut words = done.iter().map(part);
    let Some(first) = words.next() else { return String::new() };
    let rest: Vec<String> = words.collect();
    match rest.split_last() {
        None => first,
        Some((last, [])) => format!("{first} and {last}"),
        Some((last, middle)) => format!("{first}, {} and {last}", middle.join(", ")),
    }
}

fn part(work: &WorkDone) -> String {
    let number = |n: i64| u64::try_from(n).unwrap_or_default();
    let calls = format::count(number(work.calls), "call", "calls");
    let deed = match work.risk {
        Risk::Read => "looked",
        Risk::Write => "wrote",
        Risk::Send => "sent",
        Risk::Delete => "deleted",
        Risk::Export => "exported",
        Risk::Admin => "administered",
    };
    let to = match number(work.recipients) {
        0 => String::new(),
        n => format!(" to {} people", grouped(n)),
    };
    let approved = match work.approved {
        0 => String::new(),
        n if n == work.calls => " after a yes to each".to_owned(),
        n => format!(" ({n} after a yes)"),
    };
    format!("{calls} that {deed}{to}{approved}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(risk: Risk, (calls, approved, recipients): (i64, i64, i64)) -> WorkDone {
        WorkDone { risk, calls, approved, recipients }
    }

    #[test]
    fn what_was_done_is_one_sentence() {
        let done = [
            work(Risk::Read, (14, 0, 0)),
            work(Risk::Write, (3, 1, 0)),
            work(Risk::Send, (1, 1, 1240)),
        ];
        assert_eq!(
            told(&done),
            "14 calls that looked, 3 calls that wrote (1 after a yes) and 1 call that sent to \
             1,240 people after a yes to each"
        );
        assert_eq!(told(&[]), "");
        assert_eq!(told(&done[..1]), "14 calls that looked");
    }
}
