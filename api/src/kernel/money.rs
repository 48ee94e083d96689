//! Money in whole minor units with its currency. No floating point anywhere.

use diesel::{
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    pg::{Pg, PgValue},
    serialize::{self, IsNull, Output, ToSql},
    sql_types::Text,
};
use poem_openapi::Object;
use serde::{Deserialize, Serialize};

/// An amount. Two amounts combine only in one currency.
///
/// `minor` counts the smallest unit of the currency (ISO 4217 exponent): 1250 is $12.50, ¥1250 or
/// KWD 1.250.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Object)]
#[oai(deny_unknown_fields)]
pub struct Money {
    /// Whole minor units of the currency; never a fraction.
    minor: i64,
    /// ISO 4217 code.
    currency: Currency,
}

/// Why two amounts did not combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("amounts of different currencies ({0} and {1}) cannot be combined")]
    Mixed(Currency, Currency),
    #[error("the amount is too large")]
    Overflow,
}

impl Money {
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    pub const fn minor(self) -> i64 {
        self.minor
    }

    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The amount for a contract, where `$` would leave open whose dollar it is: `USD 1,250.00`.
    pub fn with_code(self) -> String {
        let sign = if self.minor < 0 { "\u{2212}" } else { "" };
        format!("{} {sign}{}", self.currency, self.figure())
    }

    /// Without its sign and currency: `1,250.00`.
    fn figure(self) -> String {
        let unit = 10_u64.pow(self.currency.exponent());
        let (whole, rest) = (self.minor.unsigned_abs() / unit, self.minor.unsigned_abs() % unit);
        let mut figure = String::new();
        for (place, digit) in whole.to_string().chars().rev().enumerate() {
            if place > 0 && place % 3 == 0 {
                figure.insert(0, ',');
            }
            figure.insert(0, digit);
        }
        match usize::try_from(self.currency.exponent()) {
            Ok(places) if places > 0 => format!("{figure}.{rest:0places$}"),
            _ => figure,
        }
    }

    /// Errors when the currencies differ or the sum leaves 64 bits.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// Errors when the currencies differ or the difference leaves 64 bits.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    fn combine(self, other: Self, f: fn(i64, i64) -> Option<i64>) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Mixed(self.currency, other.currency));
        }
        let minor = f(self.minor, other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, currency: self.currency })
    }
}

/// The amount as people read it, with its currency's decimal places: `$1,250.00`, `−€12.00`,
/// `¥1,250`, `CHF 1,200.00`. A minus is U+2212.
impl std::fmt::Display for Money {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.minor < 0 { "\u{2212}" } else { "" };
        write!(f, "{sign}{}{}", self.currency.sign(), self.figure())
    }
}

macro_rules! currencies {
    ($($variant:ident $code:literal $exponent:literal),+ $(,)?) => {
        /// A currency of ISO 4217; the list equals the table `currencies`.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
            poem_openapi::Enum, AsExpression, FromSqlRow,
        )]
        #[diesel(sql_type = Text)]
        pub enum Currency { $(#[serde(rename = $code)] #[oai(rename = $code)] $variant),+ }

        impl Currency {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Upper-case ISO 4217 code.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// Decimal places of the minor unit (ISO 4217): JPY 0, USD 2, KWD 3.
            pub const fn exponent(self) -> u32 {
                match self { $(Self::$variant => $exponent),+ }
            }

            /// Reads a code in either case, as payment processors write it in lower case.
            pub fn parse(code: &str) -> Option<Self> {
                match code.to_ascii_uppercase().as_str() {
                    $($code => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

currencies! {
    Aud "AUD" 2, Bhd "BHD" 3, Brl "BRL" 2, Cad "CAD" 2, Chf "CHF" 2, Czk "CZK" 2, Dkk "DKK" 2,
    Eur "EUR" 2, Gbp "GBP" 2, Inr "INR" 2, Jpy "JPY" 0, Krw "KRW" 0, Kwd "KWD" 3, Mxn "MXN" 2,
    Nok "NOK" 2, Nzd "NZD" 2, Pln "PLN" 2, Sek "SEK" 2, Sgd "SGD" 2, Usd "USD" 2, Zar "ZAR" 2,
}

impl Currency {
    /// What stands before a figure: a symbol that is this currency's alone, or its code with a
    /// no-break space.
    pub fn sign(self) -> String {
        match self {
            Self::Eur => "€".to_owned(),
            Self::Usd => "$".to_owned(),
            Self::Gbp => "£".to_owned(),
            Self::Jpy => "¥".to_owned(),
            other => format!("{}\u{a0}", other.code()),
        }
    }
}

impl std::fmt::Display for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl ToSql<Text, Pg> for Currency {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        use std::io::Write;
        out.write_all(self.code().as_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<Text, Pg> for Currency {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let code = std::str::from_utf8(value.as_bytes())?;
        Self::parse(code).ok_or_else(|| format!("unknown currency {code:?}").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixed_currencies_do_not_add() {
        let sum = Money::new(1, Currency::Usd).checked_add(Money::new(1, Currency::Eur));
        assert_eq!(sum, Err(MoneyError::Mixed(Currency::Usd, Currency::Eur)));
    }

    #[test]
    fn amounts_in_words_have_the_places_of_their_currency() {
        let words = |minor, currency| Money::new(minor, currency).to_string();
        assert_eq!(words(123_456_789, Currency::Usd), "$1,234,567.89");
        assert_eq!(words(5, Currency::Eur), "€0.05");
        assert_eq!(words(-123_450, Currency::Kwd), "−KWD\u{a0}123.450");
        assert_eq!(words(1_000, Currency::Jpy), "¥1,000");
        assert_eq!(words(i64::MIN, Currency::Jpy), "−¥9,223,372,036,854,775,808");
        assert_eq!(Money::new(125_000, Currency::Usd).with_code(), "USD 1,250.00");
    }

    #[test]
    fn overflow_is_an_error() {
        let most = Money::new(i64::MAX, Currency::Jpy);
        assert_eq!(most.checked_add(Money::new(1, Currency::Jpy)), Err(MoneyError::Overflow));
    }
}
