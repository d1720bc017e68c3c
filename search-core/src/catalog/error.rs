//! What can be wrong with a catalogue.

use std::path::PathBuf;

use super::{CompoundsFault, InvalidPath, Language, UnknownCurrency, UnknownLanguage};
use crate::limits::{MAX_FIELDS, MAX_SIGNALS, MAX_WEIGHT};

/// Why a catalogue cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogError {
    /// The text breaks a rule.
    #[error("line {line}: {fault}")]
    Invalid {
        /// The line, counted from 1.
        line: usize,
        /// The rule.
        fault: CatalogFault,
    },
    /// The file cannot be read.
    #[error("cannot read the catalogue `{path}`")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

/// The rule that a catalogue breaks.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogFault {
    /// Not TOML, an unknown or missing key, or a value of the wrong type.
    #[error("{0}")]
    Toml(String),
    /// The name of the catalogue.
    #[error("invalid name `{0}`, expected 1 to 64 of a-z, 0-9, `_` and `-`")]
    Name(String),
    /// The name of a field.
    #[error(
        "invalid field name `{0}`, expected 1 to 64 letters, digits, `_` and `-`, joined by dots"
    )]
    FieldName(String),
    /// No field at all.
    #[error("no fields, expected at least one `[fields.NAME]`")]
    NoFields,
    /// Too many fields.
    #[error("{0} fields, expected at most {MAX_FIELDS}")]
    TooManyFields(usize),
    /// Too many signals.
    #[error("{0} signals, expected at most {MAX_SIGNALS}")]
    TooManySignals(usize),
    /// A path with an empty name in it.
    #[error(transparent)]
    Path(#[from] InvalidPath),
    /// A language without a stemmer.
    #[error(transparent)]
    Language(#[from] UnknownLanguage),
    /// `language_field` without `languages`, or the other way round.
    #[error("`{0}` needs `{1}`")]
    Needs(&'static str, &'static str),
    /// A language listed twice.
    #[error("the language `{0}` is listed twice")]
    LanguageTwice(Language),
    /// The words of compounds.
    #[error(transparent)]
    Compounds(#[from] CompoundsFault),
    /// A text that is no currency code.
    #[error(transparent)]
    Currency(#[from] UnknownCurrency),
    /// A word that is not in the list for its key.
    #[error("unknown {what} `{found}`, expected one of {expected}")]
    Unknown {
        /// What the word should name.
        what: &'static str,
        /// The word.
        found: String,
        /// The words that are known.
        expected: String,
    },
    /// A role that a field's type cannot have.
    #[error("a {kind} field cannot have the role `{role}`, expected {expected}")]
    Role {
        /// The type of the field.
        kind: &'static str,
        /// The role.
        role: &'static str,
        /// The roles that it can have.
        expected: String,
    },
    /// A role listed twice.
    #[error("the role `{0}` is listed twice")]
    RoleTwice(&'static str),
    /// A key that a field's type has no use for.
    #[error("a {kind} field has no `{key}`, only {owner} fields do")]
    KeyOfOtherType {
        /// The type of the field.
        kind: &'static str,
        /// The key.
        key: &'static str,
        /// The type that the key belongs to.
        owner: &'static str,
    },
    /// A weight on a field that is not searched.
    #[error("the field is not searched, expected `weight` only with the role `search`")]
    WeightWithoutSearch,
    /// A weight out of range.
    #[error("the weight is {0}, expected more than 0 and at most {MAX_WEIGHT}")]
    Weight(f32),
    /// A weight of the ranking out of range.
    #[error("the weight is {value}, expected 0 to {most}")]
    RankingWeight {
        /// The weight.
        value: f32,
        /// The largest that is accepted.
        most: f32,
    },
    /// A separator that separates nothing.
    #[error("the separator is empty, expected text such as ` > `")]
    EmptySeparator,
    /// Two fields that are the same.
    #[error("reads the same values from `{path}` as the field `{other}`")]
    SameSource {
        /// The path of both.
        path: String,
        /// The field that came first.
        other: String,
    },
    /// A name that is not declared.
    #[error("no field `{0}` is declared")]
    NoSuchField(String),
    /// A field whose type does not fit its use.
    #[error("the field `{field}` is a {kind} field, expected {expected}")]
    FieldType {
        /// The field.
        field: String,
        /// Its type.
        kind: &'static str,
        /// The types that fit.
        expected: String,
    },
    /// Two signals from one field.
    #[error("the field `{0}` already is a signal")]
    SignalTwice(String),
}
