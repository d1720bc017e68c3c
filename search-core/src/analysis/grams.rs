//! Codes and their grams: SKU, EAN and part numbers in the form in which they are compared.

use crate::analysis::fold;

/// A code as it is compared: folded, letters and digits only (`HP-006R/90321` gives
/// `hp006r90321`). Linear in the length of `text`.
pub(crate) fn normalise_code(text: &str) -> String {
    let mut code = fold::fold(text).into_text();
    code.retain(char::is_alphanumeric);
    code
}

/// The overlapping grams of `n` characters of the normalised code, in order, repeats included,
/// so that a substring of a code is a phrase of its grams. A code shorter than `n` is one gram;
/// nothing comes of an empty code or `n` = 0.
pub(crate) fn ngrams(text: &str, n: usize) -> Vec<String> {
    let code: Vec<char> = normalise_code(text).chars().collect();
    if code.is_empty() || n == 0 {
        return Vec::new();
    }
    code.windows(n.min(code.len())).map(|gram| gram.iter().collect()).collect()
}

/// The beginnings of the normalised code from `min` to `max` characters, shortest first. A code
/// shorter than `min` has none.
pub(crate) fn edge_ngrams(text: &str, min: usize, max: usize) -> Vec<String> {
    let code = normalise_code(text);
    let ends = code.char_indices().map(|(start, c)| start + c.len_utf8());
    ends.enumerate()
        .map(|(index, end)| (index + 1, end))
        .skip_while(|(length, _)| *length < min)
        .take_while(|(length, _)| *length <= max)
        .filter_map(|(_, end)| code.get(..end).map(str::to_owned))
        .collect()
}
