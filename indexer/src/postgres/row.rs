//! A product as a row: its terms, its document and the columns of its fields.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error;

use bytes::{BufMut, BytesMut};
use search_core::{AttributeValue, FieldValues, Product, ProductAnalyzer};
use serde_json::{Value as Json, json};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use xxhash_rust::xxh3::xxh3_64;

use super::layout::ColumnKind;
use super::ts_vector::TsVector;

/// A product as a row.
#[derive(Debug)]
pub(super) struct Row {
    id: String,
    hash: i64,
    pub words: TsVector,
    document: Box<str>,
    /// In the order of the columns.
    values: Vec<Value>,
}

/// What stands in one column.
#[derive(Debug)]
enum Value {
    Texts(Vec<String>),
    Numbers(Vec<f64>),
    Integers(Vec<i64>),
    Bools(Vec<bool>),
    Json(String),
    Missing,
}

impl Row {
    /// The row of a product; the kinds are those of its catalogue's fields.
    pub(super) fn new(
        product: Product,
        kinds: &[Option<ColumnKind>],
        analyzer: &ProductAnalyzer,
    ) -> Self {
        let mut words = TsVector::new(analyzer.heaviest());
        analyzer.analyze(&product, &mut words);
        let Product { id, raw, values } = product;
        let columns = values
            .into_iter()
            .zip(kinds)
            .filter_map(|(values, kind)| kind.map(|kind| columns(values, kind)))
            .flatten()
            .collect();
        let hash = hash(&raw);
        Self { id, hash, words, document: raw, values: columns }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// About how many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        self.document.len() + self.words.bytes()
    }

    /// The values of its columns, in order.
    pub(super) fn values(&self) -> Vec<&(dyn ToSql + Sync)> {
        let own: [&(dyn ToSql + Sync); 4] = [&self.id, &self.hash, &self.words, &self.document];
        let fields = self.values.iter().map(|value| value as &(dyn ToSql + Sync));
        own.into_iter().chain(fields).collect()
    }
}

/// What tells two versions of a document apart.
pub(super) fn hash(document: &str) -> i64 {
    xxh3_64(document.as_bytes()).cast_signed()
}

/// A text without the one character that PostgreSQL has no place for.
pub(super) fn storable(text: String) -> String {
    match text.contains('\0') {
        true => text.replace('\0', "\u{FFFD}"),
        false => text,
    }
}

fn columns(values: FieldValues, kind: ColumnKind) -> Vec<Value> {
    match values {
        FieldValues::Text(texts)
        | FieldValues::Keyword(texts)
        | FieldValues::Code(texts)
        | FieldValues::Category(texts) => {
            let mut texts: Vec<String> = texts.into_iter().map(storable).collect();
            texts.sort_unstable();
            texts.dedup();
            vec![Value::Texts(texts)]
        }
        FieldValues::Number(numbers) => vec![Value::Numbers(numbers)],
        FieldValues::Money(integers) | FieldValues::Date(integers) => {
            vec![Value::Integers(integers)]
        }
        FieldValues::Bool(bools) => vec![Value::Bools(bools)],
        FieldValues::Geo(points) => {
            let (lat, lon) = points.into_iter().map(|point| (point.lat, point.lon)).unzip();
            vec![Value::Numbers(lat), Value::Numbers(lon)]
        }
        FieldValues::Attributes(pairs) => vec![Value::Json(attributes(&pairs))],
        FieldValues::Missing | FieldValues::Stored => match kind {
            ColumnKind::Geo => vec![Value::Missing, Value::Missing],
            _ => vec![Value::Missing],
        },
    }
}

fn attributes(pairs: &[(String, AttributeValue)]) -> String {
    let plain = |text: &str| storable(text.to_owned());
    let value = |value: &AttributeValue| match value {
        AttributeValue::Text(text) => Json::String(plain(text)),
        AttributeValue::Number(number) => json!(number),
        AttributeValue::Bool(value) => Json::Bool(*value),
    };
    let by_key: BTreeMap<Cow<'_, str>, Vec<Json>> = AttributeValue::by_key(pairs)
        .into_iter()
        .map(|(key, values)| (plain(key).into(), values.into_iter().map(value).collect()))
        .collect();
    json!(by_key).to_string()
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        /// The version of the binary form of `jsonb`, which is a text.
        const JSONB: u8 = 1;
        match self {
            Self::Texts(values) => values.to_sql(ty, out),
            Self::Numbers(values) => values.to_sql(ty, out),
            Self::Integers(values) => values.to_sql(ty, out),
            Self::Bools(values) => values.to_sql(ty, out),
            Self::Json(text) => {
                out.put_u8(JSONB);
                out.put_slice(text.as_bytes());
                Ok(IsNull::No)
            }
            Self::Missing => Ok(IsNull::Yes),
        }
    }

    fn accepts(_: &Type) -> bool {
        // The column was made for it.
        true
    }

    to_sql_checked!();
}
