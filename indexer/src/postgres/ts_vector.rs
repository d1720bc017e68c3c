//! A product's terms as PostgreSQL's `tsvector`, made here: its own parser and dictionaries would
//! find other products than the index does.
//!
//! Words have positions and the class of their field's weight, A to D. Whole values (`=laptop
//! bag`) and surfaces (`~shoes`) have none; the grams of codes (`#abc`) have positions, so that a
//! piece of a code is a phrase of them.

use std::collections::BTreeMap;
use std::error::Error;

use bytes::{BufMut, BytesMut};
use search_core::TermSink;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// Begins the lexeme of a surface.
pub const SURFACE: char = '~';
/// Begins the lexeme of a gram of a code.
pub const GRAM: char = '#';

/// The longest lexeme that PostgreSQL takes, in bytes.
const MAX_LEXEME_BYTES: usize = 2_046;
/// The most positions of one lexeme; those after them add nothing.
const MAX_POSITIONS: usize = 255;
/// The last position; words after it are found, but not as part of a phrase.
const MAX_POSITION: u32 = 16_383;
/// Bytes of lexemes and positions; below the megabyte that PostgreSQL takes, for it rounds up.
const MAX_BYTES: usize = 1_000_000;
/// Where the class of a position's weight begins.
const CLASS_SHIFT: u16 = 14;

/// The terms of a product.
#[derive(Debug, Default)]
pub(super) struct TsVector {
    /// With their positions, in ascending order.
    lexemes: BTreeMap<String, Vec<u16>>,
    bytes: usize,
    heaviest: u32,
}

impl TsVector {
    /// None yet, of a product whose words count so often at most.
    pub(super) fn new(heaviest: u32) -> Self {
        Self { heaviest, ..Self::default() }
    }

    /// About how many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The words and whole values that a query may speak of, and whether they are surfaces.
    pub(super) fn vocabulary(&self) -> impl Iterator<Item = (&str, bool)> {
        self.lexemes.keys().filter_map(|lexeme| {
            let surface = lexeme.strip_prefix(SURFACE);
            let is_gram = surface.is_none() && lexeme.starts_with(GRAM);
            let word = surface.unwrap_or(lexeme);
            (!is_gram).then_some((word, surface.is_some()))
        })
    }

    /// Adds a lexeme at a position with its class; beyond what PostgreSQL takes nothing is added:
    /// the lightest fields come last.
    fn add(&mut self, lexeme: String, place: Option<u16>) {
        if lexeme.len() > MAX_LEXEME_BYTES || lexeme.contains('\0') {
            return;
        }
        let room = MAX_BYTES.saturating_sub(self.bytes);
        let length = lexeme.len();
        match self.lexemes.get_mut(&lexeme) {
            Some(places) => {
                let Some(place) = place.filter(|_| room >= 2 && places.len() < MAX_POSITIONS)
                else {
                    return;
                };
                match places.binary_search_by_key(&position(place), |known| position(*known)) {
                    Ok(at) => {
                        if let Some(known) = places.get_mut(at) {
                            *known = place.max(*known);
                        }
                    }
                    Err(at) => {
                        places.insert(at, place);
                        self.bytes += 2;
                    }
                }
            }
            // The count of positions, and what aligns it.
            None if room >= length + 5 => {
                self.bytes += length + 3 + 2 * usize::from(place.is_some());
                self.lexemes.insert(lexeme, place.into_iter().collect());
            }
            None => {}
        }
    }

    /// The class of a word: by its weight beside that of the heaviest field, as `ts_rank` weighs
    /// the classes.
    fn class(&self, repeat: u32) -> u16 {
        match f64::from(repeat) / f64::from(self.heaviest.max(1)) {
            share if share >= 0.7 => 3,
            share if share >= 0.3 => 2,
            share if share >= 0.15 => 1,
            _ => 0,
        }
    }
}

/// A position with its class, as PostgreSQL writes it; the first is 1.
fn place(position: u32, class: u16) -> u16 {
    let position = u16::try_from((position + 1).min(MAX_POSITION)).unwrap_or_default();
    position | class << CLASS_SHIFT
}

fn position(place: u16) -> u16 {
    place & ((1 << CLASS_SHIFT) - 1)
}

impl TermSink for TsVector {
    fn word(&mut self, term: &str, position: u32, repeat: u32) {
        self.add(term.to_owned(), Some(place(position, self.class(repeat))));
    }

    fn whole_value(&mut self, term: &str, _position: u32) {
        self.add(term.to_owned(), None);
    }

    fn surface(&mut self, surface: &str) {
        self.add(format!("{SURFACE}{surface}"), None);
    }

    fn gram(&mut self, gram: &str, position: u32) {
        self.add(format!("{GRAM}{gram}"), Some(place(position, 0)));
    }
}

impl ToSql for TsVector {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.put_i32(i32::try_from(self.lexemes.len())?);
        for (lexeme, places) in &self.lexemes {
            out.put_slice(lexeme.as_bytes());
            out.put_u8(0);
            out.put_u16(u16::try_from(places.len())?);
            places.iter().for_each(|place| out.put_u16(*place));
        }
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::TS_VECTOR
    }

    to_sql_checked!();
}
