//! Business signals: bounded factors on the relevance.

use std::sync::Arc;

use tantivy::DocId;

use crate::catalog::Signal;
use crate::error::Result;
use crate::index::{Factors, Segment, Snapshot, Strengths, factors_of, strength};

/// The signals of a catalogue against one snapshot.
#[derive(Debug)]
pub(crate) struct Signals<'a> {
    snapshot: &'a Snapshot,
    /// The largest value of each in the snapshot, which counts as 1.
    largest: Vec<f64>,
}

impl<'a> Signals<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot) -> Result<Self> {
        let catalog = &snapshot.generation.catalog;
        let mut largest = vec![0f64; catalog.signals().len()];
        for segment in &snapshot.segments {
            let strengths = segment.strengths(catalog)?;
            for (largest, here) in largest.iter_mut().zip(&strengths.largest) {
                *largest = largest.max(*here);
            }
        }
        Ok(Self { snapshot, largest })
    }

    pub(crate) fn in_segment(&self, segment: &'a Segment) -> Result<SegmentSignals<'a>> {
        let catalog = &self.snapshot.generation.catalog;
        let (signals, strengths) = (catalog.signals(), segment.strengths(catalog)?);
        let largest = self.largest.iter().zip(&strengths.largest);
        let weight = |(signal, (largest, here)): (&Signal, (&f64, &f64))| {
            signal.weight * strength(signal.kind, *here, *largest)
        };
        let weights: Vec<f32> = signals.iter().zip(largest).map(weight).collect();
        Ok(SegmentSignals { signals, strengths, all: strengths.factors(&weights), weights })
    }
}

/// The signals bound to one segment.
pub(crate) struct SegmentSignals<'a> {
    signals: &'a [Signal],
    strengths: &'a Strengths,
    /// What the largest value of the segment adds.
    weights: Vec<f32>,
    all: Arc<Factors>,
}

impl SegmentSignals<'_> {
    /// The product of `1 + weight * strength` over all signals.
    #[inline]
    pub(crate) fn factor(&self, doc: DocId) -> f32 {
        self.all.of(doc)
    }

    /// Each signal's name and factor.
    pub(crate) fn factors(&self, doc: DocId) -> impl Iterator<Item = (&str, f32)> {
        let names = self.signals.iter().map(|signal| signal.field.as_str());
        names.zip(factors_of(&self.weights, self.strengths.of(doc)))
    }
}
