//! The words that a misspelt one may stand for, counted before they are written.

use std::collections::HashMap;

use tokio_postgres::Transaction;

use super::error::PostgresError;
use super::layout::Tables;
use super::row::Row;
use crate::limits::MAX_UNWRITTEN_WORDS;

/// Words that are not in the table yet, with the number of products that have them.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    unwritten: HashMap<Box<str>, i64>,
}

impl Vocabulary {
    pub(super) fn count(&mut self, row: &Row) {
        for word in row.words.vocabulary() {
            match self.unwritten.get_mut(word) {
                Some(docs) => *docs += 1,
                None => {
                    self.unwritten.insert(word.into(), 1);
                }
            }
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
        let (words, docs): (Vec<Box<str>>, Vec<i64>) = self.unwritten.drain().unzip();
        let words: Vec<&str> = words.iter().map(Box::as_ref).collect();
        let known = match is_searched {
            true => "NOTHING",
            false => "UPDATE SET docs = known.docs + excluded.docs",
        };
        let sql = format!(
            "INSERT INTO {} AS known SELECT * FROM unnest($1::text[], $2::bigint[]) \
             ON CONFLICT (surface) DO {known}",
            tables.vocabulary()
        );
        transaction.execute(&sql, &[&words, &docs]).await?;
        Ok(())
    }
}
