//! What came out of a comparison.

use std::fmt;

use indicatif::HumanCount;
use serde::Serialize;

use crate::limits::MAX_LISTED_DIFFERENCES;

/// How the two sides differ in one product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// The collection has it, the index has not.
    Missing,
    /// The index has it, the collection has not.
    Extra,
    /// Both have it, with different content.
    Different,
}

/// A product in which the two sides differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Its id.
    pub id: String,
    /// How they differ.
    pub kind: DifferenceKind,
}

/// A document that the index cannot hold, and does not: known, and no difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Known {
    /// Its id, or its `_id` where that is no id of a product.
    pub id: String,
    /// Why it cannot be indexed.
    pub reason: String,
}

/// What came out of a comparison.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// The catalogue.
    pub catalog: String,
    /// The collection.
    pub namespace: String,
    /// Documents read from the collection.
    pub documents: u64,
    /// Products read from the index.
    pub products: u64,
    /// Whether, in the end, the two sides hold the same.
    pub equal: bool,
    /// Products of the collection that the index has not.
    pub missing: u64,
    /// Products of the index that the collection has not.
    pub extra: u64,
    /// Products whose content differs.
    pub different: u64,
    /// How many of these were repaired.
    pub repaired: u64,
    /// Products that changed whenever they were looked at, so that nothing can be said of them.
    pub undecided: u64,
    /// Documents that cannot be indexed.
    pub cannot_be_indexed: u64,
    /// The differences, as far as there is room for them.
    pub differences: Vec<Difference>,
    /// The documents that cannot be indexed, as far as there is room for them.
    pub dead_letters: Vec<Known>,
    /// How long it took.
    pub seconds: f64,
}

impl Report {
    pub(super) fn add(&mut self, difference: Difference) {
        *match difference.kind {
            DifferenceKind::Missing => &mut self.missing,
            DifferenceKind::Extra => &mut self.extra,
            DifferenceKind::Different => &mut self.different,
        } += 1;
        if self.differences.len() < MAX_LISTED_DIFFERENCES {
            self.differences.push(difference);
        }
    }

    pub(super) fn add_known(&mut self, known: Known) {
        self.cannot_be_indexed += 1;
        if self.dead_letters.len() < MAX_LISTED_DIFFERENCES {
            self.dead_letters.push(known);
        }
    }

    /// How many products differ, or differed before they were repaired.
    pub fn differing(&self) -> u64 {
        self.missing + self.extra + self.different
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Difference { id, kind } in &self.differences {
            let kind = match kind {
                DifferenceKind::Missing => "missing",
                DifferenceKind::Extra => "extra",
                DifferenceKind::Different => "different",
            };
            writeln!(f, "{kind:<13} {id}")?;
        }
        let unlisted = self.differing() - self.differences.len() as u64;
        if unlisted > 0 {
            writeln!(f, "… and {} more", HumanCount(unlisted))?;
        }
        for Known { id, reason } in &self.dead_letters {
            writeln!(f, "dead letter   {id}: {reason}")?;
        }
        let unlisted = self.cannot_be_indexed - self.dead_letters.len() as u64;
        if unlisted > 0 {
            writeln!(f, "… and {} more", HumanCount(unlisted))?;
        }
        let (documents, products) = (HumanCount(self.documents), HumanCount(self.products));
        writeln!(f, "compared      {documents} documents of {}", self.namespace)?;
        writeln!(f, "              {products} products of {}", self.catalog)?;
        writeln!(
            f,
            "differing     {} missing, {} extra, {} different",
            HumanCount(self.missing),
            HumanCount(self.extra),
            HumanCount(self.different),
        )?;
        if self.repaired > 0 {
            writeln!(f, "repaired      {}", HumanCount(self.repaired))?;
        }
        if self.undecided > 0 {
            writeln!(f, "undecided     {}", HumanCount(self.undecided))?;
        }
        if self.cannot_be_indexed > 0 {
            writeln!(f, "dead letters  {}", HumanCount(self.cannot_be_indexed))?;
        }
        let verdict = match (self.equal, self.undecided) {
            (true, _) => "equal",
            (false, 0) => "different",
            (false, _) => "could not tell",
        };
        write!(f, "verdict       {verdict}, after {:.1} s", self.seconds)
    }
}
