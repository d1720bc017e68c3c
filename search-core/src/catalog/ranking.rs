//! The `[ranking]` table: every weight that is not a field's or a signal's, with its default.

use super::CatalogFault;
use super::raw::RawRanking;
use super::rules::Fault;
use crate::limits::MAX_RANKING_WEIGHT;

/// What the ways to match are worth, and the shape of BM25.
///
/// All weights of matches are factors on the score of the exact word, which is 1. In a catalogue:
///
/// ```toml
/// [ranking]
/// proximity = 0.3
/// thesaurus = false
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// A synonym. Default 0.85.
    pub synonym: f32,
    /// Words written together or apart: "head set" for "headset". Default 1.
    pub joined: f32,
    /// A longer word that begins with the last one. Default 0.8.
    pub prefix: f32,
    /// The same where the last word is complete as it stands. Default 0.4.
    pub prefix_of_word: f32,
    /// A code that contains the word. Default 0.8.
    pub code: f32,
    /// A word one typing error away. Default 0.7.
    pub one_edit: f32,
    /// A word two typing errors away. Default 0.45.
    pub two_edits: f32,
    /// A further factor where a typing error is in the first letter. Default 0.6.
    pub first_letter: f32,
    /// Added for a product that is what the query names: its brand, its category, its type, or the
    /// kind of product that its title names; up to twice as much where several of these agree.
    /// Default 0.8.
    pub kind: f32,
    /// Added where words of the query stand beside each other in a text. Default 0.1.
    pub proximity: f32,
    /// How fast repeated occurrences saturate: `k1` of BM25, for a field of weight 1.
    /// Default 1.2.
    pub saturation: f32,
    /// How much a long text counts against a product: `b` of BM25. Little, because in product
    /// data length is a matter of how carefully a product was described. Default 0.5.
    pub length: f32,
    /// Whether the synonyms that come with the engine apply. Default `true`.
    pub thesaurus: bool,
}

impl Default for Ranking {
    fn default() -> Self {
        Self {
            synonym: 0.85,
            joined: 1.0,
            prefix: 0.8,
            prefix_of_word: 0.4,
            code: 0.8,
            one_edit: 0.7,
            two_edits: 0.45,
            first_letter: 0.6,
            kind: 0.8,
            proximity: 0.1,
            saturation: 1.2,
            length: 0.5,
            thesaurus: true,
        }
    }
}

impl Ranking {
    pub(super) fn check(raw: &RawRanking) -> Result<Self, Fault> {
        let mut ranking = Self::default();
        let weights = [
            (&raw.synonym, &mut ranking.synonym, 1.0),
            (&raw.joined, &mut ranking.joined, 1.0),
            (&raw.prefix, &mut ranking.prefix, 1.0),
            (&raw.prefix_of_word, &mut ranking.prefix_of_word, 1.0),
            (&raw.code, &mut ranking.code, 1.0),
            (&raw.one_edit, &mut ranking.one_edit, 1.0),
            (&raw.two_edits, &mut ranking.two_edits, 1.0),
            (&raw.first_letter, &mut ranking.first_letter, 1.0),
            (&raw.kind, &mut ranking.kind, MAX_RANKING_WEIGHT),
            (&raw.proximity, &mut ranking.proximity, MAX_RANKING_WEIGHT),
            (&raw.saturation, &mut ranking.saturation, MAX_RANKING_WEIGHT),
            (&raw.length, &mut ranking.length, 1.0),
        ];
        for (given, weight, most) in weights {
            let Some(given) = given else { continue };
            let value = *given.get_ref();
            if !(0.0..=most).contains(&value) {
                return Err((given.span(), CatalogFault::RankingWeight { value, most }));
            }
            *weight = value;
        }
        ranking.thesaurus = raw.thesaurus.unwrap_or(ranking.thesaurus);
        Ok(ranking)
    }
}
