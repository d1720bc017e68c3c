//! Folded text to chains: letters and numbers that stand together, "dv7-1211ea" or "17 inches".

use std::borrow::Cow;
use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use super::measure::{self, FOOT, INCH};

/// Signs that hold the parts of a compound together.
const INNER_SIGNS: [char; 7] = ['-', '/', '.', '_', '+', '&', '\''];

/// What French and Italian write before an apostrophe, however short the word after it is: d'or.
const ELIDED: [&str; 12] = ["l", "d", "j", "m", "n", "s", "t", "c", "qu", "un", "dell", "all"];

/// An unbroken run of letters, a number, or a unit.
#[derive(Debug)]
pub(super) struct Atom<'t> {
    pub(super) kind: AtomKind,
    /// The canonical text: numbers with a decimal point, units by their short name.
    pub(super) text: Cow<'t, str>,
    /// Its bytes in the folded text.
    pub(super) span: Range<usize>,
    /// What stands between it and the atom before it.
    pub(super) glue: Glue,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AtomKind {
    Letters,
    Number,
    /// The x between two numbers.
    Times,
    /// A unit after a number.
    Unit,
}

/// What stands between two atoms of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Glue {
    /// Nothing: the two are written as one word.
    Nothing,
    /// One of the inner signs.
    Sign(char),
    /// A space, or the unit is a quote mark.
    Apart,
}

/// Reads a folded text chain by chain. Linear in its length.
#[derive(Debug)]
pub(super) struct Chains<'t> {
    text: &'t str,
    at: usize,
    /// The language writes short words before an apostrophe (l'eau, dell'arte).
    elides: bool,
    /// Inside quotation marks, where a mark after a number is not an inch.
    in_quotes: bool,
}

