//! Forms pronounceable words for the long tail of the vocabulary.
//!
//! Typos, prefixes and stems only cost what they cost in a natural language if words are related
//! as they are there: stems of common sounds, families of forms on one stem, short words in front.

use std::collections::HashSet;

use rand::{Rng, RngExt};

use crate::random::Zipf;

/// Sounds by how common they are; [`Zipf`] picks from the front more often.
const ONSETS: &str = "s c m p b t d r l h f n g w st pr v tr ch sh br cr k gr cl pl fl sp bl fr \
    j dr sc th sl str gl qu y wh sw sk z sn sm kn scr spr thr chr wr squ ph rh gn";
const NUCLEI: &str = "a e i o u ea o ou ai ee oo ar er or ie oa ur au ei y io oi ue ia eo";
const CODAS: &str = "n r l t s m d c nd p st ck ll nt ss g rd ng b k rt sh tt ch mp x v rn ff w \
    rk ld th pp nk lt rm z gh nn rs ct sk ft rl pt dge tch lf rch";
const PREFIXES: &str = "re un in con de dis ex com pre pro over mis inter sub out trans under";
const SUFFIXES: &str = "s ed ing er y ers ly al ion ic ness able ers ment ive ous ist ism ate \
    ity ions ful less ism ish en ian age ance ville ton son man";

const LENGTHS: std::ops::RangeInclusive<usize> = 3..=12;

#[derive(Debug)]
struct Sounds {
    parts: Vec<&'static str>,
    law: Zipf,
}

impl Sounds {
    fn new(parts: &'static str, exponent: f64) -> Self {
        let parts: Vec<_> = parts.split_whitespace().collect();
        let law = Zipf::new(parts.len(), exponent, 2.0);
        Self { parts, law }
    }

    fn pick(&self, rng: &mut impl Rng) -> &'static str {
        self.parts[self.law.sample(rng)]
    }
}

/// Forms words that have not been formed before.
#[derive(Debug)]
pub struct WordFormer {
    onsets: Sounds,
    nuclei: Sounds,
    codas: Sounds,
    prefixes: Sounds,
    suffixes: Sounds,
}

impl Default for WordFormer {
    fn default() -> Self {
        Self {
            onsets: Sounds::new(ONSETS, 0.9),
            nuclei: Sounds::new(NUCLEI, 1.0),
            codas: Sounds::new(CODAS, 0.9),
            prefixes: Sounds::new(PREFIXES, 0.7),
            suffixes: Sounds::new(SUFFIXES, 1.1),
        }
    }
}

impl WordFormer {
    /// `count` words that are not in `taken`, the more common (on the whole, the shorter) first.
    /// The words already taken get their families of forms too.
    pub fn form(&self, rng: &mut impl Rng, taken: &HashSet<String>, count: usize) -> Vec<String> {
        let mut seen = taken.clone();
        let mut words = Vec::with_capacity(count + 8);
        let mut known: Vec<_> = taken.iter().cloned().collect();
        known.sort_unstable();
        while words.len() < count {
            let stem = known.pop().unwrap_or_else(|| self.stem(rng));
            for form in self.family(rng, &stem) {
                if LENGTHS.contains(&form.len()) && seen.insert(form.clone()) {
                    words.push((form.len() as f64 * (0.4 + rng.random::<f64>()), form));
                }
            }
        }
        words.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        words.into_iter().map(|(_, word)| word).take(count).collect()
    }

    fn stem(&self, rng: &mut impl Rng) -> String {
        let syllables = 1 + usize::from(rng.random_bool(0.42)) + usize::from(rng.random_bool(0.12));
        let mut stem = String::new();
        if syllables < 3 && rng.random_bool(0.15) {
            stem.push_str(self.prefixes.pick(rng));
        }
        for syllable in 1..=syllables {
            if !(stem.is_empty() && rng.random_bool(0.12)) {
                stem.push_str(self.onsets.pick(rng));
            }
            stem.push_str(self.nuclei.pick(rng));
            // Inner syllables are mostly open.
            if rng.random_bool(if syllable == syllables { 0.85 } else { 0.3 }) {
                stem.push_str(self.codas.pick(rng));
            }
        }
        stem
    }

    /// The stem and some forms of it: most have few, some have many.
    fn family(&self, rng: &mut impl Rng, stem: &str) -> Vec<String> {
        let forms = (rng.random::<f64>().powi(2) * 7.0) as usize;
        let suffixes: Vec<_> = (0..forms).map(|_| self.suffixes.pick(rng)).collect();
        let root = stem.strip_suffix('e').unwrap_or(stem);
        let inflected = suffixes.into_iter().map(|suffix| match suffix.chars().next() {
            Some('e' | 'i' | 'a' | 'o' | 'y') => format!("{root}{suffix}"),
            _ => format!("{stem}{suffix}"),
        });
        std::iter::once(stem.to_owned()).chain(inflected).collect()
    }
}
