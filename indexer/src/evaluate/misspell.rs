//! Typos as people make them: one random edit in one word, the same for the same seed.

use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::{IndexedRandom, IteratorRandom};
use rand::{Rng, RngExt, SeedableRng};

/// Shorter words are left alone: an edit makes another word of them.
const MIN_LETTERS: usize = 4;
/// Spreads neighbouring seeds over all generators (2^64 divided by the golden ratio).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The query with one letter deleted, inserted or replaced, or two neighbours swapped, in one of
/// its words of four letters or more; `None` when it has no such word. Words with anything but
/// letters in them are left alone. `place` is the query's place in its file.
pub(super) fn misspell(text: &str, seed: u64, place: usize) -> Option<String> {
    let seed = (seed ^ (place as u64).wrapping_mul(SPREAD)).wrapping_mul(SPREAD);
    // A generator whose values are fixed by its definition, where `StdRng` may change.
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let chosen = words.iter_mut().filter(|word| is_long_word(word)).choose(&mut rng)?;
    *chosen = edit(chosen, &mut rng)?;
    Some(words.join(" "))
}

fn is_long_word(word: &str) -> bool {
    word.chars().all(char::is_alphabetic) && word.chars().count() >= MIN_LETTERS
}

fn edit(word: &str, rng: &mut impl Rng) -> Option<String> {
    let mut letters: Vec<char> = word.chars().collect();
    let place = rng.random_range(0..letters.len());
    match rng.random_range(0..4) {
        0 => {
            letters.remove(place);
        }
        1 => {
            let letter = ('a'..='z').choose(rng)?;
            letters.insert(rng.random_range(0..=letters.len()), letter);
        }
        2 => replace(&mut letters, place, rng)?,
        _ => match unequal_neighbours(&letters).choose(rng) {
            Some(&left) => letters.swap(left, left + 1),
            None => replace(&mut letters, place, rng)?,
        },
    }
    Some(letters.into_iter().collect())
}

fn replace(letters: &mut [char], place: usize, rng: &mut impl Rng) -> Option<()> {
    let letter = letters.get_mut(place)?;
    *letter = ('a'..='z').filter(|other| !other.eq_ignore_ascii_case(letter)).choose(rng)?;
    Some(())
}

/// The left places of the pairs that differ by more than case.
fn unequal_neighbours(letters: &[char]) -> Vec<usize> {
    let pairs = letters.iter().zip(letters.iter().skip(1)).enumerate();
    pairs
        .filter(|(_, (left, right))| !left.to_lowercase().eq(right.to_lowercase()))
        .map(|(place, _)| place)
        .collect()
}
