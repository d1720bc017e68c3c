//! Random requests, as trees that both the engine (as text) and the model understand.

use std::fmt;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use search_core::{
    FacetOptions, FacetRequest, RangeRefinement, Refinement, RefinementValue, SearchRequest,
};

use super::catalog::{DAYS, Field, PLACES, UNUSED_WORD, Value, WORDS, decimal};

/// The words of a request.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Query {
    pub words: Vec<&'static str>,
    pub phrases: Vec<Vec<&'static str>>,
    pub excluded: Vec<Vec<&'static str>>,
}

impl Query {
    /// As a shopper types it; the space at the end says that the last word is finished.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for phrase in &self.phrases {
            text += &format!("\"{}\" ", phrase.join(" "));
        }
        for excluded in &self.excluded {
            match excluded.as_slice() {
                [word] => text += &format!("-{word} "),
                words => text += &format!("-\"{}\" ", words.join(" ")),
            }
        }
        for word in &self.words {
            text += &format!("{word} ");
        }
        text
    }
}

/// A filter.
#[derive(Debug, Clone)]
pub(crate) enum Expr {
    Compare(Field, Op, Value),
    In(Field, Vec<Value>),
    Exists(Field),
    Within(usize, f64),
    Not(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Op {
    const ALL: [Self; 6] = [Self::Eq, Self::Ne, Self::Lt, Self::Le, Self::Gt, Self::Ge];

    fn symbol(self) -> &'static str {
        match self {
            Self::Eq => "=",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
        }
    }
}

impl Expr {
    pub(crate) fn text(&self) -> String {
        let joined = |exprs: &[Self], by: &str| {
            let texts: Vec<String> =
                exprs.iter().map(|expr| format!("({})", expr.text())).collect();
            texts.join(by)
        };
        match self {
            Self::Compare(field, op, value) => {
                format!("{} {} {}", field.name(), op.symbol(), literal(value))
            }
            Self::In(field, values) => {
                let values: Vec<String> = values.iter().map(literal).collect();
                format!("{} IN [{}]", field.name(), values.join(", "))
            }
            Self::Exists(field) => format!("{} EXISTS", field.name()),
            Self::Within(place, km) => {
                let (lat, lon) = PLACES[*place];
                format!("WITHIN(location, {lat}, {lon}, {km} km)")
            }
            Self::Not(expr) => format!("NOT ({})", expr.text()),
            Self::And(exprs) => joined(exprs, " AND "),
            Self::Or(exprs) => joined(exprs, " or "),
        }
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::Text(text) => serde_json::to_string(text).unwrap(),
        Value::Number(hundredths) => decimal(*hundredths),
        Value::Bool(value) => value.to_string(),
        Value::Day(day) => format!("\"{}\"", DAYS[*day]),
        Value::Place(_) => unreachable!("places have no literal"),
    }
}

/// A shopper's selection in one field.
#[derive(Debug, Clone)]
pub(crate) enum Selection {
    Values(Vec<Value>),
    /// Lower and upper bound in hundredths, each included or not.
    Range(Option<(i64, bool)>, Option<(i64, bool)>),
}

impl Selection {
    fn refinement(&self) -> Refinement {
        let number = |hundredths: i64| RefinementValue::Number(hundredths as f64 / 100.0);
        let value = |value: &Value| match value {
            Value::Number(hundredths) => number(*hundredths),
            Value::Bool(value) => RefinementValue::Bool(*value),
            other => RefinementValue::Text(other.listed()),
        };
        match self {
            Self::Values(values) => Refinement::Values(values.iter().map(value).collect()),
            Self::Range(lower, upper) => {
                let bound = |bound: Option<(i64, bool)>, included: bool| {
                    bound.filter(|(_, is)| *is == included).map(|(value, _)| number(value))
                };
                Refinement::Range(RangeRefinement {
                    gte: bound(*lower, true),
                    gt: bound(*lower, false),
                    lte: bound(*upper, true),
                    lt: bound(*upper, false),
                })
            }
        }
    }
}

/// A facet to count.
#[derive(Debug, Clone)]
pub(crate) struct FacetAsk {
    pub field: Field,
    pub limit: Option<usize>,
    pub query: Option<&'static str>,
    /// Boundaries in hundredths, ascending.
    pub ranges: Option<Vec<i64>>,
}

/// A sort key; its direction.
#[derive(Debug, Clone)]
pub(crate) enum SortAsk {
    By(Field, bool),
    Distance(usize, bool),
}

/// A request of the model.
#[derive(Clone)]
pub(crate) struct Ask {
    pub query: Query,
    pub filter: Option<Expr>,
    pub refinements: Vec<(Field, Selection)>,
    pub facets: Vec<FacetAsk>,
    pub sort: Vec<SortAsk>,
}

/// As its request in JSON, which can be pasted into a test.
impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(&self.request()).unwrap_or_default())
    }
}

