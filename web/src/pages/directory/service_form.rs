//! A service of one's organization as a form.

use api::directory::{AccessPreset, MilestoneDraft, Profile, Service, ServiceDraft, ServiceState};
use api::kernel::id::ProfileId;
use api::kernel::money::Currency;
use api::platform::refusal::Error;
use api::program::Taxonomy;
use serde::Serialize;

use super::hour_boxes::{self, HourBoxes};
use super::words;
use crate::render::Page;
use crate::site::{Form, PageError, amount_fault, read_minor};
use crate::view::{Chip, Choice, Errors, Notice, State};

/// Milestones that a form offers at least, and at most.
const FEWEST: usize = 2;
const MOST: usize = 12;

/// The boxes of one milestone, as typed.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Block {
    /// From 1; the ids of its controls begin with `m` and this.
    pub n: usize,
    pub title: String,
    pub delivers: String,
    pub price: String,
    pub days: String,
    pub errors: BlockErrors,
}

/// What is wrong in the boxes of one milestone.
#[derive(Debug, Clone, Default, Serialize)]
pub struct BlockErrors {
    pub title: Option<String>,
    pub delivers: Option<String>,
    pub price: Option<String>,
    pub days: Option<String>,
}

impl Block {
    fn is_empty(&self) -> bool {
        [&self.title, &self.delivers, &self.price, &self.days].iter().all(|t| t.trim().is_empty())
    }
}

/// A service, new or written already.
#[derive(Debug, Default, Serialize)]
pub struct ServiceForm {
    pub heading: String,
    pub action: String,
    /// All services.
    pub services: String,
    /// Empty for a new one.
    pub version: String,
    pub title: String,
    pub profiles: Vec<Choice>,
    pub categories: Vec<Choice>,
    pub outcome: String,
    pub includes: String,
    pub excludes: String,
    pub prerequisites: String,
    pub access: Vec<Choice>,
    pub unit: String,
    /// Milestones or hours: where the form is one of the other.
    pub kinds: Vec<Chip>,
    /// For work by the hour, instead of milestones.
    pub hours: Option<HourBoxes>,
    pub blocks: Vec<Block>,
    pub can_add: bool,
    pub state: Option<State>,
    pub total: String,
    pub can_publish: bool,
    pub can_archive: bool,
    /// Why it cannot be saved by whoever looks at it; empty when it can.
    pub closed: String,
    pub notice: Option<Notice>,
    pub errors: Errors,
}

/// What a form holds: the words typed, and its milestones with their boxes.
pub struct Typed {
    pub draft: ServiceDraft,
    pub hours: Option<HourBoxes>,
    pub blocks: Vec<Block>,
    /// Which block each milestone of the draft came from.
    places: Vec<usize>,
    /// Controls of prices that cannot be read, and why not.
    unread: Vec<(String, String)>,
    currency: Currency,
    pub profile: Option<ProfileId>,
    access: String,
}

impl Typed {
    pub fn read(form: &Form, currency: Currency) -> Self {
        let hours = HourBoxes::read(form);
        let blocks: Vec<Block> = (1..=MOST).map(|n| block(form, n)).collect();
        let written: Vec<&Block> =
            blocks.iter().filter(|b| hours.is_none() && !b.is_empty()).collect();
        let last = written.last().map_or(0, |b| b.n);
        let draft = ServiceDraft {
            title: form.get("title").to_owned(),
            category: form.get("category").to_owned(),
            outcome: form.get("outcome").to_owned(),
            includes: form.lines("includes"),
            excludes: form.lines("excludes"),
            prerequisites: form.lines("prerequisites"),
            access: AccessPreset::parse(form.get("access")),
            milestones: written.iter().map(|b| milestone(b, currency)).collect(),
            hourly: hours.as_ref().map(|hours| hours.agreed(currency)),
        };
        let places = written.iter().map(|b| b.n).collect();
        let unread = written.iter().filter_map(|b| unread_price(b, currency)).collect();
        let wanted = last + usize::from(form.ticked("more"));
        let shown = wanted.clamp(FEWEST, MOST);
        Self {
            draft,
            hours,
            places,
            unread,
            currency,
            profile: ProfileId::parse(form.get("profile")),
            access: form.get("access").to_owned(),
            blocks: blocks.into_iter().take(shown).collect(),
        }
    }

