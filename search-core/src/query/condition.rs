//! Filters and refinements, checked against the catalogue: names are fields, values have types.

use std::ops::Bound;

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use super::filter::{self, CompareOp, Filter, Literal, LiteralValue, Predicate, Test};
use super::request::{RangeRefinement, Refinement, RefinementValue};
use crate::catalog::{Catalog, FieldKind, FieldRef, Money, Role};
use crate::document::{date_from_number, parse_date};
use crate::error::{ErrorCode, RequestError};
use crate::index::ColumnKey;
use crate::limits::MAX_IN_VALUES;

/// A condition on a product's columns.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// All hold.
    All(Vec<Condition>),
    /// One holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// One of the strings is among the values.
    Strings {
        /// The column.
        key: ColumnKey,
        /// The strings.
        values: Vec<String>,
    },
    /// A value lies in the range.
    Numbers {
        /// The column.
        key: ColumnKey,
        /// The range.
        range: Range<f64>,
    },
    /// A value (minor units, milliseconds) lies in the range.
    Integers {
        /// The column.
        key: ColumnKey,
        /// The range.
        range: Range<i64>,
    },
    /// The value is among the values.
    Bool {
        /// The column.
        key: ColumnKey,
        /// The value.
        value: bool,
    },
    /// There is a value.
    Exists {
        /// The column.
        key: ColumnKey,
    },
    /// A point lies within a distance.
    Within {
        /// The column.
        key: ColumnKey,
        /// Degrees.
        lat: f64,
        /// Degrees.
        lon: f64,
        /// The distance.
        meters: f64,
    },
}

/// A range of values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range<T> {
    /// Where it begins.
    pub from: Bound<T>,
    /// Where it ends.
    pub to: Bound<T>,
}

impl<T: PartialOrd + Copy> Range<T> {
    pub(crate) fn contains(&self, value: T) -> bool {
        (match self.from {
            Bound::Included(from) => value >= from,
            Bound::Excluded(from) => value > from,
            Bound::Unbounded => true,
        }) && (match self.to {
            Bound::Included(to) => value <= to,
            Bound::Excluded(to) => value < to,
            Bound::Unbounded => true,
        })
    }

    fn of(op: CompareOp, value: T) -> Self {
        let (from, to) = match op {
            CompareOp::Eq | CompareOp::Ne => (Bound::Included(value), Bound::Included(value)),
            CompareOp::Lt => (Bound::Unbounded, Bound::Excluded(value)),
            CompareOp::Le => (Bound::Unbounded, Bound::Included(value)),
            CompareOp::Gt => (Bound::Excluded(value), Bound::Unbounded),
            CompareOp::Ge => (Bound::Included(value), Bound::Unbounded),
        };
        Self { from, to }
    }
}

/// What is wrong with a name or a value; the caller adds the place.
type Fault = String;

impl Condition {
    /// Reads a filter and checks it against the catalogue.
    pub(crate) fn parse(text: &str, catalog: &Catalog) -> Result<Self, RequestError> {
        Self::from_filter(&filter::parse(text)?, catalog)
    }

    /// Checks a filter against the catalogue.
    pub(crate) fn from_filter(filter: &Filter, catalog: &Catalog) -> Result<Self, RequestError> {
        let list = |filters: &[Filter]| {
            filters
                .iter()
                .map(|filter| Self::from_filter(filter, catalog))
                .collect::<Result<Vec<_>, RequestError>>()
        };
        Ok(match filter {
            Filter::And(filters) => Self::All(list(filters)?),
            Filter::Or(filters) => Self::Any(list(filters)?),
            Filter::Not(filter) => Self::Not(Box::new(Self::from_filter(filter, catalog)?)),
            Filter::Predicate(predicate) => Self::from_predicate(predicate, catalog)?,
        })
    }

