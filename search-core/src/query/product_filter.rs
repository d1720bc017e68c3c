//! A filter tested on a product itself, with no index in between.

use super::condition::{Condition, Range};
use crate::catalog::Catalog;
use crate::document::{AttributeValue, FieldValues, Product};
use crate::error::RequestError;
use crate::index::ColumnKey;
use crate::search::distance_meters;

/// A filter for single products; it passes those that a search with the same filter finds.
///
/// ```
/// use search_core::{Catalog, Product, ProductFilter};
///
/// let catalog = Catalog::parse("name = \"shoes\"\n[fields.brand]\ntype = \"keyword\"\n")?;
/// let filter = ProductFilter::new("brand = \"Veltro\"", &catalog)?;
/// let product = Product::from_json(&catalog, br#"{"id": 1, "brand": ["Kestrel", "Veltro"]}"#)?;
/// assert!(filter.passes(&product));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct ProductFilter {
    condition: Condition,
}

impl ProductFilter {
    /// Reads a filter expression and checks it against the catalogue.
    ///
    /// # Errors
    /// The column and the reason when the text is no filter or does not fit the catalogue.
    pub fn new(text: &str, catalog: &Catalog) -> Result<Self, RequestError> {
        Ok(Self { condition: Condition::parse(text, catalog)? })
    }

    /// Whether the product passes; it must have been read by the same catalogue.
    pub fn passes(&self, product: &Product) -> bool {
        passes(&self.condition, product)
    }
}

fn passes(condition: &Condition, product: &Product) -> bool {
    match condition {
        Condition::All(conditions) => conditions.iter().all(|one| passes(one, product)),
        Condition::Any(conditions) => conditions.iter().any(|one| passes(one, product)),
        Condition::Not(condition) => !passes(condition, product),
        Condition::Strings { key, values } => {
            let is_value = |text: &String| values.contains(text);
            match of(key, product) {
                Found::Values(
                    FieldValues::Text(texts)
                    | FieldValues::Keyword(texts)
                    | FieldValues::Code(texts)
                    | FieldValues::Category(texts),
                ) => texts.iter().any(is_value),
                found => found
                    .attributes()
                    .any(|value| matches!(value, AttributeValue::Text(text) if is_value(text))),
            }
        }
        Condition::Numbers { key, range } => match of(key, product) {
            Found::Values(FieldValues::Number(numbers)) => any_in(numbers, range),
            found => found.attributes().any(
                |value| matches!(value, AttributeValue::Number(number) if range.contains(*number)),
            ),
        },
        Condition::Integers { key, range } => match of(key, product) {
            Found::Values(FieldValues::Money(integers) | FieldValues::Date(integers)) => {
                any_in(integers, range)
            }
            _ => false,
        },
        Condition::Bool { key, value } => match of(key, product) {
            Found::Values(FieldValues::Bool(bools)) => bools.contains(value),
            found => found.attributes().any(|found| *found == AttributeValue::Bool(*value)),
        },
        Condition::Exists { key } => match of(key, product) {
            Found::Values(FieldValues::Missing | FieldValues::Stored) => false,
            Found::Values(_) => true,
            found @ Found::Attribute(..) => found.attributes().next().is_some(),
        },
        Condition::Within { key, lat, lon, meters } => match of(key, product) {
            Found::Values(FieldValues::Geo(points)) => points
                .iter()
                .any(|point| distance_meters((*lat, *lon), (point.lat, point.lon)) <= *meters),
            _ => false,
        },
    }
}

fn any_in<T: PartialOrd + Copy>(values: &[T], range: &Range<T>) -> bool {
    values.iter().any(|value| range.contains(*value))
}

/// What a product has under a key.
enum Found<'a> {
    Values(&'a FieldValues),
    Attribute(&'a str, &'a [(String, AttributeValue)]),
}

impl<'a> Found<'a> {
    fn attributes(self) -> impl Iterator<Item = &'a AttributeValue> {
        let (key, pairs) = match self {
            Self::Attribute(key, pairs) => (key, pairs),
            Self::Values(_) => ("", [].as_slice()),
        };
        pairs.iter().filter(move |(name, _)| name == key).map(|(_, value)| value)
    }
}

fn of<'a>(key: &'a ColumnKey, product: &'a Product) -> Found<'a> {
    let values = product.values.get(key.field).unwrap_or(&FieldValues::Missing);
    match (&key.attribute, values) {
        (Some(key), FieldValues::Attributes(pairs)) => Found::Attribute(key, pairs),
        _ => Found::Values(values),
    }
}
