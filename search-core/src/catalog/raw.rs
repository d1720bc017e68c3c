//! The catalogue as it is written: shape and types only, every value with its place.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::{CatalogError, CatalogFault};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCatalog {
    pub(super) name: Spanned<String>,
    pub(super) id: Option<Spanned<String>>,
    pub(super) language: Option<Spanned<String>>,
    pub(super) language_field: Option<Spanned<String>>,
    pub(super) languages: Option<Spanned<Vec<Spanned<String>>>>,
    #[serde(default)]
    pub(super) compounds: BTreeMap<Spanned<String>, Spanned<RawCompounds>>,
    pub(super) group_by: Option<Spanned<String>>,
    pub(super) fields: BTreeMap<Spanned<String>, RawField>,
    #[serde(default)]
    pub(super) signals: Vec<RawSignal>,
    #[serde(default)]
    pub(super) ranking: RawRanking,
}

#[derive(Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a list of words, or the name of a file with one word a line"
)]
pub(super) enum RawCompounds {
    File(String),
    Words(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawField {
    pub(super) path: Option<Spanned<String>>,
    #[serde(rename = "type")]
    pub(super) kind: Spanned<String>,
    pub(super) roles: Option<Vec<Spanned<String>>>,
    pub(super) weight: Option<Spanned<f32>>,
    pub(super) unit: Option<Spanned<String>>,
    pub(super) currency: Option<Spanned<String>>,
    pub(super) separator: Option<Spanned<String>>,
    pub(super) analyzer: Option<Spanned<String>>,
    pub(super) language: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSignal {
    pub(super) field: Spanned<String>,
    pub(super) kind: Spanned<String>,
    pub(super) weight: Option<Spanned<f32>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRanking {
    pub(super) synonym: Option<Spanned<f32>>,
    pub(super) joined: Option<Spanned<f32>>,
    pub(super) prefix: Option<Spanned<f32>>,
    pub(super) prefix_of_word: Option<Spanned<f32>>,
    pub(super) code: Option<Spanned<f32>>,
    pub(super) one_edit: Option<Spanned<f32>>,
    pub(super) two_edits: Option<Spanned<f32>>,
    pub(super) first_letter: Option<Spanned<f32>>,
    pub(super) kind: Option<Spanned<f32>>,
    pub(super) proximity: Option<Spanned<f32>>,
    pub(super) saturation: Option<Spanned<f32>>,
    pub(super) length: Option<Spanned<f32>>,
    pub(super) thesaurus: Option<bool>,
}

impl RawCatalog {
    pub(super) fn parse(toml: &str) -> Result<RawCatalog, CatalogError> {
        toml::from_str(toml).map_err(|error| {
            let place = error.span().unwrap_or_default();
            CatalogError::at(toml, place, CatalogFault::Toml(in_our_words(error.message())))
        })
    }
}

/// In a catalogue a field is a property of products; what serde calls a field is a key.
fn in_our_words(message: &str) -> String {
    message
        .replace("unknown field", "unknown key")
        .replace("missing field", "missing key")
        .replace("duplicate field", "duplicate key")
}

impl CatalogError {
    /// The fault with the line of a place in the text.
    pub(super) fn at(toml: &str, place: Range<usize>, fault: CatalogFault) -> CatalogError {
        let before = toml.as_bytes().get(..place.start).unwrap_or(toml.as_bytes());
        let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
        CatalogError::Invalid { line, fault }
    }
}