    fn from_predicate(predicate: &Predicate, catalog: &Catalog) -> Result<Self, RequestError> {
        let fault = |column: usize, message: Fault| {
            let message = format!("column {column}: {message}");
            RequestError::new(ErrorCode::InvalidFilter, "filter", message).at(column)
        };
        let target = Target::resolve(catalog, &predicate.field, Role::Filter)
            .map_err(|message| fault(predicate.column, message))?;
        let compare = |op: CompareOp, literal: &Literal| {
            target.compare(op, &literal.value).map_err(|message| fault(literal.column, message))
        };
        Ok(match &predicate.test {
            Test::Compare { op: CompareOp::Ne, value } => {
                Self::Not(Box::new(compare(CompareOp::Eq, value)?))
            }
            Test::Compare { op, value } => compare(*op, value)?,
            Test::In(values) => Self::any_of(
                values
                    .iter()
                    .map(|value| compare(CompareOp::Eq, value))
                    .collect::<Result<_, _>>()?,
            ),
            Test::Exists => Self::Exists { key: target.key() },
            Test::Within { lat, lon, meters } => match target.field.field.kind {
                FieldKind::Geo => {
                    Self::Within { key: target.key(), lat: *lat, lon: *lon, meters: *meters }
                }
                _ => {
                    let message = format!("WITHIN needs a geo field, {}", target.describe());
                    return Err(fault(predicate.column, message));
                }
            },
        })
    }

    /// Checks a refinement against the catalogue.
    pub(crate) fn from_refinement(
        name: &str,
        refinement: &Refinement,
        catalog: &Catalog,
    ) -> Result<Self, RequestError> {
        let fault = |message: Fault| {
            let pointer = format!("refinements.{name}");
            RequestError::new(ErrorCode::InvalidRefinement, pointer, message)
        };
        let target = Target::resolve(catalog, name, Role::Facet)
            .or_else(|_| Target::resolve(catalog, name, Role::Filter))
            .map_err(fault)?;
        match refinement {
            Refinement::Values(values) if values.len() > MAX_IN_VALUES => {
                Err(fault(format!("{} values, expected at most {MAX_IN_VALUES}", values.len())))
            }
            Refinement::Values(values) => Ok(Self::any_of(
                values
                    .iter()
                    .map(|value| target.compare(CompareOp::Eq, &target.literal(value)?))
                    .collect::<Result<_, _>>()
                    .map_err(fault)?,
            )),
            Refinement::Range(range) => target.range(range).map_err(fault),
        }
    }

    /// The disjunction, with all strings of one column in one set.
    fn any_of(conditions: Vec<Self>) -> Self {
        let mut merged: Vec<Self> = Vec::new();
        for condition in conditions {
            if let Self::Strings { key, values } = &condition {
                let same = merged.iter_mut().find_map(|known| match known {
                    Self::Strings { key: known_key, values } if known_key == key => Some(values),
                    _ => None,
                });
                if let Some(known) = same {
                    known.extend(values.iter().cloned());
                    continue;
                }
            }
            merged.push(condition);
        }
        match merged.pop() {
            Some(only) if merged.is_empty() => only,
            last => Self::Any(merged.into_iter().chain(last).collect()),
        }
    }
}

/// A field that a condition is about.
struct Target<'a> {
    name: &'a str,
    field: FieldRef<'a>,
}

impl<'a> Target<'a> {
    fn resolve(catalog: &'a Catalog, name: &'a str, role: Role) -> Result<Self, Fault> {
        let field = resolve(catalog, name, role)?;
        Ok(Self { name, field })
    }

    fn key(&self) -> ColumnKey {
        column_key(self.field)
    }

    fn describe(&self) -> String {
        format!("`{}` is of type {}", self.name, self.field.field.kind.name())
    }

    fn expected(&self, expected: &str, came: &LiteralValue) -> Fault {
        let came = match came {
            LiteralValue::String(text) => format!("the string {text:?}"),
            LiteralValue::Number(number) => format!("the number {number}"),
            LiteralValue::Bool(value) => format!("{value}"),
        };
        format!("{}: expected {expected}, got {came}", self.describe())
    }

