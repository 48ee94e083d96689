//! What must hold for the content as a whole, and the words in which a breach is reported.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::RangeInclusive;

use super::engagements::Stage;
use super::people::Person;
use super::{Content, Prose};

/// Everything that does not hold, a line each: file, item, field and what is wrong with it.
/// The files stand in the order of the consultants and engagements that were read from them.
pub(super) fn all(
    content: &Content,
    consultant_files: &Vec<&'static str>,
    engagement_files: &Vec<&'static str>,
) -> Vec<String> {
    let mut found = Vec::new();
    content.program.check(&mut Place::new("demo/vendor.toml", "", &mut found));
    content.taxonomy.check(&mut Place::new("demo/taxonomy.toml", "", &mut found));
    for (file, consultant) in consultant_files.iter().zip(&content.consultants) {
        consultant.check(content, &mut Place::new(file, &consultant.slug, &mut found));
    }
    for reseller in &content.resellers {
        reseller.check(content, &mut Place::new("demo/resellers.toml", &reseller.slug, &mut found));
    }
    for customer in &content.customers {
        customer.check(content, &mut Place::new("demo/customers.toml", &customer.slug, &mut found));
    }
    for application in &content.applications {
        let mut place = Place::new("demo/applications.toml", &application.slug, &mut found);
        application.check(content, &mut place);
    }
    for brief in &content.briefs {
        brief.check(content, &mut Place::new("demo/briefs.toml", &brief.slug, &mut found));
    }
    for (file, engagement) in engagement_files.iter().zip(&content.engagements) {
        engagement.check(content, &mut Place::new(file, &engagement.slug, &mut found));
    }
    whole(content, &mut Place::new("demo", "", &mut found));
    found
}

/// Whether both hold the same words, in any order and each once.
pub(super) fn same<'a>(
    words: impl Iterator<Item = &'a str>,
    expected: impl IntoIterator<Item = &'a str>,
) -> bool {
    let mut words: Vec<&str> = words.collect();
    let mut expected: Vec<&str> = expected.into_iter().collect();
    words.sort_unstable();
    expected.sort_unstable();
    words == expected
}

fn whole(content: &Content, at: &mut Place<'_>) {
    at.count("consultants", content.consultants.len(), 30..=30);
    let zones: BTreeSet<&str> = content.consultants.iter().map(|c| c.zone.name()).collect();
    at.count("consultants.zone", zones.len(), 12..=usize::MAX);
    at.count("customers", content.customers.len(), 6..=6);
    at.count("resellers", content.resellers.len(), 2..=2);
    let open = content.applications.iter().filter(|a| a.decision.is_none()).count();
    at.count("applications without decision", open, 5..=5);
    at.count("applications", content.applications.len(), 7..=7);
    at.count("briefs", content.briefs.len(), 11..=11);
    let shared: usize = content.customers.iter().map(|c| c.shared.len()).sum();
    at.count("customers.shared", shared, 1..=usize::MAX);
    for stage in Stage::ALL {
        let told = content.engagements.iter().filter(|e| e.stage == stage).count();
        let wanted = if stage == Stage::Reviewed { 4..=4 } else { 1..=usize::MAX };
        at.count(&format!("engagements at {stage:?}"), told, wanted);
    }
    unique(content, at);
}

fn unique(content: &Content, at: &mut Place<'_>) {
    let partners = content.consultants.iter().map(|c| (&c.slug, &c.name));
    let resellers = content.resellers.iter().map(|r| (&r.slug, &r.name));
    let customers = content.customers.iter().map(|c| (&c.slug, &c.name));
    let applicants = content.applications.iter().map(|a| (&a.slug, &a.name));
    let vendor = &content.program.vendor;
    let organizations: Vec<_> = std::iter::once((&vendor.slug, &vendor.name))
        .chain(partners.chain(resellers).chain(customers).chain(applicants))
        .collect();
    at.distinct("slug of an organization", organizations.iter().map(|o| o.0.as_str()));
    at.distinct("name of an organization", organizations.iter().map(|o| o.1.as_str()));
    let services = content.consultants.iter().flat_map(|c| &c.services);
    at.distinct("slug of a service", services.clone().map(|s| s.slug.as_str()));
    at.distinct("title of a service", services.map(|s| s.title.as_str()));
    at.distinct("slug of a brief", content.briefs.iter().map(|b| b.slug.as_str()));
    at.distinct("slug of an engagement", content.engagements.iter().map(|e| e.slug.as_str()));
    at.distinct("email", emails(content).into_iter());
    let headlines = content.consultants.iter().map(|c| c.headline.as_str());
    at.distinct("headline", headlines);
}