impl Ask {
    pub(crate) fn request(&self) -> SearchRequest {
        let mut request = SearchRequest::query(self.query.text()).limit(1_000).fields::<&str>([]);
        request.timeout_ms = 10_000;
        request.filter = self.filter.as_ref().map(Expr::text);
        for (field, selection) in &self.refinements {
            request.refinements.insert(field.name().to_owned(), selection.refinement());
        }
        for facet in &self.facets {
            let field = facet.field.name();
            let ranges = facet
                .ranges
                .as_ref()
                .map(|bounds| bounds.iter().map(|bound| *bound as f64 / 100.0).collect());
            request.facets.push(match (facet.limit, facet.query, &ranges) {
                (None, None, None) => FacetRequest::from(field),
                _ => FacetRequest::from(FacetOptions {
                    field: field.to_owned(),
                    limit: facet.limit,
                    query: facet.query.map(str::to_owned),
                    ranges,
                }),
            });
        }
        for key in &self.sort {
            let direction = |descending: bool| if descending { "desc" } else { "asc" };
            request.sort.push(match key {
                SortAsk::By(field, descending) => {
                    format!("{}:{}", field.name(), direction(*descending))
                }
                SortAsk::Distance(place, descending) => {
                    let (lat, lon) = PLACES[*place];
                    format!("distance(location, {lat}, {lon}):{}", direction(*descending))
                }
            });
        }
        request
    }
}

pub(super) fn word() -> impl Strategy<Value = &'static str> + Clone {
    prop_oneof![12 => select(&WORDS[..]), 1 => Just(UNUSED_WORD)]
}

pub(crate) fn query() -> impl Strategy<Value = Query> {
    let phrase = vec(word(), 2..=3);
    let excluded = prop_oneof![3 => vec(word(), 1..=1), 1 => vec(word(), 2..=2)];
    let query = (vec(word(), 0..=3), vec(phrase, 0..=1), vec(excluded, 0..=1));
    let query = query.prop_map(|(words, phrases, excluded)| Query { words, phrases, excluded });
    prop_oneof![Just(Query::default()), query]
}

/// Numbers that products have, and their neighbours.
fn number() -> impl Strategy<Value = i64> {
    select(
        &[-1, 0, 1, 28, 29, 57, 100, 110, 111, 250, 450, 500, 999, 1000, 1999, 2500, 9_999, 10_000]
            [..],
    )
}

fn string_of(field: Field) -> impl Strategy<Value = Value> {
    select(field.strings()).prop_map(Value::Text)
}

fn value_of(field: Field) -> BoxedStrategy<Value> {
    match field {
        Field::Price | Field::Rating | Field::Weight => number().prop_map(Value::Number).boxed(),
        Field::InStock | Field::Flag => any::<bool>().prop_map(Value::Bool).boxed(),
        Field::Released => (0..DAYS.len()).prop_map(Value::Day).boxed(),
        Field::Location => (0..PLACES.len()).prop_map(Value::Place).boxed(),
        _ => string_of(field).boxed(),
    }
}

