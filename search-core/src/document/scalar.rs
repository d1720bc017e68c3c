//! Single values, with the wrappers of MongoDB's extended JSON taken off.

use std::borrow::Cow;

use serde_json::{Number, Value};

use super::date;

/// A value that is neither null, list nor map.
pub(super) enum Scalar<'v> {
    Text(&'v str),
    Number(&'v Number),
    /// A number that extended JSON writes as a string: `{"$numberLong": "5"}`.
    Digits(&'v str),
    Bool(bool),
    /// Milliseconds since 1970.
    Instant(i64),
}

impl<'v> Scalar<'v> {
    pub(super) fn of(value: &'v Value) -> Option<Scalar<'v>> {
        match value {
            Value::String(text) => Some(Scalar::Text(text)),
            Value::Number(number) => Some(Scalar::Number(number)),
            Value::Bool(truth) => Some(Scalar::Bool(*truth)),
            Value::Object(_) => unwrapped(value),
            Value::Null | Value::Array(_) => None,
        }
    }

    /// The literal of a number; also of a text, since CSV knows only texts.
    pub(super) fn digits(&self) -> Option<Cow<'v, str>> {
        match self {
            Scalar::Number(number) => Some(Cow::Owned(number.to_string())),
            Scalar::Digits(digits) | Scalar::Text(digits) => Some(Cow::Borrowed(digits.trim())),
            Scalar::Bool(_) | Scalar::Instant(_) => None,
        }
    }

    /// The value as people write it; a whole number has no decimals.
    pub(super) fn into_text(self) -> Option<String> {
        match self {
            Scalar::Text(text) => Some(text.to_owned()),
            Scalar::Number(number) => {
                let literal = number.to_string();
                Some(literal.strip_suffix(".0").map(str::to_owned).unwrap_or(literal))
            }
            Scalar::Digits(digits) => {
                let finite = digits.parse::<f64>().is_ok_and(f64::is_finite);
                finite.then(|| digits.strip_suffix(".0").unwrap_or(digits).to_owned())
            }
            Scalar::Bool(truth) => Some(truth.to_string()),
            Scalar::Instant(millis) => date::to_text(millis),
        }
    }
}

/// What stands in a map such as `{"$oid": "…"}`.
fn unwrapped(value: &Value) -> Option<Scalar<'_>> {
    let (name, inner) = wrapper(value)?;
    match (name, inner) {
        ("$numberInt" | "$numberLong" | "$numberDouble" | "$numberDecimal", inner) => match inner {
            Value::String(digits) => Some(Scalar::Digits(digits)),
            Value::Number(number) => Some(Scalar::Number(number)),
            _ => None,
        },
        ("$oid", Value::String(hex)) => Some(Scalar::Text(hex)),
        ("$date", Value::String(text)) => Some(Scalar::Instant(date::parse_date(text)?)),
        ("$date", Value::Number(millis)) => date::checked(millis.as_i64()?).map(Scalar::Instant),
        ("$date", Value::Object(_)) => match wrapper(inner)? {
            ("$numberLong", Value::String(millis)) => {
                date::checked(millis.parse().ok()?).map(Scalar::Instant)
            }
            _ => None,
        },
        _ => None,
    }
}

/// The name and the content of a map with one `$` key.
pub(super) fn wrapper(value: &Value) -> Option<(&str, &Value)> {
    let object = value.as_object().filter(|object| object.len() == 1)?;
    let (name, inner) = object.iter().next()?;
    name.starts_with('$').then_some((name.as_str(), inner))
}
