//! What an owner sends, before it is checked: every fault is named by the field it is in.

use super::hourly::Hourly;
use super::language::Language;
use super::profile::ProfileFields;
use super::service::{AccessPreset, ServiceFields, ServiceMilestone};
use crate::kernel::check::{Checks, FieldError, Invalid};
use crate::kernel::money::{Currency, Money};
use crate::kernel::zone::Zone;
use crate::program::Taxonomy;
use chrono::{NaiveDate, NaiveTime};

const SKILLS: usize = 20;
const INDUSTRIES: usize = 12;
const LANGUAGES: usize = 12;
const LINES: usize = 20;
const MILESTONES: usize = 12;
const PRICES: std::ops::RangeInclusive<i64> = 1..=100_000_000_000;
const DAYS: std::ops::RangeInclusive<i32> = 1..=365;

/// A profile as it was sent.
#[derive(Debug, Clone, Default)]
pub struct ProfileDraft {
    pub headline: String,
    pub about: String,
    pub skills: Vec<String>,
    pub industries: Vec<String>,
    pub languages: Vec<String>,
    pub zone: String,
    /// `09:00`, on the clock of the zone.
    pub works_from: String,
    pub works_until: String,
    pub accepting_clients: bool,
    pub free_from: Option<NaiveDate>,
}

impl ProfileDraft {
    /// The fields in form. Errors name every field that breaks a rule.
    pub fn checked(self, words: &Taxonomy) -> Result<ProfileFields, Invalid> {
        let mut checks = Checks::new();
        let headline = checks.text("headline", &self.headline, "a headline", (1, 120));
        let about = checks.text("about", &self.about, "what you do", (0, 4000));
        let known = |slug: &str| words.skill(slug).is_some();
        let skills = chosen(&mut checks, "skills", self.skills, (SKILLS, &known));
        let known = |slug: &str| words.industry(slug).is_some();
        let industries = chosen(&mut checks, "industries", self.industries, (INDUSTRIES, &known));
        let languages = languages(&mut checks, &self.languages);
        let zone = checks.parsed(
            "zone",
            Zone::parse(self.zone.trim()),
            "Choose a time zone of the list, such as Europe/Stockholm",
        );
        let from = hour(&mut checks, "works_from", &self.works_from);
        let until = hour(&mut checks, "works_until", &self.works_until);
        if let (Some(from), Some(until)) = (from, until) {
            checks.that(from < until, "works_until", "Let the working day end after it begins");
        }
        checks.finish()?;
        let missing = || Invalid::field("zone", "Choose a time zone");
        Ok(ProfileFields {
            headline,
            about,
            skills,
            industries,
            languages,
            zone: zone.ok_or_else(missing)?,
            works_from: from.ok_or_else(missing)?,
            works_until: until.ok_or_else(missing)?,
            accepting_clients: self.accepting_clients,
            free_from: self.free_from,
        })
    }
}

/// Words of the taxonomy, each once, in the order sent.
fn chosen(
    checks: &mut Checks,
    field: &str,
    slugs: Vec<String>,
    (most, known): (usize, &dyn Fn(&str) -> bool),
) -> Vec<String> {
    let mut chosen: Vec<String> = Vec::new();
    for (at, slug) in slugs.into_iter().enumerate() {
        let message = format!("{slug:?} is not a word of this program");
        checks.that(known(&slug), &format!("{field}[{at}]"), message);
        if !chosen.contains(&slug) {
            chosen.push(slug);
        }
    }
    checks.that(chosen.len() <= most, field, format!("Choose at most {most}"));
    chosen
}

fn languages(checks: &mut Checks, tags: &[String]) -> Vec<String> {
    let mut languages: Vec<String> = Vec::new();
    for (at, tag) in tags.iter().enumerate() {
        let message =
            format!("“{tag}” is no language we know; its tag, such as en or pt-BR, works");
        let read = checks.parsed(&format!("languages[{at}]"), Language::parse(tag), &message);
        match read {
            Some(tag) if !languages.iter().any(|l| l == tag.as_str()) => {
                languages.push(tag.as_str().to_owned());
            }
            _ => {}
        }
    }
    checks.that(!tags.is_empty(), "languages", "Name a language that you work in");
    checks.that(languages.len() <= LANGUAGES, "languages", format!("Name at most {LANGUAGES}"));
    languages
}

fn hour(checks: &mut Checks, field: &str, text: &str) -> Option<NaiveTime> {
    let read = NaiveTime::parse_from_str(text.trim(), "%H:%M").ok();
    checks.parsed(field, read, "Write an hour and minutes, such as 09:00")
}

/// A step of the work as it was sent. What could not be read at all is absent.
#[derive(Debug, Clone, Default)]
pub struct MilestoneDraft {
    pub title: String,
    pub delivers: String,
    /// Minor units of the program's currency, fees included.
    pub price_minor: Option<i64>,
    pub days: Option<i32>,
}