    /// A selected value as a filter would write it; facets list all values as strings.
    fn literal(&self, value: &RefinementValue) -> Result<LiteralValue, Fault> {
        Ok(match value {
            RefinementValue::Bool(value) => LiteralValue::Bool(*value),
            RefinementValue::Number(number) => LiteralValue::Number(
                Decimal::from_f64(*number)
                    .ok_or_else(|| format!("`{}`: {number} is out of range", self.name))?,
            ),
            RefinementValue::Text(text) => match self.field.field.kind {
                FieldKind::Number | FieldKind::Money(_) => text
                    .parse()
                    .map_or_else(|_| LiteralValue::String(text.clone()), LiteralValue::Number),
                FieldKind::Bool => text
                    .parse()
                    .map_or_else(|_| LiteralValue::String(text.clone()), LiteralValue::Bool),
                _ => LiteralValue::String(text.clone()),
            },
        })
    }

    fn compare(&self, op: CompareOp, value: &LiteralValue) -> Result<Condition, Fault> {
        let key = self.key();
        match &self.field.field.kind {
            FieldKind::Text | FieldKind::Keyword | FieldKind::Code | FieldKind::Category { .. } => {
                if op != CompareOp::Eq {
                    return Err(format!("{}: only =, != and IN compare it", self.describe()));
                }
                let text = match value {
                    LiteralValue::String(text) => text.clone(),
                    LiteralValue::Number(number) => number.to_string(),
                    LiteralValue::Bool(value) => value.to_string(),
                };
                Ok(Condition::Strings { key, values: vec![text] })
            }
            FieldKind::Number => match value {
                LiteralValue::Number(number) => {
                    Ok(Condition::Numbers { key, range: Range::of(op, to_f64(*number)?) })
                }
                _ => Err(self.expected("a number", value)),
            },
            FieldKind::Money(money) => match value {
                LiteralValue::Number(amount) => {
                    Ok(Condition::Integers { key, range: minor_range(*money, op, *amount)? })
                }
                _ => Err(self.expected("a number in major units", value)),
            },
            FieldKind::Date => {
                let millis = match value {
                    LiteralValue::String(text) => parse_date(text),
                    LiteralValue::Number(number) => number.to_i64().and_then(date_from_number),
                    LiteralValue::Bool(_) => None,
                };
                let millis =
                    millis.ok_or_else(|| self.expected("a date such as \"2026-01-31\"", value))?;
                Ok(Condition::Integers { key, range: Range::of(op, millis) })
            }
            FieldKind::Bool => match value {
                LiteralValue::Bool(value) if op == CompareOp::Eq => {
                    Ok(Condition::Bool { key, value: *value })
                }
                LiteralValue::Bool(_) => {
                    Err(format!("{}: only = and != compare it", self.describe()))
                }
                _ => Err(self.expected("true or false", value)),
            },
            FieldKind::Attributes => self.compare_attribute(op, value, &key),
            FieldKind::Geo => Err(format!("{}: only WITHIN and EXISTS test it", self.describe())),
            FieldKind::Stored => Err(format!("{}: it cannot be filtered", self.describe())),
        }
    }

    /// An attribute may hold values of several types: equality looks at each of them.
    fn compare_attribute(
        &self,
        op: CompareOp,
        value: &LiteralValue,
        key: &ColumnKey,
    ) -> Result<Condition, Fault> {
        let text = |text: String| Condition::Strings { key: key.clone(), values: vec![text] };
        match (op, value) {
            (CompareOp::Eq, LiteralValue::String(value)) => {
                // A facet lists numbers and booleans as strings; they come back as such.
                let number = value.parse::<f64>().ok().filter(|number| number.is_finite());
                let typed = number
                    .map(|number| Condition::Numbers {
                        key: key.clone(),
                        range: Range::of(CompareOp::Eq, number),
                    })
                    .or_else(|| {
                        let value = value.parse().ok()?;
                        Some(Condition::Bool { key: key.clone(), value })
                    });
                Ok(match typed {
                    Some(typed) => Condition::Any(vec![text(value.clone()), typed]),
                    None => text(value.clone()),
                })
            }
            (CompareOp::Eq, LiteralValue::Bool(value)) => Ok(Condition::Any(vec![
                Condition::Bool { key: key.clone(), value: *value },
                text(value.to_string()),
            ])),
            (op, LiteralValue::Number(number)) => {
                let range = Range::of(op, to_f64(*number)?);
                let numbers = Condition::Numbers { key: key.clone(), range };
                Ok(match op {
                    CompareOp::Eq => Condition::Any(vec![numbers, text(number.to_string())]),
                    _ => numbers,
                })
            }
            (_, value) => Err(self.expected("a number to compare with", value)),
        }
    }

