//! The open map of attributes.

use serde_json::{Map, Value};

use super::scalar::{Scalar, wrapper};
use super::values::{is_blank, within};
use super::{AttributeValue, ValueFault, number};
use crate::limits::{
    MAX_ATTRIBUTE_KEY_BYTES, MAX_ATTRIBUTE_VALUE_BYTES, MAX_ATTRIBUTES_PER_PRODUCT,
};

type Attributes = Vec<(String, AttributeValue)>;

/// Keys with their values, sorted, a key once for each of its values.
pub(super) fn read(found: &[&Value]) -> Result<Attributes, ValueFault> {
    let mut attributes = Attributes::new();
    for value in found {
        match value {
            Value::Object(map) => add_map("", map, &mut attributes)?,
            Value::Array(pairs) => {
                for pair in pairs {
                    add_pair(pair, &mut attributes)?;
                }
            }
            value if is_blank(value) => {}
            value => return Err(not_attributes(value)),
        }
    }
    attributes.sort_unstable_by(|(a, x), (b, y)| a.cmp(b).then_with(|| x.order(y)));
    attributes.dedup();
    Ok(attributes)
}

fn not_attributes(value: &Value) -> ValueFault {
    ValueFault::unexpected("a map of attributes or a list of {name, value}", value)
}

/// One `{"name": …, "value": …}` of a list.
fn add_pair(pair: &Value, attributes: &mut Attributes) -> Result<(), ValueFault> {
    let get = |names: [&str; 3]| names.iter().find_map(|name| pair.get(name));
    match get(["name", "key", "k"]) {
        Some(Value::String(key)) => {
            get(["value", "v", "v"]).map_or(Ok(()), |value| add(key, value, attributes))
        }
        _ if pair.is_null() => Ok(()),
        _ => Err(not_attributes(pair)),
    }
}

fn add_map(
    prefix: &str,
    map: &Map<String, Value>,
    attributes: &mut Attributes,
) -> Result<(), ValueFault> {
    map.iter().try_for_each(|(key, value)| {
        if prefix.is_empty() {
            add(key, value, attributes)
        } else {
            add(&format!("{prefix}.{key}"), value, attributes)
        }
    })
}

/// The elements of a list are values of one key; a map inside extends the key by a dot.
fn add(key: &str, value: &Value, attributes: &mut Attributes) -> Result<(), ValueFault> {
    match value {
        value if is_blank(value) => Ok(()),
        Value::Array(values) => values.iter().try_for_each(|value| add(key, value, attributes)),
        Value::Object(map) if wrapper(value).is_none() => add_map(key, map, attributes),
        value => {
            if attributes.len() == MAX_ATTRIBUTES_PER_PRODUCT {
                let limit = MAX_ATTRIBUTES_PER_PRODUCT;
                return Err(ValueFault::TooMany { what: "attributes", limit });
            }
            attributes.push((checked_key(key)?, attribute(key, value)?));
            Ok(())
        }
    }
}

fn checked_key(key: &str) -> Result<String, ValueFault> {
    if key.is_empty() || key.contains(char::is_control) {
        return Err(ValueFault::AttributeKey(key.to_owned()));
    }
    if key.len() > MAX_ATTRIBUTE_KEY_BYTES {
        let (bytes, limit) = (key.len(), MAX_ATTRIBUTE_KEY_BYTES);
        return Err(ValueFault::TooLong { what: "attribute key", bytes, limit });
    }
    Ok(key.to_owned())
}

fn attribute(key: &str, value: &Value) -> Result<AttributeValue, ValueFault> {
    let named = |fault| ValueFault::Attribute { key: key.to_owned(), fault: Box::new(fault) };
    match Scalar::of(value) {
        Some(Scalar::Number(_) | Scalar::Digits(_)) => {
            number::float(value).map(AttributeValue::Number).map_err(named)
        }
        Some(Scalar::Bool(truth)) => Ok(AttributeValue::Bool(truth)),
        scalar => {
            let text = scalar.and_then(Scalar::into_text);
            let text = text.ok_or_else(|| named(ValueFault::unexpected("a value", value)))?;
            within(text, MAX_ATTRIBUTE_VALUE_BYTES).map(AttributeValue::Text).map_err(named)
        }
    }
}