/// A service as it was sent.
#[derive(Debug, Clone, Default)]
pub struct ServiceDraft {
    pub title: String,
    pub category: String,
    pub outcome: String,
    pub includes: Vec<String>,
    pub excludes: Vec<String>,
    pub prerequisites: Vec<String>,
    pub access: Option<AccessPreset>,
    pub milestones: Vec<MilestoneDraft>,
    /// For work by the hour, instead of milestones.
    pub hourly: Option<Hourly>,
}

impl ServiceDraft {
    /// The fields in form, with prices in the program's currency. Errors name every field that
    /// breaks a rule, milestones from `milestones[0]`.
    pub fn checked(self, words: &Taxonomy, currency: Currency) -> Result<ServiceFields, Invalid> {
        let mut checks = Checks::new();
        let title = checks.text("title", &self.title, "a title", (1, 120));
        let known = words.category(&self.category).is_some();
        checks.that(known, "category", "Choose a category of this program");
        let outcome = checks.text("outcome", &self.outcome, "the outcome", (1, 400));
        let includes = lines(&mut checks, "includes", &self.includes);
        let excludes = lines(&mut checks, "excludes", &self.excludes);
        let prerequisites = lines(&mut checks, "prerequisites", &self.prerequisites);
        let access = checks.parsed("access", self.access, "Choose the access that this work needs");
        let count = self.milestones.len();
        if let Some(hourly) = &self.hourly {
            checks.that(count == 0, "milestones", "Work by the hour has no milestones");
            hourly.check(&mut checks, currency);
        } else {
            let message = format!("Price the work in 1 to {MILESTONES} milestones");
            checks.that((1..=MILESTONES).contains(&count), "milestones", message);
        }
        let milestones: Vec<ServiceMilestone> = self
            .milestones
            .iter()
            .enumerate()
            .map(|(at, draft)| milestone(&mut checks, (at, draft), currency))
            .collect();
        checks.finish()?;
        Ok(ServiceFields {
            title,
            category: self.category,
            outcome,
            includes,
            excludes,
            prerequisites,
            access: access.unwrap_or(AccessPreset::None),
            milestones,
            hourly: self.hourly,
        })
    }
}

fn lines(checks: &mut Checks, field: &str, written: &[String]) -> Vec<String> {
    checks.that(written.len() <= LINES, field, format!("Write at most {LINES} lines"));
    let line = |(at, text): (usize, &String)| {
        checks.text(&format!("{field}[{at}]"), text, "a line", (1, 200)).replace('\n', " ")
    };
    written.iter().enumerate().map(line).collect()
}

fn milestone(
    checks: &mut Checks,
    (at, draft): (usize, &MilestoneDraft),
    currency: Currency,
) -> ServiceMilestone {
    let field = |part: &str| format!("milestones[{at}].{part}");
    let title = checks.text(&field("title"), &draft.title, "a title", (1, 120));
    let delivers = checks.text(&field("delivers"), &draft.delivers, "what is delivered", (1, 1000));
    let price = draft.price_minor.filter(|p| PRICES.contains(p));
    let most = Money::new(*PRICES.end(), currency);
    let message = format!("Enter a price above zero, at most {most}");
    let price = checks.parsed(&field("price_minor"), price, &message);
    let days = draft.days.filter(|d| DAYS.contains(d));
    let days = checks.parsed(&field("days"), days, "Enter whole days, 1 to 365");
    ServiceMilestone {
        title,
        delivers,
        price: Money::new(price.unwrap_or_default(), currency),
        days: days.unwrap_or_default(),
    }
}

impl ProfileFields {
    /// What must still be written before others can find the profile.
    pub fn missing(&self) -> Vec<FieldError> {
        let mut checks = Checks::new();
        checks.that(!self.about.is_empty(), "about", "Write what you do, and for whom");
        checks.that(!self.skills.is_empty(), "skills", "Choose at least one skill");
        checks.that(!self.industries.is_empty(), "industries", "Choose at least one industry");
        checks.faults().to_vec()
    }
}

