//! What a form carried, as it was typed.

use std::collections::BTreeMap;

use api::kernel::money::Currency;
use chrono::NaiveDate;
use poem::web::Multipart;
use poem::{Body, FromRequest, Request, RequestBody};

use super::visit::{PageError, Visit};
use crate::view::{DateBoxes, DatePart, Errors};

/// The fields of an urlencoded form or a query; a name may come several times.
#[derive(Clone, Debug, Default)]
pub struct Form(BTreeMap<String, Vec<String>>);

impl Form {
    pub fn parse(bytes: &[u8]) -> Self {
        let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(bytes) {
            fields.entry(name.into_owned()).or_default().push(value.into_owned());
        }
        Self(fields)
    }

    /// The first value as typed; empty when the field did not come.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).and_then(|values| values.first()).map_or("", String::as_str)
    }

    /// The first value without spaces around it, `None` when empty.
    pub fn given(&self, name: &str) -> Option<&str> {
        Some(self.get(name).trim()).filter(|value| !value.is_empty())
    }

    /// Every value, as of check boxes.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.get(name).cloned().unwrap_or_default()
    }

    /// The lines of a long field that hold something.
    pub fn lines(&self, name: &str) -> Vec<String> {
        let lines = self.get(name).lines().map(str::trim).filter(|line| !line.is_empty());
        lines.map(str::to_owned).collect()
    }

    /// Whether a box was ticked.
    pub fn ticked(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A whole number; an error beside the field otherwise.
    pub fn whole(&self, name: &str, errors: &mut Errors) -> Option<i64> {
        let number = self.get(name).trim().replace([' ', ','], "").parse().ok();
        if number.is_none() {
            errors.add(name, "Enter a whole number");
        }
        number
    }

    /// An amount such as "1,250" or "1,250.50" in minor units; an error beside the field otherwise.
    pub fn minor(&self, name: &str, currency: Currency, errors: &mut Errors) -> Option<i64> {
        let minor = read_minor(self.get(name), currency);
        if minor.is_none() {
            errors.add(name, &amount_fault(self.get(name), currency));
        }
        minor
    }

    /// The three boxes of a date, as typed.
    pub fn boxes(&self, name: &str) -> DateBoxes {
        let part = |part: &str| self.get(&format!("{name}_{part}")).to_owned();
        DateBoxes { day: part("day"), month: part("month"), year: part("year"), wrong: None }
    }

    /// The day the three boxes say; an error beside the first box otherwise.
    pub fn date(&self, name: &str, errors: &mut Errors) -> Option<NaiveDate> {
        let boxes = self.boxes(name);
        let read = || {
            let year: i32 = boxes.year.trim().parse().ok()?;
            NaiveDate::from_ymd_opt(
                year,
                boxes.month.trim().parse().ok()?,
                boxes.day.trim().parse().ok()?,
            )
        };
        let day = read();
        if day.is_none() {
            errors.add(&format!("{name}_day"), "Enter a day that exists, for example 12 5 2027");
        }
        day
    }
}

/// Boxes filled with a day.
pub fn boxes_of(day: NaiveDate) -> DateBoxes {
    use chrono::Datelike;
    DateBoxes {
        day: day.day().to_string(),
        month: day.month().to_string(),
        year: day.year().to_string(),
        wrong: None::<DatePart>,
    }
}

/// Minor units of an amount as people type it; `None` when it is no amount or has more decimals
/// than the currency.
pub fn read_minor(text: &str, currency: Currency) -> Option<i64> {
    let text = text.trim().replace([',', ' ', '\u{a0}'], "");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let places = usize::try_from(currency.exponent()).ok()?;
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || fraction.len() > places || !digits(whole) || !digits(fraction) {
        return None;
    }
    format!("{whole}{fraction:0<places$}").parse().ok()
}

