//! A match in plain words, made from the same numbers that make its points.

use super::measure::{IndustryFit, Measured};
use super::{FactorKey, Need, language_name};
use crate::directory::Named;
use crate::kernel::money::Money;
use crate::kernel::zone::Zone;
use chrono::NaiveDate;
use serde_json::{Value, json};

/// Why a part has its points.
pub fn reason(need: &Need, is: &Measured<'_>, key: FactorKey) -> String {
    match key {
        FactorKey::SameWork => {
            format!("{}; {}", jobs(need, is), skills(is))
        }
        FactorKey::Industry => match (is.industry, &need.industry) {
            (IndustryFit::Listed, Some(asked)) => format!("Works for {}", asked.title),
            (IndustryFit::NotListed, Some(asked)) => not_listed(asked),
            _ => "You named no industry".to_owned(),
        },
        FactorKey::Budget => budget(need, is),
        FactorKey::Hours => {
            let shared = duration(is.shared_minutes);
            let wanted = duration(need.overlap_minutes.into());
            format!("{shared} a day with {}, you want {wanted}", city(need.zone))
        }
        FactorKey::Start => start(need, is),
        FactorKey::Language => languages(is),
    }
}

/// What the reason says, for programs.
pub fn facts(need: &Need, is: &Measured<'_>, key: FactorKey) -> Value {
    let slugs = |skills: &[&super::SkillWanted]| -> Vec<String> {
        skills.iter().map(|skill| skill.slug.clone()).collect()
    };
    match key {
        FactorKey::SameWork => json!({
            "jobs": is.jobs,
            "jobs_in_all": is.jobs_anywhere,
            "skills_covered": slugs(&is.covered),
            "skills_missing": slugs(&is.missing),
        }),
        FactorKey::Industry => json!({
            "industry": need.industry.as_ref().map(|asked| &asked.slug),
            "listed": is.industry == IndustryFit::Listed,
        }),
        FactorKey::Budget => json!({
            "service": is.offer.map(|offer| offer.service),
            "price_minor": is.offer.map(|offer| offer.price_minor),
            "over_minor": is.over_minor,
            "currency": need.budget_max.currency(),
        }),
        FactorKey::Hours => json!({
            "shared_minutes": is.shared_minutes,
            "wanted_minutes": need.overlap_minutes,
            "day": need.need_by,
        }),
        FactorKey::Start => json!({
            "free_from": is.free, "need_by": need.need_by, "late_days": is.late_days,
        }),
        FactorKey::Language => json!({ "spoken": is.spoken, "missing": is.unspoken }),
    }
}

/// The part that loses the most, in words; the earlier part of two that lose the same.
pub fn watch_out(need: &Need, is: &Measured<'_>) -> String {
    let lost = |key: &FactorKey| key.of_milli() - is.points(*key);
    let most = FactorKey::ALL.iter().rev().max_by_key(|key| lost(key));
    match most.filter(|key| lost(key) > 0) {
        Some(key) => against(need, is, *key),
        None if is.reviews == 0 => {
            "No published review yet, so nobody tells how it was.".to_owned()
        }
        None => "Nothing is missing on paper. How you work together, only a talk shows.".to_owned(),
    }
}

fn against(need: &Need, is: &Measured<'_>, key: FactorKey) -> String {
    match (key, &need.industry) {
        (FactorKey::SameWork, _) if is.lost_by_skills() > is.lost_by_jobs() => {
            let missing: Vec<&str> = is.missing.iter().map(|skill| skill.title.as_str()).collect();
            format!("Does not list {}.", listed(&missing))
        }
        (FactorKey::SameWork, _) if is.jobs_anywhere == 0 => {
            "No finished job here yet, so nothing is proven.".to_owned()
        }
        (FactorKey::SameWork, _) => match is.jobs {
            0 => format!("{}.", jobs(need, is)),
            1 => format!("Only one finished job in {}.", categories(need)),
            n => format!("Only {n} finished jobs in {}.", categories(need)),
        },
        (FactorKey::Industry, Some(asked)) => format!("{}.", not_listed(asked)),
        (FactorKey::Industry, None) => String::new(),
        (FactorKey::Budget, _) => match is.offer {
            None => "No listed package for this kind of work, so its price is unknown.".to_owned(),
            Some(offer) => {
                let price = Money::new(offer.price_minor, offer.currency);
                let over = Money::new(is.over_minor, offer.currency);
                format!("{} costs {price}, {over} above your range.", offer.title)
            }
        },
        (FactorKey::Hours, _) if is.shared_minutes == 0 => {
            format!("Shares no office hours with {}.", city(need.zone))
        }
        (FactorKey::Hours, _) => {
            let shared = duration(is.shared_minutes);
            let wanted = duration(need.overlap_minutes.into());
            format!("Shares {shared} a day with {}, not the {wanted} you want.", city(need.zone))
        }
        (FactorKey::Start, _) => {
            let days = if is.late_days == 1 { "day" } else { "days" };
            format!(
                "The first free day is {}, {} {days} after the day you need somebody.",
                date(is.free),
                is.late_days
            )
        }
        (FactorKey::Language, _) => format!("Does not work in {}.", names(&is.unspoken)),
    }
}

