//! Characters to the form in which they are compared: NFKC, lower case, without accents.
//!
//! Latin and Greek lose their marks (é → e, ß → ss, ø → o, æ → ae); other scripts keep theirs,
//! for there a mark is often a letter of its own. Typographic hyphens, quotes and the
//! multiplication sign become the ASCII ones that measures and codes are written with.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_canonical, is_combining_mark};

/// A folded text that knows where each of its bytes came from.
pub(super) struct Folded {
    text: String,
    /// The pieces that did not fold byte for byte, in order; between them offsets run in step.
    pieces: Vec<Piece>,
}

/// Characters that folded together.
struct Piece {
    folded: Range<usize>,
    source: Range<usize>,
}

impl Folded {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// The bytes of the original that a range of the folded text came from; whole characters
    /// with their accents. O(log n).
    pub(super) fn source(&self, folded: Range<usize>) -> Range<usize> {
        self.source_start(folded.start)..self.source_end(folded.end)
    }

    fn source_start(&self, at: usize) -> usize {
        match self.last_piece(|piece| piece.folded.start <= at) {
            None => at,
            Some(piece) if at < piece.folded.end => piece.source.start,
            Some(piece) => piece.source.end + (at - piece.folded.end),
        }
    }

    fn source_end(&self, at: usize) -> usize {
        match self.last_piece(|piece| piece.folded.start < at) {
            None => at,
            Some(piece) if at <= piece.folded.end => piece.source.end,
            Some(piece) => piece.source.end + (at - piece.folded.end),
        }
    }

    fn last_piece(&self, is_before: impl Fn(&Piece) -> bool) -> Option<&Piece> {
        let count = self.pieces.partition_point(is_before);
        self.pieces.get(count.checked_sub(1)?)
    }
}

/// Folds a text. Linear; ASCII takes one pass and one allocation.
pub(super) fn fold(text: &str) -> Folded {
    if text.is_ascii() {
        return Folded { text: text.to_ascii_lowercase(), pieces: Vec::new() };
    }
    let mut folded = Folded { text: String::with_capacity(text.len()), pieces: Vec::new() };
    let mut chars = text.char_indices().peekable();
    while let Some((start, first)) = chars.next() {
        let mut end = start + first.len_utf8();
        while let Some((at, mark)) = chars.next_if(|(_, c)| joins_the_letter_before(*c)) {
            end = at + mark.len_utf8();
        }
        if first.is_ascii() && end == start + 1 {
            folded.text.push(first.to_ascii_lowercase());
            continue;
        }
        let before = folded.text.len();
        fold_piece(text.get(start..end).unwrap_or_default(), &mut folded.text);
        let piece = Piece { folded: before..folded.text.len(), source: start..end };
        folded.pieces.push(piece);
    }
    folded
}

/// Marks, and the halves of Korean syllables and Japanese voicing, which NFKC composes.
fn joins_the_letter_before(c: char) -> bool {
    !c.is_ascii()
        && (is_combining_mark(c) || matches!(c, '\u{1160}'..='\u{11FF}' | '\u{FF9E}' | '\u{FF9F}'))
}

fn fold_piece(piece: &str, out: &mut String) {
    if let Some(plain) = piece.chars().next().and_then(typographic) {
        out.push_str(plain);
        return;
    }
    // A fraction must not run into the whole number before it: 5½ is 5 1/2.
    if piece.starts_with(['\u{00BC}', '\u{00BD}', '\u{00BE}'])
        || piece.starts_with(|c| matches!(c, '\u{2150}'..='\u{215F}'))
    {
        out.push(' ');
    }
    for composed in piece.nfkc() {
        composed.to_lowercase().for_each(|c| fold_char(c, out));
    }
}

/// The ASCII spelling of signs that NFKC would spell otherwise or not at all.
fn typographic(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{2010}'..='\u{2013}' | '\u{2212}' => "-",
        '\u{2018}' | '\u{2019}' | '\u{2032}' | '\u{02BC}' | '\u{00B4}' => "'",
        '\u{201C}' | '\u{201D}' | '\u{2033}' => "\"",
        '×' | '✕' => "x",
        '™' | '℠' | '…' | '\u{200B}' => " ",
        '\u{00AD}' | '\u{200C}' | '\u{200D}' | '\u{2060}' | '\u{FEFF}' => "",
        _ => return None,
    })
}

fn fold_char(c: char, out: &mut String) {
    if c.is_ascii() {
        out.push(c);
        return;
    }
    match c {
        '\u{2044}' => out.push('/'),
        'ß' => out.push_str("ss"),
        'æ' => out.push_str("ae"),
        'œ' => out.push_str("oe"),
        'þ' => out.push_str("th"),
        'ø' => out.push('o'),
        'ł' => out.push('l'),
        'đ' | 'ð' => out.push('d'),
        'ħ' => out.push('h'),
        'ı' => out.push('i'),
        'ς' => out.push('σ'),
        'ё' => out.push('е'),
        '\u{0300}'..='\u{036F}' => {}
        '٠'..='٩' => push_digit(c, '٠', out),
        '۰'..='۹' => push_digit(c, '۰', out),
        '०'..='९' => push_digit(c, '०', out),
        '\u{00C0}'..='\u{03FF}' | '\u{1E00}'..='\u{1FFF}' => decompose_canonical(c, |part| {
            if part == c {
                out.push(c);
            } else if !is_combining_mark(part) {
                fold_char(part, out);
            }
        }),
        _ => out.push(c),
    }
}

fn push_digit(c: char, zero: char, out: &mut String) {
    out.extend(char::from_digit(u32::from(c) - u32::from(zero), 10));
}

/// The folded words of a text, for comparing names: "Crème Brûlée" gives `creme`, `brulee`.
pub(crate) fn fold_words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let words = folded.text().split(|c: char| !c.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
