//! What a customer writes into a brief, and what it must look like.

use crate::directory::Language;
use crate::kernel::check::{Checks, Invalid};
use crate::kernel::money::{Currency, Money};
use crate::kernel::zone::Zone;
use crate::matching::model::score::OFFICE_MINUTES;
use crate::program::Taxonomy;
use chrono::{DateTime, Days, NaiveDate, Utc};
use std::collections::BTreeSet;

/// The most a budget or a price may be, in minor units.
pub const MOST_MINOR: i64 = 100_000_000_000;

const MOST_SKILLS: usize = 8;
const MOST_LANGUAGES: usize = 12;
/// How far ahead somebody may be needed.
const MOST_DAYS_AHEAD: u64 = 730;

/// The words and numbers of a brief as they were sent, or in form once they are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BriefFields {
    pub title: String,
    pub problem: String,
    /// Slugs of skills.
    pub skills: Vec<String>,
    /// Slug of an industry.
    pub industry: Option<String>,
    pub budget_min: Money,
    pub budget_max: Money,
    pub need_by: NaiveDate,
    /// Language tags.
    pub languages: Vec<String>,
    pub overlap_minutes: i32,
    /// IANA name.
    pub zone: String,
}

impl BriefFields {
    /// The fields in form; errors name each field at fault. `now` decides which days are past in
    /// the brief's zone.
    pub fn checked(
        self,
        taxonomy: &Taxonomy,
        currency: Currency,
        now: DateTime<Utc>,
    ) -> Result<Self, Invalid> {
        let mut checks = Checks::new();
        let title = checks.text("title", &self.title, "a title", (1, 120));
        let problem = checks.text("problem", &self.problem, "the problem", (1, 8000));
        let skills = skills(&mut checks, self.skills, taxonomy);
        if let Some(slug) = &self.industry {
            let known = taxonomy.industry(slug).is_some();
            checks.that(known, "industry", format!("The program has no industry {slug:?}"));
        }
        budget(&mut checks, self.budget_min, self.budget_max, currency);
        let languages = languages(&mut checks, &self.languages);
        let overlap = (0..=OFFICE_MINUTES).contains(&self.overlap_minutes);
        let message = format!("Choose from 0 to {OFFICE_MINUTES} minutes a day");
        checks.that(overlap, "overlap_minutes", message);
        let zone = Zone::parse(&self.zone);
        let zone = checks.parsed("zone", zone, "Choose a time zone, such as Europe/Stockholm");
        if let Some(zone) = zone {
            day(&mut checks, self.need_by, zone, now);
        }
        checks.finish()?;
        let zone = zone.map_or(self.zone, |zone| zone.name().to_owned());
        Ok(Self { title, problem, skills, languages, zone, ..self })
    }
}

/// Notes a fault when the day is past where the brief is, or too far ahead.
pub fn day(checks: &mut Checks, need_by: NaiveDate, zone: Zone, now: DateTime<Utc>) {
    let today = now.with_timezone(&zone.tz()).date_naive();
    checks.that(need_by >= today, "need_by", "Choose a day that is not past");
    let last = today.checked_add_days(Days::new(MOST_DAYS_AHEAD));
    let near = last.is_none_or(|last| need_by <= last);
    checks.that(near, "need_by", "Choose a day within two years");
}

/// Distinct slugs in order; each unknown one is named by its place.
fn skills(checks: &mut Checks, slugs: Vec<String>, taxonomy: &Taxonomy) -> Vec<String> {
    let some = (1..=MOST_SKILLS).contains(&slugs.len());
    checks.that(some, "skills", format!("Choose one to {MOST_SKILLS} skills"));
    for (n, slug) in slugs.iter().enumerate().take(MOST_SKILLS) {
        let known = taxonomy.skill(slug).is_some();
        checks.that(known, &format!("skills[{n}]"), format!("The program has no skill {slug:?}"));
    }
    let distinct: BTreeSet<String> = slugs.into_iter().collect();
    distinct.into_iter().collect()
}

fn languages(checks: &mut Checks, tags: &[String]) -> Vec<String> {
    let some = (1..=MOST_LANGUAGES).contains(&tags.len());
    checks.that(some, "languages", format!("Choose one to {MOST_LANGUAGES} languages"));
    let mut languages: Vec<String> = Vec::new();
    for (n, tag) in tags.iter().enumerate().take(MOST_LANGUAGES) {
        let field = format!("languages[{n}]");
        let language = checks.parsed(&field, Language::parse(tag), &unknown_language(tag));
        let tag = language.map(|language| language.as_str().to_owned());
        languages.extend(tag.filter(|tag| !languages.contains(tag)));
    }
    languages
}

/// Names the word, since several are written in one field.
fn unknown_language(tag: &str) -> String {
    format!("{tag:?} is no language we know: enter its tag, such as en or pt-BR")
}

