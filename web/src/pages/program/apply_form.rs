//! An application as a form: what is typed, and where each fault belongs.

use api::program::{Agreement, ClientReference, NewApplication, PartnerKind, Taxonomy};
use serde::Serialize;

use super::application::paragraphs;
use super::words;
use crate::render::Page;
use crate::site::Form;
use crate::view::{Choice, Errors};

/// References that a form offers at most.
const MOST: usize = 5;

/// The boxes of one reference, as typed.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Block {
    /// From 1; the ids of its controls begin with `r` and this.
    pub n: usize,
    pub name: String,
    pub organization: String,
    pub email: String,
    pub said: String,
    pub errors: BlockErrors,
}

/// What is wrong in the boxes of one reference.
#[derive(Debug, Clone, Default, Serialize)]
pub struct BlockErrors {
    pub name: Option<String>,
    pub organization: Option<String>,
    pub email: Option<String>,
    pub said: Option<String>,
}

impl Block {
    fn read(form: &Form, n: usize) -> Self {
        let part = |part: &str| form.get(&format!("r{n}_{part}")).to_owned();
        Self {
            n,
            name: part("name"),
            organization: part("organization"),
            email: part("email"),
            said: part("said"),
            errors: BlockErrors::default(),
        }
    }

    fn is_empty(&self) -> bool {
        let parts = [&self.name, &self.organization, &self.email, &self.said];
        parts.iter().all(|text| text.trim().is_empty())
    }

    fn reference(&self) -> ClientReference {
        ClientReference {
            name: self.name.clone(),
            organization: self.organization.clone(),
            email: self.email.clone(),
            said: self.said.clone(),
        }
    }
}

/// What a form holds: the application, and its references with their boxes.
pub struct Typed {
    pub new: NewApplication,
    pub agreed: bool,
    blocks: Vec<Block>,
    /// Which block each reference of the application came from.
    places: Vec<usize>,
}

impl Typed {
    pub fn read(form: &Form, kind: PartnerKind) -> Self {
        let blocks: Vec<Block> = (1..=MOST).map(|n| Block::read(form, n)).collect();
        let written: Vec<&Block> = blocks.iter().filter(|b| !b.is_empty()).collect();
        let last = written.last().map_or(0, |b| b.n);
        let new = NewApplication {
            kind,
            specialities: form.all("specialities"),
            references: written.iter().map(|b| b.reference()).collect(),
            note: form.get("note").to_owned(),
            agreement_version: form.get("agreement_version").to_owned(),
            agreement_hash: form.get("agreement_hash").to_owned(),
        };
        let places = written.iter().map(|b| b.n).collect();
        let shown = (last + usize::from(form.ticked("more"))).clamp(1, MOST);
        Self {
            new,
            agreed: form.ticked("agreed"),
            places,
            blocks: blocks.into_iter().take(shown).collect(),
        }
    }

    /// The control of a field of the API: `references[1].said` is `r3_said` when the second
    /// reference written stands in the third block.
    pub fn control(&self, field: &str) -> String {
        let Some(rest) = field.strip_prefix("references") else {
            return field.to_owned();
        };
        let (at, part) = rest.trim_start_matches('[').split_once("].").unwrap_or(("0", "name"));
        let at: usize = at.parse().unwrap_or_default();
        format!("r{}_{part}", self.places.get(at).copied().unwrap_or(1))
    }
}

/// The specialities of one category.
#[derive(Debug, Clone, Serialize)]
pub struct Group {
    pub title: String,
    pub choices: Vec<Choice>,
}

/// The form of an application.
#[derive(Debug, Default, Serialize)]
pub struct ApplyForm {
    pub organization: String,
    pub kind: String,
    pub kind_means: String,
    /// What else one could apply as, and the kind of organization that does.
    pub other: String,
    pub other_kind: String,
    pub action: String,
    pub standing: String,
    /// Whether it asks what a reseller is asked.
    pub sells: bool,
    /// Of a consultant.
    pub groups: Vec<Group>,
    /// Whom a reseller sells to.
    pub industries: Vec<Choice>,
    pub blocks: Vec<Block>,
    pub can_add: bool,
    pub note: String,
    pub agreement: String,
    pub agreement_title: String,
    pub agreement_version: String,
    pub agreement_hash: String,
    pub agreement_text: Vec<String>,
    pub agreed: Vec<Choice>,
    /// Why it cannot be sent by whoever looks at it; empty when it can.
    pub closed: String,
    pub errors: Errors,
}

