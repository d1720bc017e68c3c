//! The words of which a language's compounds are made: "Schuh" and "Schrank" of "Schuhschrank".
//!
//! They stand in the catalogue, or in a file beside it with one word a line. A generation keeps
//! the words that it was built with.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use super::Language;
use super::raw::RawCompounds;
use crate::limits::{MAX_COMPOUND_WORDS, MAX_COMPOUNDS_BYTES};

/// The words by language.
pub(super) type Compounds = BTreeMap<Language, Arc<[String]>>;

/// What is wrong with the words of compounds.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CompoundsFault {
    /// The file cannot be read.
    #[error("cannot read the words of compounds in `{file}`: {reason}")]
    Unreadable {
        /// As the catalogue names it.
        file: String,
        /// Why not.
        reason: String,
    },
    /// The file is too large.
    #[error("`{0}` is longer than MAX_COMPOUNDS_BYTES = {MAX_COMPOUNDS_BYTES}")]
    TooLong(String),
    /// There are too many words.
    #[error("{0} words of compounds, expected at most MAX_COMPOUND_WORDS = {MAX_COMPOUND_WORDS}")]
    TooMany(usize),
    /// No text of the catalogue is in the language.
    #[error("no text is in `{0}`, expected a language of the catalogue")]
    UnusedLanguage(Language),
}

/// Where the files of a catalogue are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Files<'a> {
    /// Nowhere: the catalogue is a text without a place.
    None,
    /// Beside the catalogue's file, under the names that it gives them.
    Beside(&'a Path),
    /// In a generation, which names them by language.
    Kept(&'a Path),
    /// As a generation keeps them, by name.
    Given(&'a BTreeMap<String, String>),
}

impl Files<'_> {
    pub(super) fn words(
        self,
        language: Language,
        raw: &RawCompounds,
    ) -> Result<Arc<[String]>, CompoundsFault> {
        let words: Vec<String> = match raw {
            RawCompounds::Words(words) => words.clone(),
            RawCompounds::File(file) => words_of(&self.read(language, file)?),
        };
        match words.len() {
            count if count > MAX_COMPOUND_WORDS => Err(CompoundsFault::TooMany(count)),
            _ => Ok(words.into()),
        }
    }

    fn read(self, language: Language, file: &str) -> Result<String, CompoundsFault> {
        let unreadable = |error: io::Error| CompoundsFault::Unreadable {
            file: file.to_owned(),
            reason: error.to_string(),
        };
        let path = match self {
            Files::None => {
                let reason = "the catalogue has no place, expected the words themselves";
                return Err(unreadable(io::Error::other(reason)));
            }
            Files::Beside(dir) => dir.join(file),
            Files::Kept(dir) => dir.join(kept_name(language)),
            Files::Given(files) => {
                let missing = || unreadable(io::ErrorKind::NotFound.into());
                return files.get(&kept_name(language)).cloned().ok_or_else(missing);
            }
        };
        let mut text = String::new();
        let opened = File::open(path).map_err(unreadable)?;
        let read = opened.take(MAX_COMPOUNDS_BYTES + 1).read_to_string(&mut text);
        match read.map_err(unreadable)? as u64 {
            bytes if bytes > MAX_COMPOUNDS_BYTES => Err(CompoundsFault::TooLong(file.to_owned())),
            _ => Ok(text),
        }
    }
}

/// One word a line; `#` starts a comment.
fn words_of(text: &str) -> Vec<String> {
    let words = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The file in which a generation keeps the words of a language.
pub(super) fn kept_name(language: Language) -> String {
    format!("compounds.{}.txt", language.code())
}
