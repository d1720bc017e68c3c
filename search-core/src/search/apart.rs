//! Words typed together that products write apart: "usbc" is also "usb c", "tshirt" "t shirt".

use super::lexicon::Lexicon;
use super::rewrite::Rewriter;
use super::slot::{Slot, Source};
use crate::analysis::TokenKind;
use crate::error::Result;
use crate::query::{Term, Word, sequence};

/// A word of so many letters that products have may be written apart too, if one letter stands
/// alone: "tshirt", "ebike", "usbc". Shorter ones are too often two units or sizes.
const WITH_ONE_LETTER: std::ops::RangeInclusive<usize> = 4..=8;
/// Most ways to write a word apart that are looked for.
const MAX_WAYS: usize = 3;

impl<L: Lexicon> Rewriter<'_, L> {
    /// Adds the ways to write the word apart of which products have both halves. Words that
    /// products have as they are get few tries, so that the usual query does not pay for this.
    pub(super) fn push_apart(&self, slot: &mut Slot<L::Terms>, word: &Word) -> Result<()> {
        let surface = word.surface.as_str();
        let length = surface.chars().count();
        let has_digits = surface.bytes().any(|byte| byte.is_ascii_digit());
        let is_known = slot.docs > 0;
        let anywhere = !is_known || has_digits;
        let is_tried = anywhere || WITH_ONE_LETTER.contains(&length);
        if word.kind == TokenKind::Number || !is_tried {
            return Ok(());
        }
        let first_part = word.parts.first().and_then(|parts| parts.first());
        let mut ways = 0;
        for (place, (at, _)) in surface.char_indices().enumerate().skip(1) {
            if !(anywhere || place == 1 || place + 1 == length) {
                continue;
            }
            let Some((left, right)) = surface.split_at_checked(at) else { continue };
            // "shoes" is no "shoe" with an s.
            let is_inflected = self.analyzer.any_stem(left, |stem| stem == word.term);
            let is_a_part = first_part.is_some_and(|part| part.term == left);
            let is_content = ![left, right].iter().all(|half| self.analyzer.is_stop_word(half));
            if is_inflected || is_a_part || !is_content {
                continue;
            }
            if !self.is_known_term(left)? || !self.is_known_term(right)? {
                continue;
            }
            for terms in self.analyzer.sequences(&[left, right]) {
                let terms = sequence(terms);
                // A word that is nowhere else may as well be misspelt: it is not if it is here.
                if is_known || self.has_sequence(&terms)? {
                    let weight = self.ranking.joined;
                    let docs = self.push_sequence(slot, Source::Joined, &terms, weight)?;
                    slot.meant = slot.meant.max(docs);
                }
            }
            ways += 1;
            if ways == MAX_WAYS {
                break;
            }
        }
        Ok(())
    }

    /// Whether some product has the terms in sequence.
    fn has_sequence(&self, terms: &[Term]) -> Result<bool> {
        let (terms, _, _) = self.sequence(terms)?;
        self.lexicon.has_sequence(&terms)
    }

    /// Whether some product may have the word, in the query's own language.
    fn is_known_term(&self, surface: &str) -> Result<bool> {
        Ok(self.lexicon.docs_with(&self.analyzer.stem(surface))? > 0)
    }
}
