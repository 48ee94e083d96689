//! What a proposal's form holds: its boxes as typed, and what they mean.
//! A price is what its lines add up to, so the two can never differ.

use api::directory::AccessPreset;
use api::kernel::id::ServiceId;
use api::kernel::money::{Currency, Money};
use api::matching::{NewLine, NewMilestone, NewProposal};
use serde::Serialize;

use crate::pages::directory::hour_boxes::{self, HourBoxes};
use crate::pages::directory::words;
use crate::site::{Form, amount_fault, read_minor};
use crate::view::Errors;

/// Milestones of a form, and lines of a milestone, at most.
pub const MOST: usize = 12;
const MOST_LINES: usize = 40;
/// Lines a milestone shows at least.
const FEWEST_LINES: usize = 2;

/// One line of a milestone's price, as typed.
#[derive(Debug, Clone, Default, Serialize)]
pub struct LineBoxes {
    /// From 1.
    pub n: usize,
    pub title: String,
    pub amount: String,
    pub title_error: Option<String>,
    pub amount_error: Option<String>,
}

/// The boxes of one milestone, as typed.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Block {
    /// From 1; the ids of its controls begin with `m` and this.
    pub n: usize,
    pub title: String,
    pub delivers: String,
    pub days: String,
    pub lines: Vec<LineBoxes>,
    pub can_add: bool,
    pub title_error: Option<String>,
    pub delivers_error: Option<String>,
    pub days_error: Option<String>,
}

/// What a form holds, as typed.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    pub service: String,
    pub title: String,
    pub note: String,
    pub access: String,
    pub valid_days: String,
    /// For work by the hour, instead of milestones.
    pub hours: Option<HourBoxes>,
    pub blocks: Vec<Block>,
}

/// A field that a page carries unseen.
#[derive(Debug, Clone, Serialize)]
pub struct Carried {
    pub name: String,
    pub value: String,
}

impl Carried {
    pub fn new(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: value.to_owned() }
    }
}

impl LineBoxes {
    fn is_empty(&self) -> bool {
        self.title.trim().is_empty() && self.amount.trim().is_empty()
    }
}

impl Block {
    fn is_empty(&self) -> bool {
        let boxes = [&self.title, &self.delivers, &self.days];
        boxes.iter().all(|t| t.trim().is_empty()) && self.lines.iter().all(LineBoxes::is_empty)
    }

    /// The lines that hold something.
    fn written(&self) -> impl Iterator<Item = &LineBoxes> {
        self.lines.iter().filter(|line| !line.is_empty())
    }
}

impl Typed {
    /// What was typed, with room for more where a button asked for it.
    pub fn read(form: &Form) -> Self {
        let wanted = form.get("do");
        let blocks: Vec<Block> = (1..=MOST).map(|n| block(form, n, wanted)).collect();
        let last = blocks.iter().filter(|b| !b.is_empty()).map(|b| b.n).max().unwrap_or(0);
        let shown = (last + usize::from(wanted == "milestone")).clamp(1, MOST);
        let get = |name: &str| form.get(name).to_owned();
        Self {
            service: get("service"),
            title: get("title"),
            note: get("note"),
            access: get("access"),
            valid_days: get("valid_days"),
            hours: HourBoxes::read(form),
            blocks: blocks.into_iter().take(shown).collect(),
        }
    }

    /// What a draft of the program looks like in its form.
    pub fn of(draft: &NewProposal) -> Self {
        let block = |(m, n): (&NewMilestone, usize)| Block {
            n,
            title: m.title.clone(),
            delivers: m.delivers.clone(),
            days: m.days.to_string(),
            lines: room(m.lines.iter().map(|l| (l.title.clone(), words::typed(l.amount)))),
            can_add: true,
            ..Block::default()
        };
        let mut blocks: Vec<Block> = draft.milestones.iter().zip(1..).map(block).collect();
        if blocks.is_empty() {
            let lines = room(std::iter::empty());
            blocks.push(Block { n: 1, lines, can_add: true, ..Block::default() });
        }
        Self {
            service: draft.service.map(|id| id.to_string()).unwrap_or_default(),
            title: draft.title.clone(),
            note: draft.note.clone(),
            access: draft.access_preset.as_str().to_owned(),
            valid_days: draft.valid_days.map(|d| d.to_string()).unwrap_or_default(),
            hours: draft.hourly.as_ref().map(HourBoxes::of),
            blocks,
        }
    }