fn emails(content: &Content) -> Vec<&str> {
    let mut emails: Vec<&str> = content.program.people.iter().map(|p| p.email.as_str()).collect();
    emails.push(&content.program.vendor.email);
    let partners = content.consultants.iter().flat_map(|c| &c.people);
    emails.extend(partners.map(|p| p.email.as_str()));
    let resellers = content.resellers.iter().flat_map(|r| &r.people);
    emails.extend(resellers.map(|p| p.email.as_str()));
    let customers = content.customers.iter().flat_map(|c| &c.people);
    emails.extend(customers.map(|p| p.email.as_str()));
    emails.extend(content.applications.iter().map(|a| a.applicant.email.as_str()));
    let references = content.applications.iter().flat_map(|a| &a.references);
    emails.extend(references.map(|r| r.email.as_str()));
    emails
}

/// Where a finding belongs.
pub(super) struct Place<'a> {
    file: &'a str,
    item: String,
    found: &'a mut Vec<String>,
}

impl<'a> Place<'a> {
    pub fn new(file: &'a str, item: &str, found: &'a mut Vec<String>) -> Self {
        Self { file, item: item.to_owned(), found }
    }

    /// A part of the item, such as one service of a consultant.
    pub fn inside(&mut self, part: &str) -> Place<'_> {
        let item = format!("{}, {part}", self.item);
        Place { file: self.file, item, found: self.found }
    }

    pub fn require(&mut self, field: &str, holds: bool, otherwise: impl Display) {
        if holds {
            return;
        }
        let item = if self.item.is_empty() { String::new() } else { format!(" {}:", self.item) };
        self.found.push(format!("{}:{item} {field}: {otherwise}", self.file));
    }

    pub fn count(&mut self, field: &str, count: usize, wanted: RangeInclusive<usize>) {
        let what = format_args!("{count} of them, wanted {}", shown(&wanted));
        self.require(field, wanted.contains(&count), what);
    }

    pub fn words(&mut self, field: &str, text: &Prose, wanted: RangeInclusive<usize>) {
        let words = text.words();
        let what = format_args!("{words} words, wanted {}", shown(&wanted));
        self.require(field, wanted.contains(&words), what);
    }

    pub fn chars(&mut self, field: &str, text: &str, wanted: RangeInclusive<usize>) {
        let chars = text.chars().count();
        let what = format_args!("{chars} characters, wanted {}", shown(&wanted));
        self.require(field, wanted.contains(&chars), what);
        self.require(field, !text.contains('\n'), "runs over more than one line");
    }

    pub fn slug(&mut self, field: &str, slug: &str) {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let fits = slug.len() <= 40
            && slug.bytes().all(plain)
            && slug.starts_with(|c: char| c.is_ascii_lowercase())
            && !slug.ends_with('-');
        self.require(field, fits, format_args!("{slug:?} is no slug"));
    }

    pub fn country(&mut self, field: &str, code: &str) {
        let fits = code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase());
        self.require(field, fits, format_args!("{code:?} is no ISO 3166-1 code"));
    }

    pub fn email(&mut self, field: &str, email: &str) {
        let plain = api::kernel::email::Email::parse(email).is_some_and(|e| e.as_str() == email);
        let fits = plain && email.is_ascii() && email.ends_with(".example");
        self.require(field, fits, format_args!("{email:?} is no address under .example"));
    }

    pub fn people<Role>(&mut self, people: &[Person<Role>]) {
        for person in people {
            self.email("people.email", &person.email);
            self.chars("people.name", &person.name, 5..=60);
        }
    }

    pub fn distinct<'t>(&mut self, field: &str, words: impl Iterator<Item = &'t str>) {
        let mut seen = BTreeSet::new();
        for word in words {
            let new = seen.insert(word);
            self.require(field, new, format_args!("{word:?} stands there twice"));
        }
    }

    pub fn skills(&mut self, field: &str, slugs: &[String], content: &Content) {
        self.count(field, slugs.len(), 1..=8);
        self.distinct(field, slugs.iter().map(String::as_str));
        for slug in slugs {
            let known = content.taxonomy.skill(slug).is_some();
            self.require(field, known, format_args!("no skill is called {slug:?}"));
        }
    }

    pub fn industries(&mut self, field: &str, slugs: &[String], content: &Content) {
        self.count(field, slugs.len(), 1..=6);
        self.distinct(field, slugs.iter().map(String::as_str));
        for slug in slugs {
            let known = content.taxonomy.has_industry(slug);
            self.require(field, known, format_args!("no industry is called {slug:?}"));
        }
    }

    pub fn languages(&mut self, field: &str, tags: &[String], content: &Content) {
        self.count(field, tags.len(), 1..=6);
        for tag in tags {
            let known = content.taxonomy.languages.contains(tag);
            self.require(field, known, format_args!("the taxonomy has no language {tag:?}"));
        }
    }
}

fn shown(wanted: &RangeInclusive<usize>) -> String {
    match (*wanted.start(), *wanted.end()) {
        (low, high) if low == high => format!("{low}"),
        (low, usize::MAX) => format!("at least {low}"),
        (low, high) => format!("{low} to {high}"),
    }
}