    /// The control of a field of the API: `milestones[1].days` is `m3_days` when the second
    /// milestone written stands in the third block.
    pub fn control(&self, field: &str) -> String {
        if let Some(control) = hour_boxes::control(field) {
            return control.to_owned();
        }
        let Some(rest) = field.strip_prefix("milestones") else {
            return match field.split('[').next().unwrap_or(field) {
                "profile" => "title".to_owned(),
                plain => plain.to_owned(),
            };
        };
        let (at, part) = rest.trim_start_matches('[').split_once("].").unwrap_or(("0", "title"));
        let at: usize = at.parse().unwrap_or_default();
        let block = self.places.get(at).copied().unwrap_or(1);
        let part = if part == "price_minor" { "price" } else { part };
        format!("m{block}_{part}")
    }

    /// What is wrong, beside its controls; of a price that cannot be read, why not.
    pub fn faults(&self, error: Error) -> Result<Errors, PageError> {
        let errors = PageError::from(error).into_errors(|field| self.control(field))?;
        let errors = match &self.hours {
            Some(hours) => hours.reworded(errors, self.currency),
            None => errors,
        };
        let unread = self.unread.iter();
        Ok(unread.fold(errors, |errors, (id, said)| errors.reworded(id, said)))
    }
}

fn block(form: &Form, n: usize) -> Block {
    let part = |part: &str| form.get(&format!("m{n}_{part}")).to_owned();
    Block {
        n,
        title: part("title"),
        delivers: part("delivers"),
        price: part("price"),
        days: part("days"),
        errors: BlockErrors::default(),
    }
}

/// The control of a price that is typed and cannot be read, and why not.
fn unread_price(block: &Block, currency: Currency) -> Option<(String, String)> {
    let typed = !block.price.trim().is_empty();
    let unread = typed && read_minor(&block.price, currency).is_none();
    unread.then(|| (format!("m{}_price", block.n), amount_fault(&block.price, currency)))
}

fn milestone(block: &Block, currency: Currency) -> MilestoneDraft {
    MilestoneDraft {
        title: block.title.clone(),
        delivers: block.delivers.clone(),
        price_minor: read_minor(&block.price, currency),
        days: block.days.trim().parse().ok(),
    }
}

impl ServiceForm {
    /// An empty form, with what is typed already.
    pub fn of(typed: &Typed, taxonomy: &Taxonomy, currency: Currency) -> Self {
        let draft = &typed.draft;
        let categories = taxonomy.categories.iter().map(|c| (c.slug.as_str(), c.title.as_str()));
        Self {
            title: draft.title.clone(),
            categories: words::choices_or("Choose", categories, &draft.category),
            outcome: draft.outcome.clone(),
            includes: draft.includes.join("\n"),
            excludes: draft.excludes.join("\n"),
            prerequisites: draft.prerequisites.join("\n"),
            access: access(&typed.access),
            unit: words::unit(currency),
            can_add: typed.hours.is_none() && typed.blocks.len() < MOST,
            hours: typed.hours.clone(),
            blocks: typed.blocks.clone(),
            ..Self::default()
        }
    }

    /// Adds whose profile may offer it.
    pub fn offered_by(&mut self, profiles: &[Profile], chosen: Option<ProfileId>) {
        let choice = |p: &Profile| Choice::new(&p.id.to_string(), &p.name, Some(p.id) == chosen);
        self.profiles = profiles.iter().map(choice).collect();
    }

    /// The form of the other kind of price, if that is wanted; what is saved stays until it is.
    pub fn priced_by_hour(&mut self, by_hour: bool) {
        if by_hour != self.hours.is_some() {
            self.hours = by_hour.then(HourBoxes::default);
            self.can_add = !by_hour;
            self.priced_at(&self.action.clone());
        }
    }

    /// Adds the way to the other kind of price.
    pub fn priced_at(&mut self, here: &str) {
        let chip =
            |label: &str, by: &str, chosen| Chip::choice(label, &format!("{here}?by={by}"), chosen);
        let by_hour = self.hours.is_some();
        self.kinds = vec![
            chip("A fixed price, in milestones", "milestone", !by_hour),
            chip("By the hour", "hour", by_hour),
        ];
    }

    /// Adds where the service that is written stands.
    pub fn with(&mut self, service: &Service) {
        self.version = service.version.to_string();
        self.state = Some(words::service_state(service.state));
        self.total = price(service);
        self.can_publish = service.state != ServiceState::Published;
        self.can_archive = service.state != ServiceState::Archived;
        if service.state == ServiceState::Archived {
            self.closed = "It is archived. Offer it again to change it.".to_owned();
        }
    }

    /// Puts each error beside its control.
    pub fn refuse(&mut self, errors: Errors) {
        for block in &mut self.blocks {
            let on = |part: &str| errors.on.get(&format!("m{}_{part}", block.n)).cloned();
            block.errors = BlockErrors {
                title: on("title"),
                delivers: on("delivers"),
                price: on("price"),
                days: on("days"),
            };
        }
        self.errors = errors;
    }
}

