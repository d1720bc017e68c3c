//! Rules of merchandisers: for certain words or categories they pin, hide, boost, bury, filter,
//! replace or redirect.
//!
//! A set is checked and compiled once (`rule` → `compile` → `set`). A search finds the rules that
//! its words and categories call (`matching`), in the order of the set, and they change its plan:
//!
//! * **pin**: the product has that position among all hits, over all pages. It is shown and
//!   counted if it passes the filter and the refinements, whether or not it matches the words; if
//!   it does not pass or does not exist, the next hit moves up. A position that an earlier rule
//!   took is followed by the next free one; a product is pinned where the first rule says. With
//!   groups the pinned product stands for its group. Pins do not apply where the request sorts.
//! * **hide**: as if the catalogue did not have the product. Hiding wins over pinning.
//! * **boost**, **bury**: of several that hold for a product the strongest boost and the
//!   strongest bury count.
//! * **filter**: all of them are added to that of the request.
//! * **replace**: one pass over the words as typed, never over what a rule put there; of two
//!   rules for the same words the first counts.
//! * **redirect**: that of the first rule.

mod compile;
mod effects;
mod error;
mod matching;
mod rule;
mod set;
#[cfg(test)]
mod tests;
mod words;

pub use self::effects::{Effects, RuleWeighting};
pub use self::error::RuleError;
pub use self::rule::{
    Consequences, Hide, Pin, QueryMatch, Replacement, Rule, RuleCondition, Weighting,
};
pub(crate) use self::set::{Rules, boundaries};
