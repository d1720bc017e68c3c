//! A synthetic product catalogue: what a product looks like, and how often each value occurs.
//!
//! A product depends on the seed and its own id only, so a catalogue of 1,000,000 products begins
//! with the one of 100,000.

use std::collections::HashSet;
use std::io::{self, Write};

use rand::RngExt;
use rand::seq::IndexedRandom;
use serde::Serialize;

use crate::categories::{self, LEAVES, Leaf, TOPIC_BRANDS, TOPIC_WORDS};
use crate::random::{SeededRng, Zipf, normal, rng};
use crate::words::{COLORS, FUNCTION_WORDS, SIZES, Vocabulary};

const BRANDS: usize = 2_000;
const PRICE_BANDS: [(f64, &str); 7] = [
    (10.0, "0-10"),
    (25.0, "10-25"),
    (50.0, "25-50"),
    (100.0, "50-100"),
    (200.0, "100-200"),
    (500.0, "200-500"),
    (1000.0, "500-1000"),
];
const RATINGS: [f64; 5] = [0.05, 0.07, 0.15, 0.33, 0.40];

/// One line of the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Product<'a> {
    pub id: u64,
    pub title: String,
    pub description: String,
    pub brand: &'a str,
    pub cat1: &'a str,
    pub cat2: &'a str,
    pub cat3: &'a str,
    pub price: f64,
    pub price_band: &'a str,
    pub rating: u8,
    pub in_stock: bool,
    pub popularity: u32,
    pub color: &'a str,
    pub size: &'a str,
    pub created_at: u64,
}

/// Draws products.
#[derive(Debug)]
pub struct Catalogue {
    seed: u64,
    vocabulary: Vocabulary,
    brands: Vec<String>,
    leaves: Vec<Leaf>,
    laws: Laws,
}

/// How often each rank occurs.
#[derive(Debug)]
struct Laws {
    word: Zipf,
    topic_word: Zipf,
    brand: Zipf,
    topic_brand: Zipf,
    leaf: Zipf,
    color: Zipf,
    rating: Zipf,
}

impl Catalogue {
    pub fn new(seed: u64) -> Self {
        // Products are seeded by their ids, which begin at 1: 0 is free for what they share.
        let mut rng = rng(seed, 0);
        let vocabulary = Vocabulary::new(&mut rng);
        let laws = Laws {
            word: Zipf::new(vocabulary.words.len(), 1.0, 10.0),
            topic_word: Zipf::new(TOPIC_WORDS, 0.7, 2.7),
            brand: Zipf::new(BRANDS, 0.9, 2.7),
            topic_brand: Zipf::new(TOPIC_BRANDS, 0.8, 2.7),
            leaf: Zipf::new(LEAVES, 0.6, 2.7),
            color: Zipf::new(COLORS.len(), 0.8, 1.5),
            rating: Zipf::from_weights(RATINGS.into_iter()),
        };
        let brands = brands(&mut rng, &vocabulary);
        let leaves = categories::leaves(&mut rng, &vocabulary, &laws.word, &laws.brand);
        Self { seed, vocabulary, brands, leaves, laws }
    }

    /// The products with the ids `1..=count`.
    pub fn products(&self, count: u64) -> impl Iterator<Item = Product<'_>> {
        (1..=count).map(|id| self.product(id))
    }

    pub fn product(&self, id: u64) -> Product<'_> {
        let rng = &mut rng(self.seed, id);
        let leaf = &self.leaves[self.laws.leaf.sample(rng)];
        let brand = if rng.random_bool(0.7) {
            leaf.brands[self.laws.topic_brand.sample(rng)]
        } else {
            self.laws.brand.sample(rng)
        };
        let brand = self.brands[brand].as_str();
        let color = COLORS[self.laws.color.sample(rng)];
        let size = SIZES[rng.random_range(0..SIZES.len())];
        let price = (leaf.log_price + 0.7 * normal(rng)).exp();
        let price = ((price * 100.0).round() / 100.0).clamp(0.5, 9999.0);
        let price_band =
            PRICE_BANDS.iter().find(|(below, _)| price < *below).map_or("1000+", |(_, band)| band);
        Product {
            id,
            title: self.title(rng, leaf, brand, color, size),
            description: self.description(rng, leaf),
            brand,
            cat1: &leaf.cat1,
            cat2: &leaf.cat2,
            cat3: &leaf.cat3,
            price,
            price_band,
            rating: self.laws.rating.sample(rng) as u8 + 1,
            in_stock: rng.random_bool(0.85),
            // 1 / uniform: a few products get most of the attention.
            popularity: (3.0 / (1.0 - rng.random::<f64>())).min(1_000_000.0) as u32,
            color,
            size,
            created_at: rng.random_range(1_600_000_000..1_720_000_000),
        }
    }

    fn title(
        &self,
        rng: &mut SeededRng,
        leaf: &Leaf,
        brand: &str,
        color: &str,
        size: &str,
    ) -> String {
        let mut title = String::with_capacity(96);
        title.push_str(brand);
        push_title(&mut title, self.vocabulary.qualities.choose(rng).unwrap_or(&""));
        for _ in 0..rng.random_range(1..=3) {
            push_title(&mut title, self.topic_word(rng, leaf));
        }
        if rng.random_bool(0.3) {
            push_title(&mut title, self.word(rng));
        }
        push_title(&mut title, &leaf.name);
        if rng.random_bool(0.6) {
            push_title(&mut title, color);
        }
        if rng.random_bool(0.3) {
            push_title(&mut title, size);
        }
        if rng.random_bool(0.3) {
            let [a, b] = [(); 2].map(|()| char::from(rng.random_range(b'A'..=b'Z')));
            title.push_str(&format!(" {a}{b}{}", rng.random_range(100..9999)));
        }
        title
    }

    fn description(&self, rng: &mut SeededRng, leaf: &Leaf) -> String {
        let mut description = String::with_capacity(256);
        for _ in 0..rng.random_range(20..=40) {
            description.push_str(match rng.random::<f64>() {
                share if share < 0.45 => self.topic_word(rng, leaf),
                share if share < 0.82 => self.word(rng),
                _ => function_word(rng),
            });
            description.push(' ');
        }
        description.pop();
        description.push('.');
        description
    }

    fn word(&self, rng: &mut SeededRng) -> &str {
        &self.vocabulary.words[self.laws.word.sample(rng)]
    }

    fn topic_word(&self, rng: &mut SeededRng, leaf: &Leaf) -> &str {
        &self.vocabulary.words[leaf.words[self.laws.topic_word.sample(rng)]]
    }
}

