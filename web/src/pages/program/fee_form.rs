//! The next version of the fees as a form: shares in percent or in parts of 10,000.

use api::program::{FeeParts, FeePolicy};
use chrono::{DateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use serde::Serialize;

use super::words::Example;
use crate::render::Page;
use crate::site::Form;
use crate::view::{Choice, DateBoxes, Errors};

/// The parties in the order of [`FeeParts::each`], by the names of their controls.
const PARTIES: [&str; 4] = ["consultant", "vendor", "reseller", "operator"];

/// The form, what is typed in it, and its preview.
#[derive(Debug, Default, Serialize)]
pub struct FeeForm {
    pub fees: String,
    pub vendor: String,
    pub units: Vec<Choice>,
    pub unit: String,
    pub consultant: String,
    pub vendor_share: String,
    pub reseller: String,
    pub operator: String,
    pub boxes: DateBoxes,
    /// The program's zone, in which a day begins.
    pub zone: String,
    /// From when it is typed to hold; absent: at once.
    pub from: Option<DateTime<Utc>>,
    pub next: i32,
    pub example: Option<Example>,
    pub today: Option<Example>,
    /// The announced versions that would never come into force.
    pub overtakes: String,
    pub errors: Errors,
}

/// The parts that are typed.
pub struct Typed {
    pub parts: FeeParts,
    /// Whether anything was typed at all.
    pub asked: bool,
}

impl FeeForm {
    /// Reads the form; without one it holds the fees of today.
    pub fn read(form: &Form, current: &FeePolicy, zone: Tz, now: DateTime<Utc>) -> (Self, Typed) {
        let asked = form.ticked("consultant");
        let in_parts = form.get("unit") == "parts";
        let mut errors = Errors::default();
        let mut parts = current.parts.each();
        let mut shown = parts.map(|n| written(n, in_parts));
        if asked {
            shown = PARTIES.map(|name| form.get(name).to_owned());
            parts = PARTIES.map(|name| read(form.get(name), in_parts, name, &mut errors));
            check_sum(parts, in_parts, &mut errors);
        }
        let [consultant, vendor_share, reseller, operator] = shown;
        let mut page = Self {
            units: units(in_parts),
            unit: if in_parts { "parts" } else { "percent" }.to_owned(),
            consultant,
            vendor_share,
            reseller,
            operator,
            boxes: form.boxes("from"),
            from: from(form, zone, now, &mut errors),
            ..Self::default()
        };
        page.errors = errors;
        let [consultant, vendor, reseller, operator] = parts;
        (page, Typed { parts: FeeParts { consultant, vendor, reseller, operator }, asked })
    }
}

fn units(in_parts: bool) -> Vec<Choice> {
    vec![
        Choice::new("percent", "Percent", !in_parts),
        Choice::new("parts", "Parts of 10,000", in_parts),
    ]
}

/// Parts as a person would type them.
fn written(parts: u32, in_parts: bool) -> String {
    if in_parts {
        return parts.to_string();
    }
    let percent = format!("{}.{:02}", parts / 100, parts % 100);
    percent.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Parts as typed: a whole number, or a percentage of two decimals at most.
fn read(text: &str, in_parts: bool, name: &str, errors: &mut Errors) -> u32 {
    let plain = text.trim().trim_end_matches('%').trim_end().replace(',', "");
    let parts = if in_parts { whole(&plain) } else { percent(&plain) };
    if parts.is_none() {
        let say = if in_parts {
            "Enter a whole number, such as 8000"
        } else {
            "Enter a percentage, such as 80 or 12.5"
        };
        errors.add(name, say);
    }
    parts.unwrap_or_default()
}

fn whole(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

fn percent(text: &str) -> Option<u32> {
    let (whole_part, decimals) = text.split_once('.').unwrap_or((text, "0"));
    if decimals.is_empty() || decimals.len() > 2 {
        return None;
    }
    let hundredths = whole(&format!("{decimals:0<2}"))?;
    whole(whole_part)?.checked_mul(100)?.checked_add(hundredths)
}

/// Says in the unit that was typed what the shares add up to, when that is not the whole.
fn check_sum(parts: [u32; 4], in_parts: bool, errors: &mut Errors) {
    let sum: u64 = parts.iter().map(|n| u64::from(*n)).sum();
    if !errors.is_empty() || sum == 10_000 {
        return;
    }
    let sum = u32::try_from(sum).unwrap_or(u32::MAX);
    let (whole, unit) = if in_parts { ("10000", "parts") } else { ("100", "%") };
    let message = format!("The four add up to {} {unit}; make it {whole}", written(sum, in_parts));
    errors.add("consultant", &message);
}

/// The beginning of the day in the program's zone; a day that has begun means at once.
fn from(form: &Form, zone: Tz, now: DateTime<Utc>, errors: &mut Errors) -> Option<DateTime<Utc>> {
    let boxes = form.boxes("from");
    if [&boxes.day, &boxes.month, &boxes.year].iter().all(|text| text.trim().is_empty()) {
        return None;
    }
    let day = form.date("from", errors)?;
    let today = now.with_timezone(&zone).date_naive();
    if day < today {
        errors.add("from_day", "Choose today or a day ahead");
    }
    let begins = day.and_time(NaiveTime::MIN).and_local_timezone(zone).earliest();
    begins.map(|at| at.with_timezone(&Utc)).filter(|_| day > today)
}

impl Page for FeeForm {
    const TEMPLATE: &'static str = "program/fee_form.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let mut wrong = sample(b"consultant=80&vendor=10&reseller=5&operator=6&unit=percent");
        wrong.errors.add("from_day", "Enter a day that exists, for example 12 5 2027");
        let mut preview =
            sample(b"consultant=8500&vendor=1000&reseller=300&operator=200&unit=parts");
        preview.next = 3;
        preview.example = Some(Example::sample());
        preview.today = Some(Example::sample());
        preview.overtakes = "version 2".into();
        vec![("new", sample(b"")), ("wrong", wrong), ("preview", preview)]
    }
}

fn sample(query: &[u8]) -> FeeForm {
    let current = FeePolicy {
        id: api::kernel::id::FeePolicyId(Default::default()),
        version: 1,
        parts: FeeParts { consultant: 8000, vendor: 1000, reseller: 500, operator: 500 },
        effective_from: DateTime::UNIX_EPOCH,
    };
    let (mut form, _) = FeeForm::read(&Form::parse(query), &current, Tz::UTC, DateTime::UNIX_EPOCH);
    form.fees = "/p/larkfield/fees".into();
    form.vendor = "Larkfield".into();
    form.zone = "Europe/Stockholm".into();
    form
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_in_both_units() {
        for (text, parts) in [("80", 8000), ("12.5", 1250), ("0.05", 5), ("0", 0)] {
            assert_eq!(percent(text), Some(parts), "{text}");
            assert_eq!(written(parts, false), text);
        }
        for wrong in ["", "1.255", "-3", "1.", "x", ".5", "99999999999"] {
            assert_eq!(percent(wrong), None, "{wrong}");
        }
        assert_eq!(whole("8000"), Some(8000));
        assert_eq!(whole("+8000"), None);
    }

    #[test]
    fn what_does_not_add_up_is_said_in_its_unit() {
        let form = sample(b"unit=percent&consultant=80+%25&vendor=10&reseller=5&operator=5.5");
        assert_eq!(form.errors.on["consultant"], "The four add up to 100.5 %; make it 100");
        let form = sample(b"unit=parts&consultant=8,000&vendor=1000&reseller=500&operator=500");
        assert!(form.errors.is_empty(), "{:?}", form.errors);
        assert_eq!(form.consultant, "8,000", "as typed");
    }

    #[test]
    fn a_day_begins_in_the_program_and_today_means_at_once() {
        let now = DateTime::UNIX_EPOCH;
        let zone = chrono_tz::Europe::Stockholm;
        let read = |text: &[u8]| {
            let mut errors = Errors::default();
            (from(&Form::parse(text), zone, now, &mut errors), errors.list.len())
        };
        let (at, faults) = read(b"from_day=2&from_month=1&from_year=1970");
        assert_eq!((at.map(|at| at.timestamp()), faults), (Some(82_800), 0));
        assert_eq!(read(b"from_day=1&from_month=1&from_year=1970"), (None, 0));
        assert_eq!(read(b"from_day=31&from_month=12&from_year=1969"), (None, 1));
        assert_eq!(read(b""), (None, 0));
    }
}
