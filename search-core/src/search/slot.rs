//! A rewritten query: slots of parts, and what lifts products that match.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use tantivy::postings::TermInfo;

use super::bm25::Bm25;
use crate::cache::Weighed;
use crate::catalog::Language;
use crate::index::Segment;

/// A query against one snapshot.
#[derive(Debug, Default)]
pub(crate) struct Rewritten {
    /// All of them must match.
    pub slots: Vec<Slot>,
    /// Which slots are worth more side by side.
    pub pairs: Vec<Pair>,
    /// What lifts a product that matches.
    pub boosts: Vec<Part>,
    /// None of them may match.
    pub excluded: Vec<Terms>,
    /// What the answer marks in texts.
    pub marks: Marks,
}

/// One word (or phrase) of the query.
#[derive(Debug)]
pub(crate) struct Slot {
    /// As typed, folded; empty for phrases.
    pub surface: String,
    pub parts: Vec<Part>,
    /// The spelling that was searched instead.
    pub corrected: Option<String>,
    /// At most so many products match.
    pub docs: u64,
    /// Whether the word may be left out when nothing matches all.
    pub is_optional: bool,
    /// At most so many products have the word or what means the same.
    pub meant: u64,
    /// What a synonym is worth here: less where the word was corrected.
    pub trust: f32,
    /// The terms to mark in texts.
    pub marks: Vec<String>,
}

impl Slot {
    pub(crate) fn new(surface: &str, is_optional: bool) -> Self {
        Self {
            surface: surface.to_owned(),
            parts: Vec::new(),
            corrected: None,
            docs: 0,
            is_optional,
            meant: 0,
            trust: 1.0,
            marks: Vec::new(),
        }
    }

    /// What means the same is as informative, however rare one way to write it may be.
    pub(crate) fn level(&mut self, bm25: &Bm25) {
        if self.meant > 0 {
            let idf = bm25.idf(self.meant);
            let meant = self.parts.iter_mut().filter(|part| part.source.is_meant());
            meant.for_each(|part| part.idf = idf);
        }
    }

    /// How much the word says.
    pub(crate) fn idf(&self) -> f32 {
        self.parts.first().map_or(0.0, |part| part.idf)
    }
}

/// Postings that may stand for a word.
#[derive(Debug)]
pub(crate) struct Part {
    pub source: Source,
    /// What it stands for, for people.
    pub label: String,
    pub weight: f32,
    pub idf: f32,
    pub terms: Terms,
}

/// Two words that follow each other in the query.
#[derive(Debug)]
pub(crate) struct Pair {
    /// The place of the first one's slot; the other's is the next.
    pub first: usize,
    /// How many positions the first one takes.
    pub length: u32,
    /// Weight times idf.
    pub factor: f32,
}

/// Why a part is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Exact,
    Prefix,
    Synonym,
    Joined,
    Code,
    OneEdit,
    TwoEdits,
    Phrase,
    /// The query names what the product is.
    Kind,
}

impl Source {
    /// Whether it is the word in another form or spelling.
    fn is_meant(self) -> bool {
        match self {
            Self::Exact | Self::Synonym | Self::Joined | Self::OneEdit | Self::TwoEdits => true,
            Self::Prefix | Self::Code | Self::Phrase | Self::Kind => false,
        }
    }
}

/// Which of a segment's inverted indexes terms are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Index {
    Words,
    Surface,
    Ngrams,
}

impl Index {
    pub(crate) fn of(self, segment: &Segment) -> &tantivy::InvertedIndexReader {
        match self {
            Self::Words => &segment.words,
            Self::Surface => &segment.surface,
            Self::Ngrams => &segment.ngrams,
        }
    }
}

/// Terms looked up in every segment of the snapshot.
#[derive(Debug)]
pub(crate) enum Terms {
    /// Products with any of them.
    Union { index: Index, segments: Vec<Vec<TermInfo>> },
    /// Products with any that begins so.
    Range { prefix: Arc<Prefix>, segments: Vec<Arc<TermRange>> },
    /// Products with all of them at these offsets from each other; empty where one is missing.
    Phrase { index: Index, segments: Vec<Vec<(u32, TermInfo)>> },
}

/// The beginning of words other than the word itself.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Prefix {
    pub index: Index,
    pub text: String,
    /// The term of the word.
    pub word: String,
    /// By whose rules words have their terms; the catalogue's when absent.
    pub language: Option<Language>,
}

/// The terms of one segment that begin with a prefix.
#[derive(Debug, Default)]
pub(crate) struct TermRange {
    pub terms: Vec<TermInfo>,
    /// At most so many products have one of them.
    pub docs: u64,
}

impl Weighed for TermRange {
    fn bytes(&self) -> usize {
        self.terms.len() * size_of::<TermInfo>()
    }
}

/// The words of texts that a query matched.
#[derive(Debug, Default, Clone)]
pub(crate) struct Marks {
    pub terms: FxHashSet<String>,
    pub prefixes: Vec<String>,
}
