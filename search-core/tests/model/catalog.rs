//! The catalogue of the model and the small vocabularies that its values are drawn from.

use search_core::Catalog;

/// Words that no stemmer changes, no two of them within two edits of each other, joined or not.
pub(crate) const WORDS: [&str; 7] =
    ["lantern", "bucket", "violin", "carpet", "hammock", "pillow", "trumpet"];
/// A word of the same kind that no product has.
pub(crate) const UNUSED_WORD: &str = "zeppelin";

pub(super) const BRANDS: [&str; 5] = ["Acme", "Zenit", "Ökö Ltd", "acme", "B \"quoted\" \\ Co"];
pub(super) const CATEGORIES: [&[&str]; 6] = [
    &["Home", "Kitchen"],
    &["Home", "Kitchen", "Knives"],
    &["Home", "Garden"],
    &["Music", "Wind"],
    &["Music", "Wind", "Brass"],
    &["Homeware", "Kitchen"],
];
pub(super) const COLORS: [&str; 4] = ["red", "Red", "dark blue", "grün"];
pub(super) const SIZES: [&str; 4] = ["S", "M", "XL", "10"];
pub(super) const SKUS: [&str; 4] = ["AB-1234", "AB-1235", "x_99", "0007"];
pub(super) const DAYS: [&str; 4] =
    ["1969-12-31", "2024-02-29", "2024-03-01T12:30:00Z", "2026-11-22"];
/// Latitude and longitude; Berlin, Potsdam, Hamburg, Suva, Apia on the other side of the date
/// line, and the north pole.
pub(super) const PLACES: [(f64, f64); 6] = [
    (52.52, 13.405),
    (52.4, 13.06),
    (53.55, 9.993),
    (-18.14, 178.44),
    (-13.83, -171.77),
    (90.0, 0.0),
];

/// The catalogue file.
pub(crate) const CATALOG: &str = r#"
        name = "model"
        id = "id"
        [fields.title]
        type = "text"
        roles = ["search", "highlight", "return"]
        weight = 4.0
        [fields.description]
        type = "text"
        roles = ["search", "return"]
        [fields.brand]
        type = "keyword"
        roles = ["facet", "filter", "sort", "return"]
        [fields.category]
        type = "category"
        roles = ["facet", "filter", "return"]
        [fields.price]
        path = "price_cents"
        type = "money"
        unit = "minor"
        roles = ["facet", "filter", "sort", "return"]
        [fields.rating]
        type = "number"
        [fields.in_stock]
        type = "bool"
        [fields.released]
        type = "date"
        [fields.location]
        type = "geo"
        [fields.sku]
        type = "code"
        roles = ["facet", "filter", "sort"]
        [fields.attributes]
        type = "attributes"
        "#;

pub(crate) fn catalog() -> Catalog {
    Catalog::parse(CATALOG).unwrap()
}

/// A field that requests of the model speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Field {
    Brand,
    Category,
    Price,
    Rating,
    InStock,
    Released,
    Location,
    Sku,
    Color,
    Size,
    Weight,
    Flag,
}

impl Field {
    pub(super) const STRINGS: [Self; 5] =
        [Self::Brand, Self::Category, Self::Sku, Self::Color, Self::Size];
    pub(super) const NUMBERS: [Self; 3] = [Self::Price, Self::Rating, Self::Weight];
    pub(super) const BOOLS: [Self; 2] = [Self::InStock, Self::Flag];
    pub(super) const FACETS: [Self; 10] = [
        Self::Brand,
        Self::Category,
        Self::Price,
        Self::Rating,
        Self::InStock,
        Self::Sku,
        Self::Color,
        Self::Size,
        Self::Weight,
        Self::Flag,
    ];
    pub(super) const SORTS: [Self; 6] =
        [Self::Brand, Self::Price, Self::Rating, Self::InStock, Self::Released, Self::Sku];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Brand => "brand",
            Self::Category => "category",
            Self::Price => "price",
            Self::Rating => "rating",
            Self::InStock => "in_stock",
            Self::Released => "released",
            Self::Location => "location",
            Self::Sku => "sku",
            Self::Color => "attributes.color",
            Self::Size => "attributes.size",
            Self::Weight => "attributes.weight",
            Self::Flag => "attributes.flag",
        }
    }

    /// The values that the strings of this field are drawn from, and one that no product has.
    pub(super) fn strings(self) -> Vec<String> {
        let texts: Vec<String> = match self {
            Self::Brand => BRANDS.map(str::to_owned).to_vec(),
            Self::Category => {
                let levels = CATEGORIES
                    .iter()
                    .flat_map(|path| (1..=path.len()).map(|depth| path[..depth].join(" > ")));
                levels.collect()
            }
            Self::Sku => SKUS.map(str::to_owned).to_vec(),
            Self::Color => COLORS.map(str::to_owned).to_vec(),
            Self::Size => SIZES.map(str::to_owned).to_vec(),
            _ => Vec::new(),
        };
        texts.into_iter().chain(["nobody has this".to_owned()]).collect()
    }
}

/// A value of a field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Value {
    Text(String),
    /// In hundredths, so that nothing is ever rounded.
    Number(i64),
    Bool(bool),
    /// A place in [`DAYS`], which ascends.
    Day(usize),
    /// A place in [`PLACES`].
    Place(usize),
}

impl Value {
    /// As a facet lists it.
    pub(super) fn listed(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(hundredths) => decimal(*hundredths),
            Self::Bool(value) => value.to_string(),
            Self::Day(day) => DAYS[*day].to_owned(),
            Self::Place(place) => format!("{:?}", PLACES[*place]),
        }
    }
}

/// Hundredths in decimal, without idle zeros: `19.9`, `0.05`, `7`.
pub(super) fn decimal(hundredths: i64) -> String {
    let (sign, whole) = if hundredths < 0 { ("-", -hundredths) } else { ("", hundredths) };
    let text = format!("{sign}{}.{:02}", whole / 100, whole % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
