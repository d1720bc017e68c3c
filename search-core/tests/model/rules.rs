//! Random rules, and what the contract says that they do.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use search_core::{
    Consequences, Hide, Pin, QueryMatch, Replacement, Rule, RuleCondition, Weighting,
};

use super::catalog::{Field, Value};
use super::documents::Item;
use super::evaluate::{has, holds};
use super::requests::{Ask, Expr, Op, Query, Selection, filter, word};

/// A rule of the model.
#[derive(Debug, Clone)]
pub(crate) struct RuleAsk {
    enabled: bool,
    when: Vec<When>,
    /// Products and positions.
    pins: Vec<(Which, usize)>,
    hidden_ids: Vec<Which>,
    hidden: Option<Expr>,
    /// Filters and the factors of those that pass.
    weightings: Vec<(Expr, f32)>,
    filter: Option<Expr>,
    replace: Option<(&'static str, Option<&'static str>)>,
}

/// A condition of a rule.
#[derive(Debug, Clone)]
struct When {
    words: Option<(Anchor, Vec<&'static str>)>,
    category: Option<String>,
}

#[derive(Debug, Clone, Copy)]
enum Anchor {
    Is,
    Contains,
    StartsWith,
}

/// One of the products, or one that does not exist.
type Which = Option<Index>;

fn id(which: &Which, items: &[Item]) -> String {
    let item = which.as_ref().filter(|_| !items.is_empty()).map(|index| index.get(items));
    item.map_or_else(|| "missing".to_owned(), |item| item.id.clone())
}

impl When {
    fn condition(&self) -> RuleCondition {
        let query = self.words.as_ref().map(|(anchor, words)| match anchor {
            Anchor::Is => QueryMatch::Is(words.join(" ")),
            Anchor::Contains => QueryMatch::Contains(words.join(" ")),
            Anchor::StartsWith => QueryMatch::StartsWith(words.join(" ")),
        });
        RuleCondition { query, category: self.category.clone() }
    }

    fn holds(&self, terms: &[&str], categories: &BTreeSet<String>) -> bool {
        let said = self.words.as_ref().is_none_or(|(anchor, words)| match anchor {
            Anchor::Is => terms == words,
            Anchor::Contains => terms.windows(words.len()).any(|run| run == words),
            Anchor::StartsWith => terms.starts_with(words),
        });
        said && self.category.as_ref().is_none_or(|category| categories.contains(category))
    }
}

impl RuleAsk {
    /// Also for the words of this request.
    pub(crate) fn called_by(mut self, ask: &Ask) -> Self {
        self.when.push(When { words: Some((Anchor::Is, terms(ask))), category: None });
        self
    }

    /// As the engine takes it.
    fn rule(&self, name: &str, items: &[Item]) -> Rule {
        let weightings = |is_boost: bool| {
            let wanted =
                self.weightings.iter().filter(move |(_, factor)| (*factor > 1.0) == is_boost);
            let weighting = wanted.map(move |(filter, factor)| Weighting {
                filter: filter.text(),
                weight: if is_boost { *factor } else { factor.recip() },
            });
            weighting.collect()
        };
        let hide = Hide {
            ids: self.hidden_ids.iter().map(|which| id(which, items)).collect(),
            filter: self.hidden.as_ref().map(Expr::text),
        };
        let replace = self.replace.iter().map(|(words, with)| Replacement {
            words: (*words).to_owned(),
            with: with.unwrap_or_default().to_owned(),
        });
        Rule {
            id: name.to_owned(),
            enabled: self.enabled,
            when: self.when.iter().map(When::condition).collect(),
            then: Consequences {
                pin: self
                    .pins(items)
                    .into_iter()
                    .map(|(id, position)| Pin { id, position })
                    .collect(),
                hide: (hide != Hide::default()).then_some(hide),
                boost: weightings(true),
                bury: weightings(false),
                filter: self.filter.as_ref().map(Expr::text),
                replace: replace.collect(),
                redirect: Some(format!("/{name}")),
            },
            ..Rule::default()
        }
    }

    /// Ids and positions, each once.
    fn pins(&self, items: &[Item]) -> Vec<(String, usize)> {
        let mut pins: Vec<(String, usize)> = Vec::new();
        for (which, position) in &self.pins {
            let id = id(which, items);
            if pins.iter().all(|(known, taken)| *known != id && taken != position) {
                pins.push((id, *position));
            }
        }
        pins
    }
}

/// The rules as the engine takes them.
pub(crate) fn as_given(rules: &[RuleAsk], items: &[Item]) -> Vec<Rule> {
    let named = rules.iter().enumerate();
    named.map(|(index, rule)| rule.rule(&format!("r{index}"), items)).collect()
}

/// What the rules that match a request do to it, all together.
#[derive(Debug, Default)]
pub(crate) struct Curated<'a> {
    /// The ids of the rules.
    pub applied: Vec<String>,
    pub query: Query,
    /// In the order of the rules.
    pins: Vec<(String, usize)>,
    hidden_ids: BTreeSet<String>,
    hidden: Vec<&'a Expr>,
    filters: Vec<&'a Expr>,
    weightings: Vec<&'a (Expr, f32)>,
}

