//! Business signals: fields that lift a product in the ranking.

/// One `[[signals]]` entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    /// The field that holds the value.
    pub field: String,
    /// How the value becomes a boost.
    pub kind: SignalKind,
    /// How strong the boost is, above 0.
    pub weight: f32,
}

/// How the value of a signal becomes a boost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignalKind {
    /// By the logarithm of a number: sales, views, reviews.
    Log,
    /// In proportion to a number: a rating.
    Linear,
    /// The younger a date, the more.
    Recency,
    /// On or off: in stock, promoted.
    Boolean,
}

impl SignalKind {
    /// Every kind of signal.
    pub const ALL: [SignalKind; 4] =
        [SignalKind::Log, SignalKind::Linear, SignalKind::Recency, SignalKind::Boolean];

    /// The name in a catalogue.
    pub const fn name(self) -> &'static str {
        match self {
            SignalKind::Log => "log",
            SignalKind::Linear => "linear",
            SignalKind::Recency => "recency",
            SignalKind::Boolean => "boolean",
        }
    }

    /// The kinds of field that it can be computed from.
    pub(super) const fn field_kinds(self) -> &'static [&'static str] {
        match self {
            SignalKind::Log | SignalKind::Linear => &["number", "money"],
            SignalKind::Recency => &["date"],
            SignalKind::Boolean => &["bool"],
        }
    }

    pub(super) fn from_name(name: &str) -> Option<SignalKind> {
        SignalKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
