//! Points in time, as milliseconds since 1970 in UTC.

use jiff::civil::DateTime;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

use super::ValueFault;
use super::scalar::Scalar;

/// Whole numbers below this are seconds, from it on milliseconds: as seconds it is the year 5138,
/// as milliseconds 1973.
const FIRST_MILLISECONDS: i64 = 100_000_000_000;
/// Strings of fewer digits are no timestamps: `"2009"` is a year that lacks its day.
const MIN_TIMESTAMP_DIGITS: usize = 9;

pub(super) fn read(value: &Value) -> Result<i64, ValueFault> {
    match Scalar::of(value) {
        Some(Scalar::Instant(millis)) => Some(millis),
        Some(Scalar::Text(text)) => parse_date(text.trim()),
        Some(Scalar::Number(number)) => number.as_i64().and_then(date_from_number),
        Some(Scalar::Digits(digits)) => digits.parse().ok().and_then(date_from_number),
        Some(Scalar::Bool(_)) | None => None,
    }
    .ok_or_else(|| ValueFault::unexpected("a date", value))
}

/// RFC 3339, or a date with or without a time, which is then in UTC, or a timestamp's digits.
pub(crate) fn parse_date(text: &str) -> Option<i64> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant.as_millisecond());
    }
    if let Ok(local) = text.parse::<DateTime>() {
        return Some(TimeZone::UTC.to_timestamp(local).ok()?.as_millisecond());
    }
    let is_timestamp =
        text.len() >= MIN_TIMESTAMP_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    is_timestamp.then(|| text.parse().ok()).flatten().and_then(date_from_number)
}

/// Whole seconds or milliseconds since 1970, told apart by their size.
pub(crate) fn date_from_number(number: i64) -> Option<i64> {
    let is_seconds = number.unsigned_abs() < FIRST_MILLISECONDS.unsigned_abs();
    checked(if is_seconds { number.checked_mul(1_000)? } else { number })
}

/// The milliseconds, if they are a date that can be written.
pub(super) fn checked(millis: i64) -> Option<i64> {
    Timestamp::from_millisecond(millis).is_ok().then_some(millis)
}

pub(super) fn to_text(millis: i64) -> Option<String> {
    Timestamp::from_millisecond(millis).ok().map(|instant| instant.to_string())
}
