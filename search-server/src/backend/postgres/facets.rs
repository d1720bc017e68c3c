//! The statement that counts the facets of a search, all in one pass over the matching products,
//! and what becomes of its rows.

use search_core::plan::{
    FacetPlan, FacetTally, MAX_LISTED_NUMBERS, NumbersPresent, Present, RangeTally,
};
use search_core::{FacetResult, FieldKind};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::condition::{all, column, condition};
use super::hits::{Among, Hits, Statement};
use super::statement::Values;
use crate::limits::MAX_COUNTED_VALUES;

/// What each facet's values are in SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ValueType {
    Texts,
    Numbers,
    Bools,
    Attributes,
    /// Nothing that is counted.
    None,
}

impl ValueType {
    fn of(plan: &FacetPlan) -> Self {
        match plan.kind {
            FieldKind::Text | FieldKind::Keyword | FieldKind::Code | FieldKind::Category { .. } => {
                Self::Texts
            }
            FieldKind::Number | FieldKind::Money(_) | FieldKind::Date => Self::Numbers,
            FieldKind::Bool => Self::Bools,
            FieldKind::Attributes => Self::Attributes,
            FieldKind::Geo | FieldKind::Stored => Self::None,
        }
    }
}

/// What is known of all products under a facet by its type.
fn presence_by_type(plan: &FacetPlan) -> Present {
    let is_of = |r#type| ValueType::of(plan) == r#type;
    Present {
        strings: is_of(ValueType::Texts),
        bools: is_of(ValueType::Bools),
        ..Present::default()
    }
}

/// What all products have under these facets: rows of `facet`, by its place among them, `kind` (`n`
/// or `s` or `b`), and how many `different` values are known of.
pub(super) fn presence(facets: &[FacetPlan], table: &str) -> Statement {
    let mut values = Values::default();
    let fields = facets.iter().map(|plan| i32::try_from(plan.key.field).unwrap_or(i32::MAX));
    let fields = values.add(fields.collect::<Vec<_>>(), Type::INT4_ARRAY);
    let keys = facets.iter().map(|plan| plan.key.attribute.as_deref().unwrap_or_default());
    let keys = values.texts(keys);
    let text = format!(
        "SELECT facet - 1 AS facet, kind, count(*) AS different \
         FROM unnest({fields}, {keys}) WITH ORDINALITY AS asked (field, attribute, facet) \
         JOIN {table} USING (field, attribute) GROUP BY 1, 2"
    );
    Statement { text, values }
}

/// What the rows of [`presence`] say of each facet.
pub(super) fn read_presence(
    rows: &[Row],
    facets: &[FacetPlan],
) -> Result<Vec<Present>, tokio_postgres::Error> {
    let mut present: Vec<Present> = facets.iter().map(presence_by_type).collect();
    for row in rows {
        let facet = usize::try_from(row.try_get::<_, i64>("facet")?);
        let Some(present) = facet.ok().and_then(|facet| present.get_mut(facet)) else { continue };
        let different: i64 = row.try_get("different")?;
        match row.try_get::<_, &str>("kind")? {
            "n" if different > MAX_LISTED_NUMBERS as i64 => present.numbers = NumbersPresent::Many,
            "n" => present.numbers = NumbersPresent::Few,
            "s" => present.strings = true,
            _ => present.bools = true,
        }
    }
    Ok(present)
}

