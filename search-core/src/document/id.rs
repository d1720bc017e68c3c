//! Product ids: strings outside, whatever they are in the document.

use serde_json::Value;
use serde_json::value::RawValue;

use super::RejectReason;
use super::scalar::wrapper;
use crate::limits::MAX_ID_BYTES;

/// Above this, floating point numbers skip whole numbers.
const MAX_EXACT_FLOAT: f64 = 9_007_199_254_740_992.0;

/// The id that a JSON value stands for: a string as it is, a whole number in decimal, an ObjectId
/// as hex, any other object as its compact JSON text with its keys in their order.
///
/// Whoever names products by the ids of another database does it through this function, so that
/// a delete finds what an insert wrote.
///
/// # Errors
/// When it stands for none, or for one that is empty, too long or not printable.
pub fn id_from_json(json: &RawValue) -> Result<String, RejectReason> {
    let value = serde_json::from_str(json.get()).map_err(RejectReason::NotJson)?;
    id_from_value(&value, || Some(json.to_owned()))
}

/// The id that a value stands for, whose JSON text is asked for where the text is the id.
pub(super) fn id_from_value(
    value: &Value,
    json: impl FnOnce() -> Option<Box<RawValue>>,
) -> Result<String, RejectReason> {
    let id = match (value, wrapper(value)) {
        (Value::String(text), _) => Some(text.clone()),
        (Value::Number(_), _) => whole(value),
        (_, Some(("$oid", Value::String(hex)))) => Some(hex.clone()),
        (_, Some(("$numberInt" | "$numberLong" | "$numberDouble", number))) => {
            whole(number).or_else(|| json().map(|json| compact(json.get())))
        }
        // Two objects that differ in the order of their keys are two ids.
        (Value::Object(_), _) => json().map(|json| compact(json.get())),
        (Value::Null | Value::Bool(_) | Value::Array(_), _) => None,
    };
    let id = id.ok_or_else(|| RejectReason::id(value))?;
    match id.len() {
        0 => Err(RejectReason::EmptyId),
        bytes if bytes > MAX_ID_BYTES => Err(RejectReason::IdTooLong { bytes }),
        _ if id.contains(char::is_control) => Err(RejectReason::ControlCharacterInId),
        _ => Ok(id),
    }
}

/// JSON without the white space between its parts.
fn compact(json: &str) -> String {
    let (mut in_string, mut escaped) = (false, false);
    json.chars()
        .filter(|char| {
            match char {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => in_string = !in_string,
                _ => {}
            }
            in_string || !char.is_ascii_whitespace()
        })
        .collect()
}

/// A whole number in decimal, whether it is written `5`, `5.0` or `"5"`.
fn whole(value: &Value) -> Option<String> {
    let float = match value {
        Value::Number(number) if number.is_f64() => number.as_f64(),
        Value::Number(number) => return Some(number.to_string()),
        Value::String(digits) => match digits.parse::<i64>() {
            Ok(whole) => return Some(whole.to_string()),
            Err(_) => digits.parse().ok(),
        },
        _ => None,
    };
    let is_exact = |float: &f64| float.fract() == 0.0 && float.abs() <= MAX_EXACT_FLOAT;
    float.filter(is_exact).map(|float| (float as i64).to_string())
}
