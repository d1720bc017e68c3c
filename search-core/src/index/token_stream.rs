//! Carries already analysed tokens through tantivy.
//!
//! Products are analysed on the engine's pool, before tantivy sees them. The tokens of one field
//! travel as one string that a tokenizer of ours unpacks without allocating: `term TAB position
//! TAB repeat LF`. A repeated token counts as often in the postings, which is how a field's weight
//! gets into the weighted frequency.

use std::fmt::Write;

use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer};

/// The name under which [`PackedTokenizer`] is registered.
pub(crate) const TOKENIZER: &str = "packed";

/// Packs tokens in ascending order of position.
#[derive(Debug, Default)]
pub(crate) struct TokenPacker {
    packed: String,
}

impl TokenPacker {
    pub(crate) fn push(&mut self, term: &str, position: u32, repeat: u32) {
        debug_assert!(!term.contains(['\t', '\n']), "the analyser emits no control characters");
        // Writing to a string cannot fail.
        let _ = writeln!(self.packed, "{term}\t{position}\t{repeat}");
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
        let Some((line, rest)) = self.rest.split_once('\n') else { return false };
        self.rest = rest;
        let mut parts = line.split('\t');
        self.token.text.clear();
        self.token.text.push_str(parts.next().unwrap_or_default());
        self.token.position = parts.next().and_then(|p| p.parse().ok()).unwrap_or_default();
        let repeat: u32 = parts.next().and_then(|r| r.parse().ok()).unwrap_or(1);
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
        packer.push("run", 7, 1);
        let mut tokenizer = PackedTokenizer;
        let mut stream = tokenizer.token_stream(packer.as_str());
        let mut seen = Vec::new();
        while stream.advance() {
            seen.push((stream.token().text.clone(), stream.token().position));
        }
        assert_eq!(seen, [("shoe".into(), 0), ("shoe".into(), 0), ("run".into(), 7)]);
    }
}
