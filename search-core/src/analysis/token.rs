//! What the analyzer gives: one word, number or code with its place in the text.

use std::ops::Range;

/// Longest surface of a token, in bytes; the rest of a longer word is not indexed.
pub const MAX_TOKEN_BYTES: usize = 64;

/// One unit of meaning in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The word as written, normalised and folded but not stemmed.
    pub surface: String,
    /// What is indexed: the stemmed surface; the surface itself where it has digits.
    pub term: String,
    /// Place among the words of the text, from 0. A [`TokenKind::Joined`] shares the place of
    /// its first part, a [`TokenKind::Subword`] that of its word.
    pub position: u32,
    /// The bytes of the original text that the token stands for.
    pub span: Range<usize>,
    /// What the token is made of.
    pub kind: TokenKind,
}

/// What a [`Token`] is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Letters only.
    Word,
    /// Digits, with at most one decimal point: `1440`, `43.2`.
    Number,
    /// Letters and digits mixed: `006r90321`, `dv7`.
    Code,
    /// The whole of a compound whose parts follow as tokens of their own: `dv71211ea` for
    /// "dv7-1211ea", `usbc` for "USB-C", `500gb` for "500GB", `1440x900` for "1440 x 900".
    Joined,
    /// A part of the word before it, which a dictionary has taken apart: `schuh` and `schrank`
    /// of `schuhschrank`.
    Subword,
}

impl TokenKind {
    /// Whether the token is one of the words that follow each other in the text; the others
    /// stand at the place of such a word too.
    pub(crate) fn is_in_sequence(self) -> bool {
        !matches!(self, TokenKind::Joined | TokenKind::Subword)
    }
}
