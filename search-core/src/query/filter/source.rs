//! The text of a filter: its limits, its columns, and what a wrong token is called.

use pest::error::{ErrorVariant, InputLocation};

use super::FilterError;
use super::grammar::Rule;
use crate::limits::{MAX_FILTER_BYTES, MAX_FILTER_DEPTH};

const END: &str = "the end of the filter";

/// A text that is neither too long nor too deep to be read.
pub(super) struct Source<'t> {
    text: &'t str,
    /// Where each character starts; empty for ASCII, where it is the column.
    starts: Vec<usize>,
}

impl<'t> Source<'t> {
    pub(super) fn new(text: &'t str) -> Result<Source<'t>, FilterError> {
        check_size(text)?;
        let starts = match text.is_ascii() {
            true => Vec::new(),
            false => text.char_indices().map(|(start, _)| start).collect(),
        };
        let source = Source { text, starts };
        source.check_parentheses()?;
        Ok(source)
    }

    /// The 1-based column of a byte, in characters.
    pub(super) fn column(&self, offset: usize) -> usize {
        match self.starts.as_slice() {
            [] => offset + 1,
            starts => starts.partition_point(|start| *start < offset) + 1,
        }
    }

    pub(super) fn error(&self, offset: usize, message: impl Into<String>) -> FilterError {
        FilterError::new(self.column(offset), message)
    }

    /// The grammar is read recursively, so the depth of parentheses is bounded beforehand: one
    /// more than [`MAX_FILTER_DEPTH`], for the innermost may belong to a list or a call.
    fn check_parentheses(&self) -> Result<(), FilterError> {
        let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
        for (offset, c) in self.text.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' if in_string => escaped = true,
                '"' => in_string = !in_string,
                '(' if !in_string => {
                    depth += 1;
                    if depth > MAX_FILTER_DEPTH + 1 {
                        return Err(self.too_deep(offset));
                    }
                }
                ')' if !in_string => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn too_deep(&self, offset: usize) -> FilterError {
        self.error(
            offset,
            format!(
                "parentheses and NOT are nested deeper than MAX_FILTER_DEPTH = {MAX_FILTER_DEPTH}"
            ),
        )
    }

    pub(super) fn syntax_error(&self, error: &pest::error::Error<Rule>) -> FilterError {
        let offset = match error.location {
            InputLocation::Pos(offset) | InputLocation::Span((offset, _)) => offset,
        };
        let expected = match &error.variant {
            ErrorVariant::ParsingError { positives, .. } => expectations(positives),
            ErrorVariant::CustomError { .. } => Vec::new(),
        };
        let message = format!("expected {}, found {}", one_of(&expected), self.found_at(offset));
        FilterError { column: self.column(offset), message, expected }
    }

    /// The token at `offset`, as an error message shows it.
    fn found_at(&self, offset: usize) -> String {
        const SHOWN: usize = 30;
        let rest = self.text.get(offset..).unwrap_or_default();
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        let Some(first) = rest.chars().next() else {
            return END.to_owned();
        };
        if first == '"' {
            return "a string that is not closed or has an unknown escape".to_owned();
        }
        let token: String = if is_word(first) {
            rest.chars().take_while(|c| is_word(*c)).take(SHOWN).collect()
        } else {
            first.to_string()
        };
        format!("`{}`", token.escape_debug())
    }
}

fn check_size(text: &str) -> Result<(), FilterError> {
    let length = text.len();
    if length <= MAX_FILTER_BYTES {
        return Ok(());
    }
    let starts = text.char_indices().map(|(start, _)| start);
    Err(FilterError::new(
        starts.take_while(|start| *start < MAX_FILTER_BYTES).count() + 1,
        format!("the filter has {length} bytes, more than MAX_FILTER_BYTES = {MAX_FILTER_BYTES}"),
    ))
}

/// What the grammar would have taken, in the words of the user, without repeats.
fn expectations(rules: &[Rule]) -> Vec<&'static str> {
    let mut expected: Vec<&'static str> = Vec::new();
    for rule in rules {
        let name = describe(*rule);
        if !expected.contains(&name) {
            expected.push(name);
        }
    }
    expected.sort_by_key(|name| *name == END);
    expected
}

fn describe(rule: Rule) -> &'static str {
    match rule {
        Rule::EOI => END,
        Rule::operator => "a comparison",
        Rule::value | Rule::string | Rule::boolean => {
            "a value (a string in double quotes, a number, true or false)"
        }
        Rule::number => "a number",
        Rule::closing_quote | Rule::plain | Rule::escape => "a closing quote",
        Rule::field | Rule::name => "a field",
        Rule::list | Rule::open_bracket => "`[`",
        Rule::unit => "a unit (km, m, mi)",
        Rule::and => "AND",
        Rule::or => "OR",
        Rule::not => "NOT",
        Rule::r#in => "IN",
        Rule::exists => "EXISTS",
        Rule::near => "WITHIN",
        Rule::open => "`(`",
        Rule::close => "`)`",
        Rule::close_bracket => "`]`",
        Rule::comma => "`,`",
        Rule::filter
        | Rule::any_of
        | Rule::all_of
        | Rule::condition
        | Rule::group
        | Rule::predicate
        | Rule::exists_call
        | Rule::within
        | Rule::word_char
        | Rule::keyword
        | Rule::WHITESPACE => "a condition",
    }
}

fn one_of(names: &[&str]) -> String {
    match names {
        [] => "something else".to_owned(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