    /// The proposal as the program takes it. What cannot be read becomes what it refuses, beside
    /// its own box: an amount or a number of days of nothing.
    pub fn proposal(&self, currency: Currency) -> NewProposal {
        let by_milestone = self.hours.is_none();
        let written = self.blocks.iter().filter(|b| by_milestone && !b.is_empty());
        let days = self.valid_days.trim();
        NewProposal {
            service: ServiceId::parse(&self.service),
            title: self.title.clone(),
            note: self.note.clone(),
            access_preset: AccessPreset::parse(&self.access).unwrap_or(AccessPreset::None),
            milestones: written.map(|b| milestone(b, currency)).collect(),
            hourly: self.hours.as_ref().map(|hours| hours.agreed(currency)),
            valid_days: (!days.is_empty()).then(|| days.parse().unwrap_or(0)),
        }
    }

    /// The errors, with why an amount that is typed cannot be read.
    pub fn reworded(&self, errors: Errors, currency: Currency) -> Errors {
        let lines = self.blocks.iter().flat_map(|b| b.written().map(move |line| (b.n, line)));
        let typed = lines.filter(|(_, line)| !line.amount.trim().is_empty());
        let unread = typed.filter(|(_, line)| read_minor(&line.amount, currency).is_none());
        unread.fold(errors, |errors, (n, line)| {
            let said = amount_fault(&line.amount, currency);
            errors.reworded(&format!("m{n}_l{}_amount", line.n), &said)
        })
    }

    /// The control of a field of the API: `milestones[1].lines[0].amount` is `m3_l2_amount` when
    /// the second milestone written stands in the third block and its first line in the second.
    pub fn control(&self, field: &str) -> String {
        let Some((at, part)) = indexed(field, "milestones[") else {
            return match field {
                "milestones" => "m1_title".to_owned(),
                "service" => "title".to_owned(),
                "access_preset" => "access".to_owned(),
                plain => hour_boxes::control(plain).unwrap_or(plain).to_owned(),
            };
        };
        let block = self.blocks.iter().filter(|b| !b.is_empty()).nth(at);
        let n = block.map_or(1, |b| b.n);
        if let Some((line, part)) = indexed(part, "lines[") {
            let line = block.and_then(|b| b.written().nth(line)).map_or(1, |l| l.n);
            return format!("m{n}_l{line}_{part}");
        }
        match part {
            "price" | "lines" => format!("m{n}_l1_amount"),
            part => format!("m{n}_{part}"),
        }
    }

    /// Every field with its value, to be carried along by a page that shows what it makes.
    pub fn carried(&self) -> Vec<Carried> {
        let mut carried = vec![
            Carried::new("service", &self.service),
            Carried::new("title", &self.title),
            Carried::new("note", &self.note),
            Carried::new("access", &self.access),
            Carried::new("valid_days", &self.valid_days),
        ];
        if let Some(hours) = &self.hours {
            carried.push(Carried::new("by", "hour"));
            carried.push(Carried::new("rate", &hours.rate));
            carried.push(Carried::new("cap", &hours.cap));
            carried.push(Carried::new("weeks", &hours.weeks));
        }
        for block in &self.blocks {
            let name = |part: &str| format!("m{}_{part}", block.n);
            carried.push(Carried::new(&name("title"), &block.title));
            carried.push(Carried::new(&name("delivers"), &block.delivers));
            carried.push(Carried::new(&name("days"), &block.days));
            for line in block.written() {
                carried.push(Carried::new(&name(&format!("l{}_title", line.n)), &line.title));
                carried.push(Carried::new(&name(&format!("l{}_amount", line.n)), &line.amount));
            }
        }
        carried
    }
}

/// `(1, "days")` of `milestones[1].days` after `milestones[`.
fn indexed<'a>(field: &'a str, prefix: &str) -> Option<(usize, &'a str)> {
    let (at, part) = field.strip_prefix(prefix)?.split_once("].")?;
    Some((at.parse().ok()?, part))
}

fn block(form: &Form, n: usize, wanted: &str) -> Block {
    let part = |part: &str| form.get(&format!("m{n}_{part}")).to_owned();
    let lines = (1..=MOST_LINES).map(|l| LineBoxes {
        n: l,
        title: part(&format!("l{l}_title")),
        amount: part(&format!("l{l}_amount")),
        ..LineBoxes::default()
    });
    let lines: Vec<LineBoxes> = lines.collect();
    let last = lines.iter().filter(|l| !l.is_empty()).map(|l| l.n).max().unwrap_or(0);
    let more = usize::from(wanted == format!("line {n}"));
    let shown = (last.max(FEWEST_LINES) + more).min(MOST_LINES);
    Block {
        n,
        title: part("title"),
        delivers: part("delivers"),
        days: part("days"),
        lines: lines.into_iter().take(shown).collect(),
        can_add: shown < MOST_LINES,
        ..Block::default()
    }
}

