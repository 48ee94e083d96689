//! The content that is shipped holds, and a breach of it is refused by name.

use std::path::Path;

use super::{Content, Source, sources};

#[test]
fn the_shipped_content_holds() {
    let content = Content::load().unwrap();
    assert_eq!(content.consultants.len(), 30);
    assert_eq!(content.engagements.len(), 16);
    let services: Vec<_> = content.consultants.iter().flat_map(|c| &c.services).collect();
    let totals = services.iter().map(|s| s.total_minor());
    assert_eq!(totals.clone().min(), Some(48_000));
    assert_eq!(totals.max(), Some(1_200_000));
    for category in &content.taxonomy.categories {
        let offered = services.iter().filter(|s| s.category == category.slug).count();
        assert!(offered >= 2, "{} is offered {offered} times", category.slug);
    }
    let replies = content.engagements.iter().filter_map(|e| e.reviews.as_ref());
    assert_eq!(replies.filter(|r| r.customer.reply.is_some()).count(), 1);
}

#[test]
fn every_engagement_says_what_it_answers() {
    let content = Content::load().unwrap();
    for engagement in &content.engagements {
        let need = engagement.need(&content).unwrap();
        let (_, service) = content.service(&engagement.service).unwrap();
        let range = need.budget.low_minor..=need.budget.high_minor;
        assert_eq!(need.customer, engagement.customer, "{}", engagement.slug);
        assert!(range.contains(&service.total_minor()), "{}", engagement.slug);
    }
}

#[test]
fn every_customer_signs_in_at_the_sandbox_as_an_owner() {
    let content = Content::load().unwrap();
    assert_eq!(content.marketing_password, sandbox::marketing::SAMPLE_PASSWORD);
    let users = sandbox::marketing::users().unwrap();
    for customer in &content.customers {
        let account = &customer.marketing_account;
        let known = |u: &&sandbox::marketing::SampleUser| {
            u.owner && u.email == account.user && u.account == account.name
        };
        assert!(users.iter().any(|u| known(&u)), "{}: {}", customer.slug, account.user);
    }
}

#[test]
fn every_file_of_the_folder_is_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["demo", "demo/consultants", "demo/engagements"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".toml") {
                found.push(format!("{folder}/{name}"));
            }
        }
    }
    let mut read: Vec<&str> = sources::ALL.iter().map(|s| s.file).collect();
    found.sort();
    read.sort();
    assert_eq!(found, read);
}

#[test]
fn a_breach_is_refused_with_its_file_and_field() {
    let offers = "demo/engagements/offers.toml";
    let north = "demo/consultants/europe-north.toml";
    let west = "demo/consultants/europe-west.toml";
    let cases = [
        (offers, "brief = \"showroom", "brief = \"cellar", "atelier-showroom: brief: no brief"),
        (offers, "service = \"guests-who", "service = \"ghosts-who", "casa-verde-return: service:"),
        (offers, "led_by = \"nhung@", "led_by = \"aiko@", "pinecrest-list: led_by:"),
        (offers, "booked_by = \"cody@", "booked_by = \"petra@", "pinecrest-list: booked_by:"),
        (offers, "stage = \"signed\"", "stage = \"active\"", "stage: the steps lead to Signed"),
        (offers, "started_days_ago = 8", "started_days_ago = 2", "day 5 is yet to come"),
        (north, "\"dealer-programmes\"", "\"barn-dances\"", "skills: no skill"),
        (north, "\"Europe/Warsaw\"", "\"Europe/Gdansk\"", "zone = \"Europe/Gdansk\""),
        (north, "price_minor = 280000", "price_minor = 0", "dealer-lead-flow: milestones.price"),
        (north, "access = \"read-only\"", "access = \"all\"", "access = \"all\""),
        (north, "hours_per_week = 60", "hours_a_week = 60", "unknown field `hours_a_week`"),
        (north, "Moves dealer networks", "Moves\\ndealer networks", "headline: runs over"),
        (west, "email = \"rui@", "email = \"ines@", "email: \"ines@brandt-lifecycle.example\""),
        (west, "[\"en\", \"pt\", \"de\"]", "[\"en\", \"xx\"]", "languages: the taxonomy has no"),
        ("demo/vendor.toml", "operator = 500", "operator = 501", "program.fees: add up to 10001"),
        ("demo/resellers.toml", "\"moor-and-hald\"", "\"moor\"", "accounts.customer: no customer"),
        ("demo/customers.toml", "role = \"owner\"", "role = \"member\"", "people.role:"),
        ("demo/briefs.toml", "\"deliverability\"", "\"magic\"", "mail-lands-in-spam: skills:"),
        ("demo/applications.toml", "by = \"samir", "by = \"sam", "decision.by:"),
    ];
    for (file, from, to, expected) in cases {
        let refusal = refusal_of(file, from, to);
        let file = if expected.starts_with("email:") { "demo:" } else { file };
        assert!(refusal.contains(file), "{refusal} does not name {file}");
        assert!(refusal.contains(expected), "{refusal} does not say {expected}");
    }
}

#[test]
fn a_file_that_is_left_out_is_missed() {
    let fewer: Vec<Source> =
        sources::ALL.iter().copied().filter(|s| s.file != "demo/briefs.toml").collect();
    let refusal = format!("{:#}", Content::parse(&fewer).unwrap_err());
    assert_eq!(refusal, "demo/briefs.toml: the file is missing");
    let fewer: Vec<Source> =
        sources::ALL.iter().copied().filter(|s| !s.file.ends_with("africa.toml")).collect();
    let refusal = format!("{:#}", Content::parse(&fewer).unwrap_err());
    assert!(refusal.contains("demo: consultants: 27 of them, wanted 30"), "{refusal}");
}

/// What is said of the shipped content after `from` has become `to` in one file.
fn refusal_of(file: &'static str, from: &str, to: &str) -> String {
    let broken: Vec<Source> = sources::ALL
        .iter()
        .map(|source| {
            if source.file != file {
                return *source;
            }
            assert!(source.text.contains(from), "{file} has no {from}");
            let text = source.text.replacen(from, to, 1);
            Source { file, text: Box::leak(text.into_boxed_str()) }
        })
        .collect();
    format!("{:#}", Content::parse(&broken).unwrap_err())
}
