//! A product as a tantivy document: its words, its columns and the document itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use tantivy::TantivyDocument;
use tantivy::schema::OwnedValue;

use super::schema::{FieldColumns, IndexSchema, is_searched};
use super::token_stream::TokenPacker;
use crate::analysis::{Analyzer, Analyzers, Token, TokenKind, edge_ngrams, fold_words, ngrams};
use crate::catalog::{Catalog, Field, FieldKind, Role};
use crate::document::{AttributeValue, FieldValues, Product};
use crate::limits::MAX_POSITIONS_PER_FIELD;

/// Length of the character n-grams of codes.
pub(crate) const CODE_NGRAM: usize = 3;
/// Positions between two values of one field, so that no phrase spans them.
const VALUE_GAP: u32 = 8;
/// Begins the term of a whole value.
pub(crate) const WHOLE_VALUE: char = '=';
/// Values of more words are texts rather than names.
pub(crate) const MAX_VALUE_WORDS: usize = 3;
/// The heaviest field's words are recorded at most this often.
const MAX_REPEAT: f32 = 16.0;

/// Turns products into tantivy documents; immutable, used by many threads at once.
#[derive(Debug)]
pub(crate) struct Mapping {
    schema: IndexSchema,
    catalog: Arc<Catalog>,
    analyzers: Arc<Analyzers>,
    /// The field in which products name their language.
    language_field: Option<usize>,
    /// The searched fields, heaviest first.
    searched: Vec<SearchedField>,
    /// Fields whose values are found by any piece of them.
    gramed: Vec<usize>,
    /// How often a word of a field of weight 1 counts.
    pub unit: f32,
}

#[derive(Debug)]
struct SearchedField {
    index: usize,
    analyzer: Analyzer,
    /// Its words are in the language of the product.
    follows_document: bool,
    repeat: u32,
    /// The first position of this field; each field has its own range of positions.
    base: u32,
    separator: Option<String>,
    /// Its words complete what a shopper types.
    suggests: bool,
    /// What its values say of a product.
    says: Says,
    /// Every beginning of a word is a word too, wherever it stands in a query.
    edge_grams: bool,
}

/// The lengths of the beginnings that an `edge_ngram` field records.
const EDGE_NGRAMS: std::ops::RangeInclusive<usize> = 2..=15;

impl Mapping {
    pub(crate) fn new(
        catalog: &Arc<Catalog>,
        schema: IndexSchema,
        analyzers: &Arc<Analyzers>,
    ) -> Self {
        let mut fields: Vec<_> =
            catalog.fields().iter().enumerate().filter(|(_, field)| is_searched(field)).collect();
        fields.sort_by(|a, b| b.1.weight.total_cmp(&a.1.weight));
        let lightest = fields.last().map_or(1.0, |(_, field)| field.weight);
        let searched = fields
            .into_iter()
            .zip(0u32..)
            .map(|((index, field), rank)| SearchedField {
                index,
                analyzer: analyzers.of(field.language.unwrap_or(catalog.language())).clone(),
                follows_document: field.follows_document(),
                repeat: (field.weight / lightest).round().clamp(1.0, MAX_REPEAT) as u32,
                base: rank * (MAX_POSITIONS_PER_FIELD + VALUE_GAP),
                separator: match &field.kind {
                    FieldKind::Category { separator } => Some(separator.clone()),
                    _ => None,
                },
                suggests: field.roles.has(Role::Suggest),
                says: Says::of(field),
                edge_grams: field.analyzer.as_deref() == Some("edge_ngram"),
            })
            .collect();
        let is_gramed_text = |field: &Field| field.analyzer.as_deref() == Some("ngram");
        let fields = catalog.fields();
        let gramed = fields
            .iter()
            .enumerate()
            .filter(|(_, field)| is_searched(field))
            .filter(|(_, field)| field.kind == FieldKind::Code || is_gramed_text(field))
            .map(|(index, _)| index)
            .collect();
        Self {
            schema,
            catalog: Arc::clone(catalog),
            analyzers: Arc::clone(analyzers),
            language_field: catalog
                .language_field()
                .and_then(|name| fields.iter().position(|field| field.name == name)),
            searched,
            gramed,
            unit: 1.0 / lightest,
        }
    }

