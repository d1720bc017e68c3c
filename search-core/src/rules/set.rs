//! The rules of a catalogue, ready to be applied to searches.

use rustc_hash::FxHashMap;

use super::compile::{CompiledRule, Compiler, moment};
use super::effects::{Effects, RuleWeighting};
use super::error::{Fault, RuleError};
use super::matching::TriggerIndex;
use super::rule::Rule;
use super::words::{WordReplacement, replace, terms};
use crate::analysis::{Analyzers, QueryAnalyzer};
use crate::catalog::{Catalog, FieldKind};
use crate::error::Result;
use crate::limits::{MAX_APPLIED_RULES, MAX_RULES};
use crate::query::{Condition, ParsedQuery, SearchPlan, SearchRequest};
use crate::response::AppliedRule;

/// A compiled set; immutable.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    given: Vec<Rule>,
    /// Those that can be used.
    rules: Vec<CompiledRule>,
    triggers: TriggerIndex,
    faults: Vec<RuleError>,
    /// When rules begin and end, ascending.
    boundaries: Vec<i64>,
}

/// What rules did to a search that is said in the answer.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    pub rules: Vec<AppliedRule>,
    pub redirect: Option<String>,
}

/// The moments at which rules begin and end, ascending: answers change then.
pub(crate) fn boundaries(rules: &[Rule]) -> Vec<i64> {
    let moments = rules.iter().flat_map(|rule| [&rule.from, &rule.until]);
    let mut boundaries: Vec<i64> = moments.flatten().filter_map(|text| moment(text)).collect();
    boundaries.sort_unstable();
    boundaries
}

impl Rules {
    /// Compiles a set. A rule with a fault is among the [`faults`](Self::faults) and does not
    /// apply: a new catalogue may have lost a field that it speaks of.
    pub(crate) fn compile(given: &[Rule], catalog: &Catalog, analyzer: &QueryAnalyzer) -> Self {
        let mut set =
            Self { given: given.to_vec(), boundaries: boundaries(given), ..Self::default() };
        let compiler = Compiler { catalog, analyzer };
        let mut ids: FxHashMap<&str, usize> = FxHashMap::default();
        for (index, rule) in given.iter().enumerate() {
            if index >= MAX_RULES {
                let message = format!("{} rules, expected at most {MAX_RULES}", given.len());
                set.faults.push(Fault::new("", message).in_rule(index, &rule.id));
                break;
            }
            if let Some(first) = ids.insert(&rule.id, index) {
                let message = format!("rules[{first}] has the same id");
                set.faults.push(Fault::new("id", message).in_rule(index, &rule.id));
                continue;
            }
            match compiler.rule(rule) {
                Ok(compiled) => set.add(compiled, rule.enabled),
                Err(fault) => set.faults.push(fault.in_rule(index, &rule.id)),
            }
        }
        set
    }

    fn add(&mut self, mut rule: CompiledRule, enabled: bool) {
        if !enabled {
            return;
        }
        for trigger in std::mem::take(&mut rule.triggers) {
            self.triggers.add(self.rules.len(), trigger);
        }
        self.rules.push(rule);
    }

    /// As they were given.
    pub(crate) fn given(&self) -> &[Rule] {
        &self.given
    }

    /// Why some of them do not apply.
    pub(crate) fn faults(&self) -> &[RuleError] {
        &self.faults
    }

    /// How many rules have begun or ended by now.
    pub(crate) fn boundaries_passed(&self, now: i64) -> u64 {
        self.boundaries.partition_point(|boundary| *boundary <= now) as u64
    }

    /// Lets the rules that the search calls change what it will do. All conditions are about what
    /// the shopper asked, not about what another rule made of it.
    pub(crate) fn apply(
        &self,
        request: &SearchRequest,
        plan: &mut SearchPlan,
        catalog: &Catalog,
        analyzers: &Analyzers,
        now: i64,
    ) -> Result<Applied> {
        let mut applied = Applied::default();
        if self.rules.is_empty() {
            return Ok(applied);
        }
        // Rules are written in the catalogue's language, whatever that of the query is.
        let analyzer = analyzers.of_query(None);
        let terms = terms(&ParsedQuery::parse(&request.q, false, analyzer)?);
        let categories = selected_categories(plan, catalog);
        let categories: Vec<&str> = categories.iter().map(String::as_str).collect();
        let called = self.triggers.called(&terms, &categories);
        let rules = called.into_iter().filter_map(|rule| self.rules.get(rule));
        let rules: Vec<&CompiledRule> =
            rules.filter(|rule| rule.validity.includes(now)).take(MAX_APPLIED_RULES).collect();
        if rules.is_empty() {
            return Ok(applied);
        }
        for rule in &rules {
            applied.rules.push(AppliedRule { id: rule.id.clone() });
            applied.redirect = applied.redirect.or_else(|| rule.redirect.clone());
            plan.effects.add(rule);
        }
        let filters = rules.iter().filter_map(|rule| rule.filter.clone());
        let filters: Vec<Condition> = plan.filter.take().into_iter().chain(filters).collect();
        plan.filter = (!filters.is_empty()).then_some(Condition::All(filters));
        // An order that the shopper asked for has no positions to give away.
        if !plan.sort.is_empty() {
            plan.effects.pins.clear();
        }
        let compiler = Compiler { catalog, analyzer: analyzers.of_query(plan.language) };
        let replacements = rules.iter().flat_map(|rule| &rule.replacements);
        // What has no words in the language of the query replaces nothing in it.
        let replacements: Vec<WordReplacement> =
            replacements.filter_map(|given| compiler.replacement(given, "").ok()).collect();
        if !replacements.is_empty() {
            plan.query.words = replace(&plan.query.words, &replacements);
        }
        Ok(applied)
    }
}

impl Effects {
    fn add(&mut self, rule: &CompiledRule) {
        self.pins.extend(rule.pins.iter().cloned());
        self.hidden_ids.extend(rule.hidden_ids.iter().cloned());
        self.hidden.extend(rule.hidden.clone());
        self.weightings.extend(rule.weightings.iter().map(|(condition, factor)| RuleWeighting {
            rule: rule.id.clone(),
            condition: condition.clone(),
            factor: *factor,
        }));
    }
}

/// The categories that every hit must be in (or in one of several of a field).
fn selected_categories(plan: &SearchPlan, catalog: &Catalog) -> Vec<String> {
    let mut selected = Vec::new();
    let refinements = plan.refinements.iter().map(|refinement| &refinement.condition);
    for condition in plan.filter.iter().chain(refinements) {
        collect_categories(condition, catalog, &mut selected);
    }
    selected
}

fn collect_categories(condition: &Condition, catalog: &Catalog, selected: &mut Vec<String>) {
    match condition {
        Condition::All(conditions) => {
            conditions.iter().for_each(|part| collect_categories(part, catalog, selected));
        }
        Condition::Strings { key, values } => {
            let field = catalog.fields().get(key.field);
            if field.is_some_and(|field| matches!(field.kind, FieldKind::Category { .. })) {
                selected.extend(values.iter().cloned());
            }
        }
        _ => {}
    }
}
