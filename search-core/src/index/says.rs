//! What a field says of its product: what it is, whose it is, how it is.

use crate::analysis::fold_words;
use crate::catalog::{Field, FieldKind, Role};

/// What a text says of its product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    /// What it is, among other things.
    Title,
    /// What it is: a category, a type.
    Kind,
    /// Whose it is, and other names that it goes by.
    Maker,
    /// How it is: its colour, its size.
    Particular,
    Nothing,
}

impl Says {
    /// What the values of a field say.
    pub(super) fn of(field: &Field) -> Self {
        match field.kind {
            FieldKind::Text if field.roles.has(Role::Suggest) => Self::Title,
            FieldKind::Category { .. } => Self::Kind,
            FieldKind::Keyword if names_a_kind(&field.name) => Self::Kind,
            FieldKind::Keyword => Self::Maker,
            _ => Self::Nothing,
        }
    }

    /// What the texts under an attribute's key say.
    pub(super) fn of_attribute(key: &str) -> Self {
        match key {
            _ if names_a_kind(key) => Self::Kind,
            _ if names_a_sort(key) => Self::Nothing,
            _ => Self::Particular,
        }
    }
}

/// Whether an attribute says what a product is ("product_type"), not what it is for.
fn names_a_kind(key: &str) -> bool {
    let words = fold_words(key);
    let mut words = words.iter().map(String::as_str).filter(|word| word.len() > 1);
    let is_kind = |word: Option<&str>| matches!(word, Some("type" | "category" | "kind"));
    match words.next() {
        Some("product" | "item" | "article") => is_kind(words.next()) && words.next().is_none(),
        first => is_kind(first) && words.next().is_none(),
    }
}

/// Whether an attribute says what sort of something a product is or has ("case_type"): its values
/// name kinds as titles do. What the product is for ("device_type") is no kind of it.
fn names_a_sort(key: &str) -> bool {
    let words = fold_words(key);
    let has = |names: &[&str]| words.iter().any(|word| names.contains(&word.as_str()));
    has(&["type"]) && !has(&["device", "compatible", "compatibility", "supported", "suitable"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_tell_kinds_from_what_products_have_or_are_for() {
        assert_eq!(Says::of_attribute("t_product_type"), Says::Kind);
        assert_eq!(Says::of_attribute("t_case_type"), Says::Nothing);
        assert_eq!(Says::of_attribute("t_device_type"), Says::Particular);
        assert_eq!(Says::of_attribute("Compatible device type"), Says::Particular);
        assert_eq!(Says::of_attribute("colour"), Says::Particular);
    }
}
