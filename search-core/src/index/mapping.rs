//! A product as a tantivy document: its words, its columns and the document itself.

use std::sync::Arc;

use tantivy::TantivyDocument;
use tantivy::schema::OwnedValue;

use super::product_analyzer::{ProductAnalyzer, TermSink};
use super::schema::{FieldColumns, IndexSchema};
use super::token_stream::TokenPacker;
use crate::analysis::Analyzers;
use crate::catalog::Catalog;
use crate::document::{AttributeValue, FieldValues, Product};

/// Turns products into tantivy documents; immutable, used by many threads at once.
#[derive(Debug)]
pub(crate) struct Mapping {
    schema: IndexSchema,
    pub analyzer: ProductAnalyzer,
}

impl Mapping {
    pub(crate) fn new(
        catalog: &Arc<Catalog>,
        schema: IndexSchema,
        analyzers: &Arc<Analyzers>,
    ) -> Self {
        Self { schema, analyzer: ProductAnalyzer::with(catalog, analyzers) }
    }

    pub(crate) fn document(&self, product: &Product) -> TantivyDocument {
        let mut document = TantivyDocument::with_capacity(product.raw.len() * 3);
        document.add_text(self.schema.id, &product.id);
        document.add_text(self.schema.document, &product.raw);
        let mut terms = PackedTerms::default();
        self.analyzer.analyze(product, &mut terms);
        for (field, packer) in [
            (self.schema.words, &terms.words),
            (self.schema.surface, &terms.surface),
            (self.schema.ngrams, &terms.ngrams),
        ] {
            if !packer.is_empty() {
                document.add_text(field, packer.as_str());
            }
        }
        for (values, columns) in product.values.iter().zip(&self.schema.fields) {
            add_columns(values, *columns, &mut document);
        }
        document
    }
}

/// A product's terms on their way into the index.
#[derive(Default)]
struct PackedTerms {
    words: TokenPacker,
    surface: TokenPacker,
    ngrams: TokenPacker,
}

impl TermSink for PackedTerms {
    fn word(&mut self, term: &str, position: u32, repeat: u32) {
        self.words.push(term, position, repeat);
    }

    fn whole_value(&mut self, term: &str, position: u32) {
        self.words.push(term, position, 1);
    }

    fn surface(&mut self, surface: &str) {
        self.surface.push(surface, 0, 1);
    }

    fn gram(&mut self, gram: &str, position: u32) {
        self.ngrams.push(gram, position, 1);
    }
}

fn add_columns(values: &FieldValues, columns: FieldColumns, document: &mut TantivyDocument) {
    match (values, columns) {
        (
            FieldValues::Text(texts)
            | FieldValues::Keyword(texts)
            | FieldValues::Code(texts)
            | FieldValues::Category(texts),
            FieldColumns::Strings(field),
        ) => texts.iter().for_each(|text| document.add_text(field, text)),
        (FieldValues::Number(numbers), FieldColumns::Numbers(field)) => {
            numbers.iter().for_each(|&number| document.add_f64(field, number));
        }
        (
            FieldValues::Money(integers) | FieldValues::Date(integers),
            FieldColumns::Integers(field),
        ) => {
            integers.iter().for_each(|&integer| document.add_i64(field, integer));
        }
        (FieldValues::Bool(bools), FieldColumns::Bools(field)) => {
            bools.iter().for_each(|&value| document.add_bool(field, value));
        }
        (FieldValues::Geo(points), FieldColumns::Geo { lat, lon }) => {
            for point in points {
                document.add_f64(lat, point.lat);
                document.add_f64(lon, point.lon);
            }
        }
        (FieldValues::Attributes(pairs), FieldColumns::Attributes(field)) if !pairs.is_empty() => {
            // Built by hand: tantivy's own JSON conversion rewrites date-like strings.
            let owned = |value: &AttributeValue| match value {
                AttributeValue::Text(text) => OwnedValue::Str(text.clone()),
                AttributeValue::Number(number) => OwnedValue::F64(*number),
                AttributeValue::Bool(value) => OwnedValue::Bool(*value),
            };
            let object = AttributeValue::by_key(pairs)
                .into_iter()
                .map(|(key, values)| match values.as_slice() {
                    [value] => (column_key(key), owned(value)),
                    values => {
                        let values = values.iter().map(|value| owned(value)).collect();
                        (column_key(key), OwnedValue::Array(values))
                    }
                })
                .collect();
            document.add_object(field, object);
        }
        _ => {}
    }
}

/// An attribute's key as a column name: tantivy gives dots, backslashes and control characters a
/// meaning of their own, so they are moved to the private use area.
pub(crate) fn column_key(key: &str) -> String {
    key.chars()
        .map(|c| match c {
            '.' => '\u{E000}',
            '\\' => '\u{E001}',
            c if c.is_control() => char::from_u32(0xE100 + u32::from(c)).unwrap_or('\u{E002}'),
            c => c,
        })
        .collect()
}
