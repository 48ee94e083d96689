//! A brief as a form: what is typed, and what is wrong with it.

use crate::pages::identity::zones;
use api::kernel::id::BriefId;
use api::kernel::money::{Currency, Money};
use api::matching::{Brief, BriefFields};
use api::program::Taxonomy;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use crate::pages::directory::words;
use crate::render::Page;
use crate::site::{Form, PageError, amount_fault, boxes_of, read_minor};
use crate::view::{Choice, DateBoxes, Errors, Notice};

/// Skills of one kind of work.
#[derive(Debug, Clone, Serialize)]
pub struct SkillGroup {
    pub title: String,
    pub skills: Vec<Choice>,
}

/// A brief, new or written already.
#[derive(Debug, Default, Serialize)]
pub struct BriefForm {
    pub heading: String,
    pub action: String,
    /// Where it goes back to: the brief, or all of them.
    pub back: String,
    pub back_label: String,
    /// Empty for a new one.
    pub version: String,
    pub title: String,
    pub problem: String,
    pub skills: Vec<SkillGroup>,
    pub industries: Vec<Choice>,
    pub unit: String,
    pub budget_min: String,
    pub budget_max: String,
    pub need_by: DateBoxes,
    pub languages: String,
    pub overlaps: Vec<Choice>,
    pub zones: Vec<Choice>,
    /// Why it cannot be saved; empty when it can.
    pub closed: String,
    pub notice: Option<Notice>,
    pub errors: Errors,
}

/// What a form holds, as typed.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    pub title: String,
    pub problem: String,
    pub skills: Vec<String>,
    pub industry: String,
    pub budget_min: String,
    pub budget_max: String,
    pub need_by: DateBoxes,
    pub languages: String,
    pub overlap: String,
    pub zone: String,
}

/// The controls in the order of the page, so that errors come in it.
const CONTROLS: [&str; 10] = [
    "title",
    "need",
    "skills",
    "industry",
    "budget_min",
    "budget_max",
    "need_by_day",
    "languages",
    "overlap",
    "zone",
];

impl Typed {
    pub fn read(form: &Form) -> Self {
        let get = |name: &str| form.get(name).to_owned();
        Self {
            title: get("title"),
            problem: get("problem"),
            skills: form.all("skills"),
            industry: get("industry"),
            budget_min: get("budget_min"),
            budget_max: get("budget_max"),
            need_by: form.boxes("need_by"),
            languages: get("languages"),
            overlap: get("overlap"),
            zone: get("zone"),
        }
    }

    /// A customer's first brief begins with the industry it signed up with, in its zone.
    pub fn first(industry: Option<String>, zone: &str) -> Self {
        Self {
            industry: industry.unwrap_or_default(),
            languages: "English".to_owned(),
            overlap: "120".to_owned(),
            zone: zone.to_owned(),
            ..Self::default()
        }
    }

    /// A later one begins with what the last one said of its customer.
    pub fn after(last: &Brief) -> Self {
        let Self { industry, languages, overlap, zone, .. } = Self::written(last);
        Self { industry, languages, overlap, zone, ..Self::default() }
    }

    /// What a brief that is written looks like in its form.
    pub fn written(brief: &Brief) -> Self {
        let languages: Vec<String> = brief.languages.iter().map(|l| words::language(l)).collect();
        let low = Some(brief.budget_min).filter(|min| min.minor() > 0);
        Self {
            title: brief.title.clone(),
            problem: brief.problem.clone(),
            skills: brief.skills.iter().map(|s| s.slug.clone()).collect(),
            industry: brief.industry.as_ref().map(|i| i.slug.clone()).unwrap_or_default(),
            budget_min: low.map(words::typed).unwrap_or_default(),
            budget_max: words::typed(brief.budget_max),
            need_by: boxes_of(brief.need_by),
            languages: languages.join(", "),
            overlap: brief.overlap_minutes.to_string(),
            zone: brief.zone.clone(),
        }
    }

