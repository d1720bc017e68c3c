//! The catalogue as a tantivy schema: which field of a product becomes postings, columns or both.

use tantivy::schema::{
    Field, IndexRecordOption, JsonObjectOptions, NumericOptions, STORED, Schema, TextFieldIndexing,
    TextOptions,
};
use tantivy::{IndexSettings, store::Compressor};

use super::token_stream::TOKENIZER;
use crate::catalog::{Catalog, FieldKind, Role};

/// Bytes of documents compressed together: small blocks make a fetch of scattered hits cheap.
const DOC_STORE_BLOCK_BYTES: usize = 2_048;

/// The handles of a generation's tantivy fields.
#[derive(Debug, Clone)]
pub(crate) struct IndexSchema {
    pub schema: Schema,
    /// The product's id: postings for deletes, a column for ties, stored for hits.
    pub id: Field,
    /// The document, byte for byte.
    pub document: Field,
    /// Stemmed tokens of all search fields with weighted frequencies and positions.
    pub words: Field,
    /// Unstemmed words of suggesting fields, and all words that stemming changed: together with
    /// `words` the space of typos, completions and corrections.
    pub surface: Field,
    /// Trigrams of `code` values with positions.
    pub ngrams: Field,
    /// One entry for each field of the catalogue.
    pub fields: Vec<FieldColumns>,
}

/// Where a catalogue field's values live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldColumns {
    /// Not in any column.
    None,
    /// A dictionary column and raw postings.
    Strings(Field),
    /// A column of `f64`.
    Numbers(Field),
    /// A column of `i64`: money in minor units, dates in milliseconds.
    Integers(Field),
    /// A column of `bool`.
    Bools(Field),
    /// Two parallel columns of `f64`.
    Geo { lat: Field, lon: Field },
    /// A column for each key.
    Attributes(Field),
}

impl IndexSchema {
    pub(crate) fn new(catalog: &Catalog) -> Self {
        let mut builder = Schema::builder();
        let id = builder.add_text_field("id", raw().set_fast("raw").set_stored());
        let document = builder.add_text_field("document", STORED);
        let words = builder.add_text_field(
            "words",
            tokens(IndexRecordOption::WithFreqsAndPositions).set_indexing_options(
                TextFieldIndexing::default()
                    .set_tokenizer(TOKENIZER)
                    .set_fieldnorms(true)
                    .set_index_option(IndexRecordOption::WithFreqsAndPositions),
            ),
        );
        let surface = builder.add_text_field("surface", tokens(IndexRecordOption::Basic));
        let ngrams =
            builder.add_text_field("ngrams", tokens(IndexRecordOption::WithFreqsAndPositions));
        let fields = catalog
            .fields()
            .iter()
            .enumerate()
            .map(|(index, field)| {
                // Named by position: a catalogue's names may hold what tantivy's may not.
                let name = format!("f{index}");
                let column = NumericOptions::default().set_fast();
                match &field.kind {
                    FieldKind::Text if !is_compared(field) => FieldColumns::None,
                    FieldKind::Stored => FieldColumns::None,
                    FieldKind::Text
                    | FieldKind::Keyword
                    | FieldKind::Category { .. }
                    | FieldKind::Code => {
                        FieldColumns::Strings(builder.add_text_field(&name, raw().set_fast("raw")))
                    }
                    FieldKind::Number => {
                        FieldColumns::Numbers(builder.add_f64_field(&name, column))
                    }
                    FieldKind::Money(_) | FieldKind::Date => {
                        FieldColumns::Integers(builder.add_i64_field(&name, column))
                    }
                    FieldKind::Bool => FieldColumns::Bools(builder.add_bool_field(&name, column)),
                    FieldKind::Geo => FieldColumns::Geo {
                        lat: builder.add_f64_field(&format!("{name}_lat"), column.clone()),
                        lon: builder.add_f64_field(&format!("{name}_lon"), column),
                    },
                    FieldKind::Attributes => FieldColumns::Attributes(
                        builder.add_json_field(&name, JsonObjectOptions::default().set_fast("raw")),
                    ),
                }
            })
            .collect();
        Self { schema: builder.build(), id, document, words, surface, ngrams, fields }
    }

    /// Settings of every shard's index.
    pub(crate) fn settings() -> IndexSettings {
        IndexSettings {
            docstore_compression: Compressor::Lz4,
            docstore_blocksize: DOC_STORE_BLOCK_BYTES,
            docstore_compress_dedicated_thread: false,
            ..IndexSettings::default()
        }
    }
}

/// Whether whole values of a text field are counted, filtered or sorted by.
fn is_compared(field: &crate::catalog::Field) -> bool {
    [Role::Facet, Role::Filter, Role::Sort].into_iter().any(|role| field.roles.has(role))
}

/// Whether the words of a field are searched.
pub(crate) fn is_searched(field: &crate::catalog::Field) -> bool {
    field.roles.has(Role::Search)
}

fn raw() -> TextOptions {
    TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_fieldnorms(false)
            .set_index_option(IndexRecordOption::Basic),
    )
}

fn tokens(option: IndexRecordOption) -> TextOptions {
    TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer(TOKENIZER)
            .set_fieldnorms(false)
            .set_index_option(option),
    )
}