/// Writes the first `count` products as JSON lines.
pub fn write(catalogue: &Catalogue, count: u64, mut out: impl Write) -> io::Result<()> {
    for product in catalogue.products(count) {
        serde_json::to_writer(&mut out, &product)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// The first function words are much more common than the last.
fn function_word(rng: &mut SeededRng) -> &'static str {
    let last = FUNCTION_WORDS.len() - 1;
    let rank = (0..last).find(|_| rng.random_bool(0.18)).unwrap_or(last);
    FUNCTION_WORDS[rank]
}

fn push_title(title: &mut String, words: &str) {
    for word in words.split(' ') {
        title.push(' ');
        title.push_str(&capitalized(word));
    }
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// Made-up names, none of them a word of the vocabulary.
fn brands(rng: &mut SeededRng, vocabulary: &Vocabulary) -> Vec<String> {
    const ENDINGS: [&str; 10] = ["", "", "n", "x", "r", "nor", "tech", "well", "field", "lux"];
    let mut seen: HashSet<String> = vocabulary.words.iter().cloned().collect();
    let mut brands = Vec::with_capacity(BRANDS);
    while brands.len() < BRANDS {
        let mut brand = String::new();
        for _ in 0..rng.random_range(2..=3) {
            brand.push(*b"bcdfghjklmnprstvwz".choose(rng).unwrap_or(&b'b') as char);
            brand.push(*b"aeio".choose(rng).unwrap_or(&b'a') as char);
        }
        brand.push_str(ENDINGS.choose(rng).unwrap_or(&""));
        if seen.insert(brand.clone()) {
            brands.push(capitalized(&brand));
        }
    }
    brands
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::categories::{AISLES, DEPARTMENTS};

    fn lines(seed: u64, count: u64) -> Vec<u8> {
        let mut out = Vec::new();
        write(&Catalogue::new(seed), count, &mut out).unwrap();
        out
    }

    #[test]
    fn a_seed_fixes_every_byte_and_a_longer_catalogue_begins_with_a_shorter() {
        let long = lines(7, 3_000);
        assert_eq!(long, lines(7, 3_000));
        assert_eq!(long[..lines(7, 1_000).len()], lines(7, 1_000));
        assert_ne!(long, lines(8, 3_000));
    }

    #[test]
    fn products_follow_the_declared_shares() {
        let catalogue = Catalogue::new(7);
        let products: Vec<_> = catalogue.products(20_000).collect();
        let share = |test: fn(&Product<'_>) -> bool| {
            products.iter().filter(|product| test(product)).count() as f64 / products.len() as f64
        };
        let distinct = |value: for<'p> fn(&Product<'p>) -> &'p str| {
            products.iter().map(value).collect::<HashSet<_>>().len()
        };
        assert!((share(|p| p.in_stock) - 0.85).abs() < 0.02);
        assert!((share(|p| p.rating == 5) - 0.40).abs() < 0.02);
        assert!((share(|p| p.popularity >= 300) - 0.01).abs() < 0.005);
        assert!(share(|p| (20..=40).contains(&p.description.split(' ').count())) == 1.0);
        assert!(distinct(|p| p.brand) > BRANDS * 9 / 10);
        assert_eq!(distinct(|p| p.cat1), DEPARTMENTS);
        assert_eq!(distinct(|p| p.cat2), AISLES);
        assert_eq!(distinct(|p| p.cat3), LEAVES);
        assert_eq!(distinct(|p| p.color), COLORS.len());
    }
}