/// What a service that is written looks like in its form.
pub fn written(service: &Service) -> Typed {
    let fields = service.fields.clone();
    let mut blocks: Vec<Block> = fields
        .milestones
        .iter()
        .zip(1..)
        .map(|(m, n)| Block {
            n,
            title: m.title.clone(),
            delivers: m.delivers.clone(),
            price: words::typed(m.price),
            days: m.days.to_string(),
            errors: BlockErrors::default(),
        })
        .collect();
    for n in blocks.len() + 1..=FEWEST {
        blocks.push(Block { n, ..Block::default() });
    }
    Typed {
        places: (1..=fields.milestones.len()).collect(),
        unread: Vec::new(),
        currency: service.currency,
        hours: fields.hourly.as_ref().map(HourBoxes::of),
        draft: ServiceDraft {
            title: fields.title,
            category: fields.category,
            outcome: fields.outcome,
            includes: fields.includes,
            excludes: fields.excludes,
            prerequisites: fields.prerequisites,
            access: Some(fields.access),
            milestones: Vec::new(),
            hourly: None,
        },
        blocks,
        profile: Some(service.profile),
        access: fields.access.as_str().to_owned(),
    }
}

/// The whole price, or that of an hour.
pub fn price(service: &Service) -> String {
    match &service.fields.hourly {
        Some(hourly) => hour_boxes::an_hour(hourly),
        None => service.price().map(words::amount).unwrap_or_default(),
    }
}

fn access(chosen: &str) -> Vec<Choice> {
    let choice = |preset: &AccessPreset| {
        let word = preset.as_str();
        Choice::new(word, words::access(*preset), word == chosen)
            .with_hint(words::access_offered(*preset))
    };
    AccessPreset::ALL.iter().map(choice).collect()
}

impl Page for ServiceForm {
    const TEMPLATE: &'static str = "directory/service_form.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let new = Self { heading: "New service".into(), ..sample(b"") };
        let query = b"title=Nurture+audit&access=read-only&m1_title=Map&m1_price=1%2C200&m1_days=4";
        let mut usual = sample(query);
        usual.version = "2".into();
        usual.state = Some(State::DRAFT);
        usual.total = "€1,200.00".into();
        usual.can_publish = true;
        usual.can_archive = true;
        let mut wrong = sample(query);
        wrong.refuse(
            [("m1_price", "Enter a price above zero"), ("outcome", "Enter the outcome")]
                .into_iter()
                .collect(),
        );
        let closed = Self {
            closed: "Your owner or an admin edits services.".into(),
            notice: Some(Notice::held("It changed meanwhile", "Read it again.")),
            ..sample(query)
        };
        let hours = sample(b"by=hour&title=A+hand+on+the+tiller&rate=90&cap=20&weeks=8");
        vec![("hours", hours), ("new", new), ("usual", usual), ("wrong", wrong), ("closed", closed)]
    }
}

fn sample(query: &[u8]) -> ServiceForm {
    let typed = Typed::read(&Form::parse(query), Currency::Eur);
    let mut form = ServiceForm::of(&typed, &Taxonomy::default(), Currency::Eur);
    form.heading = "Nurture audit".into();
    form.action = "/p/larkfield/services/s-1".into();
    form.services = "/p/larkfield/services".into();
    form.priced_at("/p/larkfield/services/s-1");
    form.profiles = vec![Choice::new("p-1", "Ines Oyelaran-Brandt", true)];
    form
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::kernel::check::Invalid;

    #[test]
    fn errors_find_the_block_that_was_typed_into() {
        let form = Form::parse(b"m1_title=Map&m3_title=Costs&m3_price=600.505&m3_days=two");
        let typed = Typed::read(&form, Currency::Eur);
        assert_eq!(typed.draft.milestones.len(), 2);
        assert_eq!(typed.blocks.len(), 3);
        assert_eq!(typed.draft.milestones[1].price_minor, None);
        assert_eq!(typed.control("milestones[1].price_minor"), "m3_price");
        assert_eq!(typed.control("milestones[1].days"), "m3_days");
        let fault = Invalid::field("milestones[1].price_minor", "Enter a price above zero");
        let errors = typed.faults(fault.into()).ok().unwrap();
        assert!(errors.on["m3_price"].contains("two decimals at most"), "{errors:?}");
        assert_eq!(typed.control("milestones"), "m1_title");
        assert_eq!(typed.control("includes[2]"), "includes");
        assert_eq!(Typed::read(&Form::parse(b"more=1"), Currency::Eur).blocks.len(), 2);
        let more = Form::parse(b"m2_title=Costs&more=1");
        assert_eq!(Typed::read(&more, Currency::Eur).blocks.len(), 3);
    }
}
