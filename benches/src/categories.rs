//! The category tree: departments, aisles and leaves, and what the products of a leaf share.

use std::collections::HashSet;

use rand::RngExt;
use rand::seq::{IndexedRandom, SliceRandom};

use crate::random::{SeededRng, Zipf, normal};
use crate::words::Vocabulary;

pub(crate) const DEPARTMENTS: usize = 20;
pub(crate) const AISLES: usize = 120;
pub(crate) const LEAVES: usize = 600;
pub(crate) const TOPIC_WORDS: usize = 80;
pub(crate) const TOPIC_BRANDS: usize = 60;

/// A leaf category: what its products are called, which words and brands they share, what they cost.
#[derive(Debug)]
pub(crate) struct Leaf {
    pub(crate) cat1: String,
    pub(crate) cat2: String,
    pub(crate) cat3: String,
    pub(crate) name: String,
    pub(crate) words: Vec<usize>,
    pub(crate) brands: Vec<usize>,
    pub(crate) log_price: f64,
}

pub(crate) fn leaves(
    rng: &mut SeededRng,
    vocabulary: &Vocabulary,
    words: &Zipf,
    brands: &Zipf,
) -> Vec<Leaf> {
    let mut names = CategoryNames::new(rng, vocabulary);
    let [departments, aisles, leaves] =
        [DEPARTMENTS, AISLES, LEAVES].map(|count| names.take(rng, count));
    let mut leaves: Vec<Leaf> = leaves
        .into_iter()
        .enumerate()
        .map(|(i, name)| {
            let cat1 = departments[i * DEPARTMENTS / LEAVES].clone();
            let cat2 = format!("{cat1} > {}", aisles[i * AISLES / LEAVES]);
            Leaf {
                cat3: format!("{cat2} > {name}"),
                cat2,
                cat1,
                name,
                words: (0..TOPIC_WORDS).map(|_| words.sample(rng)).collect(),
                brands: (0..TOPIC_BRANDS).map(|_| brands.sample(rng)).collect(),
                log_price: 3.5 + 0.8 * normal(rng),
            }
        })
        .collect();
    // The law of leaves goes by position: shuffled, large leaves are spread over all departments.
    leaves.shuffle(rng);
    leaves
}

/// Distinct names of categories: up to two words before a noun.
#[derive(Debug)]
struct CategoryNames<'a> {
    vocabulary: &'a Vocabulary,
    nouns: Vec<&'static str>,
    common_noun: Zipf,
    used: HashSet<String>,
}

impl<'a> CategoryNames<'a> {
    fn new(rng: &mut SeededRng, vocabulary: &'a Vocabulary) -> Self {
        let mut nouns = vocabulary.nouns.clone();
        nouns.shuffle(rng);
        let common_noun = Zipf::new(nouns.len(), 1.0, 2.7);
        Self { vocabulary, nouns, common_noun, used: HashSet::new() }
    }

    fn take(&mut self, rng: &mut SeededRng, count: usize) -> Vec<String> {
        let mut names = Vec::with_capacity(count);
        while names.len() < count {
            let name = self.name(rng, names.len());
            if self.used.insert(name.clone()) {
                names.push(name);
            }
        }
        names
    }

    /// Every noun gets its turn; in between, the most common ones come again.
    fn name(&self, rng: &mut SeededRng, turn: usize) -> String {
        let qualifiers = Zipf::from_weights([0.15, 0.47, 0.38].into_iter()).sample(rng);
        let noun = if rng.random_bool(0.35) {
            self.common_noun.sample(rng)
        } else {
            turn % self.nouns.len()
        };
        let mut words: Vec<&str> = (0..qualifiers).map(|_| self.qualifier(rng)).collect();
        words.retain(|&word| word != self.nouns[noun]);
        words.dedup();
        words.push(self.nouns[noun]);
        words.join(" ")
    }

    /// Mostly a known qualifier, sometimes a word of the trade.
    fn qualifier(&self, rng: &mut SeededRng) -> &'a str {
        if rng.random_bool(0.6) {
            self.vocabulary.qualifiers.choose(rng).copied().unwrap_or_default()
        } else {
            &self.vocabulary.words[rng.random_range(0..self.vocabulary.words.len() / 8)]
        }
    }
}
