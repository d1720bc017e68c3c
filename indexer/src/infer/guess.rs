//! Decides what each path is and is for. Names propose, values decide.

use search_core::limits::{MAX_ID_BYTES, MAX_KEYWORD_BYTES, MAX_NAME_BYTES};
use search_core::{Currency, FieldKind, Money, MoneyUnit, Role, SignalKind};

use super::names::{self, Meaning};
use super::profile::{Node, Profile, SEPARATORS};
use crate::limits::{SAMPLE_DEPTH, SAMPLE_DISTINCT_VALUES, SAMPLE_KEYS};

/// A guessed catalogue.
pub(super) struct Guess {
    pub(super) id: String,
    pub(super) fields: Vec<FieldGuess>,
    pub(super) signals: Vec<(String, SignalKind, f32)>,
    /// The field that looks like what variants share, and how many products it puts together.
    pub(super) group: Option<(String, u64)>,
}

/// A guessed field.
#[derive(Debug, Clone)]
pub(super) struct FieldGuess {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) kind: FieldKind,
    pub(super) roles: Vec<Role>,
    pub(super) weight: Option<f32>,
    pub(super) rank: Rank,
    /// What was seen, or what to look at.
    pub(super) note: String,
}

/// How useful a field is, the most useful first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Title,
    Description,
    Brand,
    Category,
    Code,
    Price,
    Facet,
    Attributes,
    Quantity,
    Date,
    Place,
    Filter,
    Stored,
}

/// A path that is going to be a field.
struct Leaf<'p> {
    path: Vec<&'p str>,
    meaning: Meaning,
    node: &'p Node,
}

/// The guess; none where nothing can be the id.
pub(super) fn guess(profile: &Profile) -> Option<Guess> {
    let id = id(profile)?;
    let mut leaves = Vec::new();
    collect(&profile.root, &mut Vec::new(), &mut leaves);
    leaves.retain(|leaf| leaf.path != ["_id"] && leaf.path != ["id"]);
    make_sure_of_a_title(&mut leaves, profile);

    let mut fields: Vec<_> = leaves.iter().map(|leaf| leaf.field(profile, &leaves)).collect();
    name_apart(&mut fields);
    let signals = signals(&leaves, &fields);
    let group = leaves.iter().zip(&fields).find_map(|(leaf, field)| {
        let shared = leaf.node.scalars > leaf.node.distinct.len() as u64;
        (leaf.meaning == Meaning::Group && shared && is_exact(&field.kind))
            .then(|| (field.name.clone(), leaf.node.distinct.len() as u64))
    });
    sort(&mut fields);
    Some(Guess { id, fields, signals, group })
}

/// The most useful first; among equals the shorter path, `price` before `list_price`.
pub(super) fn sort(fields: &mut [FieldGuess]) {
    fields.sort_by(|a, b| (a.rank, a.path.len(), &a.path).cmp(&(b.rank, b.path.len(), &b.path)));
}

fn is_exact(kind: &FieldKind) -> bool {
    matches!(kind, FieldKind::Keyword | FieldKind::Code)
}

/// `_id`, `id`, else what is called like an id or a code, else anything that is different in every
/// document.
fn id(profile: &Profile) -> Option<String> {
    let is_unique = |node: &Node| {
        node.documents == profile.documents
            && !node.repeated
            && node.scalars == node.distinct.len() as u64
            && node.decimals + node.bools + node.objects == 0
            && node.texts.longest_bytes <= MAX_ID_BYTES
    };
    // A few documents without one are a matter of the dead letters.
    let is_usual = |node: &Node| node.documents * 10 >= profile.documents * 9;
    let named = ["_id", "id"]
        .into_iter()
        .find(|name| profile.root.children.get(*name).is_some_and(is_usual));
    if let Some(name) = named {
        return Some(name.to_owned());
    }
    let preference = |key: &str| match names::meaning(&[key]) {
        Meaning::Identifier => 0,
        Meaning::Code => 1,
        _ => 2,
    };
    let unique =
        profile.root.children.iter().filter(|(key, node)| is_path_segment(key) && is_unique(node));
    unique.map(|(key, _)| key).min_by_key(|key| preference(key)).cloned()
}

/// A name with a dot in it cannot stand in a path.
fn is_path_segment(key: &str) -> bool {
    !key.is_empty() && !key.contains('.')
}

fn collect<'p>(node: &'p Node, path: &mut Vec<&'p str>, leaves: &mut Vec<Leaf<'p>>) {
    for (key, child) in node.children.iter().filter(|(key, _)| is_path_segment(key)) {
        path.push(key);
        let meaning = names::meaning(path);
        let is_map = child.objects > 0 && child.scalars == 0;
        let is_whole = child.points > 0
            || child.pairs > 0
            || is_open_map(child, meaning)
            || path.len() == SAMPLE_DEPTH;
        if is_map && !is_whole {
            collect(child, path, leaves);
        } else if child.documents > 0 {
            leaves.push(Leaf { path: path.clone(), meaning, node: child });
        }
        path.pop();
    }
}

