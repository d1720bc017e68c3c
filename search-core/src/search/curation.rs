//! What rules do to the hits, looked up in one snapshot.

use rustc_hash::{FxHashMap, FxHashSet};
use tantivy::DocId;

use super::predicate::Predicate;
use crate::error::Result;
use crate::index::{Segment, Snapshot};
use crate::rules::{Effects, RuleWeighting};

/// The products that rules name, by the place of their segment in the snapshot.
#[derive(Debug, Default)]
pub(crate) struct Curation {
    segments: FxHashMap<usize, NamedProducts>,
    /// The largest factor that a product can get.
    pub most: f32,
}

/// The products of one segment that rules name.
#[derive(Debug, Default)]
struct NamedProducts {
    /// Each with its place among the pins, ascending by product.
    pins: Vec<(DocId, usize)>,
    /// Ascending.
    hidden: Vec<DocId>,
}

impl Curation {
    /// Pinned products that do not exist are left out, like repeats.
    pub(crate) fn new(effects: &Effects, snapshot: &Snapshot) -> Result<Self> {
        let mut segments: FxHashMap<usize, NamedProducts> = FxHashMap::default();
        let mut known = FxHashSet::default();
        for (place, pin) in effects.pins.iter().enumerate() {
            if let Some((ordinal, doc)) = snapshot.locate(&pin.id)?
                && known.insert((ordinal, doc))
            {
                segments.entry(ordinal).or_default().pins.push((doc, place));
            }
        }
        for id in &effects.hidden_ids {
            if let Some((ordinal, doc)) = snapshot.locate(id)? {
                segments.entry(ordinal).or_default().hidden.push(doc);
            }
        }
        for named in segments.values_mut() {
            named.pins.sort_unstable();
            named.hidden.sort_unstable();
        }
        let factors = effects.weightings.iter().map(|weighting| weighting.factor);
        Ok(Self { segments, most: factors.fold(1.0, f32::max) })
    }

    /// What rules do to the products of one segment.
    pub(crate) fn in_segment<'a>(
        &'a self,
        ordinal: usize,
        effects: &'a Effects,
        segment: &Segment,
    ) -> Result<SegmentCuration<'a>> {
        let named = self.segments.get(&ordinal);
        let predicates = effects.hidden.iter().map(|condition| Predicate::new(condition, segment));
        Ok(SegmentCuration {
            pins: SegmentPins(named.map(|named| named.pins.as_slice()).unwrap_or_default()),
            hidden: Hidden {
                docs: named.map(|named| named.hidden.as_slice()).unwrap_or_default(),
                predicates: predicates.collect::<Result<_>>()?,
            },
            weightings: Weightings::new(&effects.weightings, segment)?,
        })
    }

    pub(crate) fn has_pins(&self, ordinal: usize) -> bool {
        self.segments.get(&ordinal).is_some_and(|named| !named.pins.is_empty())
    }
}

/// What rules do to the products of one segment.
pub(crate) struct SegmentCuration<'a> {
    pub pins: SegmentPins<'a>,
    pub hidden: Hidden<'a>,
    pub weightings: Weightings<'a>,
}

/// The pinned products of one segment and their places among the pins, ascending.
#[derive(Clone, Copy)]
pub(crate) struct SegmentPins<'a>(&'a [(DocId, usize)]);

impl SegmentPins<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn docs(&self) -> impl Iterator<Item = DocId> {
        self.0.iter().map(|(doc, _)| *doc)
    }

    /// The product's place among the pins.
    #[inline]
    pub(crate) fn place(&self, doc: DocId) -> Option<usize> {
        if self.0.is_empty() {
            return None;
        }
        let found = self.0.binary_search_by_key(&doc, |(pinned, _)| *pinned).ok()?;
        self.0.get(found).map(|(_, place)| *place)
    }
}

/// What rules hide in one segment.
pub(crate) struct Hidden<'a> {
    /// Ascending.
    docs: &'a [DocId],
    predicates: Vec<Predicate>,
}

impl Hidden<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.docs.is_empty() && self.predicates.is_empty()
    }

    #[inline]
    pub(crate) fn has(&self, doc: DocId) -> bool {
        self.predicates.iter().any(|predicate| predicate.matches(doc))
            || (!self.docs.is_empty() && self.docs.binary_search(&doc).is_ok())
    }
}

/// Boosts and buries bound to one segment.
pub(crate) struct Weightings<'a>(Vec<(Predicate, &'a RuleWeighting)>);

impl<'a> Weightings<'a> {
    pub(crate) fn new(weightings: &'a [RuleWeighting], segment: &Segment) -> Result<Self> {
        let bound = weightings
            .iter()
            .map(|weighting| Ok((Predicate::new(&weighting.condition, segment)?, weighting)));
        Ok(Self(bound.collect::<Result<_>>()?))
    }

    /// The strongest boost times the strongest bury.
    #[inline]
    pub(crate) fn factor(&self, doc: DocId) -> f32 {
        if self.0.is_empty() {
            return 1.0;
        }
        self.strongest(doc).map(|weighting| weighting.factor).product()
    }

    /// The strongest boost and the strongest bury of a product.
    pub(crate) fn strongest(&self, doc: DocId) -> impl Iterator<Item = &'a RuleWeighting> {
        let (mut boost, mut bury): (Option<&RuleWeighting>, Option<&RuleWeighting>) = (None, None);
        for (predicate, weighting) in &self.0 {
            let factor = weighting.factor;
            let is_boost = factor > 1.0;
            let known = if is_boost { &mut boost } else { &mut bury };
            let is_stronger = known.is_none_or(|known| match is_boost {
                true => factor > known.factor,
                false => factor < known.factor,
            });
            if is_stronger && predicate.matches(doc) {
                *known = Some(weighting);
            }
        }
        boost.into_iter().chain(bury)
    }
}