/// Counts all facets and all hits: rows of `facet` (-1 for the hits), `kind`, and what that kind
/// of row has.
pub(super) fn count(hits: &Hits<'_>, present: &[Present]) -> Statement {
    let mut values = Values::default();
    let plan = hits.plan;
    let mut columns = vec![format!("{} AS g", hits.group_key())];
    for (number, facet) in plan.facets.iter().enumerate() {
        if ValueType::of(facet) != ValueType::None {
            let at = column(&facet.key);
            columns.push(match &facet.key.attribute {
                None => format!("{at} AS c{number}"),
                Some(attribute) => format!("{at} -> {} AS c{number}", values.text(attribute)),
            });
        }
    }
    let conditions = all(&hits.unrefined(Among::All, &mut values));
    let refinements: Vec<_> =
        plan.refinements.iter().filter_map(|refined| Some((refined, refined.facet?))).collect();
    for (number, (refined, _)) in refinements.iter().enumerate() {
        let holds = condition(&refined.condition, hits.catalog, &mut values);
        columns.push(format!("({holds}) IS TRUE AS r{number}"));
    }
    let failed: Vec<String> =
        (0..refinements.len()).map(|number| format!("(NOT r{number})::int")).collect();
    let (columns, products) = (columns.join(", "), hits.products);
    let matched = format!("SELECT {columns} FROM {products} p WHERE {conditions}");
    // One that fails two refinements counts nowhere.
    let matched = match failed.len() {
        0 | 1 => matched,
        _ => format!("SELECT * FROM ({matched}) AS tested WHERE {} <= 1", failed.join(" + ")),
    };
    let passing = |own: Option<usize>| {
        let others = refinements.iter().enumerate();
        let others = others.filter(|(_, (_, facet))| Some(*facet) != own);
        all(&others.map(|(number, _)| format!("r{number}")).collect::<Vec<_>>())
    };
    let is_grouped = plan.group.is_some();
    let total = if is_grouped { "count(DISTINCT g)" } else { "count(*)" };
    let passed = passing(None);
    let mut parts = vec![format!(
        "SELECT -1 AS facet, 't' AS kind, NULL::text AS s, NULL::float8 AS n, {total} AS c, \
         NULL::float8 AS sum, NULL::float8 AS lo, NULL::float8 AS hi, NULL::int8 AS whole \
         FROM m WHERE {passed}"
    )];
    for (number, facet) in plan.facets.iter().enumerate() {
        let counting = Counting {
            number,
            passing: passing(Some(number)),
            is_grouped,
            numbers: present.get(number).map_or(NumbersPresent::None, |present| present.numbers),
        };
        counting.add(facet, &mut parts, &mut values);
    }
    let text = format!("WITH m AS MATERIALIZED ({matched}) {}", parts.join(" UNION ALL "));
    Statement { text, values }
}

/// How one facet is counted.
struct Counting {
    number: usize,
    passing: String,
    is_grouped: bool,
    numbers: NumbersPresent,
}

impl Counting {
    fn add(&self, facet: &FacetPlan, parts: &mut Vec<String>, values: &mut Values) {
        match ValueType::of(facet) {
            ValueType::Texts => parts.push(self.strings("unnest", "v", "true")),
            ValueType::Bools => parts.push(self.bools("unnest", "v", "true")),
            ValueType::Numbers => {
                parts.push(self.numbers(facet, "unnest", "v::float8", "true", values));
            }
            ValueType::Attributes => {
                let list = "jsonb_array_elements";
                let is_type = |name: &str| format!("jsonb_typeof(v) = '{name}'");
                parts.push(self.strings(list, "v #>> '{}'", &is_type("string")));
                let value = "CASE WHEN jsonb_typeof(v) = 'boolean' THEN (v #>> '{}')::boolean END";
                parts.push(self.bools(list, value, &is_type("boolean")));
                if self.numbers != NumbersPresent::None {
                    let value =
                        "CASE WHEN jsonb_typeof(v) = 'number' THEN (v #>> '{}')::float8 END";
                    let part = self.numbers(facet, list, value, &is_type("number"), values);
                    parts.push(part);
                }
            }
            ValueType::None => {}
        }
    }

    /// The values of the products that count, as `v`, and how many of these products have them, as
    /// `n`. Products with the same lists are counted before the lists are looked into; of a group
    /// each value counts once.
    fn values(&self, list: &str, value: &str, which: &str) -> String {
        let Self { number, passing, is_grouped, .. } = self;
        match is_grouped {
            true => format!(
                "(SELECT DISTINCT {value} AS v, g, 1 AS n FROM m, {list}(c{number}) AS v \
                 WHERE {passing} AND {which}) AS x"
            ),
            false => format!(
                "(SELECT {value} AS v, n FROM \
                 (SELECT c{number} AS c, count(*) AS n FROM m WHERE {passing} GROUP BY 1) AS lists, \
                 {list}(c) AS v WHERE {which}) AS x"
            ),
        }
    }

