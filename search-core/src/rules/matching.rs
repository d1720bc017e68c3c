//! Which rules a search calls, without looking at the others: rules are found by the words that
//! call them, whatever their number.

use rustc_hash::FxHashMap;

/// What calls a rule: words, a category, or both together.
#[derive(Debug, Clone)]
pub(super) struct Trigger {
    /// The terms and where in a query they stand.
    pub words: Option<(Anchor, Vec<String>)>,
    pub category: Option<String>,
}

/// Where in a query words stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// They are all of it.
    Whole,
    Anywhere,
    Beginning,
}

/// The triggers of all rules.
#[derive(Debug, Default)]
pub(super) struct TriggerIndex {
    by_words: FxHashMap<Vec<String>, Vec<WordTrigger>>,
    /// Rules that a category calls alone.
    by_category: FxHashMap<String, Vec<usize>>,
    /// The most terms of a trigger.
    longest: usize,
}

#[derive(Debug)]
struct WordTrigger {
    rule: usize,
    anchor: Anchor,
    category: Option<String>,
}

impl TriggerIndex {
    pub(super) fn add(&mut self, rule: usize, trigger: Trigger) {
        match (trigger.words, trigger.category) {
            (Some((anchor, terms)), category) => {
                self.longest = self.longest.max(terms.len());
                let trigger = WordTrigger { rule, anchor, category };
                self.by_words.entry(terms).or_default().push(trigger);
            }
            (None, Some(category)) => self.by_category.entry(category).or_default().push(rule),
            (None, None) => {}
        }
    }

    /// The rules that these terms and selected categories call, in order.
    pub(super) fn called(&self, terms: &[String], categories: &[&str]) -> Vec<usize> {
        let mut called: Vec<usize> = categories
            .iter()
            .filter_map(|category| self.by_category.get(*category))
            .flatten()
            .copied()
            .collect();
        let mut look_up = |from: usize, to: usize| {
            let Some(triggers) = terms.get(from..to).and_then(|run| self.by_words.get(run)) else {
                return;
            };
            let holds = |trigger: &&WordTrigger| {
                let stands = match trigger.anchor {
                    Anchor::Whole => from == 0 && to == terms.len(),
                    Anchor::Anywhere => true,
                    Anchor::Beginning => from == 0,
                };
                let selected = |category: &String| categories.contains(&category.as_str());
                stands && trigger.category.as_ref().is_none_or(selected)
            };
            called.extend(triggers.iter().filter(holds).map(|trigger| trigger.rule));
        };
        if terms.is_empty() {
            look_up(0, 0);
        }
        for from in 0..terms.len() {
            for to in from + 1..=terms.len().min(from + self.longest) {
                look_up(from, to);
            }
        }
        called.sort_unstable();
        called.dedup();
        called
    }
}
