//! Moments inside sentences that are written before it is known who reads them.
//!
//! A sentence holds the moment itself, between marks; each reader gets it in words of their zone.

use super::zone::Zone;
use chrono::{DateTime, Offset, SecondsFormat, Utc};

const OPENS: char = '⟦';
const CLOSES: char = '⟧';

/// The moment as it stands in a sentence until its reader is known.
pub fn moment(at: DateTime<Utc>) -> String {
    format!("{OPENS}{}{CLOSES}", at.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// The sentence with each of its moments in words: `Tuesday 12 May 2026, 18:00 (Stockholm, UTC+2)`.
/// What stands between marks and is no moment stays as it is.
pub fn in_zone(sentence: &str, zone: Zone) -> String {
    let mut pieces = sentence.split(OPENS);
    let mut words = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let parts = piece.split_once(CLOSES);
        match parts.and_then(|(at, rest)| Some((DateTime::parse_from_rfc3339(at).ok()?, rest))) {
            Some((at, rest)) => {
                words.push_str(&in_words(at.with_timezone(&Utc), zone));
                words.push_str(rest);
            }
            None => {
                words.push(OPENS);
                words.push_str(piece);
            }
        }
    }
    words
}

fn in_words(at: DateTime<Utc>, zone: Zone) -> String {
    let local = at.with_timezone(&zone.tz());
    let text = local.format("%A %-d %B %Y, %H:%M");
    if zone == Zone::UTC {
        return format!("{text} UTC");
    }
    let city = zone.name().rsplit('/').next().unwrap_or_default().replace('_', " ");
    format!("{text} ({city}, {})", offset(local.offset().fix().local_minus_utc()))
}

fn offset(seconds: i32) -> String {
    let sign = if seconds < 0 { '−' } else { '+' };
    let minutes = seconds.unsigned_abs() / 60;
    match (minutes / 60, minutes % 60) {
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, rest) => format!("UTC{sign}{hours}:{rest:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sentence: &str, zone: &str) -> String {
        in_zone(sentence, Zone::parse(zone).unwrap())
    }

    #[test]
    fn each_reader_gets_the_moment_in_their_zone() {
        let at = "2026-05-12T16:00:00Z".parse().unwrap();
        let said = format!("It lapses on {}; read it.", moment(at));
        let told = |words: &str| format!("It lapses on {words}; read it.");
        let stockholm = told("Tuesday 12 May 2026, 18:00 (Stockholm, UTC+2)");
        assert_eq!(read(&said, "Europe/Stockholm"), stockholm);
        let auckland = told("Wednesday 13 May 2026, 04:00 (Auckland, UTC+12)");
        assert_eq!(read(&said, "Pacific/Auckland"), auckland);
        let kolkata = told("Tuesday 12 May 2026, 21:30 (Kolkata, UTC+5:30)");
        assert_eq!(read(&said, "Asia/Kolkata"), kolkata);
        let sao_paulo = told("Tuesday 12 May 2026, 13:00 (Sao Paulo, UTC−3)");
        assert_eq!(read(&said, "America/Sao_Paulo"), sao_paulo);
        assert_eq!(read(&said, "UTC"), told("Tuesday 12 May 2026, 16:00 UTC"));
    }

    #[test]
    fn two_moments_are_two_and_words_of_people_stay_theirs() {
        let at = |text: &str| moment(text.parse().unwrap());
        let said = format!("{} to {}", at("2026-10-25T00:30:00Z"), at("2026-10-25T01:30:00Z"));
        assert_eq!(
            read(&said, "Europe/Stockholm"),
            "Sunday 25 October 2026, 02:30 (Stockholm, UTC+2) to \
             Sunday 25 October 2026, 02:30 (Stockholm, UTC+1)"
        );
        for theirs in ["", "⟦soon⟧ or ⟦", "a ⟧ b", "⟦2026⟧"] {
            assert_eq!(read(theirs, "UTC"), theirs);
        }
    }
}