    /// Both bounds hold for one and the same value of the field.
    fn range(&self, range: &RangeRefinement) -> Result<Condition, Fault> {
        let one_of = |a: (CompareOp, &Option<RefinementValue>),
                      b: (CompareOp, &Option<RefinementValue>),
                      names: &str| {
            let bound = match (a.1, b.1) {
                (Some(_), Some(_)) => {
                    return Err(format!("`{}`: give {names}, not both", self.name));
                }
                (Some(value), None) => (a.0, value),
                (None, Some(value)) => (b.0, value),
                (None, None) => return Ok(None),
            };
            self.compare(bound.0, &self.literal(bound.1)?).map(Some)
        };
        let lower = one_of((CompareOp::Ge, &range.gte), (CompareOp::Gt, &range.gt), "gte or gt")?;
        let upper = one_of((CompareOp::Le, &range.lte), (CompareOp::Lt, &range.lt), "lte or lt")?;
        match (lower, upper) {
            (None, None) => Err(format!("`{}`: a range needs gte, gt, lte or lt", self.name)),
            (Some(only), None) | (None, Some(only)) => Ok(only),
            (
                Some(Condition::Numbers { key, range: Range { from, .. } }),
                Some(Condition::Numbers { range: Range { to, .. }, .. }),
            ) => Ok(Condition::Numbers { key, range: Range { from, to } }),
            (
                Some(Condition::Integers { key, range: Range { from, .. } }),
                Some(Condition::Integers { range: Range { to, .. }, .. }),
            ) => Ok(Condition::Integers { key, range: Range { from, to } }),
            (Some(lower), Some(upper)) => Ok(Condition::All(vec![lower, upper])),
        }
    }
}

/// The field of a name in a request, if it has the role.
pub(crate) fn resolve<'a>(
    catalog: &'a Catalog,
    name: &'a str,
    role: Role,
) -> Result<FieldRef<'a>, Fault> {
    let Some(found) = catalog.resolve(name) else {
        let known: Vec<&str> = catalog
            .fields()
            .iter()
            .filter(|field| field.has(role))
            .map(|field| field.name.as_str())
            .collect();
        return Err(format!("unknown field `{name}`, expected one of {}", known.join(", ")));
    };
    if !found.field.has(role) {
        return Err(format!("field `{name}` has no role `{}` in the catalogue", role.name()));
    }
    if found.field.kind == FieldKind::Attributes && found.key.is_none() {
        return Err(format!("`{name}` is an open map, expected `{name}.<key>`"));
    }
    Ok(found)
}

pub(crate) fn column_key(field: FieldRef<'_>) -> ColumnKey {
    ColumnKey { field: field.index, attribute: field.key.map(str::to_owned) }
}

fn to_f64(number: Decimal) -> Result<f64, Fault> {
    number.to_f64().ok_or_else(|| format!("{number} is out of range"))
}

/// An amount in major units as a range of minor units; amounts finer than the minor unit fall
/// between two of them.
fn minor_range(money: Money, op: CompareOp, amount: Decimal) -> Result<Range<i64>, Fault> {
    let out_of_range = || format!("{amount} is out of range");
    let exact = money.scale_to_minor(amount).map_err(|_| out_of_range())?;
    let floor = exact.floor().to_i64().ok_or_else(out_of_range)?;
    if exact.fract().is_zero() {
        return Ok(Range::of(op, floor));
    }
    Ok(match op {
        CompareOp::Eq | CompareOp::Ne => {
            Range { from: Bound::Excluded(floor), to: Bound::Included(floor) }
        }
        CompareOp::Lt | CompareOp::Le => Range::of(CompareOp::Le, floor),
        CompareOp::Gt | CompareOp::Ge => Range::of(CompareOp::Gt, floor),
    })
}
