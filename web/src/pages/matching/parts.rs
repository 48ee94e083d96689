//! What several pages of matching show alike: what a brief asks for, and a proposal in full.

use api::directory::AccessPreset;
use api::kernel::money::Money;
use api::matching::{
    Brief, CheckedProposal, Factor, Hourly, PriceShares, Proposal, ProposalMilestone,
};
use api::program::Settings;
use serde::Serialize;

use super::words as told;
use crate::format;
use crate::pages::directory::words;
use crate::site::Visit;
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

/// What is paid for: milestones, or hours.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    pub milestones: &'a [ProposalMilestone],
    pub hourly: Option<Hourly>,
    pub total: Money,
}

impl<'a> Plan<'a> {
    pub fn of(proposal: &'a Proposal) -> Self {
        let Proposal { milestones, hourly, total, .. } = proposal;
        Self { milestones, hourly: *hourly, total: *total }
    }

    pub fn checked(proposal: &'a CheckedProposal) -> Self {
        let CheckedProposal { milestones, hourly, total, .. } = proposal;
        Self { milestones, hourly: *hourly, total: *total }
    }

    /// What shares are shown of: each milestone, or a whole week.
    pub fn prices(&self) -> Vec<(&'a str, Money)> {
        match &self.hourly {
            Some(hourly) => vec![("A whole week", hourly.most_a_week())],
            None => self.milestones.iter().map(|m| (m.title.as_str(), m.price)).collect(),
        }
    }
}

/// A proposal in full. Rendered by `<offer_sheet of={..} />`.
#[derive(Debug, Clone, Serialize)]
pub struct OfferSheet {
    /// What is agreed on for hours; empty for milestones.
    pub hours: Vec<Figure>,
    pub note: Vec<String>,
    pub milestones: Vec<PlannedMilestone>,
    pub total: Sum,
    pub days: String,
    pub access: String,
    pub access_meaning: String,
}

impl OfferSheet {
    pub fn of(note: &str, access: AccessPreset, plan: Plan<'_>) -> Self {
        let lines = plan.prices();
        let lines = lines.iter().map(|(what, price)| SumLine::new(what, words::amount(*price)));
        let total = words::amount(plan.total);
        let (label, days) = match &plan.hourly {
            Some(hourly) => ("At most, all weeks", weeks(hourly.weeks)),
            None => ("Total", words::length(plan.milestones.iter().map(|m| m.days).sum())),
        };
        Self {
            note: told::paragraphs(note),
            hours: plan.hourly.as_ref().map(hours).unwrap_or_default(),
            milestones: plan.milestones.iter().map(planned).collect(),
            total: Sum {
                lines: lines.collect(),
                total: SumLine::new(label, total).with_note("fees included"),
            },
            days,
            access: words::access(access).to_owned(),
            access_meaning: words::access_meaning(access).to_owned(),
        }
    }
}

/// "at most 8 weeks".
fn weeks(count: i32) -> String {
    let count = u64::try_from(count).unwrap_or_default();
    format!("at most {}", format::count(count, "week", "weeks"))
}

/// What is agreed on for hours, as figures.
pub fn hours(hourly: &Hourly) -> Vec<Figure> {
    let cap = api::engagements::hours(hourly.cap_minutes);
    vec![
        Figure::new("An hour", words::amount(hourly.rate)),
        Figure::new(
            "Charged a week at most",
            format!("{cap}, {}", { words::amount(hourly.most_a_week()) }),
        ),
        Figure::new("Time", weeks(hourly.weeks)),
        Figure::new("All weeks at most", words::amount(hourly.most())),
    ]
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

/// Who gets what, by which rule, when, and what would come back: as one side reads it.
#[derive(Debug, Clone, Serialize)]
pub struct WhoGets {
    /// What the consultant's organization receives of each milestone; for its own side only.
    pub received: Option<Sum>,
    /// Every party's part of all milestones.
    pub sum: Sum,
    pub rule: String,
    pub because: String,
    pub when: String,
    pub back: String,
}

/// What a price is shared by, in words.
pub struct Told<'a> {
    pub settings: &'a Settings,
    /// The organization that would do the work.
    pub partner: &'a str,
    /// Whether the consultant's side reads it.
    pub own: bool,
}

