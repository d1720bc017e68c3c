//! The tables of a generation: their names, their columns, their indexes.
//!
//! A product is a row. `words` holds the terms by which it is found, and each field that is
//! filtered, counted or sorted by has a column of its own, named by its place in the catalogue:
//! a catalogue's names may hold what those of a database may not. Values are arrays, sorted: the
//! first is the least, the last the greatest; a field without values is null.

use std::fmt::Write;

use search_core::{Catalog, Field, FieldKind, Role};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::error::PostgresError;
use crate::limits::GIN_PENDING_KB;

/// Which words of the vocabulary a misspelt one may stand for, and an index knows by their parts:
/// codes and numbers are right or wrong, and so are whole values.
pub const SPELT: &str = "word !~ '[0-9=]'";

/// Makes strings sort as the index sorts them, by their bytes.
pub const ID_COLLATION: &str = "\"C\"";

/// The tables of one generation of a catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tables {
    /// The number of the catalogue.
    pub(super) catalog: i32,
    /// The number of the generation.
    pub(super) generation: i64,
}

/// What the values of a field become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// `text[]`: keywords, codes, categories with all their ancestors, texts that are compared.
    Texts,
    /// `float8[]`.
    Numbers,
    /// `bigint[]`: money in minor units, dates in milliseconds.
    Integers,
    /// `boolean[]`.
    Bools,
    /// Two parallel `float8[]`, whose names end in `_lat` and `_lon`, in the order of the document.
    Geo,
    /// `jsonb`: `{key: [values]}`.
    Attributes,
}

impl ColumnKind {
    /// What the values of this field become; `None` when they are in no column.
    pub fn of(field: &Field) -> Option<Self> {
        let is_compared =
            [Role::Facet, Role::Filter, Role::Sort].into_iter().any(|role| field.has(role));
        match field.kind {
            FieldKind::Text if !is_compared => None,
            FieldKind::Stored => None,
            FieldKind::Text | FieldKind::Keyword | FieldKind::Category { .. } | FieldKind::Code => {
                Some(Self::Texts)
            }
            FieldKind::Number => Some(Self::Numbers),
            FieldKind::Money(_) | FieldKind::Date => Some(Self::Integers),
            FieldKind::Bool => Some(Self::Bools),
            FieldKind::Geo => Some(Self::Geo),
            FieldKind::Attributes => Some(Self::Attributes),
        }
    }

    /// The names of the columns of the field with this place in the catalogue.
    pub fn columns(self, index: usize) -> Vec<String> {
        match self {
            Self::Geo => vec![format!("f{index}_lat"), format!("f{index}_lon")],
            _ => vec![format!("f{index}")],
        }
    }

    pub(super) fn sql_type(self) -> Type {
        match self {
            Self::Texts => Type::TEXT_ARRAY,
            Self::Numbers | Self::Geo => Type::FLOAT8_ARRAY,
            Self::Integers => Type::INT8_ARRAY,
            Self::Bools => Type::BOOL_ARRAY,
            Self::Attributes => Type::JSONB,
        }
    }

    fn declaration(self) -> &'static str {
        match self {
            Self::Texts => "text[] COLLATE \"C\"",
            Self::Numbers | Self::Geo => "float8[]",
            Self::Integers => "bigint[]",
            Self::Bools => "boolean[]",
            Self::Attributes => "jsonb",
        }
    }
}

/// The columns of a catalogue's fields: name and kind, in order.
pub(super) fn field_columns(catalog: &Catalog) -> Vec<(String, ColumnKind)> {
    let mut columns = Vec::new();
    for (index, field) in catalog.fields().iter().enumerate() {
        let Some(kind) = ColumnKind::of(field) else { continue };
        columns.extend(kind.columns(index).into_iter().map(|name| (name, kind)));
    }
    columns
}

impl Tables {
    /// The products: `id`, `hash`, `words`, `document` and the columns of the fields.
    pub fn products(self) -> String {
        format!("aisle.\"{}\"", self.name("products"))
    }

    /// The words and whole values of the products: `word`, and about how many products have it as
    /// a term (`terms`) and write it so (`surfaces`).
    pub fn vocabulary(self) -> String {
        format!("aisle.\"{}\"", self.name("vocabulary"))
    }

    /// What values there are under facets that may hold numbers: `field` by its place in the
    /// catalogue, `attribute` or "", `kind` (`n`umber, `s`tring, `b`oolean), and different values of
    /// `number`, as many as there are or as tell that they are many.
    pub fn present(self) -> String {
        format!("aisle.\"{}\"", self.name("present"))
    }

