//! What counts as unusual, row by row.

use super::*;
use uuid::Uuid;

const GRANT: GrantId = GrantId(Uuid::nil());

fn at(hours_ago: i64) -> DateTime<Utc> {
    let now: DateTime<Utc> = "2026-05-30T12:00:00Z".parse().unwrap();
    now - TimeDelta::hours(hours_ago)
}

#[test]
fn every_step_from_every_state() {
    use {AlarmState as State, AlarmStep as Step};
    let allowed = [
        (State::Open, Step::See, State::Seen),
        (State::Open, Step::Close, State::Closed),
        (State::Seen, Step::Close, State::Closed),
    ];
    for state in State::ALL {
        for step in Step::ALL {
            let row = allowed.iter().find(|(from, by, _)| from == state && by == step);
            assert_eq!(state.after(*step).ok(), row.map(|(_, _, to)| *to), "{state} by {step}");
        }
    }
}

#[test]
fn a_burst_is_twenty_refused_calls() {
    for (calls, burst) in [(0, false), (19, false), (20, true), (400, true)] {
        let refusals = Calls { grant: GRANT, calls, began_at: at(1), last_at: at(0) };
        let what = refusals.burst();
        assert_eq!(what.is_some(), burst, "{calls}");
        if let Some(what) = what {
            let told = format!("{calls} calls were refused within 10 minutes.");
            assert_eq!(what.sentence(), told);
        }
    }
}

#[test]
fn a_night_is_held_against_the_nights_before() {
    let rows = [
        // reads, contacts, and the busiest night before of both
        ((99, 0, 0, 0), false),
        ((100, 0, 0, 0), true),
        ((100, 0, 25, 0), true),
        ((100, 0, 26, 0), false),
        ((10_000, 0, 9_000, 0), false),
        ((1, 499, 0, 0), false),
        ((1, 500, 0, 0), true),
        ((1, 500, 1, 126), false),
        ((0, 0, 0, 0), false),
    ];
    for ((reads, contacts, usual_reads, usual_contacts), alarm) in rows {
        let (began_at, last_at) = (at(4), at(0));
        let night =
            Night { grant: GRANT, reads, contacts, usual_reads, usual_contacts, began_at, last_at };
        assert_eq!(night.judged().is_some(), alarm, "{night:?}");
    }
}

fn arrival(network: &str, country: Option<&str>) -> Arrival {
    Arrival {
        grant: GRANT,
        network: network.into(),
        country: country.map(str::to_owned),
        calls: 3,
        new_calls: 3,
        first_at: at(1),
        last_at: at(0),
    }
}

fn known(kind: PlaceKind, place: &str, calls: i64, hours_ago: i64) -> KnownPlace {
    KnownPlace { grant: GRANT, kind, place: place.into(), calls, first_at: at(hours_ago) }
}

fn network(place: &str) -> KnownPlace {
    known(PlaceKind::Network, place, 30, 2)
}

fn country(place: &str) -> KnownPlace {
    known(PlaceKind::Country, place, 30, 2)
}

#[test]
fn a_place_is_new_once_the_letter_is_at_home_somewhere() {
    let home = || vec![network("aa"), country("SE")];
    let roaming = vec![network("aa"), network("bb"), network("cc"), country("SE")];
    let rows = [
        ("nothing is known", arrival("aa", Some("SE")), Vec::new(), None),
        ("not settled", arrival("bb", None), vec![known(PlaceKind::Network, "aa", 19, 2)], None),
        ("often", arrival("bb", None), vec![known(PlaceKind::Network, "aa", 20, 2)], Some(None)),
        ("long", arrival("bb", None), vec![known(PlaceKind::Network, "aa", 1, 25)], Some(None)),
        ("at home", arrival("aa", Some("SE")), home(), None),
        ("another country", arrival("bb", Some("NO")), home(), Some(Some("NO"))),
        ("another country, same network", arrival("aa", Some("NO")), home(), Some(Some("NO"))),
        ("another network", arrival("bb", Some("SE")), home(), Some(None)),
        ("first told of a country", arrival("aa", Some("SE")), vec![network("aa")], None),
        ("who moves about", arrival("dd", Some("SE")), roaming.clone(), None),
        ("who moves abroad", arrival("dd", Some("NO")), roaming, Some(Some("NO"))),
    ];
    for (name, arrival, known, expected) in rows {
        let found = judge_places(&[arrival], &known);
        let told = found.first().map(|(_, what)| what.countries.first().map(String::as_str));
        assert_eq!(told, expected, "{name}");
    }
}

#[test]
fn one_thing_a_letter_that_names_every_new_place() {
    let known = [network("aa"), country("SE")];
    let new = |network: &str, code: &str| arrival(network, Some(code));
    let rows = [
        (vec![new("cc", "NO")], "3 calls came from Norway, and none ever did before."),
        (vec![new("bb", "SE")], "3 calls came from a network that none came from before."),
        (
            vec![new("bb", "SE"), new("cc", "SE")],
            "6 calls came from 2 networks that none came from before.",
        ),
        (
            vec![new("cc", "NO"), new("dd", "NO"), new("ee", "PE")],
            "9 calls came from Norway and Peru, and none ever did before.",
        ),
        (
            vec![new("bb", "SE"), new("cc", "NO"), new("aa", "SE"), new("ee", "PE")],
            "9 calls came from Norway, Peru and a new network, and none ever did before.",
        ),
    ];
    for (arrivals, sentence) in rows {
        let found = judge_places(&arrivals, &known);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].1.sentence(), sentence);
    }
    let other = Arrival { grant: GrantId(Uuid::from_u128(1)), ..arrival("zz", Some("NO")) };
    assert_eq!(judge_places(&[other], &known), [], "what is known of one letter is of no other");
}

#[test]
fn sentences_tell_counts_alone() {
    let night = |contacts, usual_reads, usual_contacts| {
        let (began_at, last_at) = (at(4), at(0));
        let reads = 400;
        let night =
            Night { grant: GRANT, reads, contacts, usual_reads, usual_contacts, began_at, last_at };
        night.judged().unwrap().sentence()
    };
    assert_eq!(
        night(0, 0, 0),
        "400 calls read the account at night. In the two weeks before, nothing was read at night."
    );
    assert_eq!(
        night(900, 12, 40),
        "400 calls read the account at night, and 900 contacts were taken out. The busiest nights \
         before had 12 calls and 40 contacts."
    );
}