    /// The analyzer of the language that the product names.
    fn analyzer_of(&self, product: &Product) -> Option<&Analyzer> {
        let (FieldValues::Keyword(tags) | FieldValues::Code(tags)) =
            product.values.get(self.language_field?)?
        else {
            return None;
        };
        let language = self.catalog.language_of_tags(tags.iter().map(String::as_str));
        Some(self.analyzers.of(language))
    }

    pub(crate) fn document(&self, product: &Product) -> TantivyDocument {
        let mut document = TantivyDocument::with_capacity(product.raw.len() * 3);
        document.add_text(self.schema.id, &product.id);
        document.add_text(self.schema.document, &product.raw);
        self.add_words(product, &mut document);
        self.add_ngrams(product, &mut document);
        for (values, columns) in product.values.iter().zip(&self.schema.fields) {
            add_columns(values, *columns, &mut document);
        }
        document
    }

    fn add_words(&self, product: &Product, document: &mut TantivyDocument) {
        let mut packed = PackedWords::default();
        let of_product = self.analyzer_of(product);
        let mut end = 0;
        for field in &self.searched {
            let Some(values) = product.values.get(field.index) else { continue };
            let analyzer = of_product.filter(|_| field.follows_document).unwrap_or(&field.analyzer);
            let last = field.base + MAX_POSITIONS_PER_FIELD - 1;
            let mut start = field.base;
            for (text, says) in searched_texts(values, field) {
                let next = packed.push_text(field, analyzer, text, start, last);
                match (says, field.separator.as_deref()) {
                    (Says::Title, _) => {
                        packed.titles.push((analyzer, text, std::mem::take(&mut packed.tokens)));
                    }
                    (Says::Kind, Some(separator)) => {
                        for level in text.split(separator) {
                            packed.push_level(analyzer, level, start.min(last));
                        }
                    }
                    (Says::Kind | Says::Maker, _) => packed.push_name(start.min(last)),
                    (Says::Particular | Says::Nothing, _) => {}
                }
                packed.has_type |= says == Says::Kind && field.separator.is_none();
                if matches!(says, Says::Maker | Says::Particular) {
                    packed.note_particulars();
                }
                start = (next + VALUE_GAP).min(last);
            }
            end = last;
        }
        // Where a type is given, the title need not be asked. A category holds many kinds.
        if !packed.has_type {
            packed.push_kinds(end);
        }
        for (field, packer) in
            [(self.schema.words, &packed.words), (self.schema.surface, &packed.surface)]
        {
            if !packer.is_empty() {
                document.add_text(field, packer.as_str());
            }
        }
    }

    fn add_ngrams(&self, product: &Product, document: &mut TantivyDocument) {
        let mut grams = TokenPacker::default();
        let mut position = 0;
        for &index in &self.gramed {
            let Some(FieldValues::Code(values) | FieldValues::Text(values)) =
                product.values.get(index)
            else {
                continue;
            };
            for value in values {
                for gram in ngrams(value, CODE_NGRAM) {
                    grams.push(&gram, position, 1);
                    position += 1;
                }
                position += VALUE_GAP;
            }
        }
        if !grams.is_empty() {
            document.add_text(self.schema.ngrams, grams.as_str());
        }
    }
}

/// The term of a whole value: a product with the value "Coffee makers" is what a query "coffee
/// maker" means, one that merely mentions them is not. No word of a text begins with its mark.
pub(crate) fn whole_value(terms: &[&str]) -> String {
    format!("{WHOLE_VALUE}{}", terms.join(" "))
}

/// What a text says of its product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
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
    fn of(field: &Field) -> Self {
        match field.kind {
            FieldKind::Text if field.roles.has(Role::Suggest) => Self::Title,
            FieldKind::Category { .. } => Self::Kind,
            FieldKind::Keyword if names_a_kind(&field.name) => Self::Kind,
            FieldKind::Keyword => Self::Maker,
            _ => Self::Nothing,
        }
    }
}

/// A product's tokens on their way into the index.
#[derive(Default)]
struct PackedWords<'a> {
    words: TokenPacker,
    surface: TokenPacker,
    /// Of the text that was pushed last.
    tokens: Vec<Token>,
    titles: Vec<(&'a Analyzer, &'a str, Vec<Token>)>,
    /// Whether a value that is not a category said what the product is.
    has_type: bool,
    /// Terms of short values.
    particulars: Vec<String>,
}

