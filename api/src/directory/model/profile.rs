//! A profile as its owner edits it.

use super::language::Language;
use crate::kernel::check::{Checks, FieldError, Invalid};
use crate::kernel::id::{OrganizationId, PersonId, ProfileId};
use crate::kernel::zone::Zone;
use crate::program::Taxonomy;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use std::collections::BTreeSet;

/// What the owner sends, as text.
#[derive(Debug, Clone)]
pub struct ProfileDraft {
    pub headline: String,
    pub about: String,
    pub skills: Vec<String>,
    pub industries: Vec<String>,
    pub languages: Vec<String>,
    pub zone: String,
    /// Such as `09:00`.
    pub works_from: String,
    pub works_until: String,
    pub accepting_clients: bool,
    pub free_from: Option<NaiveDate>,
}

/// What the owner wrote, in form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileFields {
    pub headline: String,
    pub about: String,
    /// Slugs of skills.
    pub skills: Vec<String>,
    /// Slugs of industries.
    pub industries: Vec<String>,
    /// BCP 47 tags in canonical form.
    pub languages: Vec<String>,
    pub zone: Zone,
    pub works_from: NaiveTime,
    pub works_until: NaiveTime,
    pub accepting_clients: bool,
    pub free_from: Option<NaiveDate>,
}

/// A profile, published or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    pub id: ProfileId,
    pub organization: OrganizationId,
    pub person: PersonId,
    pub name: String,
    pub slug: String,
    pub fields: ProfileFields,
    pub published_at: Option<DateTime<Utc>>,
    pub version: i32,
}

/// Most skills and industries of one profile.
const WORDS: usize = 20;

impl ProfileDraft {
    /// The fields in form, by the program's taxonomy; errors name each field at fault.
    pub fn checked(self, taxonomy: &Taxonomy) -> Result<ProfileFields, Invalid> {
        let mut checks = Checks::new();
        let headline = checks.text("headline", &self.headline, "a headline", (1, 120));
        let about = checks.text("about", &self.about, "a text about you", (0, 4000));
        let skill = |slug: &str| taxonomy.skill(slug).is_some();
        let skills = words(&mut checks, "skills", self.skills, skill);
        let industry = |slug: &str| taxonomy.industry(slug).is_some();
        let industries = words(&mut checks, "industries", self.industries, industry);
        let languages = languages(&mut checks, &self.languages);
        let zone = Zone::parse(&self.zone);
        let zone = checks.parsed("zone", zone, "Choose an IANA zone, such as Europe/Lisbon");
        let works_from = time(&mut checks, "works_from", &self.works_from);
        let works_until = time(&mut checks, "works_until", &self.works_until);
        let forward = works_from.zip(works_until).is_none_or(|(from, until)| from < until);
        checks.that(forward, "works_until", "The day ends after it begins");
        checks.finish()?;
        let (Some(zone), Some(works_from), Some(works_until)) = (zone, works_from, works_until)
        else {
            return Err(Invalid(Vec::new()));
        };
        Ok(ProfileFields {
            headline,
            about,
            skills,
            industries,
            languages,
            zone,
            works_from,
            works_until,
            accepting_clients: self.accepting_clients,
            free_from: self.free_from,
        })
    }
}

fn words(
    checks: &mut Checks,
    field: &str,
    slugs: Vec<String>,
    known: impl Fn(&str) -> bool,
) -> Vec<String> {
    let distinct: BTreeSet<String> = slugs.into_iter().collect();
    checks.that(distinct.len() <= WORDS, field, format!("Choose at most {WORDS}"));
    for slug in distinct.iter().filter(|slug| !known(slug)).take(WORDS) {
        checks.that(false, field, format!("The program has no {slug:?}"));
    }
    distinct.into_iter().collect()
}

