//! One declared field and its kind.

use super::{FieldPath, Language, Money, Role, Roles};

/// The analyzers that a text field can name; the first is the default.
pub const ANALYZERS: [&str; 3] = ["standard", "ngram", "edge_ngram"];

/// A declared field.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The name by which requests and answers know it.
    pub name: String,
    /// Where its values are in a document.
    pub path: FieldPath,
    /// What its values are.
    pub kind: FieldKind,
    /// What it is for.
    pub roles: Roles,
    /// How much a match in it counts in the score.
    pub weight: f32,
    /// One of [`ANALYZERS`], if the catalogue names one.
    pub analyzer: Option<String>,
    /// The language of its words, if the catalogue names one for it.
    pub language: Option<Language>,
}

impl Field {
    /// Whether the field has the role.
    pub fn has(&self, role: Role) -> bool {
        self.roles.has(role)
    }

    /// Whether its words are in the language of the product: keywords and codes are names, the
    /// same in every language.
    pub(crate) fn follows_document(&self) -> bool {
        let is_prose = matches!(
            self.kind,
            FieldKind::Text | FieldKind::Category { .. } | FieldKind::Attributes
        );
        is_prose && self.language.is_none()
    }
}

/// What the values of a field are.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldKind {
    /// Words.
    Text,
    /// An exact value: a brand, a colour.
    Keyword,
    /// SKU, EAN, part number: found exactly, by prefix and by substring, never by typos.
    Code,
    /// A path in a tree: `Audio > Headphones`.
    Category {
        /// What stands between two levels.
        separator: String,
    },
    /// A number.
    Number,
    /// An amount of money.
    Money(Money),
    /// True or false.
    Bool,
    /// A point in time.
    Date,
    /// A place.
    Geo,
    /// An open map, every key of which can be filtered and counted.
    Attributes,
    /// Only kept and returned.
    Stored,
}

impl FieldKind {
    /// The name of every kind in a catalogue.
    pub const NAMES: [&'static str; 11] = [
        "text",
        "keyword",
        "code",
        "category",
        "number",
        "money",
        "bool",
        "date",
        "geo",
        "attributes",
        "stored",
    ];

    /// The name in a catalogue.
    pub const fn name(&self) -> &'static str {
        match self {
            FieldKind::Text => "text",
            FieldKind::Keyword => "keyword",
            FieldKind::Code => "code",
            FieldKind::Category { .. } => "category",
            FieldKind::Number => "number",
            FieldKind::Money(_) => "money",
            FieldKind::Bool => "bool",
            FieldKind::Date => "date",
            FieldKind::Geo => "geo",
            FieldKind::Attributes => "attributes",
            FieldKind::Stored => "stored",
        }
    }

    /// The roles that a field of this kind can have.
    pub const fn possible_roles(&self) -> Roles {
        use Role::{Facet, Filter, Return, Search, Sort};
        Roles::of(match self {
            FieldKind::Text | FieldKind::Keyword | FieldKind::Code | FieldKind::Category { .. } => {
                &Role::ALL
            }
            FieldKind::Number | FieldKind::Money(_) | FieldKind::Bool => {
                &[Facet, Filter, Sort, Return]
            }
            FieldKind::Date | FieldKind::Geo => &[Filter, Sort, Return],
            FieldKind::Attributes => &[Search, Facet, Filter, Sort, Return],
            FieldKind::Stored => &[Return],
        })
    }

    /// The roles of a field that names none.
    pub const fn default_roles(&self) -> Roles {
        use Role::{Facet, Filter, Highlight, Search, Sort};
        Roles::of(match self {
            FieldKind::Text => &[Search, Highlight],
            FieldKind::Keyword | FieldKind::Number | FieldKind::Money(_) | FieldKind::Bool => {
                &[Facet, Filter, Sort]
            }
            FieldKind::Code => &[Search, Filter],
            FieldKind::Category { .. } | FieldKind::Attributes => &[Facet, Filter],
            FieldKind::Date | FieldKind::Geo => &[Filter, Sort],
            FieldKind::Stored => &[],
        })
    }
}
