//! Matched words marked in texts.

use std::collections::BTreeMap;

use serde_json::Value;

use super::slot::Marks;
use crate::analysis::{Analyzer, Analyzers, Token, TokenKind};
use crate::catalog::{Catalog, Field};

/// Longer texts are cut to a fragment around the first match, in characters.
const FRAGMENT_CHARS: usize = 240;
/// Characters kept before the first match.
const LEAD_CHARS: usize = 60;

/// The highlighted text of each of the fields that the document has.
pub(crate) fn highlight(
    document: &Value,
    fields: &[usize],
    catalog: &Catalog,
    analyzers: &Analyzers,
    marks: &Marks,
) -> BTreeMap<String, String> {
    let mut highlighted = BTreeMap::new();
    let of_document = catalog.language_of_document(document);
    for field in fields.iter().filter_map(|&index| catalog.fields().get(index)) {
        let language = match field.follows_document() {
            true => of_document,
            false => field.language.unwrap_or(catalog.language()),
        };
        let analyzer = analyzers.of(language);
        let texts = texts_of(document, field);
        let marked = texts.iter().map(|text| (*text, marked_spans(text, analyzer, marks)));
        let mut best: Option<(&str, Vec<Token>)> = None;
        for (text, spans) in marked {
            // The first value with a match, or the first value.
            if best.as_ref().is_none_or(|(_, known)| known.is_empty() && !spans.is_empty()) {
                best = Some((text, spans));
            }
        }
        if let Some((text, spans)) = best {
            highlighted.insert(field.name.clone(), render(text, &spans));
        }
    }
    highlighted
}

fn texts_of<'v>(document: &'v Value, field: &Field) -> Vec<&'v str> {
    let found = field.path.get_all(document);
    let flat = found.iter().flat_map(|value| match value {
        Value::Array(values) => values.iter().collect::<Vec<_>>(),
        other => vec![*other],
    });
    flat.filter_map(Value::as_str).collect()
}

fn marked_spans(text: &str, analyzer: &Analyzer, marks: &Marks) -> Vec<Token> {
    let mut tokens = analyzer.analyze(text);
    tokens.retain(|token| {
        marks.terms.contains(&token.term)
            || marks.prefixes.iter().any(|prefix| token.surface.starts_with(prefix.as_str()))
    });
    // Where a compound matches as a whole its parts are inside the mark already.
    let mut kept: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        match kept.last() {
            Some(last) if token.span.start < last.span.end => {
                if last.kind != TokenKind::Joined && token.kind == TokenKind::Joined {
                    kept.pop();
                    kept.push(token);
                }
            }
            _ => kept.push(token),
        }
    }
    kept
}

/// The text, or a fragment of it, escaped, with the spans in `<em>`.
fn render(text: &str, spans: &[Token]) -> String {
    let (from, to) = fragment(text, spans.first().map_or(0, |token| token.span.start));
    let mut html = String::with_capacity(to - from + 16 * spans.len());
    if from > 0 {
        html.push('…');
    }
    let mut at = from;
    for span in spans.iter().map(|token| &token.span) {
        if span.start < at || span.end > to {
            continue;
        }
        escape(text.get(at..span.start).unwrap_or_default(), &mut html);
        html.push_str("<em>");
        escape(text.get(span.clone()).unwrap_or_default(), &mut html);
        html.push_str("</em>");
        at = span.end;
    }
    escape(text.get(at..to).unwrap_or_default(), &mut html);
    if to < text.len() {
        html.push('…');
    }
    html
}

/// The bytes to show: the whole of a short text, else a window around the first match that
/// begins and ends between words.
fn fragment(text: &str, first_match: usize) -> (usize, usize) {
    if text.chars().count() <= FRAGMENT_CHARS {
        return (0, text.len());
    }
    let before = text.get(..first_match).unwrap_or_default();
    let from = match before.char_indices().rev().nth(LEAD_CHARS) {
        None => 0,
        Some((at, _)) => {
            let rest = text.get(at..first_match).unwrap_or_default();
            rest.find(char::is_whitespace).map_or(first_match, |space| at + space + 1)
        }
    };
    let rest = text.get(from..).unwrap_or_default();
    let to = match rest.char_indices().nth(FRAGMENT_CHARS) {
        None => text.len(),
        Some((at, _)) => {
            let window = rest.get(..at).unwrap_or_default();
            from + window.rfind(char::is_whitespace).unwrap_or(at)
        }
    };
    (text.ceil_char_boundary(from), text.floor_char_boundary(to.max(from)))
}

fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Language;

    fn marks(terms: &[&str], prefixes: &[&str]) -> Marks {
        Marks {
            terms: terms.iter().map(|&term| term.to_owned()).collect(),
            prefixes: prefixes.iter().map(|&prefix| prefix.to_owned()).collect(),
        }
    }

    fn marked(text: &str, marks: &Marks) -> String {
        let analyzer = Analyzer::new(Language::English);
        render(text, &marked_spans(text, &analyzer, marks))
    }

    #[test]
    fn marks_words_by_stem_and_by_prefix_and_escapes_the_rest() {
        let stem = Analyzer::new(Language::English).stem("shoes");
        assert_eq!(
            marked("Running <b>Shoes</b> & more", &marks(&[&stem], &["runn"])),
            "<em>Running</em> &lt;b&gt;<em>Shoes</em>&lt;/b&gt; &amp; more"
        );
    }

    #[test]
    fn long_texts_become_a_fragment_around_the_match() {
        let text = format!("{} needle {}", "hay ".repeat(200), "straw ".repeat(200));
        let fragment = marked(&text, &marks(&["needl", "needle"], &[]));
        assert!(fragment.contains("<em>needle</em>"), "{fragment}");
        assert!(fragment.starts_with('…') && fragment.ends_with('…'), "{fragment}");
        assert!(fragment.chars().count() < FRAGMENT_CHARS + 20, "{fragment}");
    }
}
