//! Money: exact amounts in the minor unit of one currency.

use std::fmt;
use std::str::FromStr;

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

/// How a money field holds its amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    /// The unit of the documents. The API always speaks major units.
    pub unit: MoneyUnit,
    /// The currency of the field.
    pub currency: Currency,
}

/// What a number in a document counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum MoneyUnit {
    /// Cents.
    Minor,
    /// Dollars.
    #[default]
    Major,
}

impl MoneyUnit {
    /// The name in a catalogue.
    pub const fn name(self) -> &'static str {
        match self {
            MoneyUnit::Minor => "minor",
            MoneyUnit::Major => "major",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<MoneyUnit> {
        [MoneyUnit::Minor, MoneyUnit::Major].into_iter().find(|unit| unit.name() == name)
    }
}

impl Money {
    /// The amount in minor units that a document's number stands for.
    ///
    /// Parts of a minor unit are rounded, halves away from zero: documents written by programs
    /// that compute in binary floating point hold 19.990000000000002 where 19.99 is meant.
    pub fn minor_from_document(self, amount: Decimal) -> Result<i64, MoneyOutOfRange> {
        match self.unit {
            MoneyUnit::Minor => whole(amount),
            MoneyUnit::Major => self.minor_from_major(amount),
        }
    }

    /// An amount in major units as minor units, rounded, halves away from zero.
    pub fn minor_from_major(self, amount: Decimal) -> Result<i64, MoneyOutOfRange> {
        whole(self.scale_to_minor(amount)?).map_err(|_| MoneyOutOfRange(amount))
    }

    /// An amount in major units as minor units, not rounded: what a bound of a range needs,
    /// where `price < 9.995` and `price < 10.00` differ.
    pub fn scale_to_minor(self, amount: Decimal) -> Result<Decimal, MoneyOutOfRange> {
        let factor = Decimal::from(10_i64.pow(self.currency.exponent()));
        amount.checked_mul(factor).ok_or(MoneyOutOfRange(amount))
    }

    /// An amount in minor units as the major units that the API speaks.
    pub fn to_major(self, minor: i64) -> f64 {
        minor as f64 / 10_f64.powi(self.currency.exponent() as i32)
    }
}

fn whole(amount: Decimal) -> Result<i64, MoneyOutOfRange> {
    amount
        .round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero)
        .to_i64()
        .ok_or(MoneyOutOfRange(amount))
}

/// An amount that does not fit into 64 bits of minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the amount {0} is out of range")]
pub struct MoneyOutOfRange(pub Decimal);

/// A currency by its ISO 4217 code.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The United States dollar.
    pub const USD: Currency = Currency(*b"USD");

    /// The three letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// How many decimal digits the minor unit has.
    pub const fn exponent(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG"
            | b"RWF" | b"UGX" | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            b"CLF" | b"UYW" => 4,
            _ => 2,
        }
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    /// Takes any three capital letters, so that house currencies and new ones work too.
    fn from_str(text: &str) -> Result<Currency, UnknownCurrency> {
        match *text.as_bytes() {
            [a, b, c] if [a, b, c].iter().all(u8::is_ascii_uppercase) => Ok(Currency([a, b, c])),
            _ => Err(UnknownCurrency(text.to_owned())),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A text that is no currency code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown currency `{0}`, expected an ISO 4217 code such as `USD`")]
pub struct UnknownCurrency(pub String);