impl ApplyForm {
    /// The form with what is typed already. A box that accepted another text is not ticked.
    pub fn of(typed: &Typed, taxonomy: &Taxonomy, agreement: &Agreement) -> Self {
        let new = &typed.new;
        let same = agreement.is(&new.agreement_version, &new.agreement_hash);
        let label = format!("We accept version {} of the agreement", agreement.version);
        Self {
            kind: words::kind(new.kind).to_owned(),
            kind_means: match new.kind {
                PartnerKind::Consultant => "You work for customers, in their accounts.",
                PartnerKind::Reseller => "You bring customers, and have a share in their work.",
            }
            .to_owned(),
            other: words::kind(new.kind.other()).to_lowercase(),
            other_kind: new.kind.other().organization().to_string(),
            sells: new.kind == PartnerKind::Reseller,
            groups: groups(taxonomy, &new.specialities),
            industries: industries(taxonomy, &new.specialities),
            can_add: typed.blocks.len() < MOST,
            blocks: typed.blocks.clone(),
            note: new.note.clone(),
            agreement_title: agreement.title.clone(),
            agreement_version: agreement.version.clone(),
            agreement_hash: agreement.hash_hex(),
            agreement_text: paragraphs(&agreement.body),
            agreed: vec![Choice::new("yes", &label, typed.agreed && same)],
            ..Self::default()
        }
    }

    /// With each error beside its control.
    pub fn refused(mut self) -> Self {
        let errors = &self.errors;
        for block in &mut self.blocks {
            let on = |part: &str| errors.on.get(&format!("r{}_{part}", block.n)).cloned();
            block.errors = BlockErrors {
                name: on("name"),
                organization: on("organization"),
                email: on("email"),
                said: on("said"),
            };
        }
        self
    }
}

fn industries(taxonomy: &Taxonomy, chosen: &[String]) -> Vec<Choice> {
    let all = taxonomy.industries.iter();
    all.map(|i| Choice::new(&i.slug, &i.title, chosen.contains(&i.slug))).collect()
}

/// Skills by category; a category without skills stands for itself.
fn groups(taxonomy: &Taxonomy, chosen: &[String]) -> Vec<Group> {
    let choice =
        |slug: &str, title: &str| Choice::new(slug, title, chosen.iter().any(|word| word == slug));
    let group = |category: &api::program::Category| {
        let skills = taxonomy.skills.iter().filter(|skill| skill.category == category.slug);
        let mut choices: Vec<Choice> = skills.map(|s| choice(&s.slug, &s.title)).collect();
        if choices.is_empty() {
            choices.push(choice(&category.slug, &category.title));
        }
        Group { title: category.title.clone(), choices }
    };
    taxonomy.categories.iter().map(group).collect()
}

impl Page for ApplyForm {
    const TEMPLATE: &'static str = "program/apply.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let mut wrong = sample(b"r1_name=Karin+Aas&r1_email=nowhere&note=Hello&more=1");
        wrong.errors = [
            ("specialities", "Choose one to twelve skills or categories"),
            ("r1_email", "Enter a mail address, such as name@company.com"),
            ("agreed", "Read the agreement, then tick the box"),
        ]
        .into_iter()
        .collect();
        let reseller = Self {
            kind: "Reseller".into(),
            kind_means: "You bring customers, and have a share in their work.".into(),
            other: "consultant".into(),
            other_kind: "partner".into(),
            sells: true,
            industries: vec![Choice::new("hotels", "Hotels and travel", true)],
            ..sample(b"")
        };
        let closed = Self { closed: words::only("owner", "apply"), ..sample(b"") };
        vec![
            ("new", sample(b"")),
            ("wrong", wrong.refused()),
            ("reseller", reseller),
            ("closed", closed),
        ]
    }
}

fn sample(query: &[u8]) -> ApplyForm {
    let typed = Typed::read(&Form::parse(query), PartnerKind::Consultant);
    let choices = vec![
        Choice::new("dashboards", "Dashboards", true),
        Choice::new("attribution", "Attribution", false),
    ];
    ApplyForm {
        organization: "Brannock & Vale".into(),
        kind: "Consultant".into(),
        kind_means: "You work for customers, in their accounts.".into(),
        other: "reseller".into(),
        other_kind: "reseller".into(),
        action: "/p/larkfield/program/apply".into(),
        standing: "/p/larkfield/program".into(),
        groups: vec![Group { title: "Reporting".into(), choices }],
        blocks: typed.blocks,
        can_add: true,
        note: typed.new.note,
        agreement: "/p/larkfield/program/agreement".into(),
        agreement_title: "Larkfield partner agreement".into(),
        agreement_version: "2026-1".into(),
        agreement_hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        agreement_text: vec!["1. What this is. You work for customers of Larkfield.".into()],
        agreed: vec![Choice::new("yes", "We accept version 2026-1 of the agreement", false)],
        ..ApplyForm::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_find_the_block_that_was_typed_into() {
        let form = Form::parse(b"r1_name=Karin&r3_said=Good&specialities=a&specialities=b");
        let typed = Typed::read(&form, PartnerKind::Reseller);
        assert_eq!(typed.new.references.len(), 2);
        assert_eq!(typed.new.specialities, ["a", "b"]);
        assert_eq!(typed.blocks.len(), 3);
        assert_eq!(typed.control("references[1].email"), "r3_email");
        assert_eq!(typed.control("references"), "r1_name");
        assert_eq!(typed.control("note"), "note");
        assert!(!typed.agreed);
        assert_eq!(Typed::read(&Form::parse(b"more=1"), PartnerKind::Reseller).blocks.len(), 1);
    }
}
