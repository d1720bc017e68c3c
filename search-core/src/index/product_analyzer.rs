//! The terms by which a product is found: the same whatever they are written into.

use std::sync::Arc;

use super::says::Says;
use super::schema::is_searched;
use crate::analysis::{Analyzer, Analyzers, Token, TokenKind, edge_ngrams, ngrams};
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
/// The lengths of the beginnings that an `edge_ngram` field records.
const EDGE_NGRAMS: std::ops::RangeInclusive<usize> = 2..=15;

/// Takes the terms of a product, in the order of its fields, heaviest first.
pub trait TermSink {
    /// A stemmed word. Each field has a range of positions of its own, in ascending order; the
    /// word of a heavy field counts several times.
    fn word(&mut self, term: &str, position: u32, repeat: u32);
    /// A whole value of few words, such as `=laptop bag`: what the product is, or whose. It comes
    /// once for each field that says so.
    fn whole_value(&mut self, term: &str, position: u32);
    /// An unstemmed word that completes what is typed, or that stemming changed.
    fn surface(&mut self, surface: &str);
    /// Some characters of a code; its pieces are phrases of these.
    fn gram(&mut self, gram: &str, position: u32);
}

/// Turns products into the terms by which they are found; immutable, used by many threads at once.
///
/// The index is made of these terms, and so is whatever else is to find the same products.
///
/// ```
/// use std::sync::Arc;
///
/// use search_core::{Catalog, Product, ProductAnalyzer, TermSink};
///
/// #[derive(Default)]
/// struct Words(Vec<String>);
///
/// impl TermSink for Words {
///     fn word(&mut self, term: &str, _position: u32, _repeat: u32) {
///         self.0.push(term.to_owned());
///     }
///     fn whole_value(&mut self, _term: &str, _position: u32) {}
///     fn surface(&mut self, _surface: &str) {}
///     fn gram(&mut self, _gram: &str, _position: u32) {}
/// }
///
/// let catalog = Arc::new(Catalog::parse("name = \"shoes\"\n[fields.title]\ntype = \"text\"\n")?);
/// let product = Product::from_json(&catalog, br#"{"id": 1, "title": "Running shoes"}"#)?;
/// let mut words = Words::default();
/// ProductAnalyzer::new(&catalog).analyze(&product, &mut words);
/// assert_eq!(words.0, ["run", "shoe"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ProductAnalyzer {
    catalog: Arc<Catalog>,
    analyzers: Arc<Analyzers>,
    /// The field in which products name their language.
    language_field: Option<usize>,
    /// The searched fields, heaviest first.
    searched: Vec<SearchedField>,
    /// Fields whose values are found by any piece of them.
    gramed: Vec<usize>,
    /// How often a word of a field of weight 1 counts.
    pub(crate) unit: f32,
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

impl ProductAnalyzer {
    /// For the products of a catalogue.
    pub fn new(catalog: &Arc<Catalog>) -> Self {
        Self::with(catalog, &Arc::new(Analyzers::new(catalog)))
    }

    pub(crate) fn with(catalog: &Arc<Catalog>, analyzers: &Arc<Analyzers>) -> Self {
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

    /// How often a word of the heaviest field counts, at most.
    pub fn heaviest(&self) -> u32 {
        self.searched.first().map_or(1, |field| field.repeat)
    }

    /// Gives the terms of a product of this catalogue.
    pub fn analyze(&self, product: &Product, sink: &mut impl TermSink) {
        self.add_words(product, sink);
        self.add_ngrams(product, sink);
    }

    fn add_words(&self, product: &Product, sink: &mut impl TermSink) {
        let mut words = Words::new(sink);
        let of_product = self.analyzer_of(product);
        let mut end = 0;
        for field in &self.searched {
            let Some(values) = product.values.get(field.index) else { continue };
            let analyzer = of_product.filter(|_| field.follows_document).unwrap_or(&field.analyzer);
            let last = field.base + MAX_POSITIONS_PER_FIELD - 1;
            let mut start = field.base;
            for (text, says) in searched_texts(values, field) {
                let next = words.push_text(field, analyzer, text, start, last);
                match (says, field.separator.as_deref()) {
                    (Says::Title, _) => {
                        words.titles.push((analyzer, text, std::mem::take(&mut words.tokens)));
                    }
                    (Says::Kind, Some(separator)) => {
                        for level in text.split(separator) {
                            words.name_level(analyzer, level);
                        }
                    }
                    (Says::Kind, None) => words.name_type(analyzer, text),
                    (Says::Maker, _) => words.name_whole(),
                    (Says::Particular | Says::Nothing, _) => {}
                }
                if matches!(says, Says::Maker | Says::Particular) {
                    words.note_particulars();
                }
                start = (next + VALUE_GAP).min(last);
            }
            words.push_names(start);
            end = last;
        }
        words.name_titles();
        words.push_names(end);
    }

    fn add_ngrams(&self, product: &Product, sink: &mut impl TermSink) {
        let mut position = 0;
        for &index in &self.gramed {
            let Some(FieldValues::Code(values) | FieldValues::Text(values)) =
                product.values.get(index)
            else {
                continue;
            };
            for value in values {
                for gram in ngrams(value, CODE_NGRAM) {
                    sink.gram(&gram, position);
                    position += 1;
                }
                position += VALUE_GAP;
            }
        }
    }
}
/// The term of a whole value: a product with the value "Coffee makers" is what a query "coffee
/// maker" means, one that merely mentions them is not. No word of a text begins with its mark.
pub(crate) fn whole_value(terms: &[&str]) -> String {
    format!("{WHOLE_VALUE}{}", terms.join(" "))
}

/// A product's words on their way.
struct Words<'a, S> {
    sink: &'a mut S,
    /// Of the text that was pushed last.
    tokens: Vec<Token>,
    titles: Vec<(&'a Analyzer, &'a str, Vec<Token>)>,
    /// Whole values that the field at hand gives.
    names: Vec<String>,
    /// Terms of short values.
    particulars: Vec<String>,
}