impl ServiceFields {
    /// What must still be written before the service can be offered.
    pub fn missing(&self) -> Vec<FieldError> {
        let mut checks = Checks::new();
        checks.that(!self.includes.is_empty(), "includes", "Say what is included");
        let message = "Say what is not included, so that nobody expects it";
        checks.that(!self.excludes.is_empty(), "excludes", message);
        checks.faults().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::{Category, Industry, Skill};

    fn words() -> Taxonomy {
        let word = |s: &str| s.to_owned();
        Taxonomy {
            categories: vec![Category {
                slug: word("reporting"),
                title: word("Reporting"),
                line: word("Numbers."),
            }],
            skills: vec![Skill {
                slug: word("dashboards"),
                title: word("Dashboards"),
                category: word("reporting"),
            }],
            industries: vec![Industry { slug: word("hotels"), title: word("Hotels") }],
        }
    }

    fn faults<T: std::fmt::Debug>(result: Result<T, Invalid>) -> Vec<String> {
        result.unwrap_err().0.into_iter().map(|fault| fault.field).collect()
    }

    fn profile() -> ProfileDraft {
        ProfileDraft {
            headline: " Reports that are read ".to_owned(),
            languages: vec!["EN".to_owned(), "en".to_owned(), "pt-br".to_owned()],
            skills: vec!["dashboards".to_owned(), "dashboards".to_owned()],
            zone: "Europe/Lisbon".to_owned(),
            works_from: "09:00".to_owned(),
            works_until: "17:30".to_owned(),
            ..ProfileDraft::default()
        }
    }

    #[test]
    fn a_profile_in_form_takes_each_word_once() {
        let fields = profile().checked(&words()).unwrap();
        assert_eq!(fields.headline, "Reports that are read");
        assert_eq!(fields.languages, ["en", "pt-BR"]);
        assert_eq!(fields.skills, ["dashboards"]);
        let missing: Vec<String> = fields.missing().into_iter().map(|f| f.field).collect();
        assert_eq!(missing, ["about", "industries"]);
    }

    #[test]
    fn every_fault_of_a_profile_is_named() {
        let draft = ProfileDraft {
            skills: vec!["dashboards".to_owned(), "juggling".to_owned()],
            languages: vec!["english".to_owned()],
            zone: "Europe/Nowhere".to_owned(),
            works_from: "25:00".to_owned(),
            ..ProfileDraft::default()
        };
        let fields = faults(draft.checked(&words()));
        let named = ["headline", "skills[1]", "languages[0]", "zone", "works_from", "works_until"];
        assert_eq!(fields, named);
        let backwards = ProfileDraft { works_until: "08:00".to_owned(), ..profile() };
        assert_eq!(faults(backwards.checked(&words())), ["works_until"]);
    }

    fn service(prices: &[Option<i64>]) -> ServiceDraft {
        let milestone = |price: &Option<i64>| MilestoneDraft {
            title: "Map".to_owned(),
            delivers: "A map of the leaks".to_owned(),
            price_minor: *price,
            days: Some(6),
        };
        ServiceDraft {
            title: "Audit".to_owned(),
            category: "reporting".to_owned(),
            outcome: "You know what leaks.".to_owned(),
            access: Some(AccessPreset::ReadOnly),
            milestones: prices.iter().map(milestone).collect(),
            ..ServiceDraft::default()
        }
    }

    #[test]
    fn prices_stand_in_the_programs_currency_and_within_bounds() {
        let fields = service(&[Some(1), Some(100_000_000_000)]).checked(&words(), Currency::Kwd);
        assert_eq!(fields.unwrap().milestones[0].price, Money::new(1, Currency::Kwd));
        let prices = [Some(100), Some(0), Some(-5), Some(100_000_000_001), None];
        let bad = faults(service(&prices).checked(&words(), Currency::Usd));
        let named: Vec<String> = (1..5).map(|at| format!("milestones[{at}].price_minor")).collect();
        assert_eq!(bad, named);
        assert_eq!(faults(service(&[]).checked(&words(), Currency::Usd)), ["milestones"]);
        let many = service(&[Some(1); 13]).checked(&words(), Currency::Usd);
        assert_eq!(faults(many), ["milestones"]);
    }

    #[test]
    fn hours_are_priced_by_their_rate_alone() {
        let rate = |minor| Money::new(minor, Currency::Usd);
        let hours =
            |minor, cap_minutes, weeks| Some(Hourly { rate: rate(minor), cap_minutes, weeks });
        let draft = |prices, hourly| ServiceDraft { hourly, ..service(prices) };
        let fits = draft(&[], hours(9_000, 600, 4)).checked(&words(), Currency::Usd).unwrap();
        assert_eq!(fits.hourly.unwrap().most(), rate(360_000));
        let both = draft(&[Some(1)], hours(9_000, 600, 4)).checked(&words(), Currency::Usd);
        assert_eq!(faults(both), ["milestones"]);
        let wrong = draft(&[], hours(0, 0, 60)).checked(&words(), Currency::Usd);
        assert_eq!(faults(wrong), ["hourly.rate", "hourly.cap_minutes", "hourly.weeks"]);
    }

    #[test]
    fn an_offer_says_what_it_holds_and_what_not() {
        let fields = service(&[Some(1)]).checked(&words(), Currency::Usd).unwrap();
        let missing: Vec<String> = fields.missing().into_iter().map(|f| f.field).collect();
        assert_eq!(missing, ["includes", "excludes"]);
    }
}
