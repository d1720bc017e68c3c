//! What is at every path of the sampled documents.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::{Map, Value};

use crate::limits::{SAMPLE_DEPTH, SAMPLE_DISTINCT_VALUES, SAMPLE_KEYS};

/// How levels of a category may be separated, likeliest first.
pub(super) const SEPARATORS: [&str; 7] = [" > ", " >> ", " / ", " | ", ">", "/", "|"];
const EXAMPLES: usize = 3;

/// What is at every path of the sampled documents.
#[derive(Default)]
pub(super) struct Profile {
    pub(super) documents: u64,
    pub(super) root: Node,
}

/// What is at one path.
#[derive(Default)]
pub(super) struct Node {
    /// Documents with something here.
    pub(super) documents: u64,
    last_document: u64,
    /// Some document has several values here.
    pub(super) repeated: bool,

    /// Strings, numbers, booleans.
    pub(super) scalars: u64,
    pub(super) integers: u64,
    pub(super) decimals: u64,
    pub(super) bools: u64,
    pub(super) smallest: f64,
    pub(super) largest: f64,
    pub(super) texts: Texts,
    /// Hashes of the different values.
    pub(super) distinct: HashSet<u64>,
    pub(super) examples: Vec<String>,

    /// Maps, with the sum of their sizes.
    pub(super) objects: u64,
    pub(super) keys: u64,
    pub(super) objects_in_lists: u64,
    /// Maps of a list that are a name and a value.
    pub(super) pairs: u64,
    /// Places on the globe.
    pub(super) points: u64,
    pub(super) children: BTreeMap<String, Node>,
}

/// What the strings at one path are like.
#[derive(Default)]
pub(super) struct Texts {
    pub(super) count: u64,
    pub(super) characters: u64,
    pub(super) words: u64,
    pub(super) longest_bytes: usize,
    pub(super) dates: u64,
    pub(super) numbers: u64,
    pub(super) urls: u64,
    /// With a digit and without a space.
    pub(super) codes: u64,
    /// How many hold each of [`SEPARATORS`].
    pub(super) separated: [u64; SEPARATORS.len()],
    /// Hashes of the levels above, of texts such as `A > B > C`.
    pub(super) ancestors: HashSet<u64>,
}

impl Profile {
    pub(super) fn add(&mut self, document: &Value) {
        self.documents += 1;
        if let Value::Object(object) = document {
            self.root.add_keys(object, self.documents, 0);
        }
    }
}

impl Node {
    fn add(&mut self, value: &Value, document: u64, depth: usize, in_list: bool) {
        match value {
            Value::Null => {}
            Value::Array(elements) => {
                elements.iter().for_each(|element| self.add(element, document, depth, true));
            }
            Value::Object(object) => match unwrapped(object) {
                Some(scalar) => self.add_scalar(&scalar, document),
                None => self.add_object(object, document, depth, in_list),
            },
            Value::String(text) if text.trim().is_empty() => {}
            scalar => self.add_scalar(scalar, document),
        }
    }

    fn appears_in(&mut self, document: u64) {
        self.repeated |= self.last_document == document;
        self.documents += u64::from(self.last_document != document);
        self.last_document = document;
    }

    fn add_object(
        &mut self,
        object: &Map<String, Value>,
        document: u64,
        depth: usize,
        in_list: bool,
    ) {
        self.appears_in(document);
        self.objects += 1;
        self.objects_in_lists += u64::from(in_list);
        self.pairs += u64::from(in_list && is_pair(object));
        self.points += u64::from(is_point(object));
        self.keys += object.len() as u64;
        if depth < SAMPLE_DEPTH {
            self.add_keys(object, document, depth + 1);
        }
    }

    fn add_keys(&mut self, object: &Map<String, Value>, document: u64, depth: usize) {
        for (key, value) in object {
            if let Some(child) = self.children.get_mut(key) {
                child.add(value, document, depth, false);
            } else if self.children.len() < SAMPLE_KEYS {
                self.children.entry(key.clone()).or_default().add(value, document, depth, false);
            }
        }
    }

    fn add_scalar(&mut self, scalar: &Value, document: u64) {
        self.appears_in(document);
        self.scalars += 1;
        let text = match scalar {
            Value::String(text) => {
                self.texts.add(text);
                text.clone()
            }
            Value::Bool(_) => {
                self.bools += 1;
                scalar.to_string()
            }
            _ => {
                self.add_number(scalar);
                scalar.to_string()
            }
        };
        let is_new =
            self.distinct.len() < SAMPLE_DISTINCT_VALUES && self.distinct.insert(hash(&text));
        if is_new && self.examples.len() < EXAMPLES {
            self.examples.push(text);
        }
    }

