//! Seven workloads, as JSON lines: what shoppers would ask of the catalogue.
//!
//! | | |
//! |---|---|
//! | W1 | 2–3 words |
//! | W2 | W1 with five facets |
//! | W3 | W2 within a price range and in stock |
//! | W4 | one typo in one word |
//! | W5 | as-you-type: every prefix of 1–3 words |
//! | W6 | browse a category by popularity, five facets, no words |
//! | W7 | 1–4 words, five facets, sorted; half of them filtered |

use std::io::{self, BufRead, Write};

use rand::RngExt;
use rand::seq::{IndexedRandom, SliceRandom};
use serde::{Deserialize, Serialize};

use crate::catalogue::{Catalogue, Product};
use crate::random::{SeededRng, Zipf, rng};
use crate::words::FUNCTION_WORDS;

pub const NAMES: [&str; 7] = ["W1", "W2", "W3", "W4", "W5", "W6", "W7"];
pub const QUERIES_PER_WORKLOAD: usize = 1_000;
/// Queries are made from this many products, whatever the size of the catalogue they are sent to.
pub const SOURCE_PRODUCTS: u64 = 100_000;

const FACETS: [&str; 5] = ["brand", "cat3", "color", "rating", "price_band"];
/// Beyond any product id, so that queries share no random stream with a product.
const STREAM: u64 = 1 << 48;

/// One line of a workload file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    #[serde(rename = "w")]
    pub workload: String,
    pub q: String,
    /// The words before the typo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orig: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facets: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
    /// A field, and `asc` or `desc`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<(String, String)>,
}

/// What must be true of a hit; all that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Lowest and highest, both included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<(f64, f64)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_stock: Option<bool>,
    /// A category field and its value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cat: Option<(String, String)>,
}

impl Query {
    fn new(workload: &str, q: String) -> Self {
        Self {
            workload: workload.to_owned(),
            q,
            orig: None,
            facets: vec![],
            filter: None,
            sort: None,
        }
    }

    fn faceted(self) -> Self {
        Self { facets: FACETS.map(str::to_owned).to_vec(), ..self }
    }
}

/// The queries of all seven workloads, in their order.
pub fn queries(catalogue: &Catalogue, seed: u64) -> Vec<Query> {
    let mut shopper = Shopper::new(catalogue, seed);
    let mut queries = Vec::with_capacity(NAMES.len() * QUERIES_PER_WORKLOAD);
    let words: Vec<_> = (0..QUERIES_PER_WORKLOAD).map(|_| shopper.words(2, 3).join(" ")).collect();

    queries.extend(words.iter().map(|q| Query::new("W1", q.clone())));
    queries.extend(words.iter().map(|q| Query::new("W2", q.clone()).faceted()));
    queries.extend(words.iter().map(|q| Query {
        filter: Some(shopper.filter()),
        ..Query::new("W3", q.clone()).faceted()
    }));
    queries.extend((0..QUERIES_PER_WORKLOAD).map(|_| shopper.misspelt()));
    queries.extend(shopper.typing());
    queries.extend((0..QUERIES_PER_WORKLOAD).map(|_| shopper.browsing()));
    queries.extend((0..QUERIES_PER_WORKLOAD).map(|_| shopper.sorting()));
    queries
}

pub fn write(queries: &[Query], mut out: impl Write) -> io::Result<()> {
    for query in queries {
        serde_json::to_writer(&mut out, query)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("cannot read line {line} of the queries")]
    Io { line: usize, source: io::Error },
    #[error("line {line} of the queries is not a query of a workload")]
    Json { line: usize, source: serde_json::Error },
}

/// Reads workload lines, ours or made elsewhere in the same shape.
pub fn read(input: impl BufRead) -> Result<Vec<Query>, ReadError> {
    (1..)
        .zip(input.lines())
        .map(|(line, text)| {
            let text = text.map_err(|source| ReadError::Io { line, source })?;
            serde_json::from_str(&text).map_err(|source| ReadError::Json { line, source })
        })
        .collect()
}