/// Who gets what of milestones, as it would be agreed on today.
pub fn who_gets(shares: &PriceShares, plan: Plan<'_>, told: &Told<'_>) -> WhoGets {
    let parts = shares.fees.parts();
    let vendor = format!("{}, program fee", told.settings.name);
    let reseller = shares.fees.reseller.as_ref().map(|r| r.name.clone()).unwrap_or_default();
    let reseller = format!("{reseller}, reseller of record");
    let names = [told.partner, &vendor, &reseller, "Attaché"];
    let each = names.into_iter().zip(parts.each()).zip(shares.total);
    let line = |((name, parts), money)| {
        SumLine::new(name, words::amount(money)).with_note(&percent(parts))
    };
    let lines = each.filter(|((_, parts), _)| *parts > 0).map(line).collect();
    let price = shares.total.iter().map(|money| money.minor()).sum();
    let [first, ..] = shares.total;
    let price = Money::new(price, first.currency());
    let named = shares.fees.choice.rule.named(told.settings.zone);
    let days = words::length(told.settings.acceptance_days);
    let price_of = if plan.hourly.is_some() { "A whole week" } else { "Price" };
    WhoGets {
        received: told.own.then(|| received(shares, plan)),
        sum: Sum { lines, total: SumLine::new(price_of, words::amount(price)) },
        rule: format!("By the fee rule {named}, kept once the proposal is accepted."),
        because: shares.fees.choice.because.clone(),
        when: match plan.hourly {
            Some(_) => when_by_hour(told.own),
            None => when(told.own, &days),
        },
        back: back(told.own),
    }
}

fn when(own: bool, days: &str) -> String {
    let accepted = format!("the work is accepted, or {days} after a delivery without an answer");
    if own {
        return format!("Your part is yours once {accepted}. Until then the price is held.");
    }
    format!("What you pay is held. Nobody gets anything of it before {accepted}.")
}

fn when_by_hour(own: bool) -> String {
    let accepted = "a paid week is accepted, or on Friday night (UTC) without an answer";
    if own {
        return format!(
            "A week is paid once it is over. Your part is yours once {accepted}: until then it is \
             held."
        );
    }
    format!(
        "You pay a week once it is over, until the end of the Friday after it. It is held, and \
         nobody gets anything of it before {accepted}."
    )
}

fn back(own: bool) -> String {
    if own {
        return "Sent back before that, you get nothing of it and owe nothing. Sent back \
                afterwards, you give your part of what goes back, and no more. The payment \
                processor’s fee is the operator’s in every case."
            .to_owned();
    }
    "Refunded before that, all of it comes back to you without a fee. Refunded afterwards, each of \
     them gives its part of what comes back. The payment processor’s fee is the operator’s in \
     every case."
        .to_owned()
}

/// What is received of each milestone, or of a whole week.
fn received(shares: &PriceShares, plan: Plan<'_>) -> Sum {
    let own = percent(shares.fees.parts().consultant);
    let line = |((what, price), [share, ..]): ((&str, Money), &[Money; 4])| {
        let rule = format!("{own} of {}", words::amount(price));
        SumLine::new(what, words::amount(*share)).with_note(&rule)
    };
    let lines = plan.prices().into_iter().zip(&shares.each).map(line).collect();
    let [total, ..] = shares.total;
    Sum { lines, total: SumLine::new("You receive", words::amount(total)) }
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
        hours: Vec::new(),
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

/// Who gets what of the samples' proposal, as one side reads it.
pub fn sample_shares(own: bool) -> WhoGets {
    let line = SumLine::new("Rules", "€2,240.00").with_note("80 % of €2,800.00");
    let part = |name: &str, amount: &str, rule: &str| SumLine::new(name, amount).with_note(rule);
    let total = SumLine::new("You receive", "€2,240.00");
    WhoGets {
        received: own.then(|| Sum { lines: vec![line], total }),
        sum: Sum {
            lines: vec![
                part("Brandt Lifecycle Studio", "€2,240.00", "80 %"),
                part("Larkfield, program fee", "€420.00", "15 %"),
                part("Attaché", "€140.00", "5 %"),
            ],
            total: SumLine::new("Price", "€2,800.00"),
        },
        rule: "By the fee rule “All work” of 1 May 2026, kept once the proposal is accepted."
            .into(),
        because: "“All work” is the only rule that fits.".into(),
        when: when(own, "14 days"),
        back: back(own),
    }
}