fn budget(checks: &mut Checks, min: Money, max: Money, currency: Currency) {
    for (field, amount, least) in [("budget_min", min, 0), ("budget_max", max, 1)] {
        let message = format!("This program's currency is {currency}");
        checks.that(amount.currency() == currency, field, message);
        let most = Money::new(MOST_MINOR, amount.currency());
        let fits = (least..=MOST_MINOR).contains(&amount.minor());
        let least = Money::new(least, amount.currency());
        checks.that(fits, field, format!("Enter an amount from {least} to {most}"));
    }
    let ordered = min.minor() <= max.minor();
    checks.that(ordered, "budget_max", "Enter an amount that is not below the lower end");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::money::Currency::{Eur, Usd};
    use crate::program::{Category, Industry, Skill};

    fn taxonomy() -> Taxonomy {
        let text = str::to_owned;
        let category =
            Category { slug: text("reporting"), title: text("Reporting"), line: text("Figures.") };
        let skill =
            |slug: &str| Skill { slug: text(slug), title: text(slug), category: text("reporting") };
        Taxonomy {
            categories: vec![category],
            skills: vec![skill("dashboards"), skill("attribution")],
            industries: vec![Industry { slug: text("hotels"), title: text("Hotels") }],
        }
    }

    fn fields() -> BriefFields {
        BriefFields {
            title: " Figures for the board ".to_owned(),
            problem: "Three numbers of new dealers.".to_owned(),
            skills: vec!["dashboards".to_owned(), "attribution".to_owned()],
            industry: Some("hotels".to_owned()),
            budget_min: Money::new(0, Usd),
            budget_max: Money::new(1, Usd),
            need_by: "2026-05-12".parse().unwrap(),
            languages: vec!["EN".to_owned(), "pt-br".to_owned(), "en".to_owned()],
            overlap_minutes: 0,
            zone: "Europe/Stockholm".to_owned(),
        }
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn check(fields: BriefFields) -> Result<BriefFields, Invalid> {
        fields.checked(&taxonomy(), Usd, at("2026-05-11T12:00:00Z"))
    }

    #[test]
    fn what_fits_takes_one_form() {
        let checked = check(fields()).unwrap();
        assert_eq!(checked.title, "Figures for the board");
        assert_eq!(checked.skills, ["attribution", "dashboards"]);
        assert_eq!(checked.languages, ["en", "pt-BR"]);
    }

    /// The day is past or not by the clock on the wall of the brief's zone.
    #[test]
    fn a_day_is_past_where_the_brief_is() {
        let ok = |zone: &str, now: &str| {
            let fields = BriefFields { zone: zone.to_owned(), ..fields() };
            fields.checked(&taxonomy(), Usd, at(now)).is_ok()
        };
        assert!(ok("Europe/Stockholm", "2026-05-12T21:59:59Z"));
        assert!(!ok("Europe/Stockholm", "2026-05-12T22:00:00Z"));
        assert!(ok("Pacific/Honolulu", "2026-05-13T09:59:59Z"));
        assert!(!ok("Pacific/Auckland", "2026-05-12T12:00:00Z"));
    }

    type Spoil = fn(&mut BriefFields);

    #[test]
    fn each_field_at_fault_is_named() {
        let spoiled: &[(Spoil, &[&str])] = &[
            (|f| f.title = " ".to_owned(), &["title"]),
            (|f| f.title = "x".repeat(121), &["title"]),
            (|f| f.problem = String::new(), &["problem"]),
            (|f| f.problem = "x".repeat(8001), &["problem"]),
            (|f| f.skills.clear(), &["skills"]),
            (|f| f.skills = vec!["dashboards".to_owned(); 9], &["skills"]),
            (|f| f.skills.insert(1, "juggling".to_owned()), &["skills[1]"]),
            (|f| f.industry = Some("circus".to_owned()), &["industry"]),
            (|f| f.budget_min = Money::new(-1, Usd), &["budget_min"]),
            (|f| f.budget_max = Money::new(0, Usd), &["budget_max"]),
            (|f| f.budget_max = Money::new(MOST_MINOR + 1, Usd), &["budget_max"]),
            (|f| f.budget_min = Money::new(2, Usd), &["budget_max"]),
            (|f| f.budget_max = Money::new(5, Eur), &["budget_max"]),
            (|f| f.need_by = "2026-05-10".parse().unwrap(), &["need_by"]),
            (|f| f.need_by = "2029-05-10".parse().unwrap(), &["need_by"]),
            (|f| f.languages.clear(), &["languages"]),
            (|f| f.languages.push("english".to_owned()), &["languages[3]"]),
            (|f| f.overlap_minutes = -1, &["overlap_minutes"]),
            (|f| f.overlap_minutes = 481, &["overlap_minutes"]),
            (|f| f.zone = "Stockholm".to_owned(), &["zone"]),
            (
                |f| {
                    f.title.clear();
                    f.skills = vec!["juggling".to_owned()];
                    f.zone.clear();
                },
                &["title", "skills[0]", "zone"],
            ),
        ];
        for (spoil, expected) in spoiled {
            let mut fields = fields();
            spoil(&mut fields);
            let Invalid(faults) = check(fields.clone()).expect_err("a fault");
            let named: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
            assert_eq!(named, *expected, "{fields:?}");
        }
    }
}
