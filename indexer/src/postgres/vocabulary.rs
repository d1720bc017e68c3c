//! The words of products, by which queries are read, counted before they are written.

use std::collections::HashMap;

use tokio_postgres::Transaction;

use super::error::PostgresError;
use super::layout::Tables;
use super::row::Row;
use crate::limits::MAX_UNWRITTEN_WORDS;

/// Words that are not in the table yet, with the number of products that have them.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    unwritten: HashMap<Box<str>, Docs>,
}

/// Products that have a word as a term, and those that write it so.
#[derive(Debug, Default)]
struct Docs {
    terms: i64,
    surfaces: i64,
}

impl Vocabulary {
    pub(super) fn count(&mut self, row: &Row) {
        for (word, is_surface) in row.words.vocabulary() {
            let docs = match self.unwritten.get_mut(word) {
                Some(docs) => docs,
                None => self.unwritten.entry(word.into()).or_default(),
            };
            *(if is_surface { &mut docs.surfaces } else { &mut docs.terms }) += 1;
        }
    }

    /// Whether there are so many that they have to be written.
    pub(super) fn is_full(&self) -> bool {
        self.unwritten.len() > MAX_UNWRITTEN_WORDS
    }

    /// Writes them. In a table that is searched a word that is known keeps its number, which only
    /// orders suggestions: common words would be written with every change.
    pub(super) async fn write(
        &mut self,
        transaction: &Transaction<'_>,
        tables: Tables,
        is_searched: bool,
    ) -> Result<(), PostgresError> {
        if self.unwritten.is_empty() {
            return Ok(());
        }
        let (words, docs): (Vec<Box<str>>, Vec<Docs>) = self.unwritten.drain().unzip();
        let words: Vec<&str> = words.iter().map(Box::as_ref).collect();
        let terms: Vec<i64> = docs.iter().map(|docs| docs.terms).collect();
        let surfaces: Vec<i64> = docs.iter().map(|docs| docs.surfaces).collect();
        let known = match is_searched {
            true => {
                "UPDATE SET terms = greatest(known.terms, excluded.terms), \
                 surfaces = greatest(known.surfaces, excluded.surfaces) \
                 WHERE known.terms = 0 AND excluded.terms > 0 \
                 OR known.surfaces = 0 AND excluded.surfaces > 0"
            }
            false => {
                "UPDATE SET terms = known.terms + excluded.terms, \
                 surfaces = known.surfaces + excluded.surfaces"
            }
        };
        let sql = format!(
            "INSERT INTO {} AS known SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[]) \
             ON CONFLICT (word) DO {known}",
            tables.vocabulary()
        );
        transaction.execute(&sql, &[&words, &terms, &surfaces]).await?;
        Ok(())
    }
}
