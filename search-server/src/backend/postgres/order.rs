//! The order of the hits: what is compared, in which direction, and where a page begins.

use search_core::plan::{CursorPlace, SortBy, SortKey, SortValue, Sorted};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::condition::{column, distance, greatest, points};
use super::statement::Values;

/// What hits compare by, as columns `k0`, `k1`… of a statement.
#[derive(Debug)]
pub(super) struct Order<'a> {
    keys: &'a [SortKey],
}

impl<'a> Order<'a> {
    pub(super) fn new(keys: &'a [SortKey]) -> Self {
        Self { keys }
    }

    /// The expressions of the keys, each beginning with a comma; that of the relevance is given.
    pub(super) fn columns(&self, score: &str, values: &mut Values) -> String {
        let mut columns = String::new();
        for (place, key) in self.keys.iter().enumerate() {
            columns += &format!(", {} AS k{place}", expression(key, score, values));
        }
        columns
    }

    /// `ORDER BY`; ties go by relevance, then by id.
    pub(super) fn clause(&self) -> String {
        let mut clause = "ORDER BY ".to_owned();
        for (place, key) in self.keys.iter().enumerate() {
            let direction = if key.descending { "DESC" } else { "ASC" };
            clause += &format!("k{place} {direction} NULLS LAST, ");
        }
        clause + "score DESC, id"
    }

    /// Hits that come after a place. What stands there does not, whatever its score is here: the
    /// place may be one that the index gave.
    pub(super) fn after(&self, place: &CursorPlace, values: &mut Values) -> String {
        let mut later = Vec::new();
        let mut equal = Vec::new();
        for (number, (key, value)) in self.keys.iter().zip(&place.values).enumerate() {
            let column = format!("k{number}");
            match key.of_cursor(value) {
                // Nothing comes after what is missing.
                None => equal.push(format!("{column} IS NULL")),
                Some(value) => {
                    let value = bound(key, value, values);
                    let beyond = if key.descending { "<" } else { ">" };
                    let is_later = format!("({column} {beyond} {value} OR {column} IS NULL)");
                    later.push(joined(&equal, is_later));
                    equal.push(format!("{column} = {value}"));
                }
            }
        }
        let score = values.add(f32::from_bits(place.score), Type::FLOAT4);
        let id = values.text(&place.id);
        later.push(joined(&equal, format!("score < {score}")));
        equal.push(format!("score = {score}"));
        later.push(joined(&equal, format!("id > {id}")));
        format!("id <> {id} AND ({})", later.join(" OR "))
    }

    /// What a cursor says of a hit.
    pub(super) fn place(&self, row: &Row) -> Result<Vec<SortValue>, tokio_postgres::Error> {
        let places = self.keys.iter().enumerate().map(|(number, key)| {
            let name = format!("k{number}");
            let name = name.as_str();
            let value = match key.by {
                SortBy::Strings(_) => row.try_get::<_, Option<String>>(name)?.map(Sorted::Text),
                SortBy::Integers(_) => row.try_get::<_, Option<i64>>(name)?.map(Sorted::Integer),
                SortBy::Bools(_) => row.try_get::<_, Option<bool>>(name)?.map(Sorted::Bool),
                SortBy::Numbers(_) | SortBy::Distance { .. } | SortBy::Score => {
                    row.try_get::<_, Option<f64>>(name)?.map(Sorted::Number)
                }
            };
            Ok(key.to_cursor(value.as_ref()))
        });
        places.collect()
    }
}

fn joined(equal: &[String], last: String) -> String {
    let conditions: Vec<String> = equal.iter().cloned().chain([last]).collect();
    format!("({})", conditions.join(" AND "))
}

/// Of several values the smallest counts when ascending, the largest when descending.
fn expression(key: &SortKey, score: &str, values: &mut Values) -> String {
    match &key.by {
        SortBy::Strings(at) | SortBy::Integers(at) | SortBy::Bools(at) => {
            extreme(&column(at), key.descending)
        }
        SortBy::Numbers(at) => match &at.attribute {
            None => extreme(&column(at), key.descending),
            Some(attribute) => {
                let extreme = if key.descending { "max" } else { "min" };
                let list = format!("{} -> {}", column(at), values.text(attribute));
                format!(
                    "(SELECT {extreme}((v #>> '{{}}')::float8) FROM jsonb_array_elements({list}) \
                     AS v WHERE jsonb_typeof(v) = 'number')"
                )
            }
        },
        SortBy::Distance { key: at, lat, lon } => {
            let extreme = if key.descending { "max" } else { "min" };
            let distance = distance(*lat, *lon, values);
            format!("(SELECT {extreme}({distance}) FROM {})", points(at))
        }
        SortBy::Score => format!("({score})::float8"),
    }
}

fn extreme(column: &str, largest: bool) -> String {
    if largest { greatest(column) } else { format!("{column}[1]") }
}

fn bound(key: &SortKey, value: Sorted, values: &mut Values) -> String {
    let value = match value {
        Sorted::Text(text) => values.text(&text),
        Sorted::Number(number) => values.float(number),
        Sorted::Integer(integer) => values.integer(integer),
        Sorted::Bool(value) => values.add(value, Type::BOOL),
    };
    match key.by {
        SortBy::Strings(_) => format!("{value} COLLATE \"C\""),
        _ => value,
    }
}
