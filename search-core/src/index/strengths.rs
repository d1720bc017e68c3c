//! How strong the business signals of a segment's products are.
//!
//! A strength is a share of the largest value, and the largest of a segment a share of the largest
//! of a snapshot: what is computed here from one segment stays right whatever is committed beside
//! it.

use std::sync::Arc;

use parking_lot::Mutex;
use tantivy::DocId;

use super::columns::{ColumnKey, Columns};
use super::segment::Segment;
use crate::catalog::{Catalog, Signal, SignalKind};
use crate::error::Result;

/// Age at which a recency signal has fallen to a half, in milliseconds: 180 days.
pub const RECENCY_HALF_LIFE_MS: f64 = 180.0 * 86_400_000.0;

/// The strengths of all signals of a segment's products.
#[derive(Debug)]
pub(crate) struct Strengths {
    /// The largest value of each signal.
    pub largest: Vec<f64>,
    /// For each product one entry a signal: 0 (also where there is no value) to 1, for the largest.
    rows: Vec<f32>,
    factors: Mutex<Arc<Factors>>,
}

/// What signals of certain weights make of each product.
#[derive(Debug, Default)]
pub(crate) struct Factors {
    weights: Vec<f32>,
    of_products: Vec<f32>,
}

impl Factors {
    #[inline]
    pub(crate) fn of(&self, doc: DocId) -> f32 {
        // Without signals there are no factors.
        self.of_products.get(doc as usize).copied().unwrap_or(1.0)
    }
}

/// The factor of each signal.
pub(crate) fn factors_of(weights: &[f32], strengths: &[f32]) -> impl Iterator<Item = f32> {
    weights.iter().zip(strengths).map(|(weight, strength)| 1.0 + weight * strength)
}

impl Strengths {
    pub(super) fn new(segment: &Segment, catalog: &Catalog) -> Result<Self> {
        let bound = catalog
            .signals()
            .iter()
            .map(|signal| SignalColumns::new(signal, segment, catalog))
            .collect::<Result<Vec<_>>>()?;
        let docs = 0..segment.max_doc();
        let rows = docs.flat_map(|doc| bound.iter().map(move |signal| signal.strength(doc)));
        Ok(Self {
            rows: rows.collect(),
            largest: bound.iter().map(|signal| signal.largest).collect(),
            factors: Mutex::default(),
        })
    }

    /// The strengths of a product, in the order of the catalogue's signals.
    pub(crate) fn of(&self, doc: DocId) -> &[f32] {
        let signals = self.largest.len();
        let from = doc as usize * signals;
        self.rows.get(from..from + signals).unwrap_or_default()
    }

    /// For each product the product of `1 + weight * strength` over all signals. Searches ask for
    /// the same weights until a commit brings a larger value.
    pub(crate) fn factors(&self, weights: &[f32]) -> Arc<Factors> {
        let mut last = self.factors.lock();
        if last.weights != weights {
            let rows = self.rows.chunks_exact(self.largest.len().max(1));
            let of_products = rows.map(|row| factors_of(weights, row).product()).collect();
            *last = Arc::new(Factors { weights: weights.to_vec(), of_products });
        }
        Arc::clone(&last)
    }
}

/// A signal bound to a segment's columns.
struct SignalColumns {
    kind: SignalKind,
    columns: Arc<Columns>,
    largest: f64,
}

impl SignalColumns {
    fn new(signal: &Signal, segment: &Segment, catalog: &Catalog) -> Result<Self> {
        let columns = match catalog.resolve(&signal.field) {
            Some(found) => segment.columns(&ColumnKey { field: found.index, attribute: None })?,
            None => Arc::default(),
        };
        let largest = match signal.kind {
            SignalKind::Boolean => 1.0,
            SignalKind::Log | SignalKind::Linear | SignalKind::Recency => {
                let numbers =
                    columns.numbers.as_ref().filter(|column| column.values.num_vals() > 0);
                let integers =
                    columns.integers.as_ref().filter(|column| column.values.num_vals() > 0);
                let largest = numbers.map(|column| column.max_value());
                largest.or(integers.map(|column| column.max_value() as f64)).unwrap_or(0.0).max(0.0)
            }
        };
        Ok(Self { kind: signal.kind, columns, largest })
    }

    fn strength(&self, doc: DocId) -> f32 {
        let Columns { numbers, integers, bools, .. } = &*self.columns;
        let value = match self.kind {
            SignalKind::Boolean => {
                let value = bools.as_ref().and_then(|column| column.first(doc));
                value.map(|value| f64::from(u8::from(value)))
            }
            SignalKind::Log | SignalKind::Linear | SignalKind::Recency => {
                let number = numbers.as_ref().and_then(|column| column.first(doc));
                let integer = || integers.as_ref().and_then(|column| column.first(doc));
                number.or_else(|| integer().map(|value| value as f64))
            }
        };
        value.map_or(0.0, |value| strength(self.kind, value, self.largest))
    }
}

/// What a value is worth beside the largest one, 0 to 1.
pub(crate) fn strength(kind: SignalKind, value: f64, largest: f64) -> f32 {
    let strength = match kind {
        SignalKind::Boolean => value,
        SignalKind::Linear => value / largest.max(f64::MIN_POSITIVE),
        SignalKind::Log => value.max(0.0).ln_1p() / largest.ln_1p().max(f64::MIN_POSITIVE),
        // Against the newest product, not the clock: the same index gives the same order.
        SignalKind::Recency => (-(largest - value).max(0.0) / RECENCY_HALF_LIFE_MS).exp2(),
    };
    strength.clamp(0.0, 1.0) as f32
}