fn skills(is: &Measured<'_>) -> String {
    match (is.covered.len(), is.missing.len()) {
        (0, 0) => "you named no skill".to_owned(),
        (1, 0) => "the skill you asked for".to_owned(),
        (0, 1) => "not the skill you asked for".to_owned(),
        (covered, missing) => format!("{covered} of the {} skills", covered + missing),
    }
}

fn jobs(need: &Need, is: &Measured<'_>) -> String {
    match (is.jobs, is.jobs_anywhere) {
        (0, 0) => "No finished job here yet".to_owned(),
        (0, _) => format!("No finished job in {} yet", categories(need)),
        (1, _) => format!("1 finished job in {}", categories(need)),
        (n, _) => format!("{n} finished jobs in {}", categories(need)),
    }
}

fn budget(need: &Need, is: &Measured<'_>) -> String {
    let Some(offer) = is.offer else {
        return "No listed package for this kind of work".to_owned();
    };
    let price = Money::new(offer.price_minor, offer.currency);
    let line = format!("{} at {price}", offer.title);
    if is.over_minor > 0 {
        let over = Money::new(is.over_minor, offer.currency);
        return format!("{line}, {over} above your range");
    }
    if offer.price_minor < need.budget_min.minor() {
        return format!("{line}, below your range");
    }
    format!("{line}, within {} to {}", need.budget_min, need.budget_max)
}

fn start(need: &Need, is: &Measured<'_>) -> String {
    if is.free <= need.today {
        return match is.late_days {
            0 => "Free now".to_owned(),
            _ => format!("Free now; you needed somebody by {}", date(need.need_by)),
        };
    }
    format!("Free from {}, you need somebody by {}", date(is.free), date(need.need_by))
}

fn languages(is: &Measured<'_>) -> String {
    match (is.spoken.is_empty(), is.unspoken.is_empty()) {
        (true, true) => "You named no language".to_owned(),
        (false, true) => names(&is.spoken),
        (false, false) => {
            format!("{}; you asked for {} too", names(&is.spoken), names(&is.unspoken))
        }
        (true, false) => format!("Not {}, which you asked for", names(&is.unspoken)),
    }
}

fn not_listed(asked: &Named) -> String {
    format!("{} is not among their industries", asked.title)
}

/// The categories of the skills asked for, each once.
pub fn categories(need: &Need) -> String {
    let mut titles: Vec<&str> = need.skills.iter().map(|s| s.category.title.as_str()).collect();
    titles.sort_unstable();
    titles.dedup();
    if titles.is_empty() { "this kind of work".to_owned() } else { listed(&titles) }
}

/// Languages by name.
pub fn names(tags: &[&str]) -> String {
    let names: Vec<&str> = tags.iter().map(|tag| language_name(tag)).collect();
    listed(&names)
}

/// `a`, `a and b`, `a, b and c`.
pub fn listed(things: &[&str]) -> String {
    match things.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

/// `12 May 2026`.
pub fn date(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

/// `6 h 10 min`.
pub fn duration(minutes: i64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, rest) => format!("{rest} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, rest) => format!("{hours} h {rest} min"),
    }
}

/// `84.4` for 84,400 thousandths.
pub fn points(milli: i32) -> String {
    format!("{}.{}", milli / 1000, milli % 1000 / 100)
}

/// The last part of a zone's name: Europe/Stockholm is Stockholm.
pub fn city(zone: Zone) -> String {
    let name = zone.name();
    name.rsplit('/').next().unwrap_or(name).replace('_', " ")
}