impl<'a> PackedWords<'a> {
    /// Adds a text from this position on; gives the next free one.
    fn push_text(
        &mut self,
        field: &SearchedField,
        analyzer: &Analyzer,
        text: &str,
        start: u32,
        last: u32,
    ) -> u32 {
        self.tokens.clear();
        analyzer.analyze_into(text, &mut self.tokens);
        let mut next = start;
        for token in &self.tokens {
            let position = (start + token.position).min(last);
            let is_part = token.kind == TokenKind::Subword;
            // A part says less of a product than the whole word: a shoe cabinet is no shoe.
            let repeat = if is_part { field.repeat.div_ceil(2) } else { field.repeat };
            self.words.push(&token.term, position, repeat);
            let is_word = token.kind == TokenKind::Word || is_part;
            if is_word && ((field.suggests && !is_part) || token.surface != token.term) {
                self.surface.push(&token.surface, 0, 1);
            }
            if field.edge_grams {
                let (shortest, longest) = EDGE_NGRAMS.into_inner();
                for beginning in edge_ngrams(&token.surface, shortest, longest) {
                    self.words.push(&beginning, position, field.repeat);
                }
            }
            next = position + 1;
        }
        next
    }

    /// Adds the last text as a whole.
    fn push_name(&mut self, position: u32) {
        if let Some(terms) = short_value(&self.tokens) {
            self.words.push(&whole_value(&terms), position, 1);
        }
    }

    /// Adds a level of a category as a whole.
    fn push_level(&mut self, analyzer: &Analyzer, level: &str, position: u32) {
        self.tokens.clear();
        analyzer.analyze_into(level, &mut self.tokens);
        self.push_name(position);
    }

    /// Remembers the words of the last text, if it is short: in a title they do not say what the
    /// product is.
    fn note_particulars(&mut self) {
        let terms = short_value(&self.tokens).unwrap_or_default();
        self.particulars.extend(terms.into_iter().map(str::to_owned));
    }

    /// Adds what the titles say that the product is, when all particulars are known: "bag" and
    /// "laptop bag" for a "Targus Laptop Bag, black"; and titles that are short as a whole.
    fn push_kinds(&mut self, position: u32) {
        for (analyzer, title, tokens) in &self.titles {
            let is_particular = |term: &str| self.particulars.iter().any(|known| known == term);
            let phrase = analyzer.noun_phrase(title, tokens, is_particular);
            let names = phrase.names(MAX_VALUE_WORDS);
            let mut kinds: Vec<String> = names.iter().map(|name| whole_value(name)).collect();
            kinds.extend(short_value(tokens).map(|terms| whole_value(&terms)));
            kinds.sort_unstable();
            kinds.dedup();
            for kind in &kinds {
                self.words.push(kind, position, 1);
            }
        }
    }
}

/// The terms of a text of few words.
fn short_value(tokens: &[Token]) -> Option<Vec<&str>> {
    let parts = tokens.iter().filter(|token| token.kind.is_in_sequence());
    let terms: Vec<&str> =
        parts.map(|token| token.term.as_str()).take(MAX_VALUE_WORDS + 1).collect();
    (1..=MAX_VALUE_WORDS).contains(&terms.len()).then_some(terms)
}

