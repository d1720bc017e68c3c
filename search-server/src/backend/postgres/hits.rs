//! The statements that find hits, for one try of one search.

use std::sync::Arc;

use search_core::Catalog;
use search_core::plan::{Condition, Rewritten, SearchPlan};

use super::condition::{all, column, condition, not};
use super::order::Order;
use super::rank::{Largest, UNRANKED, is_alike, score};
use super::statement::Values;
use super::words::{Terms, WordQuery};
use crate::limits::MAX_RANKED_PRODUCTS;

/// A statement with its values.
#[derive(Debug)]
pub(super) struct Statement {
    pub text: String,
    pub values: Values,
}

/// What one try of a search asks for.
#[derive(Debug)]
pub(super) struct Hits<'a> {
    pub plan: &'a SearchPlan,
    pub rewritten: &'a Rewritten<Terms>,
    pub words: WordQuery,
    pub catalog: &'a Arc<Catalog>,
    /// The table of the products.
    pub products: &'a str,
    pub largest: &'a Largest,
}

/// Which products a statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Among {
    /// Those that match the words.
    Matching,
    /// Those that match the words, but for the pinned ones.
    Unpinned,
    /// Those that are pinned, whatever their words.
    Pinned,
    /// Those that match the words, and those that are pinned.
    All,
}

/// How many of the hits are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Those that are ranked.
    Ranked,
    /// Every one.
    Every,
}

impl<'a> Hits<'a> {
    fn condition(&self, condition: &Condition, values: &mut Values) -> String {
        self::condition(condition, self.catalog, values)
    }

    /// The words, the scope, what is excluded and hidden: not the filter and the refinements.
    pub(super) fn may_match(&self, among: Among, values: &mut Values) -> Vec<String> {
        let pins = &self.plan.effects.pins;
        let pinned = |values: &mut Values| {
            let ids = values.texts(pins.iter().map(|pin| pin.id.as_str()));
            format!("p.id = ANY({ids})")
        };
        let words = match (&self.words.matching, self.words.is_hopeless) {
            (_, true) => Some("false".to_owned()),
            (Some(query), _) => Some(format!("p.words @@ {}", values.tsquery(query))),
            (None, _) => None,
        };
        let has_pins = !pins.is_empty();
        let mut conditions = Vec::new();
        match among {
            Among::Pinned => conditions.push(pinned(values)),
            Among::All if has_pins => {
                conditions.extend(words.map(|words| format!("({words} OR {})", pinned(values))));
            }
            Among::Unpinned if has_pins => {
                conditions.extend(words);
                conditions.push(not(&pinned(values)));
            }
            Among::Matching | Among::All | Among::Unpinned => conditions.extend(words),
        }
        if let Some(excluded) = &self.words.excluded {
            conditions.push(format!("NOT p.words @@ {}", values.tsquery(excluded)));
        }
        if let Some(scope) = &self.plan.scope {
            conditions.push(self.condition(scope, values));
        }
        let effects = &self.plan.effects;
        if !effects.hidden_ids.is_empty() {
            let ids = values.texts(effects.hidden_ids.iter().map(String::as_str));
            conditions.push(format!("p.id <> ALL({ids})"));
        }
        for hidden in &effects.hidden {
            let hidden = self.condition(hidden, values);
            conditions.push(not(&hidden));
        }
        conditions
    }

    /// Everything that a hit must fulfil but the refinements that a facet ignores.
    pub(super) fn unrefined(&self, among: Among, values: &mut Values) -> Vec<String> {
        let mut conditions = self.may_match(among, values);
        // The scope is part of the filter.
        conditions.extend(self.plan.filter.iter().map(|filter| self.condition(filter, values)));
        let unfaceted = self.plan.refinements.iter().filter(|refined| refined.facet.is_none());
        conditions.extend(unfaceted.map(|refined| self.condition(&refined.condition, values)));
        conditions
    }