/// What is wrong with an amount that cannot be read.
pub fn amount_fault(text: &str, currency: Currency) -> String {
    let example = match currency.exponent() {
        0 => "1,250",
        2 => "1,250 or 1,250.50",
        _ => "1,250 or 1,250.500",
    };
    let plain = text.trim().replace([',', ' ', '\u{a0}'], "");
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let most = match currency.exponent() {
        0 => "without decimals".to_owned(),
        2 => "with two decimals at most".to_owned(),
        n => format!("with {n} decimals at most"),
    };
    if digits(whole) && digits(fraction) {
        return format!("Enter the amount {most}, such as {example}");
    }
    format!("Enter an amount, such as {example}")
}

impl<'a> FromRequest<'a> for Form {
    /// The body of a POST, the query of anything else. The body was checked at the edge.
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        if request.method() == poem::http::Method::POST {
            return Ok(Self::parse(&body.take()?.into_bytes().await?));
        }
        Ok(Self::parse(request.original_uri().query().unwrap_or_default().as_bytes()))
    }
}

/// The secret that a form carries, among its fields or its parts; empty when it has none.
pub(super) async fn secret_in(request: &Request, body: Body) -> String {
    let kind = request.content_type().unwrap_or_default().to_ascii_lowercase();
    if !kind.starts_with("multipart/form-data") {
        let fields = body.into_bytes().await.unwrap_or_default();
        return Form::parse(&fields).get("csrf").to_owned();
    }
    let Ok(mut parts) = Multipart::from_request(request, &mut RequestBody::new(body)).await else {
        return String::new();
    };
    while let Ok(Some(part)) = parts.next_field().await {
        if part.name() == Some("csrf") {
            return part.text().await.unwrap_or_default();
        }
    }
    String::new()
}

/// A form with a file: its fields, and the file if one was chosen.
pub struct Upload {
    pub fields: Form,
    pub file: Option<UploadedFile>,
}

pub struct UploadedFile {
    pub name: String,
    pub bytes: Vec<u8>,
}

impl<'a> FromRequest<'a> for Upload {
    /// Reads the parts and checks the form's secret, which travels among them.
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        let mut parts = Multipart::from_request(request, body).await?;
        let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut file = None;
        while let Some(part) = parts.next_field().await? {
            let name = part.name().unwrap_or_default().to_owned();
            let file_name = part.file_name().map(str::to_owned);
            let bytes = part.bytes().await?;
            match file_name {
                Some(chosen) if !chosen.is_empty() || !bytes.is_empty() => {
                    file = Some(UploadedFile { name: chosen, bytes });
                }
                Some(_) => {}
                None => {
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    fields.entry(name).or_default().push(text);
                }
            }
        }
        let fields = Form(fields);
        let visit = Visit::of(request)?;
        if !visit.form_fits(fields.get("csrf")) {
            return Err(PageError::stale_form().into());
        }
        Ok(Self { fields, file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_as_people_type_them() {
        let read = |text| read_minor(text, Currency::Usd);
        assert_eq!(read("1,250"), Some(125_000));
        assert_eq!(read(" 1 250.5 "), Some(125_050));
        assert_eq!(read("0.05"), Some(5));
        for wrong in ["", "1.255", "-3", "1e3", "12a", ".5", "99999999999999999999"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(read_minor("1250", Currency::Jpy), Some(1250));
        assert_eq!(read_minor("1250.5", Currency::Jpy), None);
        assert_eq!(read_minor("1.25", Currency::Kwd), Some(1250));
    }

    #[test]
    fn what_is_wrong_with_an_amount_is_said() {
        let said = |text| amount_fault(text, Currency::Usd);
        let decimals = "Enter the amount with two decimals at most, such as 1,250 or 1,250.50";
        assert_eq!(said("1,200.505"), decimals);
        assert_eq!(said("much"), "Enter an amount, such as 1,250 or 1,250.50");
        assert_eq!(
            amount_fault("1250.5", Currency::Jpy),
            "Enter the amount without decimals, such as 1,250"
        );
    }

    #[test]
    fn dates_that_exist() {
        let form = Form::parse(b"d_day=31&d_month=6&d_year=2026&e_day=12&e_month=5&e_year=2027");
        let mut errors = Errors::default();
        assert_eq!(form.date("d", &mut errors), None);
        assert_eq!(form.date("e", &mut errors), NaiveDate::from_ymd_opt(2027, 5, 12));
        assert_eq!(errors.list.len(), 1);
    }
}