    fn name(self, table: &str) -> String {
        format!("{table}_{}_{}", self.catalog, self.generation)
    }

    /// Makes the tables.
    pub(super) fn create(self, catalog: &Catalog) -> String {
        let (products, vocabulary) = (self.products(), self.vocabulary());
        let columns = field_columns(catalog);
        let mut sql = format!(
            "CREATE TABLE {products} (\
                 id text COLLATE \"C\" PRIMARY KEY, \
                 hash bigint NOT NULL, \
                 words tsvector NOT NULL, \
                 document text COLLATE \"C\" NOT NULL"
        );
        for (name, kind) in &columns {
            let _ = write!(sql, ", {name} {}", kind.declaration());
        }
        // Of a row that is too long for its page the document goes aside, for searches look at
        // everything else first.
        let _ = write!(sql, "); ALTER TABLE {products} ALTER document SET STORAGE EXTERNAL");
        for name in columns.iter().map(|(name, _)| name.as_str()).chain(["words"]) {
            let _ = write!(sql, ", ALTER {name} SET STORAGE MAIN");
        }
        let _ = write!(
            sql,
            "; CREATE TABLE {vocabulary} (\
                 word text COLLATE \"C\" PRIMARY KEY, \
                 terms bigint NOT NULL, surfaces bigint NOT NULL); \
             CREATE TABLE {} (\
                 field int NOT NULL, \
                 attribute text COLLATE \"C\" NOT NULL, \
                 kind text COLLATE \"C\" NOT NULL, \
                 number float8 NOT NULL, \
                 PRIMARY KEY (field, attribute, kind, number))",
            self.present()
        );
        sql
    }

    /// Makes what searches need, once the products are there; what is there already stays.
    pub(super) fn create_indexes(self, catalog: &Catalog, trigram_schema: &str) -> Vec<String> {
        let (products, vocabulary) = (self.products(), self.vocabulary());
        let index = |name: &str| format!("CREATE INDEX IF NOT EXISTS \"{}\" ON", self.name(name));
        let gin = format!("WITH (gin_pending_list_limit = {GIN_PENDING_KB})");
        let mut sql = vec![format!("{} {products} USING gin (words) {gin}", index("words"))];
        for (place, field) in catalog.fields().iter().enumerate() {
            let Some(kind) = ColumnKind::of(field) else { continue };
            let is_asked = [Role::Facet, Role::Filter].into_iter().any(|role| field.has(role));
            for column in kind.columns(place) {
                let name = index(&column);
                sql.extend(match (kind, &field.kind) {
                    // Texts may be longer than what an index can hold.
                    (ColumnKind::Texts, FieldKind::Text) => None,
                    (ColumnKind::Texts, _) if is_asked => {
                        Some(format!("{name} {products} USING gin ({column}) {gin}"))
                    }
                    (ColumnKind::Attributes, _) if is_asked => {
                        Some(format!("{name} {products} USING gin ({column} jsonb_path_ops) {gin}"))
                    }
                    (ColumnKind::Numbers | ColumnKind::Integers, _)
                        if is_asked || field.has(Role::Sort) =>
                    {
                        Some(format!("{name} {products} (({column}[1]))"))
                    }
                    _ => None,
                });
            }
        }
        sql.push(format!(
            "{} {vocabulary} USING gin (word {trigram_schema}.gin_trgm_ops) WHERE {SPELT}",
            index("spellings")
        ));
        sql.push(format!("ANALYZE {products}"));
        sql.push(format!("ANALYZE {vocabulary}"));
        sql.push(format!("ANALYZE {}", self.present()));
        sql
    }

    pub(super) fn drop(self) -> String {
        let (products, vocabulary, present) = (self.products(), self.vocabulary(), self.present());
        format!("DROP TABLE IF EXISTS {products}, {vocabulary}, {present}")
    }
}

/// The schema of the extension `pg_trgm`, quoted: somebody may have made it elsewhere before.
///
/// # Errors
/// When nobody answers.
pub async fn trigram_schema(client: &Client) -> Result<String, PostgresError> {
    let schema = "SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace \
                  ON pg_namespace.oid = extnamespace WHERE extname = 'pg_trgm'";
    Ok(client.query_one(schema, &[]).await?.get(0))
}
