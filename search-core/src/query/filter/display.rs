//! The canonical text of a filter, which parses back to the same tree.

use std::fmt::{Display, Formatter, Result};

use super::{Filter, Literal, LiteralValue, Predicate, Test};

const KEYWORDS: [&str; 6] = ["and", "or", "not", "in", "exists", "within"];

impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Filter::And(operands) => join(f, operands, " AND "),
            Filter::Or(operands) => join(f, operands, " OR "),
            Filter::Not(operand) => {
                f.write_str("NOT ")?;
                operand.fmt_operand(f)
            }
            Filter::Predicate(predicate) => predicate.fmt(f),
        }
    }
}

impl Filter {
    fn fmt_operand(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Filter::And(_) | Filter::Or(_) => write!(f, "({self})"),
            Filter::Not(_) | Filter::Predicate(_) => self.fmt(f),
        }
    }
}

fn join(f: &mut Formatter<'_>, operands: &[Filter], connective: &str) -> Result {
    for (index, operand) in operands.iter().enumerate() {
        if index > 0 {
            f.write_str(connective)?;
        }
        operand.fmt_operand(f)?;
    }
    Ok(())
}

impl Display for Predicate {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let field = Field(&self.field);
        match &self.test {
            Test::Compare { op, value } => write!(f, "{field} {} {value}", op.symbol()),
            Test::In(values) => {
                write!(f, "{field} IN [")?;
                for (index, value) in values.iter().enumerate() {
                    let comma = if index > 0 { ", " } else { "" };
                    write!(f, "{comma}{value}")?;
                }
                f.write_str("]")
            }
            Test::Exists => write!(f, "{field} EXISTS"),
            Test::Within { lat, lon, meters } => {
                write!(f, "WITHIN({field}, {lat}, {lon}, {meters} m)")
            }
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match &self.value {
            LiteralValue::String(text) => quote(f, text),
            LiteralValue::Number(number) => number.fmt(f),
            LiteralValue::Bool(value) => value.fmt(f),
        }
    }
}

/// A field's name, with quotes around the segments that need them.
struct Field<'a>(&'a str);

impl Display for Field<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (index, segment) in self.0.split('.').enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            let is_keyword = KEYWORDS.iter().any(|word| segment.eq_ignore_ascii_case(word));
            let is_bare = !segment.is_empty()
                && segment.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
            if is_bare && !is_keyword {
                f.write_str(segment)?;
            } else {
                quote(f, segment)?;
            }
        }
        Ok(())
    }
}

fn quote(f: &mut Formatter<'_>, text: &str) -> Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            c if c.is_control() => write!(f, "\\u{:04x}", u32::from(c))?,
            c => write!(f, "{c}")?,
        }
    }
    f.write_str("\"")
}