impl<'a, S: TermSink> Words<'a, S> {
    fn new(sink: &'a mut S) -> Self {
        Self {
            sink,
            tokens: Vec::new(),
            titles: Vec::new(),
            names: Vec::new(),
            particulars: Vec::new(),
        }
    }

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
        // What follows the noun phrase of a title is what the product has or is for.
        let named = match field.says {
            Says::Title if field.repeat > 1 => {
                analyzer.noun_phrase(text, &self.tokens, |_| false).end()
            }
            _ => None,
        };
        let mut next = start;
        for token in &self.tokens {
            let position = (start + token.position).min(last);
            let is_part = token.kind == TokenKind::Subword;
            // A part says less of a product than the whole word: a shoe cabinet is no shoe.
            let says_less = is_part || named.is_some_and(|end| token.position > end);
            let repeat = if says_less { field.repeat.div_ceil(2) } else { field.repeat };
            self.sink.word(&token.term, position, repeat);
            let is_word = token.kind == TokenKind::Word || is_part;
            if is_word && ((field.suggests && !is_part) || token.surface != token.term) {
                self.sink.surface(&token.surface);
            }
            if field.edge_grams {
                let (shortest, longest) = EDGE_NGRAMS.into_inner();
                for beginning in edge_ngrams(&token.surface, shortest, longest) {
                    self.sink.word(&beginning, position, field.repeat);
                }
            }
            next = position + 1;
        }
        next
    }

    /// Names the product by the last text as a whole.
    fn name_whole(&mut self) {
        self.names.extend(short_value(&self.tokens).map(|terms| whole_value(&terms)));
    }

    /// Names it by a level of a category.
    fn name_level(&mut self, analyzer: &Analyzer, level: &str) {
        self.tokens.clear();
        analyzer.analyze_into(level, &mut self.tokens);
        self.name_whole();
    }

    /// Names it by its type, the last text: a "Portable projector" is a projector.
    fn name_type(&mut self, analyzer: &Analyzer, text: &str) {
        let phrase = analyzer.noun_phrase(text, &self.tokens, |_| false);
        self.names.extend(phrase.names(MAX_VALUE_WORDS).iter().map(|name| whole_value(name)));
        self.name_whole();
    }

    /// Adds the names that a field gave, each once: how often a name is there tells how many
    /// fields agree on it.
    fn push_names(&mut self, position: u32) {
        self.names.sort_unstable();
        self.names.dedup();
        for name in self.names.drain(..) {
            self.sink.whole_value(&name, position);
        }
    }

    /// Remembers the words of the last text, if it is short: in a title they do not say what the
    /// product is.
    fn note_particulars(&mut self) {
        let terms = short_value(&self.tokens).unwrap_or_default();
        self.particulars.extend(terms.into_iter().map(str::to_owned));
    }

    /// Names it by what the titles say that it is, when all particulars are known: "bag" and
    /// "laptop bag" for a "Targus Laptop Bag, black"; and by titles that are short as a whole.
    fn name_titles(&mut self) {
        for (analyzer, title, tokens) in &self.titles {
            let is_particular = |term: &str| self.particulars.iter().any(|known| known == term);
            let phrase = analyzer.noun_phrase(title, tokens, is_particular);
            self.names.extend(phrase.names(MAX_VALUE_WORDS).iter().map(|name| whole_value(name)));
            self.names.extend(short_value(tokens).map(|terms| whole_value(&terms)));
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
                AttributeValue::Text(text) => Some((text.as_str(), Says::of_attribute(key))),
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