fn predicate() -> impl Strategy<Value = Expr> {
    let equal = prop_oneof![Just(Op::Eq), Just(Op::Ne)];
    let exact = [&Field::STRINGS[..], &Field::BOOLS].concat();
    let ordered = [&Field::NUMBERS[..], &[Field::Released]].concat();
    let comparable = [&exact[..], &ordered].concat();
    let anything = [&comparable[..], &[Field::Location]].concat();
    prop_oneof![
        3 => (select(exact), equal).prop_flat_map(|(field, op)| {
            value_of(field).prop_map(move |value| Expr::Compare(field, op, value))
        }),
        3 => (select(ordered), select(&Op::ALL[..])).prop_flat_map(|(field, op)| {
            value_of(field).prop_map(move |value| Expr::Compare(field, op, value))
        }),
        2 => select(comparable).prop_flat_map(|field| {
            vec(value_of(field), 1..=3).prop_map(move |values| Expr::In(field, values))
        }),
        1 => select(anything).prop_map(Expr::Exists),
        // No two places are so far from each other.
        1 => (0..PLACES.len(), select(&[0.0, 20.0, 100.0, 2_000.0, 20_000.0][..]))
            .prop_map(|(place, km)| Expr::Within(place, km)),
    ]
}

pub(super) fn filter() -> impl Strategy<Value = Expr> {
    predicate().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|expr| Expr::Not(Box::new(expr))),
            vec(inner.clone(), 2..=3).prop_map(Expr::And),
            vec(inner, 2..=3).prop_map(Expr::Or),
        ]
    })
}

fn selection(field: Field) -> BoxedStrategy<Selection> {
    let values = vec(value_of(field), 1..=3).prop_map(Selection::Values);
    if !Field::NUMBERS.contains(&field) {
        return values.boxed();
    }
    let bound = || (number(), any::<bool>());
    let range = prop_oneof![
        bound().prop_map(|lower| Selection::Range(Some(lower), None)),
        bound().prop_map(|upper| Selection::Range(None, Some(upper))),
        (bound(), bound()).prop_map(|(lower, upper)| Selection::Range(Some(lower), Some(upper))),
    ];
    prop_oneof![values, range].boxed()
}

fn refinements() -> impl Strategy<Value = Vec<(Field, Selection)>> {
    subsequence(&Field::FACETS[..], 0..=2).prop_flat_map(|fields| {
        let selections: Vec<_> = fields
            .into_iter()
            .map(|field| selection(field).prop_map(move |selection| (field, selection)))
            .collect();
        selections
    })
}

fn facet(field: Field) -> BoxedStrategy<FacetAsk> {
    let limit = option::of(select(&[0, 1, 2, 3, 1_000][..]));
    if Field::NUMBERS.contains(&field) {
        let bounds = subsequence(vec![1, 29, 57, 110, 500, 1000, 1999, 2500, 10_000], 1..=4);
        (limit, option::of(bounds))
            .prop_map(move |(limit, ranges)| FacetAsk { field, limit, query: None, ranges })
            .boxed()
    } else {
        let query = option::weighted(0.2, select(&["a", "OKO", "kit", "dark", "zz"][..]));
        (limit, query)
            .prop_map(move |(limit, query)| FacetAsk { field, limit, query, ranges: None })
            .boxed()
    }
}

fn facets() -> impl Strategy<Value = Vec<FacetAsk>> {
    subsequence(&Field::FACETS[..], 0..=4)
        .prop_flat_map(|fields| fields.into_iter().map(facet).collect::<Vec<_>>())
}

fn sort() -> impl Strategy<Value = Vec<SortAsk>> {
    let key = prop_oneof![
        4 => (select(&Field::SORTS[..]), any::<bool>())
            .prop_map(|(field, descending)| SortAsk::By(field, descending)),
        1 => (0..PLACES.len(), any::<bool>())
            .prop_map(|(place, descending)| SortAsk::Distance(place, descending)),
    ];
    vec(key, 0..=3)
}

pub(crate) fn ask() -> impl Strategy<Value = Ask> {
    (query(), option::weighted(0.4, filter()), refinements(), facets(), sort(), any::<Index>())
        .prop_map(|(query, filter, refinements, mut facets, sort, which)| {
            // Refined fields are the interesting facets.
            if let Some((field, _)) = refinements.get(which.index(refinements.len().max(1)))
                && !facets.iter().any(|facet| facet.field == *field)
            {
                facets.push(FacetAsk { field: *field, limit: Some(1), query: None, ranges: None });
            }
            Ask { query, filter, refinements, facets, sort }
        })
}