    fn matching(&self, among: Among, values: &mut Values) -> Vec<String> {
        let mut conditions = self.unrefined(among, values);
        let faceted = self.plan.refinements.iter().filter(|refined| refined.facet.is_some());
        conditions.extend(faceted.map(|refined| self.condition(&refined.condition, values)));
        conditions
    }

    /// Whether some product of the scope matches the words, whatever the filter says.
    pub(super) fn any(&self) -> Statement {
        let mut values = Values::default();
        let conditions = all(&self.may_match(Among::Matching, &mut values));
        let products = self.products;
        let text = format!("SELECT FROM {products} p WHERE {conditions} LIMIT 1");
        Statement { text, values }
    }

    /// How many products there are.
    pub(super) fn count(&self) -> Statement {
        let mut values = Values::default();
        let conditions = all(&self.matching(Among::All, &mut values));
        let counted = match &self.plan.group {
            Some(_) => format!("count(DISTINCT {})", self.group_key()),
            None => "count(*)".to_owned(),
        };
        let products = self.products;
        let text = format!("SELECT {counted} FROM {products} p WHERE {conditions}");
        Statement { text, values }
    }

    /// What tells groups apart: a product without a value is a group of its own.
    pub(super) fn group_key(&self) -> String {
        match self.group_value() {
            Some(value) => format!("coalesce('=' || {value}, '#' || p.id)"),
            None => "p.id".to_owned(),
        }
    }

    fn group_value(&self) -> Option<String> {
        self.plan.group.as_ref().map(|key| format!("{}[1]", column(key)))
    }

    /// The ids of the products that are ranked, as a common table: those that are what the query
    /// names, and others, up to a bound.
    fn ranked(&self, values: &mut Values) -> Option<String> {
        self.words.matching.as_ref()?;
        let conditions = all(&self.matching(Among::Unpinned, values));
        let most = MAX_RANKED_PRODUCTS;
        let products = self.products;
        let some = format!("(SELECT p.id FROM {products} p WHERE {conditions} LIMIT {most})");
        let boosts = self.rewritten.boosts.iter().filter_map(|part| part.terms.tsquery());
        let named = super::words::any(boosts).map(|query| {
            let query = values.tsquery(&query);
            format!(
                "(SELECT p.id FROM {products} p WHERE {conditions} AND p.words @@ {query} \
                 LIMIT {most}) UNION "
            )
        });
        Some(format!("ranked AS MATERIALIZED ({}{some})", named.unwrap_or_default()))
    }

    /// The first hits that come after the cursor and are not pinned, in order: `id`, `score`, the
    /// keys, and of groups `value` and `size`.
    pub(super) fn page(&self, reach: Reach, most: usize, pinned_groups: &[String]) -> Statement {
        let mut values = Values::default();
        let plan = self.plan;
        let ranked = self.ranked(&mut values);
        let score = score(self.rewritten, &plan.effects, self.catalog, self.largest, &mut values);
        let order = Order::new(&plan.sort);
        let products = self.products;
        let (source, score) = match (&ranked, reach) {
            (Some(_), Reach::Ranked) => {
                (format!("{products} p WHERE p.id IN (SELECT id FROM ranked)"), score)
            }
            (Some(_), Reach::Every) => {
                let conditions = all(&self.matching(Among::Unpinned, &mut values));
                let is_ranked = "p.id IN (SELECT id FROM ranked)";
                let score = format!("CASE WHEN {is_ranked} THEN {score} ELSE {UNRANKED} END");
                (format!("{products} p WHERE {conditions}"), score)
            }
            (None, _) => {
                let conditions = all(&self.matching(Among::Unpinned, &mut values));
                let alike = is_alike(self.rewritten, &plan.effects, self.catalog);
                let score = if alike { "1::float4".to_owned() } else { score };
                (format!("{products} p WHERE {conditions}"), score)
            }
        };
        let keys = order.columns(&score, &mut values);
        let clause = order.clause();
        let picked = match ranked {
            Some(_) => ", (SELECT count(*) FROM ranked) AS picked",
            None => "",
        };
        let mut rows = format!("SELECT p.id, {score} AS score{keys}{picked} FROM {source}");
        if let Some(value) = self.group_value() {
            let key = self.group_key();
            rows = format!(
                "SELECT DISTINCT ON (g) * FROM (\
                 SELECT p.id, {score} AS score{keys}, {value} AS value, {key} AS g, \
                 count(*) OVER (PARTITION BY {key}) AS size FROM {source}) AS members \
                 ORDER BY g, {}",
                clause.trim_start_matches("ORDER BY ")
            );
        }
        let mut conditions = Vec::new();
        if let Some(place) = plan.page.last_ranked() {
            conditions.push(order.after(place, &mut values));
        }
        if !pinned_groups.is_empty() {
            let groups = values.texts(pinned_groups.iter().map(String::as_str));
            conditions.push(format!("g <> ALL({groups})"));
        }
        let with = ranked.map(|ranked| format!("WITH {ranked} ")).unwrap_or_default();
        let text = match conditions.is_empty() && self.plan.group.is_none() {
            true => format!("{with}{rows} {clause} LIMIT {most}"),
            false => {
                let conditions = all(&conditions);
                format!(
                    "{with}SELECT * FROM ({rows}) AS hits WHERE {conditions} {clause} LIMIT {most}"
                )
            }
        };
        Statement { text, values }
    }

