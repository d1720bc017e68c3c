//! Seeded chance: the generator and the distributions that everything is drawn from.

use std::f64::consts::TAU;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, RngExt, SeedableRng};

/// The generator behind everything seeded here: its stream of values is fixed by its definition,
/// where `StdRng` may change with a version.
pub type SeededRng = Xoshiro256PlusPlus;

/// An independent generator for each `stream` of a seed.
pub fn rng(seed: u64, stream: u64) -> SeededRng {
    // An odd multiplier keeps neighbouring streams apart before the seed is expanded.
    SeededRng::seed_from_u64(seed ^ stream.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// A draw from the standard normal distribution (Box–Muller).
pub fn normal(rng: &mut impl Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    radius * (TAU * rng.random::<f64>()).cos()
}

/// The Zipf–Mandelbrot law: ranks `0..n`, rank `r` with a probability proportional to `1 / (r + shift)^exponent`.
#[derive(Debug, Clone)]
pub struct Zipf {
    cumulative: Vec<f64>,
}

impl Zipf {
    pub fn new(n: usize, exponent: f64, shift: f64) -> Self {
        Self::from_weights((0..n).map(|rank| (rank as f64 + shift).powf(-exponent)))
    }

    /// Any other weighting of ranks.
    pub fn from_weights(weights: impl Iterator<Item = f64>) -> Self {
        let cumulative = weights
            .scan(0.0, |sum, weight| {
                *sum += weight;
                Some(*sum)
            })
            .collect();
        Self { cumulative }
    }

    pub fn sample(&self, rng: &mut impl Rng) -> usize {
        let last = self.cumulative.len().saturating_sub(1);
        let total = self.cumulative.last().copied().unwrap_or(0.0);
        let target = rng.random::<f64>() * total;
        self.cumulative.partition_point(|&sum| sum <= target).min(last)
    }
}