    fn add_number(&mut self, scalar: &Value) {
        let is_first = self.integers + self.decimals == 0;
        let number = scalar.as_f64().unwrap_or_default();
        if number.fract() == 0.0 {
            self.integers += 1;
        } else {
            self.decimals += 1;
        }
        self.smallest = if is_first { number } else { self.smallest.min(number) };
        self.largest = if is_first { number } else { self.largest.max(number) };
    }

    /// Values that are numbers, also as text.
    pub(super) fn numbers(&self) -> u64 {
        self.integers + self.decimals + self.texts.numbers
    }

    /// Whether the other's paths hold all values of this node, some of them as upper levels.
    pub(super) fn is_level_of(&self, other: &Self) -> bool {
        let above = &other.texts.ancestors;
        self.distinct.iter().any(|hash| above.contains(hash))
            && self
                .distinct
                .iter()
                .all(|hash| above.contains(hash) || other.distinct.contains(hash))
    }
}

impl Texts {
    fn add(&mut self, text: &str) {
        let text = text.trim();
        self.count += 1;
        self.characters += text.chars().count() as u64;
        self.words += text.split_whitespace().count() as u64;
        self.longest_bytes = self.longest_bytes.max(text.len());
        self.dates += u64::from(is_date(text));
        self.numbers += u64::from(is_number(text));
        self.urls += u64::from(is_url(text));
        let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
        self.codes += u64::from(has_digit && !text.contains(char::is_whitespace));
        for (count, separator) in self.separated.iter_mut().zip(SEPARATORS) {
            *count += u64::from(text.contains(separator));
        }
        let [first, ..] = SEPARATORS;
        if self.ancestors.len() < SAMPLE_DISTINCT_VALUES {
            let levels = text.match_indices(first);
            self.ancestors.extend(levels.filter_map(|(end, _)| text.get(..end)).map(hash));
        }
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.trim().hash(&mut hasher);
    hasher.finish()
}

fn is_date(text: &str) -> bool {
    text.parse::<Timestamp>().is_ok() || text.parse::<DateTime>().is_ok()
}

/// A number as people write it; leading zeros make a code.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leads = digits.starts_with(|first: char| first.is_ascii_digit());
    let zeros = digits.starts_with('0') && digits.len() > 1 && !digits.starts_with("0.");
    leads && !zeros && digits.parse::<f64>().is_ok_and(f64::is_finite)
}

fn is_url(text: &str) -> bool {
    ["http://", "https://", "//", "data:"].iter().any(|scheme| text.starts_with(scheme))
}

fn is_point(object: &Map<String, Value>) -> bool {
    let is_degrees = |key: &str| object.get(key).and_then(Value::as_f64).is_some();
    is_degrees("lat") && (is_degrees("lon") || is_degrees("lng"))
        || object.get("type").is_some_and(|kind| kind == "Point")
            && object.get("coordinates").is_some_and(Value::is_array)
}

fn is_pair(object: &Map<String, Value>) -> bool {
    ["name", "key", "k"].iter().any(|key| object.get(*key).is_some_and(Value::is_string))
        && ["value", "v"].iter().any(|key| object.contains_key(*key))
}

/// The scalar in one of the wrappers of MongoDB's extended JSON.
fn unwrapped(object: &Map<String, Value>) -> Option<Value> {
    let (key, value) = object.iter().next().filter(|_| object.len() == 1)?;
    match (key.as_str(), value) {
        ("$oid", Value::String(_)) | ("$date", Value::String(_)) => Some(value.clone()),
        (
            "$numberInt" | "$numberLong" | "$numberDouble" | "$numberDecimal",
            Value::String(digits),
        ) => serde_json::from_str(digits).ok().or_else(|| Some(value.clone())),
        ("$date", Value::Number(millis)) => date(millis.as_i64()?),
        ("$date", Value::Object(long)) => date(unwrapped(long)?.as_i64()?),
        _ => None,
    }
}

fn date(millis: i64) -> Option<Value> {
    Timestamp::from_millisecond(millis).ok().map(|time| Value::String(time.to_string()))
}
