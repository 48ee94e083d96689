//! What several pages of matching show alike: what a brief asks for, and a proposal in full.

use api::directory::AccessPreset;
use api::kernel::money::Money;
use api::matching::{Brief, Factor, ProposalMilestone};
use api::platform::refusal::Error;
use api::program::{FeeParts, FeePolicy};
use serde::Serialize;

use super::words as told;
use crate::format;
use crate::pages::directory::words;
use crate::site::{PageError, Visit};
use crate::view::{Figure, MatchReason, Sum, SumLine, Tag};

/// What a brief asks for. Rendered by `<asked_for of={..} />`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AskedFor {
    pub problem: Vec<String>,
    pub skills: Vec<Tag>,
    pub figures: Vec<Figure>,
}

impl AskedFor {
    pub fn of(visit: &Visit, brief: &Brief) -> Self {
        let languages: Vec<String> = brief.languages.iter().map(|l| words::language(l)).collect();
        let zone = brief.zone.rsplit('/').next().unwrap_or_default().replace('_', " ");
        let overlap = match brief.overlap_minutes {
            0 => "none needed".to_owned(),
            minutes => {
                let span = format::span_work(chrono::TimeDelta::minutes(minutes.into()));
                format!("{span} a day, {zone}")
            }
        };
        let mut figures = vec![
            Figure::new("Budget", told::budget(brief.budget_min, brief.budget_max)),
            Figure::new("Needed by", format::day(brief.need_by, told::today(visit))),
            Figure::new("Languages", languages.join(", ")),
            Figure::new("Shared hours", overlap),
        ];
        figures.extend(brief.industry.as_ref().map(|i| Figure::new("Industry", i.title.as_str())));
        Self {
            problem: told::paragraphs(&brief.problem),
            skills: brief.skills.iter().map(|s| Tag::new("check", &s.title)).collect(),
            figures,
        }
    }
}

/// Why somebody fits, part by part.
pub fn reasons(factors: &[Factor]) -> Vec<MatchReason> {
    let reason = |factor: &Factor| MatchReason {
        part: factor.key.title().to_owned(),
        reason: factor.reason.clone(),
        points: told::points(factor.points_milli),
        of: (factor.of_milli / 1000).to_string(),
    };
    factors.iter().map(reason).collect()
}

/// The points of all parts together; empty when nobody was measured.
pub fn total(factors: &[Factor]) -> String {
    if factors.is_empty() {
        return String::new();
    }
    told::points(factors.iter().map(|factor| factor.points_milli).sum())
}

/// One milestone of a proposal with the lines of its price.
#[derive(Debug, Clone, Serialize)]
pub struct PlannedMilestone {
    pub title: String,
    pub delivers: Vec<String>,
    pub days: String,
    pub sum: Sum,
}

/// A proposal in full. Rendered by `<offer_sheet of={..} />`.
#[derive(Debug, Clone, Serialize)]
pub struct OfferSheet {
    pub note: Vec<String>,
    pub milestones: Vec<PlannedMilestone>,
    pub total: Sum,
    pub days: String,
    pub access: String,
    pub access_meaning: String,
}

impl OfferSheet {
    pub fn of(
        note: &str,
        access: AccessPreset,
        milestones: &[ProposalMilestone],
        total: Money,
    ) -> Self {
        let lines = milestones.iter().map(|m| SumLine::new(&m.title, words::amount(m.price)));
        Self {
            note: told::paragraphs(note),
            milestones: milestones.iter().map(planned).collect(),
            total: Sum {
                lines: lines.collect(),
                total: SumLine::new("Total", words::amount(total)).with_note("fees included"),
            },
            days: words::length(milestones.iter().map(|m| m.days).sum()),
            access: words::access(access).to_owned(),
            access_meaning: words::access_meaning(access).to_owned(),
        }
    }
}

