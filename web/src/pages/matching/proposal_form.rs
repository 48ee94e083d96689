//! A proposal as a form: milestones with the lines of their prices.

use api::directory::{AccessPreset, Offer};
use api::kernel::money::Currency;
use serde::Serialize;

use super::typed_proposal::{Block, MOST, Typed};
use crate::pages::directory::hour_boxes::{HourBoxes, an_hour};
use crate::pages::directory::words;
use crate::render::Page;
use crate::site::Form;
use crate::view::{Chip, Choice, Errors, Link, Notice};

/// A proposal while it is written.
#[derive(Debug, Default, Serialize)]
pub struct ProposalForm {
    pub customer: String,
    pub action: String,
    pub invitation: Option<Link>,
    pub budget: String,
    /// Services to start from, and an empty page.
    pub starts: Vec<Chip>,
    pub service: String,
    pub title: String,
    pub note: String,
    pub access: Vec<Choice>,
    pub valid_days: String,
    pub unit: String,
    /// For work by the hour, instead of milestones.
    pub hours: Option<HourBoxes>,
    pub blocks: Vec<Block>,
    pub can_add: bool,
    pub notice: Option<Notice>,
    pub errors: Errors,
}

impl ProposalForm {
    pub fn of(typed: &Typed, currency: Currency) -> Self {
        let preset = |preset: &AccessPreset| {
            let word = preset.as_str();
            Choice::new(word, words::access(*preset), word == typed.access)
                .with_hint(words::access_offered(*preset))
        };
        Self {
            service: typed.service.clone(),
            title: typed.title.clone(),
            note: typed.note.clone(),
            access: AccessPreset::ALL.iter().map(preset).collect(),
            valid_days: typed.valid_days.clone(),
            unit: words::unit(currency),
            can_add: typed.hours.is_none() && typed.blocks.len() < MOST,
            hours: typed.hours.clone(),
            blocks: typed.blocks.clone(),
            ..Self::default()
        }
    }

    /// Adds what one can start from.
    pub fn starting_from(&mut self, services: &[Offer], here: &str) {
        let chip = |offer: &Offer| {
            let id = offer.service.to_string();
            let price = offer.hourly.as_ref().map_or_else(|| words::price(offer.price), an_hour);
            let label = format!("{}, {price}", offer.title);
            Chip::choice(&label, &format!("{here}?service={id}"), id == self.service)
        };
        self.starts = services.iter().map(chip).collect();
        let by_hour = self.hours.is_some();
        let empty = format!("{here}?service=none");
        let chosen = self.service.is_empty() && !by_hour;
        self.starts.push(Chip::choice("An empty page", &empty, chosen));
        // What a service includes and asks for holds for hours as well.
        let of = if self.service.is_empty() { "none" } else { &self.service };
        let hours = format!("{here}?service={of}&by=hour");
        self.starts.push(Chip::choice("By the hour", &hours, by_hour));
    }

    /// Puts each error beside its box, one a box.
    pub fn refuse(&mut self, errors: Errors) {
        let mut once = Errors::default();
        for (id, message) in errors.list.iter().map(|e| (&e.id, &e.message)) {
            if !once.on.contains_key(id) {
                once.add(id, message);
            }
        }
        for block in &mut self.blocks {
            let on = |part: &str| once.on.get(&format!("m{}_{part}", block.n)).cloned();
            block.title_error = on("title");
            block.delivers_error = on("delivers");
            block.days_error = on("days");
            for line in &mut block.lines {
                line.title_error = on(&format!("l{}_title", line.n));
                line.amount_error = on(&format!("l{}_amount", line.n));
            }
        }
        self.errors = once;
    }
}

impl Page for ProposalForm {
    const TEMPLATE: &'static str = "matching/proposal_form.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let query: &[u8] = b"title=Dealer+lead+flow&note=Twenty+dealers+first.&access=read-only\
            &valid_days=14&m1_title=Rules&m1_delivers=One+page.&m1_days=10\
            &m1_l1_title=Territories&m1_l1_amount=2%2C000&m1_l2_title=Rules&m1_l2_amount=800";
        let mut wrong = sample(query);
        let ids = ["title", "note", "valid_days", "m1_title", "m1_delivers", "m1_days"];
        let lines = ["m1_l1_title", "m1_l2_amount"];
        let errors = ids.iter().chain(&lines).map(|id| (*id, "Enter something that fits"));
        wrong.refuse(errors.collect());
        let notice = Some(Notice::held("Not sent", "You have an open proposal already."));
        let held = ProposalForm { notice, starts: Vec::new(), ..sample(query) };
        let hours = sample(b"by=hour&title=Help&rate=90&cap=20&weeks=8");
        vec![("new", sample(b"do=milestone")), ("hours", hours), ("wrong", wrong), ("held", held)]
    }
}

fn sample(query: &[u8]) -> ProposalForm {
    let typed = Typed::read(&Form::parse(query));
    let mut form = ProposalForm::of(&typed, Currency::Eur);
    form.customer = "Fjordhaus Outdoor EU".into();
    form.action = "/p/larkfield/invitations/i-1/proposal".into();
    form.invitation = Some(Link::new("Dealer leads go cold", "/p/larkfield/invitations/i-1"));
    form.budget = "€7,000 to €9,500".into();
    form.starts = vec![Chip::choice("Nurture audit, €1,800", "?service=s-1", true)];
    form
}
