//! The values of one field, by its kind.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::Value;

use super::scalar::Scalar;
use super::{GeoPoint, ValueFault, attributes, category, date, geo, number};
use crate::catalog::FieldKind;
use crate::limits::{MAX_KEYWORD_BYTES, MAX_VALUES_PER_FIELD};

/// The values of one field of a product. Lists are never empty; except for text, points and
/// attributes' keys they are sorted and free of duplicates.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldValues {
    /// No value: absent, null, an empty list or only empty strings.
    Missing,
    /// The texts, in the order of the document.
    Text(Vec<String>),
    /// Exact values.
    Keyword(Vec<String>),
    /// Codes as they are written.
    Code(Vec<String>),
    /// Every level as its full path, ancestors included, joined by the field's separator.
    Category(Vec<String>),
    /// Numbers, all finite.
    Number(Vec<f64>),
    /// Amounts in minor units.
    Money(Vec<i64>),
    /// False before true.
    Bool(Vec<bool>),
    /// Milliseconds since 1970 in UTC.
    Date(Vec<i64>),
    /// Points, in the order of the document.
    Geo(Vec<GeoPoint>),
    /// Keys with their values, sorted by key, a key once for each of its values.
    Attributes(Vec<(String, AttributeValue)>),
    /// Only kept in the document.
    Stored,
}

/// One value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum AttributeValue {
    /// A text, not empty.
    Text(String),
    /// A finite number.
    Number(f64),
    /// True or false.
    Bool(bool),
}

impl AttributeValue {
    /// The values of each key, as they are compared and counted: a text that is written as a
    /// number or a boolean beside it is the same value, which counts once.
    pub fn by_key(pairs: &[(String, AttributeValue)]) -> BTreeMap<&str, Vec<&AttributeValue>> {
        let mut by_key: BTreeMap<&str, Vec<&AttributeValue>> = BTreeMap::new();
        for (key, value) in pairs {
            let values = by_key.entry(key).or_default();
            if !values.contains(&value) {
                values.push(value);
            }
        }
        for values in by_key.values_mut().filter(|values| values.len() > 1) {
            let typed: Vec<String> = values.iter().filter_map(|value| value.as_written()).collect();
            values.retain(|value| match value {
                AttributeValue::Text(text) => !typed.contains(text),
                AttributeValue::Number(_) | AttributeValue::Bool(_) => true,
            });
        }
        by_key
    }

    /// A number or a boolean as a text.
    fn as_written(&self) -> Option<String> {
        match self {
            AttributeValue::Number(number) => Some(number.to_string()),
            AttributeValue::Bool(value) => Some(value.to_string()),
            AttributeValue::Text(_) => None,
        }
    }

    /// A total order: texts, then numbers, then booleans.
    pub(super) fn order(&self, other: &AttributeValue) -> Ordering {
        use AttributeValue::{Bool, Number, Text};
        match (self, other) {
            (Text(a), Text(b)) => a.cmp(b),
            (Number(a), Number(b)) => a.total_cmp(b),
            (Bool(a), Bool(b)) => a.cmp(b),
            (Text(_), _) | (Number(_), Bool(_)) => Ordering::Less,
            (Number(_) | Bool(_), _) => Ordering::Greater,
        }
    }
}

impl FieldValues {
    /// Reads the values that were found at the path of a field.
    pub(super) fn read(kind: &FieldKind, found: &[&Value]) -> Result<FieldValues, ValueFault> {
        if found.is_empty() {
            return Ok(FieldValues::Missing);
        }
        Ok(match kind {
            FieldKind::Text => listed(each(found, text)?, FieldValues::Text),
            FieldKind::Keyword => listed(sorted(each(found, keyword)?), FieldValues::Keyword),
            FieldKind::Code => listed(sorted(each(found, keyword)?), FieldValues::Code),
            FieldKind::Category { separator } => {
                listed(sorted(category::read(found, separator)?), FieldValues::Category)
            }
            FieldKind::Number => {
                let mut numbers = each(found, number::float)?;
                numbers.sort_unstable_by(f64::total_cmp);
                numbers.dedup();
                listed(numbers, FieldValues::Number)
            }
            FieldKind::Money(money) => listed(
                sorted(each(found, |value| number::amount(value, money))?),
                FieldValues::Money,
            ),
            FieldKind::Bool => listed(sorted(each(found, truth)?), FieldValues::Bool),
            FieldKind::Date => listed(sorted(each(found, date::read)?), FieldValues::Date),
            FieldKind::Geo => listed(geo::read(found)?, FieldValues::Geo),
            FieldKind::Attributes => listed(attributes::read(found)?, FieldValues::Attributes),
            FieldKind::Stored => FieldValues::Stored,
        })
    }
}

fn listed<T>(values: Vec<T>, list: impl FnOnce(Vec<T>) -> FieldValues) -> FieldValues {
    if values.is_empty() { FieldValues::Missing } else { list(values) }
}

fn sorted<T: Ord>(mut values: Vec<T>) -> Vec<T> {
    values.sort_unstable();
    values.dedup();
    values
}

/// Reads every value, those in lists one by one; nulls and blank strings are no values.
fn each<T>(
    found: &[&Value],
    read: impl Fn(&Value) -> Result<T, ValueFault>,
) -> Result<Vec<T>, ValueFault> {
    let mut values = Vec::new();
    for value in found {
        collect(value, &read, &mut values)?;
    }
    Ok(values)
}

fn collect<T>(
    value: &Value,
    read: &impl Fn(&Value) -> Result<T, ValueFault>,
    values: &mut Vec<T>,
) -> Result<(), ValueFault> {
    match value {
        Value::Array(elements) => {
            elements.iter().try_for_each(|element| collect(element, read, values))
        }
        value if is_blank(value) => Ok(()),
        value => push(values, read(value)?),
    }
}

/// Adds a value within the limit of a field.
pub(super) fn push<T>(values: &mut Vec<T>, value: T) -> Result<(), ValueFault> {
    if values.len() == MAX_VALUES_PER_FIELD {
        return Err(ValueFault::TooMany { what: "values", limit: MAX_VALUES_PER_FIELD });
    }
    values.push(value);
    Ok(())
}

/// Null, or a string of nothing but white space, as CSV files have for "no value".
pub(super) fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    }
}

fn text(value: &Value) -> Result<String, ValueFault> {
    Scalar::of(value)
        .and_then(|scalar| scalar.into_text())
        .ok_or_else(|| ValueFault::unexpected("text", value))
}

/// A text that is kept whole in a dictionary.
pub(super) fn keyword(value: &Value) -> Result<String, ValueFault> {
    within(text(value)?, MAX_KEYWORD_BYTES)
}

/// The text, if it is not too long.
pub(super) fn within(text: String, limit: usize) -> Result<String, ValueFault> {
    if text.len() > limit {
        return Err(ValueFault::TooLong { what: "value", bytes: text.len(), limit });
    }
    Ok(text)
}

fn truth(value: &Value) -> Result<bool, ValueFault> {
    match Scalar::of(value) {
        Some(Scalar::Bool(truth)) => Some(truth),
        Some(Scalar::Text(text)) if text.trim().eq_ignore_ascii_case("true") => Some(true),
        Some(Scalar::Text(text)) if text.trim().eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
    .ok_or_else(|| ValueFault::unexpected("true or false", value))
}
