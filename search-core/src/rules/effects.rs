//! What the rules that match a search do to its hits, all together.

use super::rule::Pin;
use crate::query::Condition;

/// Effects on the hits, in the order of the rules.
#[derive(Debug, Default)]
pub struct Effects {
    /// Products at fixed positions; the earlier one has the position.
    pub pins: Vec<Pin>,
    /// Products that are not there.
    pub hidden_ids: Vec<String>,
    /// Products that are not there.
    pub hidden: Vec<Condition>,
    /// Products whose score changes; of each the strongest boost and the strongest bury count.
    pub weightings: Vec<RuleWeighting>,
}

/// Products whose score a rule changes.
#[derive(Debug)]
pub struct RuleWeighting {
    /// The rule's id.
    pub rule: String,
    /// Which products.
    pub condition: Condition,
    /// What the score is multiplied by: over 1 for a boost, under 1 for a bury.
    pub factor: f32,
}
