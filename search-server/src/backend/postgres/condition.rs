//! Conditions on the columns of a row.
//!
//! A field without values is null, and a comparison with null is null, which is as good as false
//! wherever something must hold. Only what is negated has to say so.

use std::ops::Bound;

use search_core::Catalog;
use search_core::FieldKind;
use search_core::plan::{ColumnKey, Condition, EARTH_RADIUS, Range};
use serde_json::Value as Json;
use tokio_postgres::types::Type;

use super::statement::Values;

/// So many strings are looked up one by one in an index of attributes; more are compared.
const MAX_CONTAINMENTS: usize = 16;

/// A column of the products.
pub(super) fn column(key: &ColumnKey) -> String {
    format!("p.f{}", key.field)
}

/// The greatest of a column's values.
pub(super) fn greatest(column: &str) -> String {
    format!("{column}[cardinality({column})]")
}

/// All of these hold.
pub(super) fn all(conditions: &[String]) -> String {
    match conditions.is_empty() {
        true => "true".to_owned(),
        false => conditions.join(" AND "),
    }
}

/// It does not hold, be it false or unknown.
pub(super) fn not(condition: &str) -> String {
    format!("(({condition}) IS NOT TRUE)")
}

/// A condition that is true where a product passes, and false or null where it does not.
pub(super) fn condition(condition: &Condition, catalog: &Catalog, values: &mut Values) -> String {
    let list = |conditions: &[Condition], by: &str, none: &str, values: &mut Values| {
        let parts: Vec<String> =
            conditions.iter().map(|part| self::condition(part, catalog, values)).collect();
        if parts.is_empty() { none.to_owned() } else { format!("({})", parts.join(by)) }
    };
    match condition {
        Condition::All(conditions) => list(conditions, " AND ", "true", values),
        Condition::Any(conditions) => list(conditions, " OR ", "false", values),
        Condition::Not(condition) => not(&self::condition(condition, catalog, values)),
        Condition::Strings { key, values: strings } => match &key.attribute {
            None => {
                let strings = values.texts(strings.iter().map(String::as_str));
                format!("{} && {strings}", column(key))
            }
            Some(attribute) => attribute_strings(key, attribute, strings, values),
        },
        Condition::Numbers { key, range } => match &key.attribute {
            None => any_in(&column(key), range, |number| values.float(number)),
            Some(attribute) => attribute_numbers(key, attribute, range, values),
        },
        Condition::Integers { key, range } => {
            any_in(&column(key), range, |integer| values.integer(integer))
        }
        Condition::Bool { key, value } => match &key.attribute {
            None => {
                let value = values.add(*value, Type::BOOL);
                format!("{} @> ARRAY[{value}]", column(key))
            }
            Some(attribute) => {
                format!("{} @> {}", column(key), values.attribute(attribute, Json::Bool(*value)))
            }
        },
        Condition::Exists { key } => match &key.attribute {
            None => {
                let is_geo = catalog.fields().get(key.field).map(|field| &field.kind)
                    == Some(&FieldKind::Geo);
                format!("cardinality({}{}) > 0", column(key), if is_geo { "_lat" } else { "" })
            }
            Some(attribute) => format!("{} ? {}", column(key), values.text(attribute)),
        },
        Condition::Within { key, lat, lon, meters } => {
            let meters = values.float(*meters);
            let distance = distance(*lat, *lon, values);
            format!("EXISTS (SELECT FROM {} WHERE {distance} <= {meters})", points(key))
        }
    }
}

/// Any of the strings of an attribute.
fn attribute_strings(
    key: &ColumnKey,
    attribute: &str,
    strings: &[String],
    values: &mut Values,
) -> String {
    let column = column(key);
    if strings.len() > MAX_CONTAINMENTS {
        let attribute = values.text(attribute);
        let strings = values.texts(strings.iter().map(String::as_str));
        return format!("{column} -> {attribute} ?| {strings}");
    }
    let mut contains = |string: &String| {
        format!("{column} @> {}", values.attribute(attribute, Json::String(string.clone())))
    };
    match strings {
        [] => "false".to_owned(),
        [only] => contains(only),
        several => {
            let several: Vec<String> = several.iter().map(contains).collect();
            format!("({})", several.join(" OR "))
        }
    }
}