impl<'t> Chains<'t> {
    pub(super) fn new(text: &'t str, elides: bool) -> Chains<'t> {
        Chains { text, at: 0, elides, in_quotes: false }
    }

    /// Puts the atoms of the next chain in place of those in `atoms`; false at the end.
    pub(super) fn next_into(&mut self, atoms: &mut Vec<Atom<'t>>) -> bool {
        atoms.clear();
        let Some(first) = self.skip_to_word() else {
            return false;
        };
        if stands_alone(first) {
            let length = first.len_utf8();
            let marks = self.rest_from(length).chars().take_while(|c| is_combining_mark(*c));
            let length = length + marks.map(char::len_utf8).sum::<usize>();
            self.push(atoms, AtomKind::Letters, Glue::Nothing, length);
            return true;
        }
        let mut glue = Glue::Nothing;
        let mut starts_run = true;
        loop {
            let is_number = self.peek().is_some_and(|c| c.is_ascii_digit());
            if is_number {
                self.number(atoms, glue);
                if starts_run && !self.after_number(atoms) {
                    return true;
                }
            } else {
                self.letters(atoms, glue);
            }
            (glue, starts_run) = match (self.peek(), self.peek_second()) {
                (Some(c), _) if continues(c) => {
                    let is_times = atoms.last().is_some_and(|atom| atom.kind == AtomKind::Times);
                    (Glue::Nothing, is_times)
                }
                (Some(sign), Some(c)) if INNER_SIGNS.contains(&sign) && continues(c) => {
                    self.at += sign.len_utf8();
                    (Glue::Sign(sign), true)
                }
                _ => return true,
            };
        }
    }

    /// Moves to the next letter or digit.
    fn skip_to_word(&mut self) -> Option<char> {
        loop {
            let c = self.peek()?;
            if continues(c) || stands_alone(c) {
                return Some(c);
            }
            self.at += c.len_utf8();
            if c == '"' {
                self.in_quotes = !self.in_quotes && self.peek().is_some_and(char::is_alphanumeric);
            }
        }
    }

    fn number(&mut self, atoms: &mut Vec<Atom<'t>>, glue: Glue) {
        // In a version or a list ("3.5.1", "1,2,3") no point is a decimal point.
        let in_list = match self.text.as_bytes().get(..self.at) {
            Some([.., digit, b'.' | b',']) => digit.is_ascii_digit(),
            _ => false,
        };
        let read = if in_list { measure::integer } else { measure::number };
        if let Some((number, length)) = read(self.rest_from(0)) {
            let span = self.at..self.at + length;
            self.at = span.end;
            atoms.push(Atom { kind: AtomKind::Number, text: number, span, glue });
        }
    }

    /// The letters from here, with the apostrophes that do not divide them taken out.
    fn letters(&mut self, atoms: &mut Vec<Atom<'t>>, glue: Glue) {
        let start = self.at;
        let length = letters(self.rest_from(0));
        let mut text = Cow::Borrowed(self.rest_from(0).get(..length).unwrap_or_default());
        self.at += length;
        while let Some(suffix) = self.rest_from(0).strip_prefix('\'') {
            let suffix = suffix.get(..letters(suffix)).unwrap_or_default();
            let is_elided = self.elides && ELIDED.contains(&text.as_ref());
            let is_word = suffix.chars().nth(if is_elided { 1 } else { 2 }).is_some();
            let divides = is_word && (self.elides || text.chars().nth(2).is_none());
            if suffix.is_empty() || divides {
                break;
            }
            text.to_mut().push_str(suffix);
            self.at += 1 + suffix.len();
        }
        atoms.push(Atom { kind: AtomKind::Letters, text, span: start..self.at, glue });
    }

    /// What belongs to the number just read: a unit, or an x and another number. False if the
    /// chain ends with it.
    fn after_number(&mut self, atoms: &mut Vec<Atom<'t>>) -> bool {
        let rest = self.rest_from(0);
        if rest.starts_with("''") || (rest.starts_with('"') && !self.in_quotes) {
            return self.mark(atoms, INCH, if rest.starts_with('"') { 1 } else { 2 });
        }
        if rest.starts_with('\'') && !self.peek_second().is_some_and(char::is_alphabetic) {
            return self.mark(atoms, FOOT, 1);
        }
        if let Some(gap) = times(rest) {
            self.at += gap;
            self.push(atoms, AtomKind::Times, Glue::Nothing, 1);
            self.at += usize::from(self.peek() == Some(' '));
            return true;
        }
        let (gap, glue) = match rest.as_bytes().first() {
            Some(b' ') => (1, Glue::Apart),
            Some(b'-') => (1, Glue::Nothing),
            _ => (0, Glue::Nothing),
        };
        let Some((unit, length)) = unit_at(self.rest_from(gap), gap > 0) else {
            return true;
        };
        let span = self.at + gap..self.at + gap + length;
        self.at = span.end;
        atoms.push(Atom { kind: AtomKind::Unit, text: Cow::Borrowed(unit), span, glue });
        glue == Glue::Nothing
    }

    fn mark(&mut self, atoms: &mut Vec<Atom<'t>>, unit: &'static str, length: usize) -> bool {
        let span = self.at..self.at + length;
        self.at = span.end;
        let text = Cow::Borrowed(unit);
        atoms.push(Atom { kind: AtomKind::Unit, text, span, glue: Glue::Apart });
        false
    }

    fn push(&mut self, atoms: &mut Vec<Atom<'t>>, kind: AtomKind, glue: Glue, length: usize) {
        let span = self.at..self.at + length;
        let text = Cow::Borrowed(self.text.get(span.clone()).unwrap_or_default());
        self.at = span.end;
        atoms.push(Atom { kind, text, span, glue });
    }

    fn rest_from(&self, offset: usize) -> &'t str {
        self.text.get(self.at + offset..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest_from(0).chars().next()
    }

    fn peek_second(&self) -> Option<char> {
        self.rest_from(0).chars().nth(1)
    }
}

/// Whether a letter or digit of a chain.
fn continues(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || (c.is_alphanumeric() && !stands_alone(c))
}

/// Characters of scripts that are written without spaces; each is a word of its own.
fn stands_alone(c: char) -> bool {
    !c.is_ascii()
        && c.is_alphanumeric()
        && matches!(c,
            '\u{0E00}'..='\u{0EFF}' // Thai, Lao
            | '\u{1000}'..='\u{109F}' // Myanmar
            | '\u{1780}'..='\u{17FF}' // Khmer
            | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' // kana
            | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
            | '\u{20000}'..='\u{3FFFF}')
}

/// The length of the letters at the beginning of `text`, with their marks.
fn letters(text: &str) -> usize {
    let mut length = 0;
    for c in text.chars() {
        let is_letter = c.is_ascii_lowercase()
            || (!c.is_ascii_digit() && continues(c))
            || (length > 0 && !c.is_ascii() && is_combining_mark(c) && !stands_alone(c));
        if !is_letter {
            break;
        }
        length += c.len_utf8();
    }
    length
}

/// Whether an x and another number follow a number, and how many bytes before the x.
fn times(rest: &str) -> Option<usize> {
    let gap = usize::from(rest.starts_with(' '));
    let (_, length) = measure::number(factor(rest)?)?;
    let after = factor(rest)?.get(length..)?;
    let ends = !after.chars().next().is_some_and(continues);
    (ends || unit_at(after, false).is_some() || factor(after).is_some()).then_some(gap)
}

/// What follows an x, with or without spaces around it, if it is a digit.
fn factor(rest: &str) -> Option<&str> {
    let rest = rest.strip_prefix(' ').unwrap_or(rest).strip_prefix('x')?;
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    rest.starts_with(|c: char| c.is_ascii_digit()).then_some(rest)
}

/// The unit at the beginning of `text`, and its length. Apart from its number "in" is also a
/// preposition: 2 in 1, 2-in-1, 3 in-ear plugs.
fn unit_at(text: &str, is_apart: bool) -> Option<(&'static str, usize)> {
    let length = letters(text);
    let (word, after) = text.split_at_checked(length)?;
    let unit = measure::unit(word)?;
    let mut after = after.chars();
    let (next, second) = (after.next(), after.next());
    let goes_on = match next {
        Some(' ') => second.is_some_and(|c| c.is_ascii_digit()),
        Some(sign) => INNER_SIGNS.contains(&sign) && second.is_some_and(char::is_alphanumeric),
        None => false,
    };
    let is_preposition = is_apart && word == "in" && goes_on;
    (!next.is_some_and(continues) && !is_preposition).then_some((unit, length))
}
