//! A filter as a tree.

use rust_decimal::Decimal;

/// A condition on products. Nesting is at most
/// [`MAX_FILTER_DEPTH`](crate::limits::MAX_FILTER_DEPTH) deep when it comes from
/// [`parse`](super::parse), so walking it recursively is safe.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// All of them hold; at least two.
    And(Vec<Filter>),
    /// Any of them holds; at least two.
    Or(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
    /// One test of one field.
    Predicate(Predicate),
}

/// A test of one field. It holds if any of the field's values passes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicate {
    /// The field's name as `Catalog::resolve` takes it: segments joined by dots, without quotes.
    pub field: String,
    /// Where the field's name stands in the text: the 1-based column, in characters.
    pub column: usize,
    /// What is asked of the field.
    pub test: Test,
}

/// What a [`Predicate`] asks of its field.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// A value compares so with the literal.
    Compare {
        /// How they compare.
        op: CompareOp,
        /// The right-hand side.
        value: Literal,
    },
    /// A value equals one of the literals; at least one, at most
    /// [`MAX_IN_VALUES`](crate::limits::MAX_IN_VALUES).
    In(Vec<Literal>),
    /// The field has a value.
    Exists,
    /// A place lies within a distance of a point.
    Within {
        /// Latitude of the point in degrees, -90 to 90.
        lat: f64,
        /// Longitude of the point in degrees, -180 to 180.
        lon: f64,
        /// The distance, 0 or more.
        meters: f64,
    },
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompareOp {
    /// `=`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

/// A value written in the filter.
#[derive(Debug, Clone, PartialEq)]
pub struct Literal {
    /// The value.
    pub value: LiteralValue,
    /// Where it stands in the text: the 1-based column, in characters.
    pub column: usize,
}

/// The value of a [`Literal`].
#[derive(Debug, Clone, PartialEq)]
pub enum LiteralValue {
    /// A string, escapes resolved.
    String(String),
    /// A number, exact to 28 digits.
    Number(Decimal),
    /// `true` or `false`.
    Bool(bool),
}

impl CompareOp {
    /// Every operator.
    pub const ALL: [CompareOp; 6] =
        [CompareOp::Eq, CompareOp::Ne, CompareOp::Lt, CompareOp::Le, CompareOp::Gt, CompareOp::Ge];

    /// How filters write it.
    pub const fn symbol(self) -> &'static str {
        match self {
            CompareOp::Eq => "=",
            CompareOp::Ne => "!=",
            CompareOp::Lt => "<",
            CompareOp::Le => "<=",
            CompareOp::Gt => ">",
            CompareOp::Ge => ">=",
        }
    }
}