fn attribute_numbers(
    key: &ColumnKey,
    attribute: &str,
    range: &Range<f64>,
    values: &mut Values,
) -> String {
    let element = "jsonb_array_elements";
    let list = format!("{} -> {}", column(key), values.text(attribute));
    let number = "(v #>> '{}')::float8";
    let bounds = in_range(number, range, |number| values.float(number));
    // The type is looked at first, for not every text is a number.
    format!(
        "EXISTS (SELECT FROM {element}({list}) AS v \
         WHERE CASE WHEN jsonb_typeof(v) = 'number' THEN {bounds} END)"
    )
}

/// One of a column's sorted values lies in the range. Most products have one value, and an index
/// knows the first.
fn any_in<T: PartialEq + Copy>(
    column: &str,
    range: &Range<T>,
    mut value: impl FnMut(T) -> String,
) -> String {
    let (first, last) = (format!("{column}[1]"), greatest(column));
    let lower = match range.from {
        Bound::Included(from) => Some((">=", value(from))),
        Bound::Excluded(from) => Some((">", value(from))),
        Bound::Unbounded => None,
    };
    let upper = match range.to {
        Bound::Included(to) => Some(("<=", value(to))),
        Bound::Excluded(to) => Some(("<", value(to))),
        Bound::Unbounded => None,
    };
    match (lower, upper) {
        (None, None) => format!("cardinality({column}) > 0"),
        (Some((op, from)), None) => format!("{last} {op} {from}"),
        (None, Some((op, to))) => format!("{first} {op} {to}"),
        (Some((above, from)), Some((below, to))) => format!(
            "({first} {below} {to} AND {last} {above} {from} AND (cardinality({column}) = 1 OR \
             EXISTS (SELECT FROM unnest({column}) AS v WHERE v {above} {from} AND v {below} {to})))"
        ),
    }
}

fn in_range<T: Copy>(
    expression: &str,
    range: &Range<T>,
    mut value: impl FnMut(T) -> String,
) -> String {
    let mut bounds = Vec::new();
    match range.from {
        Bound::Included(from) => bounds.push(format!("{expression} >= {}", value(from))),
        Bound::Excluded(from) => bounds.push(format!("{expression} > {}", value(from))),
        Bound::Unbounded => {}
    }
    match range.to {
        Bound::Included(to) => bounds.push(format!("{expression} <= {}", value(to))),
        Bound::Excluded(to) => bounds.push(format!("{expression} < {}", value(to))),
        Bound::Unbounded => {}
    }
    all(&bounds)
}

/// The points of a product as rows.
pub(super) fn points(key: &ColumnKey) -> String {
    let column = column(key);
    format!("unnest({column}_lat, {column}_lon) AS point(lat, lon)")
}

/// Metres between a point of a product and a given one, by the formula of the index.
pub(super) fn distance(lat: f64, lon: f64, values: &mut Values) -> String {
    let (lat, lon) = (values.float(lat), values.float(lon));
    let diameter = 2.0 * EARTH_RADIUS;
    format!(
        "{diameter}::float8 * asin(sqrt(least(1::float8, \
         power(sin((radians(point.lat) - radians({lat})) / 2), 2) + cos(radians({lat})) * \
         cos(radians(point.lat)) * power(sin(radians(point.lon - {lon}) / 2), 2))))"
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use search_core::plan::Planner;
    use search_core::{SearchRequest, StoredSettings};

    use super::*;

    const CATALOG: &str = "name = \"shop\"\n[fields.brand]\ntype = \"keyword\"\n\
        [fields.price]\ntype = \"money\"\n[fields.attributes]\ntype = \"attributes\"\n";

    #[test]
    fn what_is_typed_is_a_value_and_what_is_negated_says_so() {
        let catalog = Arc::new(Catalog::parse(CATALOG).unwrap());
        let planner = Planner::new(Arc::clone(&catalog), &StoredSettings::default()).unwrap();
        for (filter, expected) in [
            ("price < 100", "p.f1[1] < $1"),
            ("price >= 100", "p.f1[cardinality(p.f1)] >= $1"),
            ("NOT brand IN [\"a'; --\", \"b\"]", "((p.f0 && $1) IS NOT TRUE)"),
            (
                "price > 1 OR brand EXISTS",
                "(p.f1[cardinality(p.f1)] > $1 OR cardinality(p.f0) > 0)",
            ),
            ("attributes.new = true", "(p.f2 @> $1::text::jsonb OR p.f2 @> $2::text::jsonb)"),
        ] {
            let request = SearchRequest::query("").filter(filter).unwrap();
            let plan = planner.plan(&request).unwrap().plan;
            let mut values = Values::default();
            let text = condition(&plan.filter.unwrap(), &catalog, &mut values);
            assert_eq!(text, expected, "{filter}");
        }
    }
}
