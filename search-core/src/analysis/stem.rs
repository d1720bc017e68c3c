//! Words to stems, by language.
//!
//! The stemmers are Snowball's, run on folded words, so that a word meets itself with and without
//! its accents; endings that differ only in an accent are then told apart less well. English is
//! treated gently: Snowball's result is taken where only an ending of inflection goes (s, es, ed,
//! ing, y → i); where it would cut a word back to another one (organizer → organ, business →
//! busi, generator → generat) only the plural is removed.

use std::borrow::Cow;

use frostem::Algorithm;

use crate::catalog::Language;

/// Shorter words are their own stems.
const MIN_CHARS: usize = 4;

/// English plurals that no rule gives, and words that look like plurals.
const ENGLISH_IRREGULAR: &[(&str, &str)] = &[
    ("canvas", "canvas"),
    ("canvases", "canvas"),
    ("children", "child"),
    ("childrens", "child"),
    ("feet", "foot"),
    ("halves", "half"),
    ("knives", "knife"),
    ("leaves", "leaf"),
    ("lens", "lens"),
    ("lenses", "lens"),
    ("loaves", "loaf"),
    ("mens", "men"),
    ("mice", "mouse"),
    ("scarves", "scarf"),
    ("shelves", "shelf"),
    ("teeth", "tooth"),
    ("wolves", "wolf"),
    ("women", "woman"),
    ("womens", "woman"),
];

/// The stemmer of one language.
#[derive(Clone, Copy)]
pub(super) struct Stemmer {
    language: Language,
    snowball: frostem::Stemmer,
}

impl Stemmer {
    pub(super) fn new(language: Language) -> Stemmer {
        Stemmer { language, snowball: frostem::Stemmer::new(algorithm(language)) }
    }

    /// The one spelling of a folded word that has several: German ä, ö, ü are also written ae, oe,
    /// ue, and folded as a, o, u.
    pub(super) fn spelling<'w>(&self, word: &'w str) -> Cow<'w, str> {
        match self.language {
            Language::German => without_digraphs(word),
            _ => Cow::Borrowed(word),
        }
    }

    /// The stem of a folded word; of anything with a digit the word itself.
    pub(super) fn stem<'w>(&self, word: &'w str) -> Cow<'w, str> {
        match self.spelling(word) {
            Cow::Borrowed(word) => self.stem_spelled(word),
            Cow::Owned(word) => Cow::Owned(self.stem_spelled(&word).into_owned()),
        }
    }

    fn stem_spelled<'w>(&self, word: &'w str) -> Cow<'w, str> {
        let is_short = word.chars().nth(MIN_CHARS - 1).is_none();
        if is_short || word.bytes().any(|byte| byte.is_ascii_digit()) {
            return Cow::Borrowed(word);
        }
        match self.language {
            Language::English => self.english(word),
            Language::French => without_final_e(self.snowball.stem(word)),
            _ => self.snowball.stem(word),
        }
    }

    fn english<'w>(&self, word: &'w str) -> Cow<'w, str> {
        let irregular = ENGLISH_IRREGULAR.binary_search_by_key(&word, |(plural, _)| plural);
        if let Some((_, stem)) = irregular.ok().and_then(|index| ENGLISH_IRREGULAR.get(index)) {
            return Cow::Borrowed(stem);
        }
        // No ending of inflection ends otherwise; half of the words need no Snowball.
        if !word.ends_with(['e', 's', 'd', 'g', 'y']) {
            return Cow::Borrowed(word);
        }
        let stem = self.snowball.stem(word);
        if is_inflection(word, &stem) { stem } else { without_plural(word) }
    }
}

/// German "ae", "oe" and "ue" as a, o and u; in "neu", "Steuer" and "Quelle" the e is no sign of
/// an umlaut.
fn without_digraphs(word: &str) -> Cow<'_, str> {
    if !["ae", "oe", "ue"].iter().any(|digraph| word.contains(digraph)) {
        return Cow::Borrowed(word);
    }
    let mut spelled = String::with_capacity(word.len());
    let mut before = None;
    for c in word.chars() {
        let is_mark = c == 'e'
            && match spelled.chars().last() {
                Some('a' | 'o') => true,
                Some('u') => !matches!(before, Some('a' | 'e' | 'i' | 'o' | 'u' | 'q')),
                _ => false,
            };
        if !is_mark {
            before = spelled.chars().last();
            spelled.push(c);
        }
    }
    Cow::Owned(spelled)
}

/// Whether only an English ending of inflection lies between a word and its stem.
fn is_inflection(word: &str, stem: &str) -> bool {
    let common = word.bytes().zip(stem.bytes()).take_while(|(a, b)| a == b).count();
    let (Some(ending), Some(replaced)) = (word.get(common..), stem.get(common..)) else {
        return false;
    };
    // The consonant that is doubled before the ending: run, running.
    let ending = match stem.chars().last() {
        Some(last) if replaced.is_empty() => match ending.strip_prefix(last) {
            Some(rest) if rest.starts_with("ing") || rest == "ed" => rest,
            _ => ending,
        },
        _ => ending,
    };
    match replaced {
        "" => matches!(ending, "" | "e" | "s" | "es" | "ed" | "ing" | "ings"),
        "i" => ending == "y",
        "e" => matches!(ending, "ing" | "ings"),
        _ => false,
    }
}

/// An English word without the ending of a plural, y and ie spelt i as Snowball spells them.
fn without_plural(word: &str) -> Cow<'_, str> {
    let keeps_s = ["ss", "us", "is"].iter().any(|ending| word.ends_with(ending));
    let es = ["sses", "shes", "ches", "xes", "zzes"].iter().any(|ending| word.ends_with(ending));
    let singular = match word {
        _ if keeps_s => word,
        _ if es => word.strip_suffix("es").unwrap_or(word),
        _ => word.strip_suffix('s').unwrap_or(word),
    };
    let stem = singular.strip_suffix("ie").or_else(|| singular.strip_suffix('y'));
    match stem {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => Cow::Owned(format!("{stem}i")),
        _ => Cow::Borrowed(singular),
    }
}

/// The é of a participle is an e once folded: rechargée, rechargé and recharge share a stem.
fn without_final_e(stem: Cow<'_, str>) -> Cow<'_, str> {
    match stem.strip_suffix('e') {
        Some(shorter) if shorter.chars().count() >= MIN_CHARS => Cow::Owned(shorter.to_owned()),
        _ => stem,
    }
}

fn algorithm(language: Language) -> Algorithm {
    match language {
        Language::Arabic => Algorithm::Arabic,
        Language::Danish => Algorithm::Danish,
        Language::Dutch => Algorithm::Dutch,
        Language::English => Algorithm::English,
        Language::Finnish => Algorithm::Finnish,
        Language::French => Algorithm::French,
        Language::German => Algorithm::German,
        Language::Greek => Algorithm::Greek,
        Language::Hungarian => Algorithm::Hungarian,
        Language::Italian => Algorithm::Italian,
        Language::Norwegian => Algorithm::Norwegian,
        Language::Portuguese => Algorithm::Portuguese,
        Language::Romanian => Algorithm::Romanian,
        Language::Russian => Algorithm::Russian,
        Language::Spanish => Algorithm::Spanish,
        Language::Swedish => Algorithm::Swedish,
        Language::Tamil => Algorithm::Tamil,
        Language::Turkish => Algorithm::Turkish,
    }
}
