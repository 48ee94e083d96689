//! One's own profile as a form.

use crate::pages::identity::zones;
use api::directory::{Profile, ProfileDraft};
use api::program::Taxonomy;
use serde::Serialize;

use super::words;
use crate::render::Page;
use crate::site::{Form, boxes_of};
use crate::view::{Choice, DateBoxes, Errors, Link, Notice, State, Tone};

/// One's own profile, written or still empty.
#[derive(Debug, Default, Serialize)]
pub struct OwnProfile {
    pub action: String,
    pub services: String,
    /// Empty before the first.
    pub version: String,
    pub headline: String,
    pub about: String,
    pub skills: Vec<Choice>,
    pub industries: Vec<Choice>,
    /// "English, Portuguese (BR)".
    pub languages: String,
    pub zones: Vec<Choice>,
    pub works_from: String,
    pub works_until: String,
    pub accepting: bool,
    pub free_from: DateBoxes,
    pub state: Option<State>,
    pub published: bool,
    /// Where everyone sees it, while it is published.
    pub public: Option<String>,
    /// What is to be written before it can be published: words and the field's id.
    pub missing: Vec<Link>,
    pub notice: Option<Notice>,
    /// The way to the program, for whom it has not admitted.
    pub apply: Option<Link>,
    pub errors: Errors,
}

impl OwnProfile {
    /// The form of a draft: what is written, or what was typed.
    pub fn of(draft: &ProfileDraft, taxonomy: &Taxonomy) -> Self {
        let skills = taxonomy.skills.iter().map(|s| (s.slug.as_str(), s.title.as_str()));
        let industries = taxonomy.industries.iter().map(|i| (i.slug.as_str(), i.title.as_str()));
        let languages: Vec<String> =
            draft.languages.iter().map(|tag| words::language(tag)).collect();
        Self {
            headline: draft.headline.clone(),
            about: draft.about.clone(),
            skills: words::choices(skills, &draft.skills),
            industries: words::choices(industries, &draft.industries),
            languages: languages.join(", "),
            zones: zones(&draft.zone),
            works_from: draft.works_from.clone(),
            works_until: draft.works_until.clone(),
            accepting: draft.accepting_clients,
            free_from: draft.free_from.map(boxes_of).unwrap_or_default(),
            ..Self::default()
        }
    }

    /// Adds what is known of the profile that is written already.
    pub fn with(mut self, profile: &Profile, public: &str) -> Self {
        self.published = profile.published_at.is_some();
        self.version = profile.version.to_string();
        let public_state = State::new(Tone::Good, "eye", "Everyone can find it");
        self.state = Some(if self.published { public_state } else { State::DRAFT });
        self.public = self.published.then(|| public.to_owned());
        let missing = profile.fields.missing().into_iter();
        self.missing = missing.map(|m| Link::new(&m.message, &format!("#{}", m.field))).collect();
        self
    }
}

/// What stands in a profile, as its form takes it.
pub fn written(profile: &Profile) -> ProfileDraft {
    let fields = profile.fields.clone();
    ProfileDraft {
        headline: fields.headline,
        about: fields.about,
        skills: fields.skills,
        industries: fields.industries,
        languages: fields.languages,
        zone: fields.zone.name().to_owned(),
        works_from: words::clock(fields.works_from),
        works_until: words::clock(fields.works_until),
        accepting_clients: fields.accepting_clients,
        free_from: fields.free_from,
    }
}

/// What was typed. A day that does not exist is an error beside its boxes.
pub fn typed(form: &Form, errors: &mut Errors) -> ProfileDraft {
    let boxes = form.boxes("free_from");
    let empty = [&boxes.day, &boxes.month, &boxes.year].iter().all(|part| part.trim().is_empty());
    let languages = form.get("languages").split(',').filter(|word| !word.trim().is_empty());
    ProfileDraft {
        headline: form.get("headline").to_owned(),
        about: form.get("about").to_owned(),
        skills: form.all("skills"),
        industries: form.all("industries"),
        languages: languages.map(words::language_tag).collect(),
        zone: form.get("zone").to_owned(),
        works_from: form.get("works_from").to_owned(),
        works_until: form.get("works_until").to_owned(),
        accepting_clients: form.ticked("accepting"),
        free_from: if empty { None } else { form.date("free_from", errors) },
    }
}

/// The control of a field of the API: `skills[1]` is the group `skills`.
pub fn control(field: &str) -> String {
    field.split('[').next().unwrap_or(field).to_owned()
}

impl Page for OwnProfile {
    const TEMPLATE: &'static str = "directory/profile.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let mut wrong = sample();
        wrong.errors.add("headline", "Enter a headline");
        wrong.errors.add("works_until", "Let the working day end after it begins");
        let published = Self {
            published: true,
            public: Some("/p/larkfield/experts/ines".into()),
            state: Some(State::new(Tone::Good, "eye", "Everyone can find it")),
            missing: Vec::new(),
            ..sample()
        };
        let changed = Some(Notice::held("It changed meanwhile", "Read it again."));
        let first = Self { version: String::new(), state: None, notice: changed, ..sample() };
        vec![("usual", sample()), ("published", published), ("wrong", wrong), ("first", first)]
    }
}

fn sample() -> OwnProfile {
    OwnProfile {
        action: "/p/larkfield/profile".into(),
        services: "/p/larkfield/services".into(),
        version: "3".into(),
        headline: "Rebuilds nurture programmes until sales trusts the leads again".into(),
        about: "I start with the last ninety days of hand-overs.".into(),
        skills: vec![
            Choice::new("nurture-design", "Nurture design", true),
            Choice::new("dashboards", "Dashboards", false),
        ],
        industries: vec![Choice::new("hotels", "Hotels and travel", false)],
        languages: "English, Portuguese (BR)".into(),
        zones: vec![Choice::new("Europe/Lisbon", "Europe/Lisbon", true)],
        works_from: "09:00".into(),
        works_until: "17:30".into(),
        accepting: true,
        free_from: DateBoxes::default(),
        state: Some(State::DRAFT),
        missing: vec![Link::new("Choose at least one industry", "#industries")],
        ..OwnProfile::default()
    }
}
