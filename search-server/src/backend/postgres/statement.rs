//! Statements: their text follows from the shape of a search, and values go beside it. Nothing a
//! shopper has typed is ever part of the text.

use std::fmt::Debug;

use serde_json::{Value as Json, json};
use tokio_postgres::types::{ToSql, Type};

/// The values of a statement, in the order of their numbers.
#[derive(Debug, Default)]
pub(super) struct Values(Vec<(Box<dyn Value>, Type)>);

/// What can be a value: sent over threads, and printed in tests.
pub(super) trait Value: ToSql + Sync + Send + Debug {}

impl<T: ToSql + Sync + Send + Debug> Value for T {}

impl Values {
    /// Adds a value; gives what stands for it in the text.
    pub(super) fn add(&mut self, value: impl Value + 'static, r#type: Type) -> String {
        self.0.push((Box::new(value), r#type));
        format!("${}", self.0.len())
    }

    pub(super) fn text(&mut self, text: &str) -> String {
        self.add(storable(text), Type::TEXT)
    }

    pub(super) fn texts<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>) -> String {
        let texts: Vec<String> = texts.into_iter().map(storable).collect();
        self.add(texts, Type::TEXT_ARRAY)
    }

    pub(super) fn float(&mut self, number: f64) -> String {
        self.add(number, Type::FLOAT8)
    }

    pub(super) fn integer(&mut self, integer: i64) -> String {
        self.add(integer, Type::INT8)
    }

    /// An attribute with this value among others.
    pub(super) fn attribute(&mut self, key: &str, value: Json) -> String {
        let value = match value {
            Json::String(text) => Json::String(storable(&text)),
            other => other,
        };
        let json = json!({ storable(key): [value] }).to_string();
        format!("{}::text::jsonb", self.add(json, Type::TEXT))
    }

    /// A query over the words of products.
    pub(super) fn tsquery(&mut self, query: &str) -> String {
        format!("{}::text::tsquery", self.text(query))
    }

    /// As the client takes them.
    pub(super) fn typed(&self) -> Vec<(&(dyn ToSql + Sync), Type)> {
        self.0.iter().map(|(value, r#type)| (as_sql(&**value), r#type.clone())).collect()
    }
}

fn as_sql(value: &dyn Value) -> &(dyn ToSql + Sync) {
    value
}

/// The database has no place for one character; products are kept without it, too.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}