/// A map whose keys are data: called like one, or with many keys of which each document has few.
fn is_open_map(node: &Node, meaning: Meaning) -> bool {
    const MANY_KEYS: usize = 20;
    let few_each = node.keys * 2 < node.objects * node.children.len() as u64;
    node.objects_in_lists == 0
        && (meaning == Meaning::Attributes || node.children.len() >= MANY_KEYS && few_each)
}

/// One field is the title: the best name, else the text that tells products best apart.
fn make_sure_of_a_title(leaves: &mut [Leaf<'_>], profile: &Profile) {
    let rank = |leaf: &Leaf<'_>| names::title_rank(&names::words(leaf.path.last().unwrap_or(&"")));
    let best = leaves
        .iter()
        .enumerate()
        .filter(|(_, leaf)| leaf.meaning == Meaning::Title && leaf.is_text())
        .min_by_key(|(_, leaf)| rank(leaf))
        .map(|(at, _)| at);
    let best = best.or_else(|| {
        let tells_apart = |leaf: &Leaf<'_>| leaf.node.distinct.len() as u64 * 2 > profile.documents;
        leaves
            .iter()
            .enumerate()
            .filter(|(_, leaf)| leaf.meaning == Meaning::Plain && leaf.path.len() == 1)
            .filter(|(_, leaf)| leaf.is_text() && (2.0..20.0).contains(&leaf.words_each()))
            .filter(|(_, leaf)| tells_apart(leaf))
            .max_by_key(|(_, leaf)| leaf.node.distinct.len())
            .map(|(at, _)| at)
    });
    for (at, leaf) in leaves.iter_mut().enumerate() {
        if Some(at) == best {
            leaf.meaning = Meaning::Title;
        } else if leaf.meaning == Meaning::Title {
            leaf.meaning = Meaning::Plain;
        }
    }
}

impl Leaf<'_> {
    /// Strings, mostly: a book may be called 1984.
    fn is_text(&self) -> bool {
        let (texts, values) = (self.node.texts.count, self.node.scalars);
        self.node.objects == 0 && texts > 0 && texts * 2 >= values
    }

    fn words_each(&self) -> f64 {
        self.node.texts.words as f64 / self.node.texts.count.max(1) as f64
    }

    /// Whether every value can stand in a dictionary.
    fn is_exact(&self) -> bool {
        self.node.objects == 0 && self.node.texts.longest_bytes <= MAX_KEYWORD_BYTES
    }

    fn is_numeric(&self) -> bool {
        self.node.scalars > 0 && self.node.numbers() == self.node.scalars
    }

    /// Whole numbers that are seconds or milliseconds of the last and next decades.
    fn is_epoch(&self) -> bool {
        let within = |from: f64, to: f64| self.node.smallest >= from && self.node.largest < to;
        self.node.integers == self.node.scalars && (within(1e8, 5e9) || within(1e11, 5e12))
    }

    /// Few different values, short enough to be listed beside search results.
    fn is_facet(&self) -> bool {
        const ALWAYS_FEW: usize = 50;
        const LONG: u64 = 40;
        let (different, values) = (self.node.distinct.len(), self.node.scalars);
        (different <= ALWAYS_FEW || different as u64 * 5 <= values)
            && self.node.texts.characters <= self.node.texts.count * LONG
    }

    /// The separator that a fair part of the values holds.
    fn separator(&self) -> Option<&'static str> {
        let texts = &self.node.texts;
        let common = |count: u64| count * 10 >= texts.count * 3 && count > 0;
        SEPARATORS.into_iter().zip(texts.separated).find(|(_, n)| common(*n)).map(|(s, _)| s)
    }

    fn is_breadcrumb(&self) -> bool {
        self.node.texts.separated[0] * 2 >= self.node.scalars && self.is_text()
    }

    fn field(&self, profile: &Profile, all: &[Leaf<'_>]) -> FieldGuess {
        let mut field = FieldGuess {
            name: self.name(),
            path: self.path.join("."),
            kind: FieldKind::Stored,
            roles: Vec::new(),
            weight: None,
            rank: Rank::Stored,
            note: self.seen(profile),
        };
        self.decide(&mut field, all);
        if self.node.repeated {
            field.roles.retain(|role| *role != Role::Sort);
        }
        field
    }

    /// The rules, from the surest to the vaguest.
    fn decide(&self, field: &mut FieldGuess, all: &[Leaf<'_>]) {
        use Role::{Facet, Filter, Highlight, Search, Sort, Suggest};
        let node = self.node;
        let mut is = |kind, rank, roles: &[Role]| {
            field.kind = kind;
            field.rank = rank;
            field.roles = roles.to_vec();
        };
        if node.objects > 0 {
            if node.points == node.objects && node.scalars == 0 {
                is(FieldKind::Geo, Rank::Place, &[Filter, Sort]);
            } else if is_open_map(node, self.meaning) || node.pairs == node.objects {
                is(FieldKind::Attributes, Rank::Attributes, &[Search, Facet, Filter]);
                field.weight = Some(0.5);
            }
            return;
        }
        match self.meaning {
            Meaning::Title if self.is_text() => {
                is(FieldKind::Text, Rank::Title, &[Search, Suggest, Highlight]);
                field.weight = Some(4.0);
            }
            Meaning::Media if self.is_text() => {}
            _ if node.bools == node.scalars => {
                is(FieldKind::Bool, Rank::Quantity, &[Facet, Filter, Sort]);
            }
            Meaning::Price | Meaning::PriceMinor if self.is_numeric() => {
                let unit = match self.meaning {
                    Meaning::PriceMinor => MoneyUnit::Minor,
                    _ => MoneyUnit::Major,
                };
                let currency = self.currency(all);
                is(
                    FieldKind::Money(Money { unit, currency: currency.unwrap_or(Currency::USD) }),
                    Rank::Price,
                    &[Facet, Filter, Sort],
                );
                if currency.is_none() {
                    field.note.push_str("; check the currency");
                }
            }
            Meaning::Date if self.is_epoch() => is(FieldKind::Date, Rank::Date, &[Filter, Sort]),
            _ if node.texts.dates == node.scalars => {
                is(FieldKind::Date, Rank::Date, &[Filter, Sort]);
            }
            _ if node.texts.urls * 10 >= node.scalars * 9 && self.is_text() => {}
            Meaning::Code if self.is_exact() => {
                is(FieldKind::Code, Rank::Code, &[Search, Filter, Sort]);
            }
            Meaning::Group | Meaning::Identifier if self.is_exact() => {
                is(FieldKind::Keyword, Rank::Filter, &[Filter]);
            }
            Meaning::Brand if self.is_exact() => {
                is(FieldKind::Keyword, Rank::Brand, &[Search, Facet, Filter, Sort, Suggest]);
                field.weight = Some(2.0);
            }
            Meaning::Category if self.is_exact() => self.decide_category(field, all),
            _ if self.is_breadcrumb() && self.is_exact() => self.decide_category(field, all),
            Meaning::Description => {
                is(FieldKind::Text, Rank::Description, &[Search]);
                field.weight = Some(2.0);
            }
            Meaning::Tags if self.is_exact() => {
                is(FieldKind::Keyword, Rank::Facet, &[Search, Facet, Filter]);
            }
            _ if self.is_numeric() => {
                is(FieldKind::Number, Rank::Quantity, &[Facet, Filter, Sort]);
            }
            _ => self.decide_by_values(field),
        }
    }

    /// A category is searched, unless another field holds its values as levels of longer paths.
    fn decide_category(&self, field: &mut FieldGuess, all: &[Leaf<'_>]) {
        let separator = self.separator().unwrap_or(" > ").to_owned();
        field.kind = FieldKind::Category { separator };
        field.rank = Rank::Category;
        field.roles = vec![Role::Search, Role::Facet, Role::Filter];
        field.weight = Some(2.0);
        let is_whole = |other: &&Leaf<'_>| {
            self.node.is_level_of(other.node) && !other.node.is_level_of(self.node)
        };
        if let Some(whole) = all.iter().find(is_whole) {
            field.roles.remove(0);
            field.weight = None;
            field.note.push_str(&format!("; levels of `{}`", whole.path.join(".")));
        }
    }

    /// Strings and mixtures under a name that says nothing.
    fn decide_by_values(&self, field: &mut FieldGuess) {
        const WORDS_OF_A_TEXT: f64 = 6.0;
        let is_prose = self.words_each() > WORDS_OF_A_TEXT || !self.is_exact();
        let are_codes = self.node.texts.codes * 10 >= self.node.scalars * 8;
        if !is_prose && self.is_facet() {
            field.kind = FieldKind::Keyword;
            field.rank = Rank::Facet;
            field.roles = vec![Role::Facet, Role::Filter, Role::Sort];
        } else if is_prose || self.words_each() >= 2.0 && !are_codes {
            field.kind = FieldKind::Text;
            field.rank = Rank::Description;
            field.roles = vec![Role::Search];
        } else {
            field.kind = FieldKind::Keyword;
            field.rank = Rank::Filter;
            field.roles = vec![Role::Filter];
        }
    }

    /// The one currency that the documents name beside the amount.
    fn currency(&self, all: &[Leaf<'_>]) -> Option<Currency> {
        let (_, folder) = self.path.split_last()?;
        let beside = all.iter().find(|other| {
            other.path.split_last().is_some_and(|(name, above)| {
                above == folder && names::words(name).contains(&"currency".to_owned())
            })
        })?;
        match beside.node.examples.as_slice() {
            [one] => one.parse().ok(),
            _ => None,
        }
    }

    /// The path, as far as it can be a field's name; cents are only how the document holds a price.
    fn name(&self) -> String {
        let keys: Vec<_> = self.path.iter().map(|key| name_of_key(key)).collect();
        let name = match (self.meaning, keys.split_last()) {
            (Meaning::Price | Meaning::PriceMinor, Some((last, above))) if self.is_numeric() => {
                let last = ["_cents", "_in_cents", "_minor", "Cents"]
                    .iter()
                    .find_map(|end| last.strip_suffix(end))
                    .unwrap_or(last);
                let last = last.strip_suffix("_in").unwrap_or(last);
                match (above.is_empty(), last) {
                    (false, "amount" | "value" | "cents") => above.join("."),
                    (true, _) => last.to_owned(),
                    (false, _) => format!("{}.{last}", above.join(".")),
                }
            }
            _ => keys.join("."),
        };
        name.chars().take(MAX_NAME_BYTES).collect()
    }

    /// What was seen, in a few words.
    fn seen(&self, profile: &Profile) -> String {
        let node = self.node;
        let percent = node.documents * 100 / profile.documents.max(1);
        let share = match percent {
            100 => "in every document".to_owned(),
            0 => "in less than 1% of documents".to_owned(),
            percent => format!("in {percent}% of documents"),
        };
        if node.objects > 0 {
            let or_more = if node.children.len() == SAMPLE_KEYS { " or more" } else { "" };
            return format!("{share}, {}{or_more} keys", node.children.len());
        }
        if self.is_numeric() && node.texts.count == 0 {
            return format!("{share}, {} to {}", node.smallest, node.largest);
        }
        let examples: Vec<_> = node.examples.iter().map(|example| shortened(example)).collect();
        let or_more = if node.distinct.len() == SAMPLE_DISTINCT_VALUES { " or more" } else { "" };
        let values = if node.distinct.len() == 1 { "value" } else { "values" };
        format!("{share}, {}{or_more} {values}: {}", node.distinct.len(), examples.join(", "))
    }
}

fn shortened(example: &str) -> String {
    const SHOWN: usize = 24;
    let shown: String = example.chars().take(SHOWN).collect();
    let more = if shown.len() < example.len() { "…" } else { "" };
    format!("{:?}", shown + more)
}

/// A key as it can stand in a field's name.
fn name_of_key(key: &str) -> String {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
    if key.chars().all(fits) {
        return key.to_owned();
    }
    let words: Vec<String> = names::words(key)
        .into_iter()
        .map(|word| word.chars().filter(char::is_ascii_alphanumeric).collect())
        .collect();
    match words.join("_").trim_matches('_') {
        "" => "field".to_owned(),
        name => name.to_owned(),
    }
}

/// Gives fields that would share a name their path, or a number.
fn name_apart(fields: &mut [FieldGuess]) {
    for at in 1..fields.len() {
        let (before, rest) = fields.split_at_mut(at);
        let Some(field) = rest.first_mut() else { return };
        let is_taken = |name: &str| before.iter().any(|other| other.name == name);
        if is_taken(&field.name) {
            let free = (2..).map(|number| format!("{}_{number}", field.name));
            field.name = free.into_iter().find(|name| !is_taken(name)).unwrap_or_default();
        }
    }
}

/// At most one signal of each sort: what is asked for, what is liked, what can be had.
fn signals(leaves: &[Leaf<'_>], fields: &[FieldGuess]) -> Vec<(String, SignalKind, f32)> {
    let named = |meaning: Meaning, kind: &'static str| {
        leaves
            .iter()
            .zip(fields)
            .filter(move |(leaf, field)| leaf.meaning == meaning && field.kind.name() == kind)
            .min_by_key(|(leaf, _)| {
                let name = leaf.path.last().copied().unwrap_or_default();
                (leaf.path.len(), names::popularity_rank(&names::words(name)))
            })
            .map(|(_, field)| field.name.clone())
    };
    [
        (named(Meaning::Popularity, "number"), SignalKind::Log, 0.3),
        (named(Meaning::Rating, "number"), SignalKind::Linear, 0.1),
        (named(Meaning::InStock, "bool"), SignalKind::Boolean, 0.2),
    ]
    .into_iter()
    .filter_map(|(name, kind, weight)| Some((name?, kind, weight)))
    .collect()
}