fn planned(milestone: &ProposalMilestone) -> PlannedMilestone {
    let lines = milestone.lines.iter().map(|l| SumLine::new(&l.title, words::amount(l.amount)));
    PlannedMilestone {
        title: milestone.title.clone(),
        delivers: told::paragraphs(&milestone.delivers),
        days: words::length(milestone.days),
        sum: Sum {
            lines: lines.collect(),
            total: SumLine::new("Price", words::amount(milestone.price)),
        },
    }
}

/// What the consultant's organization receives, and by which rule.
#[derive(Debug, Clone, Serialize)]
pub struct Received {
    pub sum: Sum,
    pub rule: String,
}

/// What is received of each milestone, as it would be signed today.
pub fn received(
    policy: &FeePolicy,
    with_reseller: bool,
    milestones: &[ProposalMilestone],
) -> Result<Received, PageError> {
    let parts = if with_reseller { policy.parts } else { policy.parts.without_reseller() };
    let own = percent(parts.consultant);
    let mut sum: Option<Money> = None;
    let mut lines = Vec::new();
    for milestone in milestones {
        let share = share(milestone.price, parts)?;
        sum = Some(sum.map_or(Ok(share), |sum| sum.checked_add(share)).map_err(Error::fault)?);
        let rule = format!("{own} of {}", words::amount(milestone.price));
        lines.push(SumLine::new(&milestone.title, words::amount(share)).with_note(&rule));
    }
    let rest = [
        ("program", parts.vendor),
        ("reseller of record", parts.reseller),
        ("platform", parts.operator),
    ];
    let rest = rest.into_iter().filter(|(_, part)| *part > 0);
    let rest: Vec<String> = rest.map(|(who, part)| format!("{who} {}", percent(part))).collect();
    let rule = format!(
        "Fees version {}, in force today: {}. They are frozen when both sides sign.",
        policy.version,
        rest.join(", ")
    );
    let total = sum.map(words::amount).unwrap_or_default();
    Ok(Received { sum: Sum { lines, total: SumLine::new("You receive", total) }, rule })
}

fn share(price: Money, parts: FeeParts) -> Result<Money, PageError> {
    let shares = api::kernel::split::by_parts(price, &parts.each()).map_err(Error::fault)?;
    Ok(shares.first().copied().unwrap_or(Money::zero(price.currency())))
}

fn percent(parts: u32) -> String {
    format::basis_points(parts.into()).replace(' ', "\u{a0}")
}

/// What the samples' brief asks for.
pub fn sample_asked() -> AskedFor {
    AskedFor {
        problem: vec!["In ninety days 412 people asked for a dealer, and few were called.".into()],
        skills: vec![Tag::new("check", "Nurture design"), Tag::new("check", "Lead scoring")],
        figures: vec![
            Figure::new("Budget", "€7,000 to €9,500"),
            Figure::new("Needed by", "12 May"),
            Figure::new("Languages", "English, German"),
        ],
    }
}

/// The samples' proposal.
pub fn sample_offer() -> OfferSheet {
    let sum = |label: &str, amount: &str| Sum {
        lines: vec![SumLine::new("Territories and rules", amount)],
        total: SumLine::new(label, amount),
    };
    OfferSheet {
        note: vec!["We start with the twenty largest dealers.".into()],
        milestones: vec![PlannedMilestone {
            title: "Rules".into(),
            delivers: vec!["One page of rules.".into()],
            days: "10 days".into(),
            sum: sum("Price", "€2,800.00"),
        }],
        total: sum("Total", "€2,800.00"),
        days: "10 days".into(),
        access: "Author drafts".into(),
        access_meaning: "Reads, and writes drafts. Only you send.".into(),
    }
}

/// What the samples' proposal brings.
pub fn sample_received() -> Received {
    let line = SumLine::new("Rules", "€2,240.00").with_note("80 % of €2,800.00");
    let total = SumLine::new("You receive", "€2,240.00");
    Received { sum: Sum { lines: vec![line], total }, rule: "Fees version 1.".into() }
}