/// The texts of a field whose words are searched, and what each says of the product.
fn searched_texts<'a>(values: &'a FieldValues, field: &SearchedField) -> Vec<(&'a str, Says)> {
    match values {
        FieldValues::Text(texts) | FieldValues::Code(texts) | FieldValues::Keyword(texts) => {
            texts.iter().map(|text| (text.as_str(), field.says)).collect()
        }
        // Every level is a value; the words of the deepest levels are those of all.
        FieldValues::Category(paths) => paths
            .iter()
            .filter(|path| {
                !paths.iter().any(|other| {
                    field.separator.as_deref().is_some_and(|separator| {
                        other
                            .strip_prefix(path.as_str())
                            .is_some_and(|rest| rest.starts_with(separator))
                    })
                })
            })
            .map(|path| (path.as_str(), field.says))
            .collect(),
        FieldValues::Attributes(pairs) => pairs
            .iter()
            .filter_map(|(key, value)| match value {
                AttributeValue::Text(text) if names_a_kind(key) => {
                    Some((text.as_str(), Says::Kind))
                }
                AttributeValue::Text(text) if names_a_sort(key) => {
                    Some((text.as_str(), Says::Nothing))
                }
                AttributeValue::Text(text) => Some((text.as_str(), Says::Particular)),
                AttributeValue::Number(_) | AttributeValue::Bool(_) => None,
            })
            .collect(),
        FieldValues::Missing
        | FieldValues::Number(_)
        | FieldValues::Money(_)
        | FieldValues::Bool(_)
        | FieldValues::Date(_)
        | FieldValues::Geo(_)
        | FieldValues::Stored => Vec::new(),
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
/// name kinds as titles do.
fn names_a_sort(key: &str) -> bool {
    fold_words(key).iter().any(|word| word == "type")
}

fn add_columns(values: &FieldValues, columns: FieldColumns, document: &mut TantivyDocument) {
    match (values, columns) {
        (
            FieldValues::Text(texts)
            | FieldValues::Keyword(texts)
            | FieldValues::Code(texts)
            | FieldValues::Category(texts),
            FieldColumns::Strings(field),
        ) => texts.iter().for_each(|text| document.add_text(field, text)),
        (FieldValues::Number(numbers), FieldColumns::Numbers(field)) => {
            numbers.iter().for_each(|&number| document.add_f64(field, number));
        }
        (
            FieldValues::Money(integers) | FieldValues::Date(integers),
            FieldColumns::Integers(field),
        ) => {
            integers.iter().for_each(|&integer| document.add_i64(field, integer));
        }
        (FieldValues::Bool(bools), FieldColumns::Bools(field)) => {
            bools.iter().for_each(|&value| document.add_bool(field, value));
        }
        (FieldValues::Geo(points), FieldColumns::Geo { lat, lon }) => {
            for point in points {
                document.add_f64(lat, point.lat);
                document.add_f64(lon, point.lon);
            }
        }
        (FieldValues::Attributes(pairs), FieldColumns::Attributes(field)) if !pairs.is_empty() => {
            let mut object: BTreeMap<String, Vec<OwnedValue>> = BTreeMap::new();
            for (key, value) in pairs {
                let values = object.entry(column_key(key)).or_default();
                // Built by hand: tantivy's own JSON conversion rewrites date-like strings.
                let value = match value {
                    AttributeValue::Text(text) => OwnedValue::Str(text.clone()),
                    AttributeValue::Number(number) => OwnedValue::F64(*number),
                    AttributeValue::Bool(value) => OwnedValue::Bool(*value),
                };
                if !values.contains(&value) {
                    values.push(value);
                }
            }
            let object = object
                .into_iter()
                .map(|(key, values)| (key, without_twins(values)))
                .map(|(key, mut values)| match (values.len(), values.pop()) {
                    (1, Some(value)) => (key, value),
                    (_, last) => (key, OwnedValue::Array(values.into_iter().chain(last).collect())),
                })
                .collect();
            document.add_object(field, object);
        }
        _ => {}
    }
}

/// Without the strings that are written as a number or a boolean beside them: "5" and 5 are one
/// value, which counts once.
fn without_twins(values: Vec<OwnedValue>) -> Vec<OwnedValue> {
    let typed: Vec<String> = values
        .iter()
        .filter_map(|value| match value {
            OwnedValue::F64(number) => Some(number.to_string()),
            OwnedValue::Bool(value) => Some(value.to_string()),
            _ => None,
        })
        .collect();
    let is_twin =
        |value: &OwnedValue| matches!(value, OwnedValue::Str(text) if typed.contains(text));
    values.into_iter().filter(|value| !is_twin(value)).collect()
}

/// An attribute's key as a column name: tantivy gives dots, backslashes and control characters a
/// meaning of their own, so they are moved to the private use area.
pub(crate) fn column_key(key: &str) -> String {
    key.chars()
        .map(|c| match c {
            '.' => '\u{E000}',
            '\\' => '\u{E001}',
            c if c.is_control() => char::from_u32(0xE100 + u32::from(c)).unwrap_or('\u{E002}'),
            c => c,
        })
        .collect()
}
