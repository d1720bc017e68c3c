//! The chain from text to tokens for one language.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::chain::{Atom, AtomKind, Chains, Glue};
use super::compounds::Dictionary;
use super::fold::{self, Folded};
use super::stem::Stemmer;
use super::stop_words;
use super::token::{MAX_TOKEN_BYTES, Token, TokenKind};
use crate::catalog::Language;

/// Most parts of a compound that is also indexed joined.
const MAX_JOINED_PARTS: usize = 8;
/// Most letters of a compound without digits that is also indexed joined: "t-shirt", "wi-fi".
const MAX_JOINED_LETTERS: usize = 12;
/// Fewest digits of a compound of numbers that is also indexed joined: not "1/2", not "3.5.1".
const MIN_JOINED_DIGITS: usize = 5;

/// Turns text into [`Token`]s by the rules of one language.
///
/// Cheap to clone, free of shared state; texts of any size and content are accepted, in time
/// linear in their length. Stop words are tokens like any other.
///
/// * Case, accents and width do not matter; `women's` is `womens`, `l'eau` is `l` + `eau`.
/// * Numbers have one spelling: `43,2` is `43.2`, `1,440` is `1440`, `1440 x 900` is `1440x900`
///   and its parts. After a number a unit has one spelling too: `17"`, `17-inch`, `17 in` are
///   `17` + `inch`, and `500GB` is `500gb` and its parts.
/// * Compounds are indexed in parts and joined ([`TokenKind::Joined`]): `USB-C`, `dv7-1211ea`.
/// * German words have one spelling: `Mueller` is indexed as `Müller` is.
/// * A dictionary of compounds adds their parts ([`TokenKind::Subword`]).
/// * Scripts without spaces give a token for each character.
#[derive(Clone)]
pub struct Analyzer {
    language: Language,
    stemmer: Stemmer,
    compounds: Option<Arc<Dictionary>>,
}

impl Analyzer {
    /// An analyzer for texts in `language`.
    pub fn new(language: Language) -> Analyzer {
        Analyzer { language, stemmer: Stemmer::new(language), compounds: None }
    }

    /// An analyzer that takes compounds of these words apart.
    pub fn with_compounds(language: Language, words: &[String]) -> Analyzer {
        let stemmer = Stemmer::new(language);
        Analyzer { language, stemmer, compounds: Some(Dictionary::new(words, &stemmer)) }
    }

    /// The tokens of `text`, in order of position.
    pub fn analyze(&self, text: &str) -> Vec<Token> {
        let mut tokens = Vec::new();
        self.analyze_into(text, &mut tokens);
        tokens
    }

    /// Appends the tokens of `text` to `out`; their positions start at 0.
    pub fn analyze_into(&self, text: &str, out: &mut Vec<Token>) {
        let folded = fold::fold(text);
        let mut chains = Chains::new(folded.text(), self.elides());
        let mut atoms = Vec::new();
        let mut emitter = Emitter { analyzer: self, folded: &folded, position: 0, out };
        while chains.next_into(&mut atoms) {
            emitter.chain(&atoms);
        }
    }

    /// Whether a query may leave the word out: articles, prepositions, conjunctions. The word is
    /// a [`Token::surface`].
    pub fn is_stop_word(&self, surface: &str) -> bool {
        stop_words::is_stop_word(self.language, &self.stemmer.spelling(surface))
    }

    /// The term of a [`Token::surface`].
    pub fn stem(&self, surface: &str) -> String {
        self.borrowed_stem(surface).into_owned()
    }

    pub(super) fn borrowed_stem<'s>(&self, surface: &'s str) -> Cow<'s, str> {
        self.stemmer.stem(surface)
    }

    /// Whether a noun phrase names the thing first and what it is for after it.
    pub(crate) fn names_things_first(&self) -> bool {
        self.language.names_things_first()
    }

    pub(super) fn elides(&self) -> bool {
        matches!(self.language, Language::French | Language::Italian)
    }

    /// The surface that a joined compound has when it is written as one word.
    fn written_as_one(&self, joined: String) -> String {
        if !joined.starts_with(|c: char| c.is_ascii_digit()) {
            return joined;
        }
        let mut atoms = Vec::new();
        Chains::new(&joined, self.elides()).next_into(&mut atoms);
        match shape(&atoms) {
            Shape::Word | Shape::Code => joined,
            Shape::Parts { joined: count } => text_of(atoms.get(..count).unwrap_or_default()),
        }
    }
}

impl fmt::Debug for Analyzer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Analyzer").field("language", &self.language).finish_non_exhaustive()
    }
}

/// What a run of atoms without signs between them is.
enum Shape {
    /// One atom.
    Word,
    /// Letters and digits that mean something only together.
    Code,
    /// Parts that are searched on their own; the first `joined` of them also as a whole.
    Parts { joined: usize },
}

