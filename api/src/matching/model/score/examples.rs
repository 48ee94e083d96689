//! One need and candidates around it, told apart by one fact each.

use super::*;
use crate::kernel::money::Currency::Usd;
use chrono::TimeDelta;
use uuid::Uuid;

fn named(slug: &str, title: &str) -> Named {
    Named { slug: slug.to_owned(), title: title.to_owned() }
}

fn skill(slug: &str, title: &str) -> SkillWanted {
    let category = named("alignment", "Marketing and sales alignment");
    SkillWanted { slug: slug.to_owned(), title: title.to_owned(), category }
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Dealer leads go cold: three skills, outdoor, 7,000 to 9,500 dollars, by 12 May, four hours a
/// day with Stockholm, English and German.
pub fn need() -> Need {
    Need {
        skills: vec![
            skill("dealers", "Dealer programmes"),
            skill("handover", "Lead hand-over"),
            skill("levels", "Service levels"),
        ],
        industry: Some(named("outdoor", "Outdoor and sport")),
        budget_min: Money::new(700_000, Usd),
        budget_max: Money::new(950_000, Usd),
        need_by: day("2026-05-12"),
        today: day("2026-05-06"),
        languages: vec!["en".to_owned(), "de".to_owned()],
        overlap_minutes: 240,
        zone: Zone::parse("Europe/Stockholm").unwrap(),
    }
}

fn words(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

pub fn offer(id: u128, price_minor: i64) -> Offer {
    Offer {
        service: ServiceId(Uuid::from_u128(id)),
        category: "alignment".to_owned(),
        title: "Dealer lead flow".to_owned(),
        currency: Usd,
        price_minor,
    }
}

/// Everything that the need asks for, five times proven and reviewed.
pub fn perfect(id: u128) -> Candidate {
    let hour = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    Candidate {
        profile: ProfileId(Uuid::from_u128(id)),
        published_at: DateTime::from_timestamp(1_700_000_000, 0).unwrap(),
        skills: words(&["dealers", "handover", "levels"]),
        industries: words(&["outdoor"]),
        languages: words(&["en", "de", "pl"]),
        zone: Zone::parse("Europe/Warsaw").unwrap(),
        works_from: hour(8),
        works_until: hour(17),
        free_from: None,
        jobs: BTreeMap::from([("alignment".to_owned(), 5)]),
        offers: vec![offer(1, 760_000)],
        reviews: 4,
    }
}

fn lines(found: &Match) -> Vec<String> {
    let line = |f: &Factor| format!("{} {}: {}", f.key, f.points_milli, f.reason);
    found.factors.iter().map(line).collect()
}

#[test]
fn nothing_missing_is_a_hundred() {
    let found = score(&need(), &perfect(1));
    assert_eq!(found.score_milli, 100_000);
    assert!(!found.newcomer);
    assert_eq!(
        lines(&found),
        [
            "same-work 35000: 5 finished jobs in Marketing and sales alignment; 3 of the 3 skills",
            "industry 20000: Works for Outdoor and sport",
            "budget 15000: Dealer lead flow at $7,600.00, within $7,000.00 to $9,500.00",
            "hours 15000: 8 h a day with Stockholm, you want 4 h",
            "start 10000: Free now",
            "language 5000: English and German",
        ]
    );
    let ranked = rank(&need(), &[perfect(1)]);
    assert_eq!(ranked[0].change.line, "Nothing: no change would add points.");
}

/// The line says what decides where no points do.
#[test]
fn equal_points_tell_what_decides() {
    let later =
        |n| Candidate { published_at: perfect(1).published_at + TimeDelta::days(1), ..perfect(n) };
    let ranked = rank(&need(), &[later(2), perfect(1)]);
    assert_eq!(
        ranked[1].change.line,
        "No change would add points. Of equal points, whose profile was published earlier stands \
         first.",
    );
    let mut busier = perfect(3);
    busier.jobs.insert("training".to_owned(), 9);
    let ranked = rank(&need(), &[perfect(1), busier.clone()]);
    assert_eq!(
        ranked[1].change.line,
        "No change would add points. Of equal points, who finished more jobs here stands first.",
    );
    let away = Candidate { free_from: Some(need().need_by + TimeDelta::days(9)), ..perfect(1) };
    let ranked = rank(&need(), &[away, busier]);
    let line = &ranked[1].change.line;
    let end = "and keep place 2 with 100.0, level with the place before: who finished more jobs \
               here stands first.";
    assert!(line.ends_with(end), "{line}");
}

#[test]
fn a_hundred_is_the_most() {
    assert_eq!(FactorKey::ALL.iter().map(|key| key.of_milli()).sum::<i32>(), 100_000);
}

type Spoil = fn(&mut Candidate);

/// One fact spoiled each: points lost, the line that warns and the line that tells what helps.
const SPOILED: &[(Spoil, i32, &str, &str)] = &[
    (
        |c| c.jobs.clear(),
        15_000,
        "No finished job here yet, so nothing is proven.",
        concat!(
            "One more finished job in Marketing and sales alignment would add 3.0 ",
            "and keep place 2 with 88.0.",
        ),
    ),
    (
        |c| c.jobs = BTreeMap::from([("alignment".to_owned(), 1), ("reporting".to_owned(), 9)]),
        12_000,
        "Only one finished job in Marketing and sales alignment.",
        concat!(
            "One more finished job in Marketing and sales alignment would add 3.0 ",
            "and keep place 2 with 91.0.",
        ),
    ),
    (
        |c| c.jobs = BTreeMap::from([("reporting".to_owned(), 9)]),
        15_000,
        "No finished job in Marketing and sales alignment yet.",
        concat!(
            "One more finished job in Marketing and sales alignment would add 3.0 ",
            "and keep place 2 with 88.0.",
        ),
    ),
    (
        |c| c.skills.retain(|skill| skill == "dealers"),
        13_400,
        "Does not list Lead hand-over and Service levels.",
        concat!(
            "Lead hand-over and Service levels among their skills would add 13.4 ",
            "and keep place 2 with 100.0.",
        ),
    ),
    (
        |c| c.industries.clear(),
        20_000,
        "Outdoor and sport is not among their industries.",
        "Outdoor and sport among their industries would add 20.0 and keep place 2 with 100.0.",
    ),
    (
        |c| c.offers = vec![offer(1, 1_120_000)],
        5_400,
        "Dealer lead flow costs $11,200.00, $1,700.00 above your range.",
        "Dealer lead flow at $9,500.00 would add 5.4 and keep place 2 with 100.0.",
    ),
    (
        |c| c.offers.clear(),
        15_000,
        "No listed package for this kind of work, so its price is unknown.",
        "Nothing: no change would add points.",
    ),
    (
        |c| c.zone = Zone::parse("America/New_York").unwrap(),
        3_800,
        "Shares 3 h a day with Stockholm, not the 4 h you want.",
        "4 h a day shared with Stockholm would add 3.8 and keep place 2 with 100.0.",
    ),
    (
        |c| c.zone = Zone::parse("Pacific/Auckland").unwrap(),
        15_000,
        "Shares no office hours with Stockholm.",
        "4 h a day shared with Stockholm would add 15.0 and keep place 2 with 100.0.",
    ),
    (
        |c| c.free_from = Some(day("2026-05-18")),
        6_000,
        "The first free day is 18 May 2026, 6 days after the day you need somebody.",
        "A start by 12 May 2026 would add 6.0 and keep place 2 with 100.0.",
    ),
    (
        |c| c.free_from = Some(day("2026-05-13")),
        1_000,
        "The first free day is 13 May 2026, 1 day after the day you need somebody.",
        "A start by 12 May 2026 would add 1.0 and keep place 2 with 100.0.",
    ),
    (
        |c| c.languages = words(&["en", "pl"]),
        2_500,
        "Does not work in German.",
        "Work in German would add 2.5 and keep place 2 with 100.0.",
    ),
    (
        |c| c.reviews = 0,
        0,
        "No published review yet, so nobody tells how it was.",
        "Nothing: no change would add points.",
    ),
    (
        |_| {},
        0,
        "Nothing is missing on paper. How you work together, only a talk shows.",
        "Nothing: no change would add points.",
    ),
];

#[test]
fn each_loss_is_told() {
    for (spoil, lost, watch_out, change) in SPOILED {
        let mut candidate = perfect(2);
        spoil(&mut candidate);
        let ranked = rank(&need(), &[candidate, perfect(1)]);
        let found = &ranked[1];
        assert_eq!(found.fit.watch_out, *watch_out);
        assert_eq!(found.fit.score_milli, 100_000 - lost, "{watch_out}");
        assert_eq!(found.change.line, *change, "{watch_out}");
    }
}

#[test]
fn a_change_may_lift() {
    let mut late = perfect(1);
    late.free_from = Some(day("2026-05-18"));
    let mut single = perfect(2);
    single.languages = words(&["en"]);
    let ranked = rank(&need(), &[late, single]);
    assert_eq!(
        ranked[1].change.line,
        "A start by 12 May 2026 would add 6.0 and lift them from place 2 to place 1 with 100.0."
    );
    assert_eq!((ranked[1].change.place, ranked[1].change.gain_milli), (1, 6_000));
}

/// Same points: more verified jobs first, then the earlier publication, then the smaller id.
#[test]
fn ties_have_an_order() {
    let later = |id| {
        let mut candidate = perfect(id);
        candidate.published_at += chrono::Duration::days(1);
        candidate
    };
    let mut busier = later(9);
    busier.jobs.insert("reporting".to_owned(), 1);
    let ranked = rank(&need(), &[later(4), perfect(7), busier, perfect(3)]);
    let order: Vec<u128> = ranked.iter().map(|r| r.profile.0.as_u128()).collect();
    assert_eq!(order, [9, 3, 7, 4]);
}

#[test]
fn a_newcomer_is_labelled_and_gains_nothing_by_it() {
    let mut newcomer = perfect(1);
    newcomer.jobs.clear();
    let found = score(&need(), &newcomer);
    assert!(found.newcomer);
    assert_eq!(found.factors[0].points_milli, 20_000);
}

#[test]
fn at_most_twenty_are_kept() {
    let many: Vec<Candidate> = (1..=50).map(perfect).collect();
    let ranked = rank(&need(), &many);
    assert_eq!(ranked.len(), MOST_RANKED);
    let places: Vec<usize> = ranked.iter().map(|r| r.place).collect();
    assert_eq!(places, (1..=20).collect::<Vec<_>>());
}

#[test]
fn the_package_that_fits_best_is_looked_at() {
    let mut candidate = perfect(1);
    let other_work = Offer { category: "reporting".to_owned(), ..offer(1, 800_000) };
    let other_money = Offer { currency: crate::kernel::money::Currency::Eur, ..offer(2, 800_000) };
    candidate.offers = vec![offer(3, 960_000), other_work, other_money, offer(4, 940_000)];
    assert_eq!(score(&need(), &candidate).service, Some(ServiceId(Uuid::from_u128(4))));
}