    /// The pinned products that are hits: `id`, `score`, and of groups `value` and `g`.
    pub(super) fn pinned(&self) -> Statement {
        let mut values = Values::default();
        let conditions = all(&self.matching(Among::Pinned, &mut values));
        let score =
            score(self.rewritten, &self.plan.effects, self.catalog, self.largest, &mut values);
        let score = match (&self.words.matching, self.words.is_hopeless) {
            (_, true) => "0::float4".to_owned(),
            (None, _) => score,
            (Some(query), _) => {
                let query = values.tsquery(query);
                format!("CASE WHEN p.words @@ {query} THEN {score} ELSE 0::float4 END")
            }
        };
        let value = self.group_value().unwrap_or_else(|| "NULL::text".to_owned());
        let (key, products) = (self.group_key(), self.products);
        let text = format!(
            "SELECT p.id, {score} AS score, {value} AS value, {key} AS g \
             FROM {products} p WHERE {conditions}"
        );
        Statement { text, values }
    }

    /// How many products there are of each of these groups.
    pub(super) fn group_sizes(&self, groups: &[String]) -> Statement {
        let mut values = Values::default();
        let mut conditions = self.matching(Among::All, &mut values);
        let key = self.group_key();
        let groups = values.texts(groups.iter().map(String::as_str));
        conditions.push(format!("{key} = ANY({groups})"));
        let (conditions, products) = (all(&conditions), self.products);
        let text = format!(
            "SELECT {key} AS g, count(*) AS size FROM {products} p WHERE {conditions} GROUP BY 1"
        );
        Statement { text, values }
    }

    /// How many products of the scope have each word: what others have must not decide which one
    /// is left out.
    pub(super) fn words_in_scope(&self) -> Statement {
        let mut values = Values::default();
        let slots = self.rewritten.slots.iter().filter(|slot| slot.is_optional);
        let counts: Vec<String> = slots
            .map(|slot| {
                let mut conditions = Vec::new();
                match super::words::of_slot(slot) {
                    Some(query) => {
                        conditions.push(format!("p.words @@ {}", values.tsquery(&query)));
                    }
                    None => conditions.push("false".to_owned()),
                }
                let scope = self.plan.scope.iter();
                conditions.extend(scope.map(|scope| self.condition(scope, &mut values)));
                let (conditions, products) = (all(&conditions), self.products);
                format!("(SELECT count(*) FROM {products} p WHERE {conditions})")
            })
            .collect();
        Statement { text: format!("SELECT ARRAY[{}]::bigint[]", counts.join(", ")), values }
    }
}
