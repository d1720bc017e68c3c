//! Sizes and units: which words are units after a number, and their short canonical names.

use std::borrow::Cow;

/// The canonical name of a unit and its other spellings, folded.
const UNITS: &[(&str, &[&str])] = &[
    ("inch", &["inches", "in", "zoll", "pouce", "pouces", "pulgada", "pulgadas", "pollici"]),
    ("ft", &["foot", "feet"]),
    ("yd", &["yard", "yards"]),
    ("mm", &["millimeter", "millimeters", "millimetre", "millimetres"]),
    ("cm", &["centimeter", "centimeters", "centimetre", "centimetres"]),
    ("m", &["meter", "meters", "metre", "metres", "mtr"]),
    ("km", &["kilometer", "kilometers", "kilometre", "kilometres"]),
    ("mg", &["milligram", "milligrams"]),
    ("g", &["gram", "grams", "gramm", "grammes", "gr"]),
    ("kg", &["kgs", "kilogram", "kilograms", "kilo", "kilos"]),
    ("lb", &["lbs", "pound", "pounds"]),
    ("oz", &["ounce", "ounces"]),
    ("ml", &["milliliter", "milliliters", "millilitre", "millilitres"]),
    ("cl", &[]),
    ("l", &["liter", "liters", "litre", "litres", "ltr"]),
    ("gal", &["gallon", "gallons"]),
    ("kb", &["kilobyte", "kilobytes"]),
    ("mb", &["megabyte", "megabytes"]),
    ("gb", &["gigabyte", "gigabytes"]),
    ("tb", &["terabyte", "terabytes"]),
    ("mbps", &[]),
    ("gbps", &[]),
    ("w", &["watt", "watts"]),
    ("kw", &["kilowatt", "kilowatts"]),
    ("wh", &[]),
    ("kwh", &[]),
    ("v", &["volt", "volts"]),
    ("a", &["amp", "amps"]),
    ("ma", &[]),
    ("mah", &[]),
    ("hz", &["hertz"]),
    ("khz", &[]),
    ("mhz", &["megahertz"]),
    ("ghz", &["gigahertz"]),
    ("db", &[]),
    ("lm", &["lumen", "lumens"]),
    ("mp", &["megapixel", "megapixels"]),
    ("px", &["pixel", "pixels"]),
    ("dpi", &[]),
    ("rpm", &[]),
    ("btu", &[]),
    ("k", &[]),
    ("p", &[]),
    ("pc", &["pcs", "piece", "pieces"]),
    ("pack", &["packs", "pk", "pck"]),
    ("ct", &["count"]),
];

/// The inch, which is also written with quote marks.
pub(super) const INCH: &str = "inch";
/// The foot, which is also written with one quote mark.
pub(super) const FOOT: &str = "ft";

/// Longest spelling in the table, to leave early.
const LONGEST: usize = 12;

/// The canonical name of a unit, if the folded word is one after a number.
pub(super) fn unit(word: &str) -> Option<&'static str> {
    if word.len() > LONGEST {
        return None;
    }
    UNITS.iter().find(|(name, others)| *name == word || others.contains(&word)).map(|unit| unit.0)
}

/// A number in canonical form, read from the beginning of `text`: its text and its length there.
///
/// A point is the decimal point. Commas separate thousands where every group after the first has
/// three digits ("1,440"), else one comma is the decimal comma ("43,2"); other commas end the
/// number, and so do points with more than one in a row of digits ("3.5.1").
pub(super) fn number(text: &str) -> Option<(Cow<'_, str>, usize)> {
    let (_, whole) = integer(text)?;
    let (first, rest) = text.split_at_checked(whole)?;
    let groups = grouped(first, rest);
    let length = whole + groups.len();
    let rest = text.get(length..)?;
    let fraction = match rest.as_bytes().first() {
        Some(b'.') => decimals(rest),
        Some(b',') if groups.is_empty() => decimals(rest),
        _ => "",
    };
    let end = if fraction.is_empty() { length } else { length + 1 + fraction.len() };
    let number = text.get(..end)?;
    if !number.contains(',') {
        return Some((Cow::Borrowed(number), end));
    }
    let mut canonical = format!("{first}{}", groups.replace(',', ""));
    if !fraction.is_empty() {
        canonical.push('.');
        canonical.push_str(fraction);
    }
    Some((Cow::Owned(canonical), end))
}

/// The digits at the beginning of `text` and their length.
pub(super) fn integer(text: &str) -> Option<(Cow<'_, str>, usize)> {
    let length = digits(text);
    let number = text.get(..length).filter(|number| !number.is_empty())?;
    Some((Cow::Borrowed(number), length))
}

/// Most groups of thousands in a number; what is longer is a list.
const MAX_GROUPS: usize = 6;

/// Groups of thousands after the first: ",440" or ",234,567"; empty if they are not.
fn grouped<'t>(first: &str, rest: &'t str) -> &'t str {
    if first.len() > 3 || first.starts_with('0') {
        return "";
    }
    let mut length = 0;
    while let Some(group) = rest.get(length..).and_then(|rest| rest.strip_prefix(',')) {
        match digits(group) {
            0 => break,
            3 if length < 4 * MAX_GROUPS => length += 4,
            _ => return "",
        }
    }
    rest.get(..length).unwrap_or_default()
}

/// The digits after a decimal sign, unless another sign and digit follow (a version or a list).
fn decimals(rest: &str) -> &str {
    let after_sign = rest.get(1..).unwrap_or_default();
    let (fraction, after) = after_sign.split_at_checked(digits(after_sign)).unwrap_or_default();
    let goes_on =
        after.starts_with(['.', ',']) && after.get(1..).is_some_and(|after| digits(after) > 0);
    if goes_on { "" } else { fraction }
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}
