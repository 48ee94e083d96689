//! The directory's figures and states in the product's words.

use api::directory::{AccessPreset, Expert, Rating, ServiceState};
use api::kernel::money::{Currency, Money};
use api::matching::{language_name, language_named};
use api::program;
use chrono::{DateTime, NaiveTime, Utc};

use crate::format;
use crate::view::{Choice, State, Tier, Tone};

/// A price in a heading: "€1,800".
pub fn price(money: Money) -> String {
    format::money_whole(money)
}

/// A price in a column: "€1,800.00".
pub fn amount(money: Money) -> String {
    money.to_string()
}

/// A price as a person would type it into its field: "1,800" or "1,800.50".
pub fn typed(money: Money) -> String {
    let words = price(money);
    words.trim_start_matches(|c: char| !c.is_ascii_digit()).to_owned()
}

/// What stands before the figure of a money field: "€", "CHF".
pub fn unit(currency: Currency) -> String {
    currency.sign().trim().to_owned()
}

/// "6 days", "5 weeks": whole weeks from two weeks on.
pub fn length(days: i32) -> String {
    let days = u64::try_from(days).unwrap_or_default();
    if days >= 14 && days.is_multiple_of(7) {
        format::count(days / 7, "week", "weeks")
    } else {
        format::count(days, "day", "days")
    }
}

/// "4.9 from 14" reviews, or that there is none yet.
pub fn rating(rating: Rating) -> String {
    match rating.average_hundredths() {
        Some(hundredths) => {
            let tenths = (hundredths + 5) / 10;
            format!("{}.{} from {}", tenths / 10, tenths % 10, rating.reviews)
        }
        None => "none yet".to_owned(),
    }
}

/// Standing, or that somebody is new: listed, and no job yet.
pub fn tier(expert: &Expert) -> Tier {
    match expert.tier {
        program::Tier::Listed if expert.jobs_in_all() == 0 => Tier::newcomer(),
        program::Tier::Listed => Tier::ranked("Listed", 1),
        program::Tier::Accredited => Tier::ranked("Accredited", 2),
        program::Tier::Principal => Tier::ranked("Principal", 3),
    }
}

/// The name of a kind of access.
pub fn access(preset: AccessPreset) -> &'static str {
    match preset {
        AccessPreset::None => "None",
        AccessPreset::ReadOnly => "Read only",
        AccessPreset::AuthorDrafts => "Author drafts",
        AccessPreset::RunCampaigns => "Run campaigns",
        AccessPreset::FullOperator => "Full operator",
    }
}

/// What the kind of access means, in a sentence.
pub fn access_meaning(preset: AccessPreset) -> &'static str {
    match preset {
        AccessPreset::None => "Works without your account.",
        AccessPreset::ReadOnly => {
            "Looks at campaigns, lists and results. Changes nothing, sees no contact."
        }
        AccessPreset::AuthorDrafts => "Reads, and writes drafts. Only you send.",
        AccessPreset::RunCampaigns => {
            "Writes, schedules and sends campaigns, and looks after contacts and lists."
        }
        AccessPreset::FullOperator => {
            "Everything the application offers, deleting and exporting included."
        }
    }
}

/// The same, told to the consultant who will work there.
pub fn access_offered(preset: AccessPreset) -> &'static str {
    match preset {
        AccessPreset::None => "You work without the customer’s account.",
        AccessPreset::ReadOnly => {
            "You look at campaigns, lists and results. You change nothing and see no contact."
        }
        AccessPreset::AuthorDrafts => "You read, and write drafts. Only the customer sends.",
        AccessPreset::RunCampaigns => {
            "You write, schedule and send campaigns, and look after contacts and lists."
        }
        AccessPreset::FullOperator => {
            "You do everything the application offers, deleting and exporting included."
        }
    }
}

pub fn service_state(state: ServiceState) -> State {
    match state {
        ServiceState::Draft => State::DRAFT,
        ServiceState::Published => State::new(Tone::Good, "done", "Offered"),
        ServiceState::Archived => State::new(Tone::Plain, "ban", "Archived"),
    }
}

/// "English", "Portuguese (BR)".
pub fn language(tag: &str) -> String {
    match tag.split_once('-') {
        Some((base, region)) => format!("{} ({region})", language_name(base)),
        None => language_name(tag).to_owned(),
    }
}