/// Thinks of a product, popular ones more often, and asks for it.
#[derive(Debug)]
struct Shopper<'a> {
    products: Vec<Product<'a>>,
    popularity: Zipf,
    prices: Vec<f64>,
    rng: SeededRng,
}

impl<'a> Shopper<'a> {
    fn new(catalogue: &'a Catalogue, seed: u64) -> Self {
        let products: Vec<_> = catalogue.products(SOURCE_PRODUCTS).collect();
        let popularity =
            Zipf::from_weights(products.iter().map(|p| f64::from(p.popularity.min(20_000))));
        let mut prices: Vec<_> = products.iter().map(|p| p.price).collect();
        prices.sort_by(f64::total_cmp);
        Self { products, popularity, prices, rng: rng(seed, STREAM) }
    }

    fn any_product(&mut self) -> &Product<'a> {
        let index = self.rng.random_range(0..self.products.len());
        &self.products[index]
    }

    fn wanted_product(&mut self) -> &Product<'a> {
        if self.rng.random_bool(0.7) {
            let index = self.popularity.sample(&mut self.rng);
            &self.products[index]
        } else {
            self.any_product()
        }
    }

    /// `min..=max` words of one product, the noun of its category last.
    fn words(&mut self, min: usize, max: usize) -> Vec<String> {
        let product = self.wanted_product();
        let title = product.title.to_lowercase();
        let description = product.description.clone();
        let noun = product.cat3.rsplit(' ').next().unwrap_or_default();
        let mut pool: Vec<String> = Vec::new();
        let (brand, rest) = title.split_once(' ').unwrap_or((&title, ""));
        for word in rest.split(' ').filter(|word| is_content(word)) {
            if !pool.iter().any(|known| known == word) {
                pool.push(word.to_owned());
            }
        }

        let rng = &mut self.rng;
        let wanted = rng.random_range(min..=max);
        let mut words = Vec::new();
        if rng.random_bool(0.15) {
            words.push(brand.to_owned());
        }
        if rng.random_bool(0.6) {
            words.push(noun.to_owned());
        }
        pool.shuffle(rng);
        for word in pool {
            if words.len() < wanted && !words.contains(&word) {
                words.push(word);
            }
        }
        words.truncate(wanted);
        if rng.random_bool(0.1) {
            let described: Vec<_> = description
                .trim_end_matches('.')
                .split(' ')
                .filter(|word| word.len() > 3 && is_content(word))
                .filter(|word| !words.iter().any(|known| known == word))
                .collect();
            if let (Some(last), Some(word)) = (words.last_mut(), described.choose(rng)) {
                *last = (*word).to_owned();
            }
        }
        words.sort_by_key(|word| word == noun);
        words
    }

    fn filter(&mut self) -> Filter {
        let from = self.rng.random::<f64>() * 0.6;
        let to = from + 0.2 + self.rng.random::<f64>() * 0.2;
        let price = |share: f64| {
            let rank = (share * self.prices.len() as f64) as usize;
            self.prices.get(rank).or(self.prices.last()).copied().unwrap_or_default()
        };
        Filter { price: Some((price(from), price(to))), in_stock: Some(true), cat: None }
    }

    fn misspelt(&mut self) -> Query {
        loop {
            let words = self.words(2, 3);
            let long: Vec<_> = (0..words.len()).filter(|&i| words[i].len() >= 5).collect();
            if let Some(&index) = long.choose(&mut self.rng) {
                let orig = Some(words.join(" "));
                let mut words = words;
                words[index] = typo(&mut self.rng, &words[index]);
                if orig.as_deref() != Some(words.join(" ").as_str()) {
                    return Query { orig, ..Query::new("W4", words.join(" ")) };
                }
            }
        }
    }

    /// Everything in the search box from the second letter to the last, one search after another.
    fn typing(&mut self) -> Vec<Query> {
        let mut queries = Vec::new();
        while queries.len() < QUERIES_PER_WORKLOAD {
            let text = self.words(1, 3).join(" ");
            let prefixes = (2..=text.len()).filter_map(|end| text.get(..end));
            queries.extend(
                prefixes
                    .filter(|prefix| !prefix.ends_with(' '))
                    .map(|prefix| Query::new("W5", prefix.to_owned())),
            );
        }
        queries.truncate(QUERIES_PER_WORKLOAD);
        queries
    }

    fn browsing(&mut self) -> Query {
        let level = self.rng.random_range(1..=3);
        let product = self.any_product();
        let value = match level {
            1 => product.cat1,
            2 => product.cat2,
            _ => product.cat3,
        };
        let cat = Some((format!("cat{level}"), value.to_owned()));
        Query {
            filter: Some(Filter { cat, ..Filter::default() }),
            sort: Some(("popularity".to_owned(), "desc".to_owned())),
            ..Query::new("W6", String::new()).faceted()
        }
    }

    fn sorting(&mut self) -> Query {
        const SORTS: [(&str, &str); 3] =
            [("price", "asc"), ("rating", "desc"), ("popularity", "desc")];
        let q = self.words(1, 4).join(" ");
        let (field, order) = SORTS[self.rng.random_range(0..SORTS.len())];
        let filter = if self.rng.random_bool(0.5) { Some(self.filter()) } else { None };
        let sort = Some((field.to_owned(), order.to_owned()));
        Query { filter, sort, ..Query::new("W7", q).faceted() }
    }
}

