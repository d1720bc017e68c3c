//! One numbering of a field's values over all segments of a snapshot.

use std::cmp::Ordering;
use std::sync::Arc;

use tantivy::TantivyError;
use tantivy::columnar::StrColumn;
use tantivy::index::SegmentId;

use crate::error::Result;
use crate::index::{ColumnKey, FewNumbers, Segment};

/// The values of a field: strings in lexical order, each segment's ordinals mapped to them, and
/// what is known of its numbers.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Dictionary {
    pub strings: Arc<[Arc<str>]>,
    pub has_strings: bool,
    /// For each segment: its ordinal to the place in `strings`.
    pub ordinals: Vec<Arc<[u32]>>,
    /// All different numbers, ascending, if they are few.
    pub numbers: Option<Vec<f64>>,
    pub has_numbers: bool,
    pub has_bools: bool,
    pub(super) segments: Vec<SegmentId>,
}

/// What is known of a segment's strings.
enum Strings {
    /// Places in the dictionary before.
    Known(Arc<[u32]>),
    /// In lexical order.
    Read(Vec<Arc<str>>),
}

impl Dictionary {
    /// The dictionary of these segments; the same whatever was there before. Linear in the number
    /// of different values of those segments that an earlier dictionary does not know.
    pub(crate) fn build(
        segments: &[Arc<Segment>],
        key: &ColumnKey,
        earlier: Option<&Self>,
    ) -> Result<Self> {
        let mut dictionary = Self::default();
        let mut strings = Vec::with_capacity(segments.len());
        let mut numbers = Some(FewNumbers::default());
        for segment in segments {
            let columns = segment.columns(key)?;
            strings.push(match earlier.and_then(|earlier| earlier.ordinals_of(segment)) {
                Some(known) => Strings::Known(Arc::clone(known)),
                None => Strings::Read(read(columns.strings.as_ref())?),
            });
            dictionary.segments.push(segment.version.id);
            dictionary.has_bools |= columns.bools.is_some();
            if columns.has_numbers() {
                dictionary.has_numbers = true;
                numbers = numbers.and_then(|numbers| numbers.and(columns.few_numbers()?));
            }
        }
        dictionary.numbers = numbers.filter(|_| dictionary.has_numbers).map(|numbers| numbers.0);
        let known = earlier.map(|earlier| Arc::clone(&earlier.strings)).unwrap_or_default();
        dictionary.number(known, strings);
        Ok(dictionary)
    }

    fn ordinals_of(&self, segment: &Segment) -> Option<&Arc<[u32]>> {
        let place = self.segments.iter().position(|known| *known == segment.version.id)?;
        self.ordinals.get(place)
    }

    /// Numbers the strings of all segments: as before, where none came and none went.
    fn number(&mut self, known: Arc<[Arc<str>]>, segments: Vec<Strings>) {
        let mut used = vec![false; known.len()];
        let mut added = Vec::new();
        for strings in &segments {
            match strings {
                Strings::Known(places) => places.iter().for_each(|&place| mark(&mut used, place)),
                Strings::Read(strings) => {
                    for (string, place) in strings.iter().zip(places_in(&known, strings)) {
                        match known.get(place as usize) {
                            Some(there) if there == string => mark(&mut used, place),
                            _ => added.push(Arc::clone(string)),
                        }
                    }
                }
            }
        }
        let is_as_before = added.is_empty() && used.iter().all(|used| *used);
        let moved = if is_as_before {
            self.strings = known;
            None
        } else {
            added.sort();
            added.dedup();
            let (strings, moved) = merged(&known, &used, added);
            self.strings = strings.into();
            Some(moved)
        };
        let moved_to = |place: u32| match &moved {
            Some(moved) => moved.get(place as usize).copied().unwrap_or_default(),
            None => place,
        };
        self.has_strings = !self.strings.is_empty();
        self.ordinals = segments
            .into_iter()
            .map(|strings| match strings {
                Strings::Known(places) if is_as_before => places,
                Strings::Known(places) => places.iter().map(|&place| moved_to(place)).collect(),
                Strings::Read(strings) => places_in(&self.strings, &strings).collect(),
            })
            .collect();
    }
}

