//! Business signals: bounded factors on the relevance.

use std::sync::Arc;

use tantivy::DocId;

use crate::catalog::{Catalog, SignalKind};
use crate::error::Result;
use crate::index::{ColumnKey, Columns, Segment, Snapshot};

/// Age at which a recency signal has fallen to a half, in milliseconds: 180 days.
pub const RECENCY_HALF_LIFE_MS: f64 = 180.0 * 86_400_000.0;

/// The signals of a catalogue against one snapshot.
#[derive(Debug)]
pub(crate) struct Signals {
    signals: Vec<Signal>,
    /// The largest factor that a product can get.
    pub most: f32,
}

#[derive(Debug, Clone)]
struct Signal {
    name: String,
    key: ColumnKey,
    kind: SignalKind,
    weight: f32,
    /// The largest value in the snapshot, which counts as 1.
    largest: f64,
}

impl Signals {
    pub(crate) fn new(snapshot: &Snapshot) -> Result<Self> {
        let catalog: &Catalog = &snapshot.generation.catalog;
        let mut signals = Vec::new();
        for signal in catalog.signals() {
            let Some(found) = catalog.resolve(&signal.field) else { continue };
            let key = ColumnKey { field: found.index, attribute: None };
            let mut largest = 0f64;
            for segment in &snapshot.segments {
                let columns = segment.columns(&key)?;
                if let Some(column) = columns.numbers.as_ref().filter(|c| c.values.num_vals() > 0) {
                    largest = largest.max(column.max_value());
                }
                if let Some(column) = columns.integers.as_ref().filter(|c| c.values.num_vals() > 0)
                {
                    largest = largest.max(column.max_value() as f64);
                }
            }
            signals.push(Signal {
                name: signal.field.clone(),
                key,
                kind: signal.kind,
                weight: signal.weight,
                largest,
            });
        }
        let most = signals.iter().map(|signal| 1.0 + signal.weight.max(0.0)).product();
        Ok(Self { signals, most })
    }

    pub(crate) fn in_segment(&self, segment: &Segment) -> Result<SegmentSignals> {
        let bound =
            self.signals.iter().map(|signal| Ok((signal.clone(), segment.columns(&signal.key)?)));
        Ok(SegmentSignals(bound.collect::<Result<_>>()?))
    }
}

/// The signals bound to one segment's columns.
pub(crate) struct SegmentSignals(Vec<(Signal, Arc<Columns>)>);

impl SegmentSignals {
    /// The product of `1 + weight * strength` over all signals.
    #[inline]
    pub(crate) fn factor(&self, doc: DocId) -> f32 {
        self.0.iter().map(|(signal, columns)| signal.factor(columns, doc)).product()
    }

    /// Each signal's name and factor.
    pub(crate) fn factors(&self, doc: DocId) -> impl Iterator<Item = (&str, f32)> {
        self.0
            .iter()
            .map(move |(signal, columns)| (signal.name.as_str(), signal.factor(columns, doc)))
    }
}

impl Signal {
    fn factor(&self, columns: &Columns, doc: DocId) -> f32 {
        1.0 + self.weight * self.strength(columns, doc).clamp(0.0, 1.0)
    }

    /// 0 (also when there is no value) to 1.
    fn strength(&self, columns: &Columns, doc: DocId) -> f32 {
        let value = || {
            let number = columns.numbers.as_ref().and_then(|column| column.first(doc));
            number.or_else(|| {
                columns.integers.as_ref().and_then(|column| column.first(doc)).map(|v| v as f64)
            })
        };
        let strength = match self.kind {
            SignalKind::Boolean => {
                let is_true = columns.bools.as_ref().and_then(|column| column.first(doc));
                if is_true == Some(true) { 1.0 } else { 0.0 }
            }
            SignalKind::Linear => {
                value().map_or(0.0, |value| value / self.largest.max(f64::MIN_POSITIVE))
            }
            SignalKind::Log => value().map_or(0.0, |value| {
                value.max(0.0).ln_1p() / self.largest.ln_1p().max(f64::MIN_POSITIVE)
            }),
            // Against the newest product, not the clock: the same index gives the same order.
            SignalKind::Recency => value().map_or(0.0, |value| {
                (-(self.largest - value).max(0.0) / RECENCY_HALF_LIFE_MS).exp2()
            }),
        };
        strength as f32
    }
}
