//! What holds for every need and candidate.

use super::*;
use crate::kernel::money::Currency::{Eur, Jpy, Usd};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

const ZONES: [&str; 8] = [
    "Europe/Stockholm",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Cairo",
    "America/St_Johns",
    "UTC",
];

fn word() -> impl Strategy<Value = String> {
    select(vec!["a", "b", "c", "d", "e"]).prop_map(str::to_owned)
}

fn tag() -> impl Strategy<Value = String> {
    select(vec!["en", "de", "pt", "pt-BR", "fil", "tlh"]).prop_map(str::to_owned)
}

fn zone() -> impl Strategy<Value = Zone> {
    select(ZONES.to_vec()).prop_map(|name| Zone::parse(name).unwrap())
}

fn date() -> impl Strategy<Value = NaiveDate> {
    (0u64..800).prop_map(|n| examples::day("2025-06-01") + chrono::Days::new(n))
}

/// Sensible prices, and ones that no sane program has.
fn minor() -> impl Strategy<Value = i64> {
    prop_oneof![8 => 0i64..2_000_000, 1 => Just(i64::MAX), 1 => Just(i64::MIN), 1 => any::<i64>()]
}

fn skill() -> impl Strategy<Value = SkillWanted> {
    (word(), word()).prop_map(|(slug, category)| SkillWanted {
        title: slug.to_uppercase(),
        slug,
        category: Named { title: category.to_uppercase(), slug: category },
    })
}

fn need() -> impl Strategy<Value = Need> {
    let words = (vec(skill(), 0..8), proptest::option::of(word()), vec(tag(), 0..4));
    let numbers = (minor(), minor(), -5i32..800, select(vec![Usd, Eur, Jpy]));
    (words, numbers, date(), date(), zone()).prop_map(|(words, numbers, need_by, today, zone)| {
        let (skills, industry, languages) = words;
        let (min, max, overlap_minutes, currency) = numbers;
        Need {
            skills,
            industry: industry.map(|slug| Named { title: slug.to_uppercase(), slug }),
            budget_min: Money::new(min, currency),
            budget_max: Money::new(max, currency),
            need_by,
            today,
            languages,
            overlap_minutes,
            zone,
        }
    })
}

fn offer() -> impl Strategy<Value = Offer> {
    (any::<u128>(), word(), minor(), select(vec![Usd, Eur, Jpy])).prop_map(
        |(id, category, price_minor, currency)| Offer {
            service: ServiceId(Uuid::from_u128(id)),
            title: category.to_uppercase(),
            category,
            currency,
            price_minor,
        },
    )
}

fn candidate() -> impl Strategy<Value = Candidate> {
    let sets = (btree_set(word(), 0..5), btree_set(word(), 0..5), btree_set(tag(), 0..5));
    let time = (0u32..86_400, 0u32..86_400, proptest::option::of(date()), zone());
    let proven = (btree_map(word(), -2i64..9, 0..4), vec(offer(), 0..5), 0i64..3);
    (any::<u128>(), 0i64..4, sets, time, proven).prop_map(|(id, at, sets, time, proven)| {
        let clock = |second| NaiveTime::from_num_seconds_from_midnight_opt(second, 0).unwrap();
        Candidate {
            profile: ProfileId(Uuid::from_u128(id)),
            published_at: DateTime::from_timestamp(at, 0).unwrap(),
            skills: sets.0,
            industries: sets.1,
            languages: sets.2,
            works_from: clock(time.0),
            works_until: clock(time.1),
            free_from: time.2,
            zone: time.3,
            jobs: proven.0,
            offers: proven.1,
            reviews: proven.2,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn the_parts_add_up_to_the_score(need in need(), candidate in candidate()) {
        let found = score(&need, &candidate);
        let sum: i32 = found.factors.iter().map(|factor| factor.points_milli).sum();
        prop_assert_eq!(sum, found.score_milli);
        prop_assert!((0..=100_000).contains(&found.score_milli));
        let keys: Vec<FactorKey> = found.factors.iter().map(|factor| factor.key).collect();
        prop_assert_eq!(keys, FactorKey::ALL);
        for factor in &found.factors {
            prop_assert!((0..=factor.of_milli).contains(&factor.points_milli));
            prop_assert_eq!(factor.of_milli, factor.key.of_milli());
            prop_assert_eq!(factor.points_milli % 100, 0);
            prop_assert!(!factor.reason.is_empty() && factor.facts.is_object());
        }
        prop_assert!(found.watch_out.ends_with('.'));
    }

    /// The same facts give the same bytes, in whatever order the offers are listed.
    #[test]
    fn the_same_facts_give_the_same_bytes(need in need(), candidate in candidate()) {
        let bytes = |c: &Candidate| serde_json::to_vec(&score(&need, c)).unwrap();
        let mut turned = candidate.clone();
        turned.offers.reverse();
        prop_assert_eq!(bytes(&candidate), bytes(&turned));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_order_of_candidates_changes_nothing(
        need in need(), (some, shuffled) in vec(candidate(), 0..30)
            .prop_flat_map(|some| (Just(some.clone()), Just(some).prop_shuffle())),
    ) {
        let ranked = rank(&need, &some);
        prop_assert_eq!(&ranked, &rank(&need, &shuffled));
        prop_assert_eq!(ranked.len(), some.len().min(MOST_RANKED));
        prop_assert!(ranked.is_sorted_by(|a, b| a.fit.score_milli >= b.fit.score_milli));
    }

    /// The line about a change speaks of what scoring the changed candidate gives.
    #[test]
    fn a_change_never_takes_points_or_places(need in need(), some in vec(candidate(), 1..12)) {
        for found in rank(&need, &some) {
            prop_assert!(found.change.gain_milli >= 0);
            prop_assert!(found.fit.score_milli + found.change.gain_milli <= 100_000);
            prop_assert_eq!(found.change.key.is_none(), found.change.gain_milli == 0);
            prop_assert!(found.change.place <= found.place);
        }
    }
}