fn is_content(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_alphabetic()) && !FUNCTION_WORDS.contains(&word)
}

/// One edit after the first letter: a letter left out, added, replaced, or swapped with the next.
fn typo(rng: &mut SeededRng, word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let at = rng.random_range(1..letters.len());
    let letter = char::from(rng.random_range(b'a'..=b'z'));
    match rng.random_range(0..4) {
        0 => {
            letters.remove(at);
        }
        1 => letters.insert(at, letter),
        2 => letters[at] = letter,
        _ => {
            let at = at.min(letters.len() - 2);
            letters.swap(at, at + 1);
        }
    }
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether one insertion, deletion, replacement or swap of neighbours turns `a` into `b`.
    fn is_one_edit(a: &str, b: &str) -> bool {
        let (a, b): (Vec<_>, Vec<_>) = (a.chars().collect(), b.chars().collect());
        let start = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
        let (a, b) = (&a[start..], &b[start..]);
        match (a, b) {
            ([x, y, a @ ..], [v, w, b @ ..]) if (x, y) == (w, v) && a == b => true,
            ([_, a @ ..], [_, b @ ..]) if a == b => true,
            ([_, rest @ ..], _) if rest == b => true,
            (_, [_, rest @ ..]) => a == rest,
            _ => false,
        }
    }

    #[test]
    fn workloads_have_their_declared_shape() {
        let catalogue = Catalogue::new(7);
        let all = queries(&catalogue, 7);
        for name in NAMES {
            let count = all.iter().filter(|query| query.workload == name).count();
            assert_eq!(count, QUERIES_PER_WORKLOAD, "{name}");
        }
        for query in all.iter().filter(|query| query.workload == "W4") {
            let orig = query.orig.as_deref().unwrap();
            assert!(is_one_edit(orig, &query.q), "{orig} → {}", query.q);
        }
        for query in all.iter().filter(|query| query.workload == "W1") {
            assert!((2..=3).contains(&query.q.split(' ').count()), "{query:?}");
        }
        let filtered = all.iter().filter(|q| q.workload == "W7" && q.filter.is_some()).count();
        assert!((400..600).contains(&filtered), "{filtered}");

        let mut file = Vec::new();
        write(&all, &mut file).unwrap();
        assert_eq!(read(file.as_slice()).unwrap(), all);
        assert_eq!(all, queries(&catalogue, 7));
    }

    #[test]
    fn a_broken_line_is_named() {
        let error = read("{\"w\":\"W1\",\"q\":\"a\"}\n{\"w\":\"W1\"}\n".as_bytes()).unwrap_err();
        assert!(error.to_string().contains("line 2"), "{error}");
    }
}