    fn strings(&self, list: &str, value: &str, which: &str) -> String {
        let (number, values) = (self.number, self.values(list, value, which));
        format!(
            "(SELECT {number}, 's', v, NULL::float8, sum(n)::int8, NULL::float8, NULL::float8, \
             NULL::float8, (sum(sum(n)) OVER ())::int8 FROM {values} GROUP BY v \
             ORDER BY sum(n) DESC, v COLLATE \"C\" LIMIT {MAX_COUNTED_VALUES})"
        )
    }

    fn bools(&self, list: &str, value: &str, which: &str) -> String {
        let (number, values) = (self.number, self.values(list, value, which));
        format!(
            "(SELECT {number}, 'b', v::text, NULL::float8, sum(n)::int8, NULL::float8, \
             NULL::float8, NULL::float8, NULL::int8 FROM {values} GROUP BY v)"
        )
    }

    fn numbers(
        &self,
        facet: &FacetPlan,
        list: &str,
        value: &str,
        which: &str,
        bound: &mut Values,
    ) -> String {
        let (number, values) = (self.number, self.values(list, value, which));
        if self.numbers == NumbersPresent::Few {
            return format!(
                "(SELECT {number}, 'n', NULL::text, v, sum(n)::int8, NULL::float8, NULL::float8, \
                 NULL::float8, NULL::int8 FROM {values} GROUP BY v)"
            );
        }
        let bounds = bound.add(facet.bounds(), Type::FLOAT8_ARRAY);
        format!(
            "(SELECT {number}, 'r', NULL::text, width_bucket(v, {bounds})::float8, sum(n)::int8, \
             sum(v * n), min(v), max(v), NULL::int8 FROM {values} GROUP BY 4)"
        )
    }
}

/// What the rows of [`count`] say: how many hits there are, the facets, and whether all refined
/// and wanted values are among those that were counted one by one.
pub(super) fn read(
    rows: &[Row],
    facets: &[FacetPlan],
    present: &[Present],
) -> Result<(u64, Vec<FacetResult>, bool), tokio_postgres::Error> {
    let mut total = 0;
    let mut tallies: Vec<FacetTally> = present
        .iter()
        .map(|present| FacetTally { present: *present, ..FacetTally::default() })
        .collect();
    for row in rows {
        let count = row.try_get::<_, i64>("c")?.cast_unsigned();
        let facet = usize::try_from(row.try_get::<_, i32>("facet")?);
        let Some(tally) = facet.ok().and_then(|facet| tallies.get_mut(facet)) else {
            total = count;
            continue;
        };
        match row.try_get::<_, &str>("kind")? {
            "s" => {
                // What is left of the whole when all rows have been read.
                if tally.strings.is_empty() {
                    tally.unlisted = row.try_get::<_, i64>("whole")?.cast_unsigned();
                }
                tally.unlisted = tally.unlisted.saturating_sub(count);
                tally.strings.push((row.try_get("s")?, count));
            }
            "b" => {
                let is_true = row.try_get::<_, &str>("s")? == "true";
                if let Some(counted) = tally.bools.get_mut(usize::from(is_true)) {
                    *counted = count;
                }
            }
            "n" => tally.numbers.push((row.try_get("n")?, count)),
            _ => tally.ranges.push(RangeTally {
                range: row.try_get::<_, f64>("n")? as usize,
                count,
                sum: row.try_get("sum")?,
                min: row.try_get("lo")?,
                max: row.try_get("hi")?,
            }),
        }
    }
    let is_whole = tallies.iter().zip(facets).all(|(tally, plan)| {
        tally.unlisted == 0 || (plan.query.is_none() && plan.refined.is_empty())
    });
    let results = tallies.into_iter().zip(facets).map(|(tally, plan)| tally.into_result(plan));
    Ok((total, results.collect(), is_whole))
}
