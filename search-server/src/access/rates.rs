//! How often callers may ask: so many requests a second for each key and for each address.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::Clock;
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::state::keyed::{HashMapStateStore, ShrinkableKeyedStateStore};
use governor::{Quota, RateLimiter};
use serde::Deserialize;

use crate::limits::MAX_RATED_CALLERS;

/// What is left of an allowance (draft-ietf-httpapi-ratelimit-headers).
pub(super) const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// What the allowance is.
pub(super) const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// So many requests a second, and so many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rate {
    /// Requests a second, lasting.
    pub requests_per_second: NonZeroU32,
    /// Requests at once after a pause; as many as in a second when absent.
    pub burst: Option<NonZeroU32>,
}

/// The limits that are in force; none unless configured.
#[derive(Debug, Default)]
pub(crate) struct RateLimits {
    per_address: Option<Limit>,
    per_key: Option<Limit>,
}

/// One kind of limit.
#[derive(Debug)]
struct Limit {
    name: &'static str,
    rate: Rate,
    callers: Callers,
}

type Callers = RateLimiter<Rated, BoundedStates, TokioClock, StateInformationMiddleware>;

/// Whose requests are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Rated {
    Address(IpAddr),
    Key(String),
    /// All whom the table has no room for.
    Others,
}

/// What the limits leave a caller.
#[derive(Debug, Default)]
pub(crate) struct Allowance(Vec<Left>);

#[derive(Debug)]
struct Left {
    name: &'static str,
    burst: u32,
    requests: u32,
    per_second: u32,
}

/// A caller has asked too often.
#[derive(Debug)]
pub(crate) struct Exhausted {
    /// Whose allowance it is: `key` or `address`.
    pub name: &'static str,
    /// The limit.
    pub rate: Rate,
    /// The time until the next request is let in.
    pub wait: Duration,
}

impl Rate {
    fn burst(self) -> NonZeroU32 {
        self.burst.unwrap_or(self.requests_per_second)
    }
}

impl RateLimits {
    pub(crate) fn new(per_address: Option<Rate>, per_key: Option<Rate>) -> Self {
        Self {
            per_address: per_address.map(|rate| Limit::new("address", rate)),
            per_key: per_key.map(|rate| Limit::new("key", rate)),
        }
    }

    /// Counts a request from an address.
    pub(crate) fn address(
        &self,
        address: Option<IpAddr>,
        allowance: &mut Allowance,
    ) -> Result<(), Exhausted> {
        match (&self.per_address, address) {
            (Some(limit), Some(address)) => {
                limit.count(&Rated::Address(network(address)), allowance)
            }
            _ => Ok(()),
        }
    }

    /// Counts a request with a key.
    pub(crate) fn key(&self, id: &str, allowance: &mut Allowance) -> Result<(), Exhausted> {
        match &self.per_key {
            Some(limit) => limit.count(&Rated::Key(id.to_owned()), allowance),
            None => Ok(()),
        }
    }

    /// Forgets callers whose allowance is whole again.
    pub(crate) fn upkeep(&self) {
        self.per_address
            .iter()
            .chain(&self.per_key)
            .for_each(|limit| limit.callers.retain_recent());
    }
}

/// Whoever has one IPv6 address has its whole /64.
fn network(address: IpAddr) -> IpAddr {
    const HOST: u128 = u64::MAX as u128;
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !HOST).into(),
    }
}

impl Limit {
    fn new(name: &'static str, rate: Rate) -> Self {
        let quota = Quota::per_second(rate.requests_per_second).allow_burst(rate.burst());
        let callers = RateLimiter::new(quota, BoundedStates::default(), TokioClock::start());
        Self { name, rate, callers }
    }

    fn count(&self, caller: &Rated, allowance: &mut Allowance) -> Result<(), Exhausted> {
        match self.callers.check_key(caller) {
            Ok(state) => {
                allowance.0.push(Left {
                    name: self.name,
                    burst: self.rate.burst().get(),
                    requests: state.remaining_burst_capacity(),
                    per_second: self.rate.requests_per_second.get(),
                });
                Ok(())
            }
            Err(until) => {
                let wait = until.wait_time_from(self.callers.clock().now());
                Err(Exhausted { name: self.name, rate: self.rate, wait })
            }
        }
    }
}

impl Allowance {
    /// Says what is left.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        let left = self.0.iter().map(|left| {
            let whole_again =
                (left.burst - left.requests.min(left.burst)).div_ceil(left.per_second);
            format!("\"{}\";r={};t={whole_again}", left.name, left.requests)
        });
        let policies = self.0.iter().map(|left| policy(left.name, left.burst, left.per_second));
        write(headers, RATE_LIMIT, &left.collect::<Vec<_>>());
        write(headers, RATE_LIMIT_POLICY, &policies.collect::<Vec<_>>());
    }
}