/// Lines with empty ones after them, up to the fewest.
fn room(lines: impl Iterator<Item = (String, String)>) -> Vec<LineBoxes> {
    let mut lines: Vec<LineBoxes> = lines
        .zip(1..)
        .map(|((title, amount), n)| LineBoxes { n, title, amount, ..LineBoxes::default() })
        .collect();
    for n in lines.len() + 1..=FEWEST_LINES {
        lines.push(LineBoxes { n, ..LineBoxes::default() });
    }
    lines
}

/// The price is what its lines add up to. One amount without words is the whole milestone's.
fn milestone(block: &Block, currency: Currency) -> NewMilestone {
    let written: Vec<&LineBoxes> = block.written().collect();
    let alone = written.len() == 1;
    let line = |line: &&LineBoxes| NewLine {
        title: if alone && line.title.trim().is_empty() {
            block.title.clone()
        } else {
            line.title.clone()
        },
        amount: Money::new(read_minor(&line.amount, currency).unwrap_or(0), currency),
    };
    let lines: Vec<NewLine> = written.iter().map(line).collect();
    let price = lines.iter().try_fold(Money::zero(currency), |sum, l| sum.checked_add(l.amount));
    NewMilestone {
        title: block.title.clone(),
        delivers: block.delivers.clone(),
        price: price.unwrap_or(Money::zero(currency)),
        days: block.days.trim().parse().unwrap_or(0),
        lines,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::directory::Hourly;

    fn typed(query: &[u8]) -> Typed {
        Typed::read(&Form::parse(query))
    }

    #[test]
    fn a_price_is_what_its_lines_add_up_to() {
        let query = b"m1_title=Map&m1_days=4&m1_l2_amount=1%2C200.50&m3_title=Rules&m3_days=x\
            &m3_l1_title=a&m3_l1_amount=600&m3_l4_title=b&m3_l4_amount=wrong";
        let typed = typed(query);
        let proposal = typed.proposal(Currency::Eur);
        let [map, rules] = proposal.milestones.as_slice() else { panic!("two milestones") };
        assert_eq!(map.price, Money::new(120_050, Currency::Eur));
        assert_eq!(map.lines[0].title, "Map", "one amount without words is the whole");
        assert_eq!((rules.price.minor(), rules.days, rules.lines.len()), (60_000, 0, 2));
        assert_eq!(typed.control("milestones[1].lines[1].amount"), "m3_l4_amount");
        assert_eq!(typed.control("milestones[1].days"), "m3_days");
        assert_eq!(typed.control("milestones[0].price"), "m1_l1_amount");
        assert_eq!(typed.control("milestones"), "m1_title");
        assert_eq!(typed.control("note"), "note");
    }

    #[test]
    fn hours_are_typed_in_hours_and_carried() {
        let typed = typed(b"by=hour&rate=90&cap=20&weeks=8&m1_title=left");
        let proposal = typed.proposal(Currency::Eur);
        let rate = Money::new(9_000, Currency::Eur);
        assert_eq!(proposal.hourly, Some(Hourly { rate, cap_minutes: 1_200, weeks: 8 }));
        assert_eq!(proposal.milestones, []);
        assert_eq!(typed.control("hourly.cap_minutes"), "cap");
        let carried = typed.carried();
        let query: Vec<String> =
            carried.iter().map(|c| format!("{}={}", c.name, c.value)).collect();
        let again = Typed::read(&Form::parse(query.join("&").as_bytes()));
        assert_eq!(again.proposal(Currency::Eur), proposal);
    }

    #[test]
    fn buttons_make_room_and_nothing_is_lost() {
        assert_eq!(typed(b"").blocks.len(), 1);
        assert_eq!(typed(b"m1_title=Map&do=milestone").blocks.len(), 2);
        let more = typed(b"m1_title=Map&m1_l2_amount=5&do=line+1");
        assert_eq!(more.blocks[0].lines.len(), 3);
        let carried = more.carried();
        let query: Vec<String> =
            carried.iter().map(|c| format!("{}={}", c.name, c.value)).collect();
        let again = typed(query.join("&").as_bytes());
        assert_eq!(again.proposal(Currency::Eur), more.proposal(Currency::Eur));
    }
}
