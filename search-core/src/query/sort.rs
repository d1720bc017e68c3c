//! Sort keys: `price:asc`, `rating:desc`, `distance(location, 52.5, 13.4):asc`.

use super::condition::{column_key, resolve};
use crate::catalog::{Catalog, FieldKind, Role};
use crate::error::{ErrorCode, RequestError};
use crate::index::ColumnKey;

/// One sort key; products without a value come last in either direction.
#[derive(Debug, Clone, PartialEq)]
pub struct SortKey {
    /// What is compared.
    pub by: SortBy,
    /// Whether the largest comes first.
    pub descending: bool,
}

/// What is compared. Of several values of a product the smallest counts when ascending, the
/// largest when descending.
#[derive(Debug, Clone, PartialEq)]
pub enum SortBy {
    /// Strings, by their bytes.
    Strings(ColumnKey),
    /// Numbers.
    Numbers(ColumnKey),
    /// Minor units or milliseconds.
    Integers(ColumnKey),
    /// False before true.
    Bools(ColumnKey),
    /// Metres from a point.
    Distance {
        /// The column of the points.
        key: ColumnKey,
        /// Degrees.
        lat: f64,
        /// Degrees.
        lon: f64,
    },
    /// The relevance.
    Score,
}

impl SortKey {
    pub(crate) fn parse(
        text: &str,
        catalog: &Catalog,
        pointer: &str,
    ) -> Result<Self, RequestError> {
        let fault = |message: String| {
            RequestError::new(ErrorCode::InvalidSort, pointer.to_owned(), message)
        };
        let (name, descending) = match text.rsplit_once(':') {
            Some((name, "asc")) => (name.trim(), false),
            Some((name, "desc")) => (name.trim(), true),
            _ => {
                return Err(fault(format!("expected `field:asc` or `field:desc`, got {text:?}")));
            }
        };
        if name == "_score" {
            return Ok(Self { by: SortBy::Score, descending });
        }
        if let Some(arguments) = name.strip_prefix("distance(").and_then(|n| n.strip_suffix(')')) {
            let by = distance(arguments, catalog).map_err(fault)?;
            return Ok(Self { by, descending });
        }
        let found = resolve(catalog, name, Role::Sort).map_err(fault)?;
        let key = column_key(found);
        let by = match found.field.kind {
            FieldKind::Text | FieldKind::Keyword | FieldKind::Code | FieldKind::Category { .. } => {
                SortBy::Strings(key)
            }
            FieldKind::Number | FieldKind::Attributes => SortBy::Numbers(key),
            FieldKind::Money(_) | FieldKind::Date => SortBy::Integers(key),
            FieldKind::Bool => SortBy::Bools(key),
            FieldKind::Geo => {
                return Err(fault(format!("sort by `distance({name}, lat, lon):asc`")));
            }
            FieldKind::Stored => return Err(fault(format!("field `{name}` cannot be sorted"))),
        };
        Ok(Self { by, descending })
    }
}

fn distance(arguments: &str, catalog: &Catalog) -> Result<SortBy, String> {
    let parts: Vec<&str> = arguments.split(',').map(str::trim).collect();
    let [name, lat, lon] = parts.as_slice() else {
        return Err("expected distance(field, lat, lon)".to_owned());
    };
    let found = resolve(catalog, name, Role::Sort)?;
    if found.field.kind != FieldKind::Geo {
        return Err(format!(
            "distance needs a geo field, `{name}` is of type {}",
            found.field.kind.name()
        ));
    }
    let degrees = |text: &str, most: f64, what: &str| match text.parse::<f64>() {
        Ok(value) if (-most..=most).contains(&value) => Ok(value),
        _ => Err(format!("the {what} is {text:?}, expected -{most} to {most}")),
    };
    let key = column_key(found);
    Ok(SortBy::Distance {
        key,
        lat: degrees(lat, 90.0, "latitude")?,
        lon: degrees(lon, 180.0, "longitude")?,
    })
}
