//! Compounds taken apart by a dictionary: "kühlschranktür" is a "kühlschrank" and a "tür".

use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::fold;
use super::stem::Stemmer;

/// Fewest letters of a part.
const MIN_PART_CHARS: usize = 3;
/// What may stand between two parts: Arbeit-s-hose, Tasche-n-lampe, Kind-er-wagen.
const LINKS: [&str; 7] = ["", "s", "n", "e", "es", "en", "er"];

/// The words of which the compounds of a language are made.
#[derive(Debug)]
pub(super) struct Dictionary {
    words: FxHashSet<String>,
    /// The last part of a compound is inflected: Schranktür, Schranktüren.
    stems: FxHashSet<String>,
}

impl Dictionary {
    pub(super) fn new(words: &[String], stemmer: &Stemmer) -> Arc<Dictionary> {
        let words: FxHashSet<String> = words
            .iter()
            .map(|word| stemmer.spelling(&fold::fold(word).into_text()).into_owned())
            .filter(|word| word.chars().nth(MIN_PART_CHARS - 1).is_some())
            .collect();
        let stems = words.iter().map(|word| stemmer.stem(word).into_owned()).collect();
        Arc::new(Dictionary { words, stems })
    }

    /// The parts of a folded word, in order; none where it is no compound of known words, or is
    /// known itself. The fewest parts win, then the longest first ones.
    ///
    /// Quadratic in the length of the word, which is that of a token.
    pub(super) fn split(&self, word: &str, stemmer: &Stemmer) -> Vec<Range<usize>> {
        let length = word.chars().count();
        if length < 2 * MIN_PART_CHARS || self.words.contains(word) {
            return Vec::new();
        }
        let starts: Vec<usize> = word.char_indices().map(|(at, _)| at).collect();
        // From the end: the fewest parts of what begins here, and the end of the first of them.
        let mut best: Vec<Option<Step>> = vec![None; word.len() + 1];
        for (place, &start) in starts.iter().enumerate().rev() {
            let Some(rest) = word.get(start..) else { continue };
            if place + MIN_PART_CHARS > length {
                continue;
            }
            let is_last = self.words.contains(rest) || self.stems.contains(&*stemmer.stem(rest));
            let mut found = is_last.then_some(Step { parts: 1, end: word.len(), next: word.len() });
            for &end in starts.iter().skip(place + MIN_PART_CHARS).rev() {
                if !word.get(start..end).is_some_and(|part| self.words.contains(part)) {
                    continue;
                }
                for link in LINKS {
                    let next = end + link.len();
                    if !word.get(end..).is_some_and(|rest| rest.starts_with(link)) {
                        continue;
                    }
                    let Some(Some(step)) = best.get(next) else { continue };
                    let parts = step.parts + 1;
                    if found.as_ref().is_none_or(|found| parts < found.parts) {
                        found = Some(Step { parts, end, next });
                    }
                }
            }
            if let Some(slot) = best.get_mut(start) {
                *slot = found;
            }
        }
        let mut parts = Vec::new();
        let mut at = 0;
        while let Some(Some(step)) = best.get(at) {
            parts.push(at..step.end);
            at = step.next;
        }
        // One part is the word itself, inflected.
        if parts.len() > 1 { parts } else { Vec::new() }
    }
}

/// One way to go on in a word.
#[derive(Debug, Clone)]
struct Step {
    parts: usize,
    /// Where the part ends.
    end: usize,
    /// Where the next one begins.
    next: usize,
}
