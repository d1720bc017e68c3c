//! What an operator sees: logs and metrics.

mod logs;
mod metrics;

pub(crate) use self::logs::init;
pub(crate) use self::metrics::Metrics;