    /// The fields as the program takes them, or everything that is wrong, in the order of the
    /// page. A box that cannot be read is told once, as what it is.
    pub fn fields(
        &self,
        taxonomy: &Taxonomy,
        currency: Currency,
        now: DateTime<Utc>,
    ) -> Result<BriefFields, Errors> {
        let mut unread = Errors::default();
        let fields = BriefFields {
            title: self.title.clone(),
            problem: self.problem.clone(),
            skills: self.skills.clone(),
            industry: Some(self.industry.clone()).filter(|slug| !slug.is_empty()),
            budget_min: self.least(currency, &mut unread),
            budget_max: self.most(currency, &mut unread),
            need_by: self.day(now, &mut unread),
            languages: self.tags(),
            overlap_minutes: self.overlap.trim().parse().unwrap_or(-1),
            zone: self.zone.clone(),
        };
        let faults = match fields.clone().checked(taxonomy, currency, now) {
            Ok(_) if unread.is_empty() => return Ok(fields),
            Ok(_) => Errors::default(),
            Err(invalid) => PageError::from(invalid).into_errors(control).unwrap_or_default(),
        };
        Err(in_order(&unread, &faults))
    }

    /// Nothing typed asks for no least.
    fn least(&self, currency: Currency, unread: &mut Errors) -> Money {
        let typed = self.budget_min.trim();
        let minor = if typed.is_empty() { Some(0) } else { read_minor(typed, currency) };
        if minor.is_none() {
            let said = format!("{}, or leave it empty", amount_fault(typed, currency));
            unread.add("budget_min", &said);
        }
        Money::new(minor.unwrap_or_default(), currency)
    }

    fn most(&self, currency: Currency, unread: &mut Errors) -> Money {
        let minor = read_minor(&self.budget_max, currency);
        match (minor, self.budget_max.trim()) {
            (Some(_), _) => {}
            (None, "") => unread.add("budget_max", "Enter the most you would pay, such as 9,500"),
            (None, typed) => unread.add("budget_max", &amount_fault(typed, currency)),
        }
        Money::new(minor.unwrap_or(i64::from(i32::MAX)), currency)
    }

    fn day(&self, now: DateTime<Utc>, unread: &mut Errors) -> NaiveDate {
        let part = |text: &str| text.trim().parse().ok();
        let year = self.need_by.year.trim().parse().ok();
        let day = year
            .zip(part(&self.need_by.month))
            .zip(part(&self.need_by.day))
            .and_then(|((y, m), d)| NaiveDate::from_ymd_opt(y, m, d));
        if day.is_none() {
            unread.add("need_by_day", "Enter a day that exists, for example 12 5 2027");
        }
        day.unwrap_or(now.date_naive())
    }

    fn tags(&self) -> Vec<String> {
        let words = self.languages.split(',').filter(|word| !word.trim().is_empty());
        words.map(words::language_tag).collect()
    }
}

/// The control of a field of the API.
pub fn control(field: &str) -> String {
    match field.split('[').next().unwrap_or(field) {
        "problem" => "need".to_owned(),
        "need_by" => "need_by_day".to_owned(),
        "overlap_minutes" => "overlap".to_owned(),
        plain => plain.to_owned(),
    }
}

fn in_order(unread: &Errors, faults: &Errors) -> Errors {
    let mut errors = Errors::default();
    for id in CONTROLS {
        if let Some(message) = unread.on.get(id).or_else(|| faults.on.get(id)) {
            errors.add(id, message);
        }
    }
    errors
}

impl BriefForm {
    pub fn of(typed: &Typed, taxonomy: &Taxonomy, currency: Currency) -> Self {
        let group = |category: &api::program::Category| {
            let skills = taxonomy.skills.iter().filter(|s| s.category == category.slug);
            let skills = skills.map(|s| (s.slug.as_str(), s.title.as_str()));
            SkillGroup {
                title: category.title.clone(),
                skills: words::choices(skills, &typed.skills),
            }
        };
        let groups = taxonomy.categories.iter().map(group);
        let industries = taxonomy.industries.iter().map(|i| (i.slug.as_str(), i.title.as_str()));
        Self {
            title: typed.title.clone(),
            problem: typed.problem.clone(),
            skills: groups.filter(|g| !g.skills.is_empty()).collect(),
            industries: words::choices_or("Any", industries, &typed.industry),
            unit: words::unit(currency),
            budget_min: typed.budget_min.clone(),
            budget_max: typed.budget_max.clone(),
            need_by: typed.need_by.clone(),
            languages: typed.languages.clone(),
            overlaps: overlaps(&typed.overlap),
            zones: zones(&typed.zone),
            ..Self::default()
        }
    }
}

