//! A rewritten query: slots of parts, and what lifts products that match.

use rustc_hash::FxHashSet;

/// A query as one backend looks for it; `T` is how that finds the products with certain terms.
#[derive(Debug)]
pub struct Rewritten<T> {
    /// All of them must match.
    pub slots: Vec<Slot<T>>,
    /// Which slots are worth more side by side.
    pub pairs: Vec<Pair>,
    /// What lifts a product that matches.
    pub boosts: Vec<Part<T>>,
    /// None of them may match.
    pub excluded: Vec<T>,
    /// What the answer marks in texts.
    pub marks: Marks,
}

impl<T> Default for Rewritten<T> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            pairs: Vec::new(),
            boosts: Vec::new(),
            excluded: Vec::new(),
            marks: Marks::default(),
        }
    }
}

impl<T> Rewritten<T> {
    /// How many products have each word, at most.
    pub fn docs_of_words(&self) -> Vec<u64> {
        let words = self.slots.iter().filter(|slot| slot.is_optional);
        words.map(|slot| slot.docs).collect()
    }

    /// The query with the spelling that was searched, if that is another than the typed one.
    pub fn corrected(&self) -> Option<String> {
        let is_corrected = self.slots.iter().any(|slot| slot.corrected.is_some());
        is_corrected.then(|| {
            let words = self.slots.iter().filter(|slot| slot.is_optional);
            let words = words.map(|slot| slot.corrected.as_deref().unwrap_or(&slot.surface));
            words.collect::<Vec<_>>().join(" ")
        })
    }
}

/// One word (or phrase) of the query.
#[derive(Debug)]
pub struct Slot<T> {
    /// As typed, folded; empty for phrases.
    pub surface: String,
    /// What may stand for it, the best first.
    pub parts: Vec<Part<T>>,
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

impl<T> Slot<T> {
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
    pub(crate) fn level(&mut self, idf: impl FnOnce(u64) -> f32) {
        if self.meant > 0 {
            let idf = idf(self.meant);
            let meant = self.parts.iter_mut().filter(|part| part.source.is_meant());
            meant.for_each(|part| part.idf = idf);
        }
    }

    /// How much the word says.
    pub fn idf(&self) -> f32 {
        self.parts.first().map_or(0.0, |part| part.idf)
    }
}

/// Terms that may stand for a word.
#[derive(Debug)]
pub struct Part<T> {
    /// Why it is there.
    pub source: Source,
    /// What it stands for, for people.
    pub label: String,
    /// What it is worth beside the exact word, which is 1.
    pub weight: f32,
    /// How much it says.
    pub idf: f32,
    /// How to find the products with it.
    pub terms: T,
}

/// Two words that follow each other in the query.
#[derive(Debug)]
pub struct Pair {
    /// The place of the first one's slot; the other's is the next.
    pub first: usize,
    /// How many positions the first one takes.
    pub length: u32,
    /// Weight times idf.
    pub factor: f32,
}

/// Why a part is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The word itself.
    Exact,
    /// A longer word that begins with it.
    Prefix,
    /// What means the same.
    Synonym,
    /// Written together or apart.
    Joined,
    /// A code that contains it.
    Code,
    /// A word one typing error away.
    OneEdit,
    /// A word two typing errors away.
    TwoEdits,
    /// A quoted phrase.
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

/// The words of texts that a query matched.
#[derive(Debug, Default, Clone)]
pub struct Marks {
    /// Terms that were searched.
    pub terms: FxHashSet<String>,
    /// Beginnings of words that were searched.
    pub prefixes: Vec<String>,
}