impl<'a> Curated<'a> {
    pub(crate) fn new(ask: &Ask, rules: &'a [RuleAsk], items: &[Item]) -> Self {
        let query = &ask.query;
        let terms = terms(ask);
        let categories = selected_categories(ask);
        let mut curated = Self { query: query.clone(), ..Self::default() };
        let mut replacements = Vec::new();
        for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.enabled) {
            if !rule.when.iter().any(|when| when.holds(&terms, &categories)) {
                continue;
            }
            curated.applied.push(format!("r{index}"));
            if ask.sort.is_empty() {
                curated.pins.extend(rule.pins(items));
            }
            curated.hidden_ids.extend(rule.hidden_ids.iter().map(|which| id(which, items)));
            curated.hidden.extend(&rule.hidden);
            curated.filters.extend(&rule.filter);
            curated.weightings.extend(&rule.weightings);
            replacements.extend(rule.replace);
        }
        let replaced = query.words.iter().filter_map(|word| {
            match replacements.iter().find(|(words, _)| words == word) {
                Some((_, with)) => *with,
                None => Some(*word),
            }
        });
        curated.query.words = replaced.collect();
        curated
    }

    pub(crate) fn hides(&self, item: &Item) -> bool {
        self.hidden_ids.contains(&item.id) || self.hidden.iter().any(|expr| holds(expr, item))
    }

    pub(crate) fn filters(&self, item: &Item) -> bool {
        self.filters.iter().all(|expr| holds(expr, item))
    }

    /// Whether the product is a candidate even if it does not match the words.
    pub(crate) fn pins(&self, item: &Item) -> bool {
        self.pins.iter().any(|(id, _)| *id == item.id)
            && !self.query.excluded.iter().any(|excluded| has(item, excluded))
    }

    /// What the score is multiplied by.
    pub(crate) fn factor(&self, item: &Item) -> f32 {
        let held = self.weightings.iter().filter(|(expr, _)| holds(expr, item));
        let factors: Vec<f32> = held.map(|(_, factor)| *factor).collect();
        factors.iter().copied().fold(1.0, f32::max) * factors.iter().copied().fold(1.0, f32::min)
    }

    /// The whole order: the hits that are pinned at their positions, the others as they came.
    pub(crate) fn order<'h>(&self, hits: &[&'h str]) -> Vec<&'h str> {
        let mut placed: Vec<(usize, &str)> = Vec::new();
        for (id, position) in &self.pins {
            let hit = hits.iter().find(|hit| *hit == id);
            let Some(hit) = hit.filter(|hit| placed.iter().all(|(_, known)| known != *hit)) else {
                continue;
            };
            let is_free = |position: &usize| placed.iter().all(|(taken, _)| taken != position);
            let position = (position - 1..).find(is_free).unwrap();
            placed.push((position, hit));
        }
        placed.sort_unstable();
        let is_placed = |hit: &str| placed.iter().any(|(_, known)| *known == hit);
        let mut order: Vec<&str> = hits.iter().copied().filter(|hit| !is_placed(hit)).collect();
        for (position, hit) in placed {
            order.insert(position.min(order.len()), hit);
        }
        order
    }

    pub(crate) fn is_pinned(&self, id: &str) -> bool {
        self.pins.iter().any(|(known, _)| known == id)
    }
}

/// The words that rules look at.
fn terms(ask: &Ask) -> Vec<&'static str> {
    ask.query.words.iter().chain(ask.query.phrases.iter().flatten()).copied().collect()
}

/// By refinements, and by what the filter demands.
fn selected_categories(ask: &Ask) -> BTreeSet<String> {
    let mut selected = BTreeSet::new();
    let mut select = |value: &Value| {
        if let Value::Text(path) = value {
            selected.insert(path.clone());
        }
    };
    let refinements = ask.refinements.iter().filter(|(field, _)| *field == Field::Category);
    for (_, selection) in refinements {
        if let Selection::Values(values) = selection {
            values.iter().for_each(&mut select);
        }
    }
    let mut demanded: Vec<&Expr> = ask.filter.iter().collect();
    while let Some(expr) = demanded.pop() {
        match expr {
            Expr::And(exprs) => demanded.extend(exprs),
            Expr::Compare(Field::Category, Op::Eq, value) => select(value),
            Expr::In(Field::Category, values) => values.iter().for_each(&mut select),
            _ => {}
        }
    }
    selected
}

fn when() -> impl Strategy<Value = When> {
    let category = || select(Field::Category.strings()).prop_map(Some);
    let words = prop_oneof![
        2 => vec(word(), 0..=2).prop_map(|words| (Anchor::Is, words)),
        4 => vec(word(), 1..=2).prop_map(|words| (Anchor::Contains, words)),
        2 => vec(word(), 1..=2).prop_map(|words| (Anchor::StartsWith, words)),
    ];
    let words = words.prop_map(Some);
    prop_oneof![
        4 => words.clone().prop_map(|words| When { words, category: None }),
        1 => (words, category()).prop_map(|(words, category)| When { words, category }),
        2 => category().prop_map(|category| When { words: None, category }),
    ]
}

/// A rule; on average it matches about every third request.
pub(crate) fn rule() -> impl Strategy<Value = RuleAsk> {
    let which = || option::weighted(0.9, any::<Index>());
    let factor = select(&[1.5, 2.0, 4.0, 10.0, 0.5, 0.25][..]);
    let hits = (
        vec((which(), 1usize..8), 0..=3),
        vec(which(), 0..=2),
        option::weighted(0.2, filter()),
        vec((filter(), factor), 0..=2),
        option::weighted(0.2, filter()),
    );
    let replace = option::weighted(0.2, (word(), option::of(word())));
    (proptest::bool::weighted(0.9), vec(when(), 1..=3), hits, replace).prop_map(
        |(enabled, when, (pins, hidden_ids, hidden, weightings, filter), replace)| RuleAsk {
            enabled,
            when,
            pins,
            hidden_ids,
            hidden,
            weightings,
            filter,
            replace,
        },
    )
}