/// None to eight hours, and what is written if it lies between.
fn overlaps(chosen: &str) -> Vec<Choice> {
    let mut minutes: Vec<i64> = (0..=8).map(|hours| hours * 60).collect();
    let odd = chosen.trim().parse().ok().filter(|m| (1..480).contains(m) && !minutes.contains(m));
    minutes.extend(odd);
    minutes.sort_unstable();
    let choice = |m: i64| {
        let span = crate::format::span_work(chrono::TimeDelta::minutes(m));
        let label = if m == 0 { "None needed".to_owned() } else { format!("{span} a day") };
        Choice::new(&m.to_string(), &label, m.to_string() == chosen.trim())
    };
    minutes.into_iter().map(choice).collect()
}

/// Whether an address names a brief.
pub fn id(word: &str) -> Result<BriefId, PageError> {
    let missing = api::platform::refusal::Common::NotFound("brief");
    Ok(BriefId::parse(word).ok_or(missing)?)
}

impl Page for BriefForm {
    const TEMPLATE: &'static str = "matching/brief_form.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let query: &[u8] =
            b"title=Dealer+leads+go+cold&problem=Few+were+called.&budget_min=7%2C000\
            &budget_max=9%2C500&need_by_day=12&need_by_month=5&need_by_year=2027&skills=scoring\
            &languages=English&overlap=90&zone=Europe%2FStockholm";
        let mut wrong = sample(b"need_by_day=31&need_by_month=6&need_by_year=2027");
        for id in CONTROLS {
            wrong.errors.add(id, "Enter something that fits");
        }
        let mut stale = sample(query);
        stale.version = "2".into();
        stale.notice = Some(Notice::held("It changed since you opened it", "Save again."));
        let closed = BriefForm { closed: "It is posted.".into(), ..sample(query) };
        vec![("new", sample(b"")), ("usual", stale), ("wrong", wrong), ("closed", closed)]
    }
}

fn sample(query: &[u8]) -> BriefForm {
    let text = str::to_owned;
    let category = |slug: &str, title: &str| api::program::Category {
        slug: text(slug),
        title: text(title),
        ..Default::default()
    };
    let skill = |slug: &str, title: &str| api::program::Skill {
        slug: text(slug),
        title: text(title),
        category: text("nurturing"),
    };
    let taxonomy = Taxonomy {
        categories: vec![category("nurturing", "Nurturing design"), category("none", "Empty")],
        skills: vec![skill("design", "Nurture design"), skill("scoring", "Lead scoring")],
        industries: Vec::new(),
    };
    let typed = Typed::read(&Form::parse(query));
    BriefForm {
        heading: "New brief".into(),
        action: "/p/larkfield/briefs/new".into(),
        back: "/p/larkfield/briefs".into(),
        back_label: "Briefs".into(),
        ..BriefForm::of(&typed, &taxonomy, Currency::Eur)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_come_once_and_in_the_order_of_the_page() {
        let now: DateTime<Utc> = "2026-05-11T12:00:00Z".parse().unwrap();
        let form = Form::parse(b"need_by_day=31&need_by_month=6&need_by_year=2026&budget_max=much");
        let wrong = Typed::read(&form).fields(&Taxonomy::default(), Currency::Eur, now);
        let ids: Vec<String> = wrong.unwrap_err().list.into_iter().map(|e| e.id).collect();
        let expected = [
            "title",
            "need",
            "skills",
            "budget_max",
            "need_by_day",
            "languages",
            "overlap",
            "zone",
        ];
        assert_eq!(ids, expected);
    }

    #[test]
    fn hours_that_lie_between_stay() {
        let labels: Vec<String> = overlaps("90").into_iter().map(|c| c.label).collect();
        assert_eq!(labels[..4], ["None needed", "1 h a day", "1 h 30 min a day", "2 h a day"]);
    }
}