/// The tag of a language as people write it: its name, its name with a region, or the tag itself.
pub fn language_tag(word: &str) -> String {
    let word = word.trim();
    let (name, region) = match word.strip_suffix(')').and_then(|w| w.split_once('(')) {
        Some((name, region)) => (name.trim(), Some(region.trim())),
        None => (word, None),
    };
    match (language_named(name), region) {
        (Some(tag), Some(region)) => format!("{tag}-{region}"),
        (Some(tag), None) => tag.to_owned(),
        (None, _) => word.to_owned(),
    }
}

/// Languages to choose from in a search.
pub fn languages(chosen: &str) -> Vec<Choice> {
    let mut tags: Vec<&str> = TAGS.to_vec();
    if !chosen.is_empty() && !tags.contains(&chosen) {
        tags.push(chosen);
    }
    let mut choices: Vec<Choice> =
        tags.iter().map(|tag| Choice::new(tag, &language(tag), *tag == chosen)).collect();
    choices.sort_by(|a, b| a.label.cmp(&b.label));
    choices.insert(0, Choice::new("", "Any", chosen.is_empty()));
    choices
}

const TAGS: &[&str] = &[
    "ar", "bn", "cs", "da", "de", "el", "en", "es", "et", "fi", "fil", "fr", "he", "hi", "hu",
    "id", "it", "ja", "ko", "lt", "lv", "nb", "nl", "pl", "pt", "ro", "ru", "sv", "th", "tr", "uk",
    "vi", "yo", "zh",
];

/// "09:00 to 17:30 in Lisbon".
pub fn hours(from: NaiveTime, until: NaiveTime, zone: chrono_tz::Tz) -> String {
    format!("{} to {} in {}", clock(from), clock(until), format::zone_city(zone))
}

/// An hour as its field takes it: "09:00".
pub fn clock(hour: NaiveTime) -> String {
    hour.format("%H:%M").to_string()
}

/// When somebody can begin: "now", "from 18 May", "full".
pub fn free(expert: &Expert, now: DateTime<Utc>) -> String {
    let today = now.with_timezone(&expert.zone.tz()).date_naive();
    match expert.free_from {
        _ if !expert.accepting_clients => "full".to_owned(),
        Some(day) if day > today => format!("from {}", format::day(day, today)),
        _ => "now".to_owned(),
    }
}

/// Choices of a taxonomy, the chosen ones marked.
pub fn choices<'a>(
    words: impl Iterator<Item = (&'a str, &'a str)>,
    chosen: &[String],
) -> Vec<Choice> {
    let choice =
        |(slug, title): (&str, &str)| Choice::new(slug, title, chosen.iter().any(|c| c == slug));
    words.map(choice).collect()
}

/// The same with a first choice that asks for nothing.
pub fn choices_or<'a>(
    any: &str,
    words: impl Iterator<Item = (&'a str, &'a str)>,
    chosen: &str,
) -> Vec<Choice> {
    let mut choices = choices(words, &[chosen.to_owned()]);
    choices.insert(0, Choice::new("", any, chosen.is_empty()));
    choices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_as_typed_and_their_unit() {
        assert_eq!(typed(Money::new(180_000, Currency::Eur)), "1,800");
        assert_eq!(typed(Money::new(180_050, Currency::Chf)), "1,800.50");
        assert_eq!(unit(Currency::Eur), "€");
        assert_eq!(unit(Currency::Chf), "CHF");
        assert_eq!(length(35), "5 weeks");
        assert_eq!(length(6), "6 days");
        assert_eq!(length(7), "7 days");
    }

    #[test]
    fn languages_as_people_write_them() {
        for (tag, word) in
            [("en", "English"), ("ga", "Irish"), ("pt-BR", "Portuguese (BR)"), ("xx", "xx")]
        {
            assert_eq!(language(tag), word);
            assert_eq!(language_tag(word), tag);
        }
        assert_eq!(language_tag(" german "), "de");
        assert_eq!(language_tag("sv"), "sv");
    }

    #[test]
    fn ratings_have_one_decimal() {
        assert_eq!(rating(Rating { reviews: 14, points: 206 }), "4.9 from 14");
        assert_eq!(rating(Rating::default()), "none yet");
    }
}