fn languages(checks: &mut Checks, tags: &[String]) -> Vec<String> {
    let mut known = Vec::new();
    for tag in tags.iter().take(50) {
        let message = format!("{tag:?} is no BCP 47 tag, such as en or pt-BR");
        let language = checks.parsed("languages", Language::parse(tag), &message);
        let language = language.map(|l| l.as_str().to_owned());
        known.extend(language.filter(|l| !known.contains(l)));
    }
    let some = (1..=12).contains(&tags.len());
    checks.that(some, "languages", "Name one to twelve languages, the best one first");
    known
}

fn time(checks: &mut Checks, field: &str, text: &str) -> Option<NaiveTime> {
    let time = NaiveTime::parse_from_str(text.trim(), "%H:%M").ok();
    checks.parsed(field, time, "Enter a time of day, such as 09:00")
}

impl Profile {
    /// What is missing before others can find it; empty when nothing is.
    pub fn missing(&self) -> Vec<FieldError> {
        let mut checks = Checks::new();
        let about = self.fields.about.chars().count();
        let message = "Say in at least 40 characters how you work";
        checks.that(about >= 40, "about", message);
        let skilled = !self.fields.skills.is_empty();
        checks.that(skilled, "skills", "Choose at least one skill");
        let at_home = !self.fields.industries.is_empty();
        checks.that(at_home, "industries", "Choose at least one industry");
        checks.faults().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Skill;

    fn draft() -> ProfileDraft {
        ProfileDraft {
            headline: " Rebuilds nurture programmes ".into(),
            about: String::new(),
            skills: vec!["scoring".into(), "scoring".into()],
            industries: Vec::new(),
            languages: vec!["EN".into(), "en".into(), "pt-br".into()],
            zone: "Europe/Lisbon".into(),
            works_from: "09:00".into(),
            works_until: "17:30".into(),
            accepting_clients: true,
            free_from: None,
        }
    }

    fn checked(draft: ProfileDraft) -> Result<ProfileFields, Vec<String>> {
        let scoring = Skill { slug: "scoring".into(), ..Skill::default() };
        let taxonomy = Taxonomy { skills: vec![scoring], ..Taxonomy::default() };
        let fields = draft.checked(&taxonomy);
        fields.map_err(|invalid| invalid.0.into_iter().map(|f| f.field).collect())
    }

    #[test]
    fn a_draft_is_put_in_form() {
        let fields = checked(draft()).unwrap();
        assert_eq!(fields.headline, "Rebuilds nurture programmes");
        assert_eq!(fields.skills, ["scoring"]);
        assert_eq!(fields.languages, ["en", "pt-BR"]);
        assert_eq!(fields.zone.name(), "Europe/Lisbon");
    }

    #[test]
    fn every_fault_is_named() {
        let bad = ProfileDraft {
            headline: "x".repeat(121),
            skills: vec!["magic".into()],
            industries: vec!["nowhere".into()],
            languages: vec!["klingonese".into()],
            zone: "Mars/Base".into(),
            works_from: "18:00".into(),
            ..draft()
        };
        let named = ["headline", "skills", "industries", "languages", "zone", "works_until"];
        assert_eq!(checked(bad).unwrap_err(), named);
        let silent = ProfileDraft { languages: Vec::new(), works_from: "9".into(), ..draft() };
        assert_eq!(checked(silent).unwrap_err(), ["languages", "works_from"]);
    }

    #[test]
    fn what_is_missing_is_listed() {
        let id = uuid::Uuid::nil();
        let mut profile = Profile {
            id: ProfileId(id),
            organization: OrganizationId(id),
            person: PersonId(id),
            name: String::new(),
            slug: String::new(),
            fields: ProfileFields { skills: Vec::new(), ..checked(draft()).unwrap() },
            published_at: None,
            version: 1,
        };
        let missing = |p: &Profile| p.missing().into_iter().map(|f| f.field).collect::<Vec<_>>();
        assert_eq!(missing(&profile), ["about", "skills", "industries"]);
        profile.fields.about = "x".repeat(40);
        profile.fields.skills = vec!["scoring".into()];
        profile.fields.industries = vec!["hotels".into()];
        assert!(missing(&profile).is_empty());
    }
}
