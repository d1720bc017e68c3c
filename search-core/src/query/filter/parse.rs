//! From the text of a filter to its tree.

use std::str::FromStr;

use pest::Parser;
use pest::iterators::{Pair, Pairs};
use rust_decimal::Decimal;

use super::grammar::{FilterGrammar, Rule};
use super::source::Source;
use super::{CompareOp, Filter, FilterError, Literal, LiteralValue, Predicate, Test};
use crate::limits::{MAX_FILTER_DEPTH, MAX_FILTER_PREDICATES, MAX_IN_VALUES};

/// Longest distance of `WITHIN`: beyond half the circumference of the earth there is no place.
const MAX_DISTANCE_METERS: f64 = 20_100_000.0;

/// Reads a filter.
///
/// Linear in the length of the text, which is at most
/// [`MAX_FILTER_BYTES`](crate::limits::MAX_FILTER_BYTES). Names and types of fields are not
/// looked at.
///
/// # Errors
///
/// A [`FilterError`] with the column of the first fault: a wrong token, a number or an angle out
/// of range, or one of the limits `MAX_FILTER_*` and `MAX_IN_VALUES` of [`crate::limits`].
pub fn parse(text: &str) -> Result<Filter, FilterError> {
    let source = Source::new(text)?;
    let pairs =
        FilterGrammar::parse(Rule::filter, text).map_err(|error| source.syntax_error(&error))?;
    let body = pairs
        .flat_map(Pair::into_inner)
        .find(|pair| pair.as_rule() == Rule::any_of)
        .ok_or_else(|| source.error(0, "expected a condition"))?;
    Builder { source: &source, predicates: 0 }.any_of(body, 0)
}

/// Walks the pairs of pest; as deep as the filter is nested, which the source has bounded.
struct Builder<'s> {
    source: &'s Source<'s>,
    predicates: usize,
}

