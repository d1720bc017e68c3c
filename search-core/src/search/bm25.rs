//! BM25 over weighted, concatenated fields.
//!
//! Robertson, Zaragoza and Taylor, "Simple BM25 extension to multiple weighted fields" (CIKM
//! 2004): term frequencies of all fields are added, each multiplied by its field's weight, before
//! they saturate. The index holds the weighted frequencies (a word of a field of weight 4 counts
//! four times) and the weighted length.

use tantivy::fieldnorm::FieldNormReader;

use crate::index::Snapshot;

/// The part of the formula that depends on the corpus only.
#[derive(Debug)]
pub(crate) struct Bm25 {
    docs: f32,
    k1: f32,
    /// What lengths do to frequencies, by the one-byte code of the length.
    lengths: Box<[f32; 256]>,
}

impl Bm25 {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        let ranking = snapshot.generation.catalog.ranking();
        let (k1, b) = (ranking.saturation, ranking.length);
        let docs = snapshot.stats.docs as f32;
        let average = (snapshot.stats.tokens as f32 / docs.max(1.0)).max(1.0);
        let mut lengths = Box::new([0.0; 256]);
        for (code, factor) in (0..=u8::MAX).zip(lengths.iter_mut()) {
            let length = FieldNormReader::id_to_fieldnorm(code) as f32;
            let norm = 1.0 - b + b * length / average;
            *factor = k1 * snapshot.generation.mapping.analyzer.unit * norm;
        }
        Self { docs, k1, lengths }
    }

    /// That of a small corpus.
    #[cfg(test)]
    pub(crate) fn example() -> Self {
        Self { docs: 100.0, k1: 1.2, lengths: Box::new([1.5; 256]) }
    }

    /// `ln(1 + (N - df + 0.5) / (df + 0.5))`, as Lucene has it: never negative.
    pub(crate) fn idf(&self, doc_freq: u64) -> f32 {
        let df = (doc_freq as f32).min(self.docs);
        (1.0 + (self.docs - df + 0.5) / (df + 0.5)).ln()
    }

    /// What a length does to frequencies: `k1 * (1 - b + b * length / average length)`, in
    /// occurrences as the index counts them.
    #[inline]
    pub(crate) fn length(&self, code: u8) -> f32 {
        self.lengths[usize::from(code)]
    }

    /// The saturated frequency: `tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / average))`.
    #[inline]
    pub(crate) fn saturated(&self, term_freq: f32, length: f32) -> f32 {
        term_freq * (self.k1 + 1.0) / (term_freq + length).max(f32::MIN_POSITIVE)
    }
}
