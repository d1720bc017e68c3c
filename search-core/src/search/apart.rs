//! Words typed together that products write apart: "usbc" is also "usb c", "tshirt" "t shirt".

use super::rewrite::{Rewriter, Slot, Source};
use super::vocabulary::term_info;
use crate::analysis::TokenKind;
use crate::error::Result;
use crate::query::{Word, sequence};

/// A word of so few letters may be written apart anywhere, even if it is written together too.
const SHORT: usize = 4;
/// A word of so few letters may have one letter written apart: t-shirt, e-bike.
const MEDIUM: usize = 8;
/// Most ways to write a word apart that are looked for.
const MAX_WAYS: usize = 3;

impl Rewriter<'_> {
    /// Adds the ways to write the word apart of which products have both halves. Words that
    /// products have as they are get few tries, so that the usual query does not pay for this.
    pub(super) fn push_apart(&self, slot: &mut Slot, word: &Word, weight: f32) -> Result<()> {
        let surface = word.surface.as_str();
        let length = surface.chars().count();
        let has_digits = surface.bytes().any(|byte| byte.is_ascii_digit());
        let anywhere = slot.docs == 0 || has_digits || length <= SHORT;
        if word.kind == TokenKind::Number || (!anywhere && length > MEDIUM) {
            return Ok(());
        }
        let known = word.parts.first().and_then(|parts| parts.first());
        let mut ways = 0;
        for (place, (at, _)) in surface.char_indices().enumerate().skip(1) {
            if !(anywhere || place == 1 || place + 1 == length) {
                continue;
            }
            let Some((left, right)) = surface.split_at_checked(at) else { continue };
            // "shoes" is no "shoe" with an s.
            let is_inflected = self.analyzer.any_stem(left, |stem| stem == word.term);
            let is_known = known.is_some_and(|part| part.term == left);
            let is_content = ![left, right].iter().all(|half| self.analyzer.is_stop_word(half));
            if is_inflected || is_known || !is_content {
                continue;
            }
            if self.is_known_term(left)? && self.is_known_term(right)? {
                for terms in self.analyzer.sequences(&[left, right]) {
                    self.push_sequence(slot, Source::Joined, &sequence(terms), weight)?;
                }
                ways += 1;
            }
            if ways == MAX_WAYS {
                break;
            }
        }
        Ok(())
    }

    /// Whether some product may have the word, in the query's own language.
    fn is_known_term(&self, surface: &str) -> Result<bool> {
        let term = self.analyzer.stem(surface);
        for segment in &self.snapshot.segments {
            if term_info(&segment.words, &term)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