impl Builder<'_> {
    fn any_of(&mut self, pair: Pair<'_, Rule>, depth: usize) -> Result<Filter, FilterError> {
        let operands = operands(pair, Rule::all_of)
            .map(|pair| self.all_of(pair, depth))
            .collect::<Result<_, _>>()?;
        Ok(combine(operands, Filter::Or))
    }

    fn all_of(&mut self, pair: Pair<'_, Rule>, depth: usize) -> Result<Filter, FilterError> {
        let operands = operands(pair, Rule::condition)
            .map(|pair| self.condition(pair, depth))
            .collect::<Result<_, _>>()?;
        Ok(combine(operands, Filter::And))
    }

    fn condition(&mut self, pair: Pair<'_, Rule>, depth: usize) -> Result<Filter, FilterError> {
        let offset = start(&pair);
        let mut inner = pair.into_inner();
        let mut negations = 0;
        let body = loop {
            let pair = self.next(&mut inner, offset)?;
            match pair.as_rule() {
                Rule::not => negations += 1,
                _ => break pair,
            }
        };
        let is_group = body.as_rule() == Rule::group;
        let depth = depth + negations + usize::from(is_group);
        if depth > MAX_FILTER_DEPTH {
            return Err(self.source.too_deep(offset));
        }
        let filter = if is_group {
            let group = operands(body, Rule::any_of).next();
            let group = group.ok_or_else(|| self.source.error(offset, "expected a condition"))?;
            self.any_of(group, depth)?
        } else {
            self.test(body)?
        };
        Ok((0..negations).fold(filter, |filter, _| Filter::Not(Box::new(filter))))
    }

    fn test(&mut self, pair: Pair<'_, Rule>) -> Result<Filter, FilterError> {
        let offset = start(&pair);
        self.predicates += 1;
        if self.predicates > MAX_FILTER_PREDICATES {
            return Err(self.source.error(
                offset,
                format!("more than MAX_FILTER_PREDICATES = {MAX_FILTER_PREDICATES} conditions"),
            ));
        }
        let rule = pair.as_rule();
        let mut inner = pair.into_inner();
        let mut first = self.next(&mut inner, offset)?;
        if rule != Rule::predicate {
            // The words EXISTS and WITHIN and their parenthesis come before the field.
            while first.as_rule() != Rule::field {
                first = self.next(&mut inner, offset)?;
            }
        }
        let column = self.source.column(start(&first));
        let field = self.field(first)?;
        let (test, negated) = match rule {
            Rule::exists_call => (Test::Exists, false),
            Rule::within => (self.within(inner, offset)?, false),
            _ => self.predicate(inner, offset)?,
        };
        let predicate = Filter::Predicate(Predicate { field, column, test });
        Ok(if negated { Filter::Not(Box::new(predicate)) } else { predicate })
    }

    /// What follows the field: a comparison, or `[NOT] IN` and `[NOT] EXISTS`.
    fn predicate(
        &self,
        mut inner: Pairs<'_, Rule>,
        offset: usize,
    ) -> Result<(Test, bool), FilterError> {
        let mut negated = false;
        loop {
            let pair = self.next(&mut inner, offset)?;
            let test = match pair.as_rule() {
                Rule::not => {
                    negated = true;
                    continue;
                }
                Rule::exists => Test::Exists,
                Rule::operator => Test::Compare {
                    op: self.operator(&pair)?,
                    value: self.literal(self.next(&mut inner, offset)?)?,
                },
                Rule::list => Test::In(self.list(pair)?),
                _ => continue,
            };
            return Ok((test, negated));
        }
    }

    fn operator(&self, pair: &Pair<'_, Rule>) -> Result<CompareOp, FilterError> {
        CompareOp::ALL
            .into_iter()
            .find(|op| op.symbol() == pair.as_str())
            .ok_or_else(|| self.source.error(start(pair), "expected a comparison"))
    }

    fn list(&self, pair: Pair<'_, Rule>) -> Result<Vec<Literal>, FilterError> {
        let offset = start(&pair);
        let values = operands(pair, Rule::value)
            .map(|pair| self.literal(pair))
            .collect::<Result<Vec<_>, _>>()?;
        if values.len() > MAX_IN_VALUES {
            let count = values.len();
            return Err(self.source.error(
                offset,
                format!("a list of {count} values, more than MAX_IN_VALUES = {MAX_IN_VALUES}"),
            ));
        }
        Ok(values)
    }

    fn literal(&self, pair: Pair<'_, Rule>) -> Result<Literal, FilterError> {
        let offset = start(&pair);
        let mut inner = pair.into_inner();
        let pair = self.next(&mut inner, offset)?;
        let value = match pair.as_rule() {
            Rule::string => LiteralValue::String(self.string(pair)?),
            Rule::number => LiteralValue::Number(self.decimal(&pair)?),
            _ => LiteralValue::Bool(pair.as_str().eq_ignore_ascii_case("true")),
        };
        Ok(Literal { value, column: self.source.column(offset) })
    }

    fn decimal(&self, pair: &Pair<'_, Rule>) -> Result<Decimal, FilterError> {
        let text = pair.as_str();
        let number = match text.contains(['e', 'E']) {
            true => Decimal::from_scientific(text),
            false => Decimal::from_str_exact(text),
        };
        number.map_err(|_| {
            let reason = "is out of range: at most 28 digits, up to 7.9e28, are kept exactly";
            self.source.error(start(pair), format!("the number {text} {reason}"))
        })
    }

    fn within(&self, inner: Pairs<'_, Rule>, offset: usize) -> Result<Test, FilterError> {
        let mut numbers = Vec::new();
        let mut unit = 1.0;
        for pair in inner {
            match pair.as_rule() {
                Rule::number => numbers.push(pair),
                Rule::unit if pair.as_str().eq_ignore_ascii_case("km") => unit = 1_000.0,
                Rule::unit if pair.as_str().eq_ignore_ascii_case("mi") => unit = 1_609.344,
                _ => {}
            }
        }
        let [lat, lon, distance] = numbers.as_slice() else {
            return Err(self.source.error(offset, "expected WITHIN(field, lat, lon, distance)"));
        };
        Ok(Test::Within {
            lat: self.in_range(lat, 1.0, -90.0..=90.0, "latitude")?,
            lon: self.in_range(lon, 1.0, -180.0..=180.0, "longitude")?,
            meters: self.in_range(
                distance,
                unit,
                0.0..=MAX_DISTANCE_METERS,
                "distance in metres",
            )?,
        })
    }

    fn in_range(
        &self,
        pair: &Pair<'_, Rule>,
        unit: f64,
        range: std::ops::RangeInclusive<f64>,
        what: &str,
    ) -> Result<f64, FilterError> {
        let value = f64::from_str(pair.as_str()).map_or(f64::NAN, |number| number * unit);
        if range.contains(&value) {
            return Ok(value);
        }
        let (low, high) = range.into_inner();
        let message = format!("expected a {what} between {low} and {high}, found {value}");
        Err(self.source.error(start(pair), message))
    }

    /// The segments of a name, unquoted, joined by dots.
    fn field(&self, pair: Pair<'_, Rule>) -> Result<String, FilterError> {
        let offset = start(&pair);
        let mut name = String::new();
        for (index, segment) in pair.into_inner().enumerate() {
            if index > 0 {
                name.push('.');
            }
            match segment.as_rule() {
                Rule::string => name.push_str(&self.string(segment)?),
                _ => name.push_str(segment.as_str()),
            }
        }
        if name.is_empty() {
            return Err(self.source.error(offset, "expected a field, found an empty name"));
        }
        Ok(name)
    }

    /// The content of a string in quotes, escapes resolved.
    fn string(&self, pair: Pair<'_, Rule>) -> Result<String, FilterError> {
        let mut value = String::new();
        let mut high_surrogate: Option<(usize, u16)> = None;
        for part in pair.into_inner() {
            let unit = unicode_escape(&part);
            if let Some((offset, high)) = high_surrogate.take() {
                let pair = unit.and_then(|low| char::decode_utf16([high, low]).next()?.ok());
                value.push(pair.ok_or_else(|| self.lone_surrogate(offset))?);
                continue;
            }
            match (part.as_rule(), unit) {
                (Rule::plain, _) => value.push_str(part.as_str()),
                (Rule::escape, Some(high @ 0xD800..=0xDBFF)) => {
                    high_surrogate = Some((start(&part), high));
                }
                (Rule::escape, Some(unit)) => value.push(
                    char::from_u32(unit.into()).ok_or_else(|| self.lone_surrogate(start(&part)))?,
                ),
                (Rule::escape, None) => value.extend(part.as_str().chars().nth(1).map(unescape)),
                _ => {}
            }
        }
        Ok(value)
    }

    fn lone_surrogate(&self, offset: usize) -> FilterError {
        self.source.error(offset, "this escape is half of a character (a lone surrogate)")
    }

    fn next<'p>(
        &self,
        pairs: &mut Pairs<'p, Rule>,
        offset: usize,
    ) -> Result<Pair<'p, Rule>, FilterError> {
        pairs.next().ok_or_else(|| self.source.error(offset, "expected a condition"))
    }
}

fn start(pair: &Pair<'_, Rule>) -> usize {
    pair.as_span().start()
}

fn operands<'p>(pair: Pair<'p, Rule>, rule: Rule) -> impl Iterator<Item = Pair<'p, Rule>> {
    pair.into_inner().filter(move |pair| pair.as_rule() == rule)
}

/// One operand stands for itself.
fn combine(mut operands: Vec<Filter>, connective: fn(Vec<Filter>) -> Filter) -> Filter {
    match operands.pop() {
        Some(only) if operands.is_empty() => only,
        last => {
            operands.extend(last);
            connective(operands)
        }
    }
}

/// The UTF-16 unit of a `\uXXXX`.
fn unicode_escape(part: &Pair<'_, Rule>) -> Option<u16> {
    let digits = part.as_str().strip_prefix("\\u")?;
    (part.as_rule() == Rule::escape).then(|| u16::from_str_radix(digits, 16).ok())?
}

fn unescape(c: char) -> char {
    match c {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        other => other,
    }
}