fn shape(run: &[Atom<'_>]) -> Shape {
    use AtomKind::{Letters, Number, Times, Unit};
    match run {
        [_] => Shape::Word,
        [number, unit] if number.kind == Number && unit.kind == Unit => Shape::Parts { joined: 2 },
        // A name and its number: "iphone15" is "iphone 15", but "dv7" stays whole.
        [name, number]
            if name.kind == Letters
                && number.kind == Number
                && number.text.len() <= 3
                && name.text.chars().nth(3).is_some() =>
        {
            Shape::Parts { joined: 2 }
        }
        // "2in1" is "2 in 1".
        [first, within, last]
            if first.kind == Number && last.kind == Number && within.text == "in" =>
        {
            Shape::Parts { joined: 3 }
        }
        [number, times, .., last]
            if number.kind == Number
                && times.kind == Times
                && run.iter().all(|atom| atom.kind != Letters) =>
        {
            Shape::Parts { joined: run.len() - usize::from(last.kind == Unit) }
        }
        _ if run.iter().any(|atom| atom.kind == Number && atom.text.contains('.')) => {
            Shape::Parts { joined: run.len() }
        }
        _ => Shape::Code,
    }
}

fn text_of(run: &[Atom<'_>]) -> String {
    run.iter().map(|atom| atom.text.as_ref()).collect()
}

/// Writes the tokens of one text.
struct Emitter<'a> {
    analyzer: &'a Analyzer,
    folded: &'a Folded,
    position: u32,
    out: &'a mut Vec<Token>,
}

impl Emitter<'_> {
    fn chain(&mut self, atoms: &[Atom<'_>]) {
        if let [word] = atoms {
            return self.part(word);
        }
        if let Some(joined) = joined_compound(atoms) {
            let surface = self.analyzer.written_as_one(joined);
            self.token(TokenKind::Joined, surface, span_of(atoms));
        }
        for run in atoms.chunk_by(|_, next| next.glue == Glue::Nothing) {
            self.run(run);
        }
    }

    fn run(&mut self, run: &[Atom<'_>]) {
        match shape(run) {
            Shape::Word => run.iter().for_each(|atom| self.part(atom)),
            Shape::Code => {
                self.token(TokenKind::Code, text_of(run), span_of(run));
                self.position = self.position.saturating_add(1);
            }
            Shape::Parts { joined } => {
                let whole = run.get(..joined).unwrap_or_default();
                let surface = text_of(whole);
                if surface.len() <= MAX_TOKEN_BYTES {
                    self.token(TokenKind::Joined, surface, span_of(whole));
                }
                run.iter().for_each(|atom| self.part(atom));
            }
        }
    }

    fn part(&mut self, atom: &Atom<'_>) {
        let kind = match atom.kind {
            AtomKind::Number => TokenKind::Number,
            AtomKind::Letters | AtomKind::Times | AtomKind::Unit => TokenKind::Word,
        };
        self.token(kind, atom.text.as_ref().to_owned(), atom.span.clone());
        if atom.kind == AtomKind::Letters {
            self.subwords(atom);
        }
        self.position = self.position.saturating_add(1);
    }

    fn subwords(&mut self, atom: &Atom<'_>) {
        let Some(dictionary) = self.analyzer.compounds.as_deref() else { return };
        if atom.text.len() > MAX_TOKEN_BYTES {
            return;
        }
        let stemmer = &self.analyzer.stemmer;
        let word = stemmer.spelling(&atom.text);
        for part in dictionary.split(&word, stemmer) {
            // Where the spelling differs from the text, a part stands for the whole word.
            let span = match word.len() == atom.span.len() {
                true => atom.span.start + part.start..atom.span.start + part.end,
                false => atom.span.clone(),
            };
            let surface = word.get(part).unwrap_or_default().to_owned();
            self.token(TokenKind::Subword, surface, span);
        }
    }

    fn token(&mut self, kind: TokenKind, mut surface: String, span: Range<usize>) {
        if surface.len() > MAX_TOKEN_BYTES {
            surface.truncate(surface.floor_char_boundary(MAX_TOKEN_BYTES));
        }
        let term = self.analyzer.stem(&surface);
        let span = self.folded.source(span);
        self.out.push(Token { surface, term, position: self.position, span, kind });
    }
}

fn span_of(atoms: &[Atom<'_>]) -> Range<usize> {
    let start = atoms.first().map_or(0, |atom| atom.span.start);
    start..atoms.last().map_or(start, |atom| atom.span.end)
}

/// A compound with inner signs as one word, where shoppers write it so: with digits
/// ("dv7-1211ea"), or short ("usb-c", "t-shirt", "h&m", "l'oreal").
fn joined_compound(atoms: &[Atom<'_>]) -> Option<String> {
    let atoms = match atoms {
        [compound @ .., unit] if unit.glue == Glue::Apart => compound,
        whole => whole,
    };
    let signs = || {
        atoms.iter().filter_map(|atom| match atom.glue {
            Glue::Sign(sign) => Some(sign),
            Glue::Nothing | Glue::Apart => None,
        })
    };
    let parts = signs().take(MAX_JOINED_PARTS).count() + 1;
    if !(2..=MAX_JOINED_PARTS).contains(&parts) {
        return None;
    }
    let is_number = |atom: &Atom<'_>| atom.kind == AtomKind::Number;
    let joined: String = text_of(atoms).replace('.', "");
    let is_joined = if atoms.iter().all(is_number) {
        let is_decimal = atoms.iter().any(|atom| atom.text.contains('.'));
        joined.len() >= MIN_JOINED_DIGITS && !is_decimal && signs().all(|sign| sign != '.')
    } else if atoms.iter().any(is_number) {
        true
    } else {
        let letters = |atom: &Atom<'_>| atom.text.chars().count();
        joined.chars().count() <= MAX_JOINED_LETTERS
            && signs().all(|sign| match sign {
                '-' | '\'' => true,
                '&' => atoms.iter().any(|atom| letters(atom) <= 2),
                '.' => atoms.iter().all(|atom| letters(atom) == 1),
                _ => false,
            })
    };
    (is_joined && joined.len() <= MAX_TOKEN_BYTES).then_some(joined)
}