impl Exhausted {
    /// Whole seconds until the next request is let in.
    pub(crate) fn seconds(&self) -> u64 {
        (self.wait.as_secs() + u64::from(self.wait.subsec_nanos() > 0)).max(1)
    }

    /// Says that nothing is left.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        let left = format!("\"{}\";r=0;t={}", self.name, self.seconds());
        let (burst, per_second) = (self.rate.burst().get(), self.rate.requests_per_second.get());
        write(headers, RATE_LIMIT, &[left]);
        write(headers, RATE_LIMIT_POLICY, &[policy(self.name, burst, per_second)]);
    }
}

/// So many requests in the time after which a spent allowance is whole again.
fn policy(name: &str, burst: u32, per_second: u32) -> String {
    format!("\"{name}\";q={burst};w={}", burst.div_ceil(per_second))
}

fn write(headers: &mut HeaderMap, name: HeaderName, items: &[String]) {
    if let (false, Ok(value)) = (items.is_empty(), HeaderValue::from_str(&items.join(", "))) {
        headers.insert(name, value);
    }
}

/// The callers' states, for a limited number of callers.
#[derive(Debug, Default)]
struct BoundedStates {
    states: HashMapStateStore<Rated>,
}

impl StateStore for BoundedStates {
    type Key = Rated;

    fn measure_and_replace<T, F, E>(&self, caller: &Rated, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let has_room = {
            let states = self.states.lock();
            states.len() < MAX_RATED_CALLERS || states.contains_key(caller)
        };
        let caller = if has_room { caller } else { &Rated::Others };
        self.states.measure_and_replace(caller, decide)
    }
}

impl ShrinkableKeyedStateStore<Rated> for BoundedStates {
    fn retain_recent(&self, drop_below: Nanos) {
        self.states.retain_recent(drop_below);
    }

    fn len(&self) -> usize {
        self.states.len()
    }

    fn is_empty(&self) -> bool {
        self.states.is_empty()
    }
}

/// The runtime's clock, which tests can turn.
#[derive(Debug, Clone, Copy)]
struct TokioClock {
    start: tokio::time::Instant,
}

impl TokioClock {
    fn start() -> Self {
        Self { start: tokio::time::Instant::now() }
    }
}

impl Clock for TokioClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.start.elapsed().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(per_second: u32, burst: u32) -> RateLimits {
        let rate = Rate {
            requests_per_second: NonZeroU32::new(per_second).unwrap(),
            burst: NonZeroU32::new(burst),
        };
        RateLimits::new(Some(rate), None)
    }

    fn ask(limits: &RateLimits, address: &str) -> Result<(), u64> {
        let address = address.parse().unwrap();
        let counted = limits.address(Some(address), &mut Allowance::default());
        counted.map_err(|exhausted| exhausted.seconds())
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_then_so_many_a_second_and_each_for_itself() {
        let limits = limits(2, 3);
        for _ in 0..3 {
            assert_eq!(ask(&limits, "192.0.2.1"), Ok(()));
        }
        assert_eq!(ask(&limits, "192.0.2.1"), Err(1));
        assert_eq!(ask(&limits, "192.0.2.2"), Ok(()));
        tokio::time::advance(Duration::from_millis(500)).await;
        assert_eq!(ask(&limits, "192.0.2.1"), Ok(()));
        assert_eq!(ask(&limits, "192.0.2.1"), Err(1));
        // One host may take any address of its network.
        for address in ["2001:db8::1", "2001:db8::2", "2001:db8::3"] {
            assert_eq!(ask(&limits, address), Ok(()));
        }
        assert_eq!(ask(&limits, "2001:db8::4"), Err(1));
        assert_eq!(ask(&limits, "2001:db8:0:1::1"), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn the_table_of_callers_is_bounded_and_forgets() {
        let limits = limits(1, 1);
        let address = |number: u32| std::net::Ipv4Addr::from_bits(number).to_string();
        let most = u32::try_from(MAX_RATED_CALLERS).unwrap();
        for number in 0..most {
            assert_eq!(ask(&limits, &address(number)), Ok(()));
        }
        // Those that there is no room for share one allowance; the others keep theirs.
        assert_eq!(ask(&limits, &address(most)), Ok(()));
        assert_eq!(ask(&limits, &address(most + 1)), Err(1));
        assert_eq!(ask(&limits, &address(0)), Err(1));
        assert_eq!(limits.per_address.as_ref().unwrap().callers.len(), MAX_RATED_CALLERS + 1);
        tokio::time::advance(Duration::from_secs(2)).await;
        limits.upkeep();
        assert_eq!(limits.per_address.as_ref().unwrap().callers.len(), 0);
        assert_eq!(ask(&limits, &address(most + 1)), Ok(()));
    }
}
