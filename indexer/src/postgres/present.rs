//! What kinds of values products have under their facets, noted as they are written: to find it
//! out for a search would take a look at every product.

use std::collections::BTreeMap;

use search_core::plan::MAX_LISTED_NUMBERS;
use search_core::{AttributeValue, Catalog, FieldValues, Product, Role};
use tokio_postgres::Transaction;

use super::error::PostgresError;
use super::layout::Tables;
use super::row::storable;

/// The values under each facet that are noted, and those of them that are not in the table yet.
/// What products no longer have stays noted for as long as the generation lasts.
#[derive(Debug)]
pub(super) struct PresentValues {
    /// By the fields' places in the catalogue; a field that is not an open map has one key, "".
    by_field: Vec<Option<BTreeMap<Box<str>, Noted>>>,
    unwritten: Vec<(usize, Box<str>, Value)>,
}

/// What is noted under one key.
#[derive(Debug, Default)]
struct Noted {
    strings: bool,
    bools: bool,
    /// No more than tell that there are many.
    numbers: Vec<f64>,
}

#[derive(Debug, Clone, Copy)]
enum Value {
    String,
    Bool,
    Number(f64),
}

impl Noted {
    /// `true` when the value was not noted before.
    fn note(&mut self, value: Value) -> bool {
        match value {
            Value::String => !std::mem::replace(&mut self.strings, true),
            Value::Bool => !std::mem::replace(&mut self.bools, true),
            Value::Number(number) => {
                let is_new =
                    self.numbers.len() <= MAX_LISTED_NUMBERS && !self.numbers.contains(&number);
                if is_new {
                    self.numbers.push(number);
                }
                is_new
            }
        }
    }
}

impl PresentValues {
    pub(super) fn new(catalog: &Catalog) -> Self {
        let fields = catalog.fields().iter();
        let by_field = fields.map(|field| field.has(Role::Facet).then(BTreeMap::new)).collect();
        Self { by_field, unwritten: Vec::new() }
    }

    pub(super) fn note(&mut self, product: &Product) {
        for (field, values) in product.values.iter().enumerate() {
            match values {
                FieldValues::Number(numbers) => {
                    numbers.iter().for_each(|number| self.add(field, "", Value::Number(*number)));
                }
                FieldValues::Money(integers) | FieldValues::Date(integers) => {
                    let numbers = integers.iter().map(|integer| Value::Number(*integer as f64));
                    numbers.for_each(|number| self.add(field, "", number));
                }
                FieldValues::Attributes(pairs) => {
                    for (key, value) in pairs {
                        self.add(field, key, value.into());
                    }
                }
                // What their type says.
                FieldValues::Text(_)
                | FieldValues::Keyword(_)
                | FieldValues::Code(_)
                | FieldValues::Category(_)
                | FieldValues::Bool(_)
                | FieldValues::Geo(_)
                | FieldValues::Missing
                | FieldValues::Stored => {}
            }
        }
    }

    fn add(&mut self, field: usize, key: &str, value: Value) {
        let Some(Some(by_key)) = self.by_field.get_mut(field) else { return };
        let noted = match by_key.get_mut(key) {
            Some(noted) => noted,
            None => by_key.entry(key.into()).or_default(),
        };
        if noted.note(value) {
            self.unwritten.push((field, key.into(), value));
        }
    }

    pub(super) async fn write(
        &mut self,
        transaction: &Transaction<'_>,
        tables: Tables,
    ) -> Result<(), PostgresError> {
        if self.unwritten.is_empty() {
            return Ok(());
        }
        let (mut fields, mut keys) = (Vec::new(), Vec::new());
        let (mut kinds, mut numbers) = (Vec::new(), Vec::new());
        for (field, key, value) in self.unwritten.drain(..) {
            let (kind, number) = match value {
                Value::String => ("s", 0.0),
                Value::Bool => ("b", 0.0),
                Value::Number(number) => ("n", number),
            };
            fields.push(i32::try_from(field).unwrap_or(i32::MAX));
            keys.push(storable(key.into()));
            kinds.push(kind);
            numbers.push(number);
        }
        let sql = format!(
            "INSERT INTO {} SELECT * FROM \
             unnest($1::int[], $2::text[], $3::text[], $4::float8[]) ON CONFLICT DO NOTHING",
            tables.present()
        );
        transaction.execute(&sql, &[&fields, &keys, &kinds, &numbers]).await?;
        Ok(())
    }
}

impl From<&AttributeValue> for Value {
    fn from(value: &AttributeValue) -> Self {
        match value {
            AttributeValue::Text(_) => Self::String,
            AttributeValue::Number(number) => Self::Number(*number),
            AttributeValue::Bool(_) => Self::Bool,
        }
    }
}
