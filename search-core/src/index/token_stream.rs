//! Carries already analysed tokens through tantivy.
//!
//! Products are analysed on the engine's pool, before tantivy sees them. The tokens of one field
//! travel as one string that a tokenizer of ours unpacks without searching or allocating: each is
//! a header of digits (length, position, repeat) and the term. A repeated token counts as often
//! in the postings, which is how a field's weight gets into the weighted frequency.

use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer};

/// The name under which [`PackedTokenizer`] is registered.
pub(crate) const TOKENIZER: &str = "packed";

/// Digits of base 64 in a header: the term's length, its position, how often it counts.
const HEADER: [usize; 3] = [2, 3, 1];
const HEADER_LEN: usize = 6;
/// The digit zero; all 64 digits are printable ASCII.
const ZERO: u8 = b'0';

/// Packs tokens in ascending order of position.
#[derive(Debug, Default)]
pub(crate) struct TokenPacker {
    packed: String,
}

impl TokenPacker {
    /// Adds a term of up to 4095 bytes at a position below 2^18, to be counted up to 63 times.
    pub(crate) fn push(&mut self, term: &str, position: u32, repeat: u32) {
        let values = [term.len() as u32, position, repeat];
        for (value, digits) in values.into_iter().zip(HEADER) {
            for digit in (0..digits).rev() {
                let value = (value >> (6 * digit)) & 63;
                self.packed.push(char::from(ZERO + value as u8));
            }
        }
        self.packed.push_str(term);
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.packed
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.packed.is_empty()
    }
}

/// Unpacks what a [`TokenPacker`] packed.
#[derive(Debug, Clone, Default)]
pub(crate) struct PackedTokenizer;

impl PackedTokenizer {
    pub(crate) fn analyzer() -> TextAnalyzer {
        TextAnalyzer::from(Self)
    }
}

impl Tokenizer for PackedTokenizer {
    type TokenStream<'a> = PackedTokenStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> PackedTokenStream<'a> {
        PackedTokenStream { rest: text, repeats_left: 0, token: Token::default() }
    }
}

#[derive(Debug)]
pub(crate) struct PackedTokenStream<'a> {
    rest: &'a str,
    repeats_left: u32,
    token: Token,
}

impl TokenStream for PackedTokenStream<'_> {
    fn advance(&mut self) -> bool {
        if self.repeats_left > 0 {
            self.repeats_left -= 1;
            return true;
        }
        let Some((mut header, rest)) = self.rest.split_at_checked(HEADER_LEN) else {
            return false;
        };
        let [length, position, repeat]: [u32; 3] = HEADER.map(|digits| {
            let (value, after) = header.split_at_checked(digits).unwrap_or_default();
            header = after;
            let digit = |value, digit| (value << 6) | u32::from(digit - ZERO);
            value.bytes().fold(0, digit)
        });
        let Some((term, rest)) = rest.split_at_checked(length as usize) else { return false };
        self.rest = rest;
        self.token.text.clear();
        self.token.text.push_str(term);
        self.token.position = position as usize;
        self.repeats_left = repeat.saturating_sub(1);
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_tokens_come_back_in_order_and_as_often_as_they_weigh() {
        let mut packer = TokenPacker::default();
        packer.push("shoe", 0, 2);
        packer.push("größe", 70_000, 1);
        packer.push(&"x".repeat(300), 70_001, 16);
        let mut tokenizer = PackedTokenizer;
        let mut stream = tokenizer.token_stream(packer.as_str());
        let mut seen = Vec::new();
        while stream.advance() {
            seen.push((stream.token().text.clone(), stream.token().position));
        }
        assert_eq!(seen.len(), 2 + 1 + 16);
        assert_eq!(seen[..3], [("shoe".into(), 0), ("shoe".into(), 0), ("größe".into(), 70_000)]);
        assert!(seen[3..].iter().all(|token| *token == ("x".repeat(300), 70_001)));
    }
}