fn mark(used: &mut [bool], place: u32) {
    if let Some(used) = used.get_mut(place as usize) {
        *used = true;
    }
}

/// The strings of a segment, in lexical order.
fn read(column: Option<&StrColumn>) -> Result<Vec<Arc<str>>> {
    let Some(column) = column else { return Ok(Vec::new()) };
    let mut strings = Vec::with_capacity(column.dictionary().num_terms());
    let mut stream = column.dictionary().stream().map_err(TantivyError::from)?;
    while stream.advance() {
        strings.push(String::from_utf8_lossy(stream.key()).into());
    }
    Ok(strings)
}

/// The strings that are used and those that were added, in order; and where those that were known
/// are now.
fn merged(known: &[Arc<str>], used: &[bool], added: Vec<Arc<str>>) -> (Vec<Arc<str>>, Vec<u32>) {
    let mut strings = Vec::with_capacity(known.len() + added.len());
    let mut moved = Vec::with_capacity(known.len());
    let mut added = added.into_iter().peekable();
    for (string, used) in known.iter().zip(used) {
        while let Some(before) = added.next_if(|added| added < string) {
            strings.push(before);
        }
        moved.push(strings.len() as u32);
        if *used {
            strings.push(Arc::clone(string));
        }
    }
    strings.extend(added);
    (strings, moved)
}

/// Where each of these strings, in order, is among the others or would be. Few among many are
/// found in the logarithm of their distances.
fn places_in(strings: &[Arc<str>], wanted: &[Arc<str>]) -> impl Iterator<Item = u32> {
    let mut from = 0;
    wanted.iter().map(move |wanted| {
        let is_before = |string: &Arc<str>| string.as_ref().cmp(wanted) == Ordering::Less;
        let mut reach = 1;
        while strings.get(from + reach).is_some_and(is_before) {
            reach *= 2;
        }
        let rest = strings.get(from..strings.len().min(from + reach + 1)).unwrap_or_default();
        from += rest.partition_point(is_before);
        from as u32
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::index::{Checkpoint, Generation, Purpose, Snapshot, Writer, WriterOptions};

    /// Values come and go, and so do the segments that hold them.
    #[test]
    fn a_dictionary_does_not_depend_on_the_one_before() -> Result<()> {
        let catalog = Catalog::parse(
            "name = \"shoes\"\n[fields.brand]\ntype = \"keyword\"\n\
             [fields.rating]\ntype = \"number\"\n",
        )?;
        let generation = Arc::new(Generation::create(1, catalog, 2, None)?);
        let options = WriterOptions::new("test");
        let (purpose, live) = (Purpose::Live, Arc::clone(&generation));
        let empty = Snapshot::open(live, None);
        let mut writer = Writer::open(empty, purpose, &options, 1, None, None)?;
        let keys = [0, 1].map(|field| ColumnKey { field, attribute: None });
        let mut earlier = [Dictionary::default(), Dictionary::default()];
        let mut listed = Vec::new();
        for round in 0..60_u32 {
            for product in 0..6 {
                let (id, brand) = (round * 5 % 80 + product, (round * 7 + product * 31) % 97);
                // Sometimes too many different ones to list.
                let rating = if round % 30 < 10 { product } else { round * 6 + product };
                let brand = format!("\"Brand {brand}\"");
                let document = format!(r#"{{"id": {id}, "brand": {brand}, "rating": {rating}}}"#);
                writer.upsert(document.as_bytes())?;
            }
            writer.commit(&Checkpoint::default())?;
            let snapshot = Snapshot::open(Arc::clone(&generation), None);
            for (key, earlier) in keys.iter().zip(&mut earlier) {
                let anew = Dictionary::build(&snapshot.segments, key, None)?;
                let known = Dictionary::build(&snapshot.segments, key, Some(earlier))?;
                assert_eq!(known, anew, "round {round}");
                assert!(known.strings.is_sorted());
                *earlier = known;
            }
            listed.push(earlier[1].numbers.is_some());
        }
        assert!(listed.contains(&true) && listed.contains(&false), "{listed:?}");
        Ok(())
    }
}
