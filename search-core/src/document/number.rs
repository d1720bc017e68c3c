//! Numbers and amounts of money.

use rust_decimal::Decimal;
use serde_json::Value;

use super::ValueFault;
use super::scalar::Scalar;
use crate::catalog::Money;

/// A finite number.
pub(super) fn float(value: &Value) -> Result<f64, ValueFault> {
    let number = match Scalar::of(value) {
        Some(Scalar::Number(number)) => number.as_f64(),
        Some(scalar) => scalar.digits().and_then(|digits| digits.parse().ok()),
        None => None,
    };
    number
        .filter(|number| number.is_finite())
        .map(|number| number + 0.0) // one zero, not two
        .ok_or_else(|| ValueFault::unexpected("a number", value))
}

/// An amount in minor units, read from the literal so that no binary fraction comes between.
pub(super) fn amount(value: &Value, money: &Money) -> Result<i64, ValueFault> {
    let amount = match Scalar::of(value) {
        Some(Scalar::Number(number)) if number.is_i64() => number.as_i64().map(Decimal::from),
        Some(scalar) => scalar.digits().and_then(|digits| decimal(&digits)),
        None => None,
    };
    let amount = amount.ok_or_else(|| ValueFault::unexpected("an amount of money", value))?;
    Ok(money.minor_from_document(amount)?)
}

fn decimal(digits: &str) -> Option<Decimal> {
    if digits.contains(['e', 'E']) {
        Decimal::from_scientific(digits).ok()
    } else {
        // `_` is a digit separator to the decimal parser, and to nobody who writes prices.
        (!digits.contains('_')).then(|| digits.parse().ok())?
    }
}
