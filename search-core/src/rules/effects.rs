//! What the rules that match a search do to its hits, all together.

use super::rule::Pin;
use crate::query::Condition;

/// Effects on the hits, in the order of the rules.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// Products at fixed positions; the earlier one has the position.
    pub pins: Vec<Pin>,
    pub hidden_ids: Vec<String>,
    pub hidden: Vec<Condition>,
    pub weightings: Vec<RuleWeighting>,
}

/// Products whose score a rule changes.
#[derive(Debug)]
pub(crate) struct RuleWeighting {
    pub rule: String,
    pub condition: Condition,
    /// What the score is multiplied by: over 1 for a boost, under 1 for a bury.
    pub factor: f32,
}
