//! The catalogue that passed every check.

use std::path::Path;

use super::{
    CatalogError, Field, FieldKind, FieldPath, Language, Role, Signal, raw::RawCatalog, rules,
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
    pub(super) group_by: Option<String>,
    pub(super) fields: Vec<Field>,
    pub(super) signals: Vec<Signal>,
    pub(super) toml: String,
}

impl Catalog {
    /// Reads a catalogue from its text.
    pub fn parse(toml: &str) -> Result<Catalog, CatalogError> {
        rules::check(RawCatalog::parse(toml)?, toml)
    }

    /// Reads a catalogue from a file.
    pub fn load(path: &Path) -> Result<Catalog, CatalogError> {
        let toml = std::fs::read_to_string(path)
            .map_err(|source| CatalogError::Unreadable { path: path.to_owned(), source })?;
        Catalog::parse(&toml)
    }

    /// The name, which is part of every URL.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the id is in a document; `None` means `_id`, else `id`.
    pub fn id_path(&self) -> Option<&FieldPath> {
        self.id_path.as_ref()
    }

    /// The language of fields that name none.
    pub fn language(&self) -> Language {
        self.language
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

    /// Whether two catalogues differ in comments and layout only.
    pub fn declares_the_same(&self, other: &Self) -> bool {
        let keys = |catalog: &Self| catalog.toml.parse::<toml::Table>().ok();
        keys(self) == keys(other)
    }

    /// Whether the whole document is returned, because no field has the role `return`.
    pub fn returns_everything(&self) -> bool {
        !self.fields.iter().any(|field| field.has(Role::Return))
    }
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
