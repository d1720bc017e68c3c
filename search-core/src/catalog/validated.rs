//! The catalogue that passed every check.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::compounds::{Compounds, Files, kept_name};
use super::{
    CatalogError, Field, FieldKind, FieldPath, Language, Ranking, Role, Signal, raw::RawCatalog,
    rules,
};

/// A validated catalogue: what a collection's documents look like and what each field is for.
///
/// ```
/// use search_core::{Catalog, Role};
///
/// let catalog = Catalog::parse(
///     r#"
///     name = "products"
///
///     [fields.title]
///     type = "text"
///     weight = 4.0
///     "#,
/// )?;
/// assert!(catalog.field("title").is_some_and(|title| title.has(Role::Search)));
/// # Ok::<(), search_core::CatalogError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Catalog {
    pub(super) name: String,
    pub(super) id_path: Option<FieldPath>,
    pub(super) language: Language,
    pub(super) language_field: Option<String>,
    pub(super) languages: Vec<Language>,
    pub(super) compounds: Compounds,
    pub(super) group_by: Option<String>,
    pub(super) fields: Vec<Field>,
    pub(super) signals: Vec<Signal>,
    pub(super) ranking: Ranking,
    pub(super) toml: String,
}

impl Catalog {
    /// Reads a catalogue from its text, which must need no other file.
    pub fn parse(toml: &str) -> Result<Catalog, CatalogError> {
        rules::check(RawCatalog::parse(toml)?, toml, Files::None)
    }

    /// Reads a catalogue from a file, and the files that it names from beside it.
    pub fn load(path: &Path) -> Result<Catalog, CatalogError> {
        let toml = read(path)?;
        let dir = path.parent().unwrap_or(Path::new(""));
        rules::check(RawCatalog::parse(&toml)?, &toml, Files::Beside(dir))
    }

    /// Reads the catalogue that a generation was built with.
    pub(crate) fn load_kept(dir: &Path) -> Result<Catalog, CatalogError> {
        let toml = read(&dir.join(CATALOG_FILE))?;
        rules::check(RawCatalog::parse(&toml)?, &toml, Files::Kept(dir))
    }

    /// Reads a catalogue from what [`files`](Self::files) gave.
    pub fn from_files(files: &BTreeMap<String, String>) -> Result<Catalog, CatalogError> {
        let toml = files.get(CATALOG_FILE).map_or("", String::as_str);
        rules::check(RawCatalog::parse(toml)?, toml, Files::Given(files))
    }

    /// The catalogue and the files that it names, as a generation keeps them: names and contents.
    pub fn files(&self) -> impl Iterator<Item = (String, String)> {
        let compounds = self.compounds.iter();
        let compounds = compounds.map(|(language, words)| (kept_name(*language), words.join("\n")));
        compounds.chain([(CATALOG_FILE.to_owned(), self.toml.clone())])
    }

    /// Whether words without digits are found by any piece of them.
    pub(crate) fn has_text_grams(&self) -> bool {
        self.fields.iter().any(|field| field.analyzer.as_deref() == Some("ngram"))
    }

    /// The name, which is part of every URL.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the id is in a document; `None` means `_id`, else `id`.
    pub fn id_path(&self) -> Option<&FieldPath> {
        self.id_path.as_ref()
    }

    /// The language of all words that are in no other.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The field in which a product names the language of its texts.
    pub fn language_field(&self) -> Option<&str> {
        self.language_field.as_deref()
    }

    /// The languages in which words may be; the catalogue's own is the first.
    pub fn languages(&self) -> Vec<Language> {
        let mut languages = vec![self.language];
        let of_fields = self.fields.iter().filter_map(|field| field.language);
        for language in of_fields.chain(self.languages.iter().copied()) {
            if !languages.contains(&language) {
                languages.push(language);
            }
        }
        languages
    }

    /// The language in which a product with these tags in its [`language_field`](Self::language_field)
    /// is analysed: the first that is one of [`languages`](Self::languages), else the catalogue's.
    pub(crate) fn language_of_tags<'t>(&self, tags: impl Iterator<Item = &'t str>) -> Language {
        let mut known = tags.filter_map(|tag| Language::from_tag(tag.trim()).ok().flatten());
        known.find(|language| self.languages.contains(language)).unwrap_or(self.language)
    }

    /// The language in which a document is analysed.
    pub(crate) fn language_of_document(&self, document: &Value) -> Language {
        let field = self.language_field.as_deref().and_then(|name| self.field(name));
        let Some(field) = field else { return self.language };
        let values = field.path.get_all(document);
        let texts = values.iter().flat_map(|value| match value {
            Value::Array(values) => values.as_slice(),
            value => std::slice::from_ref(*value),
        });
        self.language_of_tags(texts.filter_map(Value::as_str))
    }

    /// The words of which the compounds of a language are made.
    pub fn compounds(&self, language: Language) -> Option<&Arc<[String]>> {
        self.compounds.get(&language)
    }

    /// The field whose value variants of a product share.
    pub fn group_by(&self) -> Option<&str> {
        self.group_by.as_deref()
    }

    /// The fields, in the order of the file.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The ranking signals, in the order of the file.
    pub fn signals(&self) -> &[Signal] {
        &self.signals
    }

    /// What the ways to match are worth.
    pub fn ranking(&self) -> &Ranking {
        &self.ranking
    }

    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// What a name in a request stands for: a field (`price`) or one key of an attributes field
    /// (`attributes.color`). Keys may contain dots, so the longest declared name wins.
    pub fn resolve<'a>(&'a self, name: &'a str) -> Option<FieldRef<'a>> {
        let fields = || self.fields.iter().enumerate();
        if let Some((index, field)) = fields().find(|(_, field)| field.name == name) {
            return Some(FieldRef { field, index, key: None });
        }
        fields()
            .filter(|(_, field)| field.kind == FieldKind::Attributes)
            .filter_map(|(index, field)| {
                let key = name.strip_prefix(&*field.name)?.strip_prefix('.')?;
                (!key.is_empty()).then_some(FieldRef { field, index, key: Some(key) })
            })
            .max_by_key(|found| found.field.name.len())
    }

    /// The text that the catalogue was read from.
    pub fn as_toml(&self) -> &str {
        &self.toml
    }

    /// Whether two catalogues differ in comments and layout only; the files that they name count.
    pub fn declares_the_same(&self, other: &Self) -> bool {
        let keys = |catalog: &Self| catalog.toml.parse::<toml::Table>().ok();
        keys(self) == keys(other) && self.compounds == other.compounds
    }

    /// Whether the whole document is returned, because no field has the role `return`.
    pub fn returns_everything(&self) -> bool {
        !self.fields.iter().any(|field| field.has(Role::Return))
    }
}

/// The name of the file in a generation.
const CATALOG_FILE: &str = "catalog.toml";

fn read(path: &Path) -> Result<String, CatalogError> {
    std::fs::read_to_string(path)
        .map_err(|source| CatalogError::Unreadable { path: path.to_owned(), source })
}

/// What a name in a request stands for.
#[derive(Debug, Clone, Copy)]
pub struct FieldRef<'a> {
    /// The declared field.
    pub field: &'a Field,
    /// Its place in [`Catalog::fields`].
    pub index: usize,
    /// The key inside an attributes field.
    pub key: Option<&'a str>,
}
