//! Free ports for servers that are stopped and started again.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::Result;
use rand::RngExt;

use crate::wait::wait_for;

/// Ports below those that the system gives to outgoing connections: nobody takes the port of a
/// server that is down.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

pub(crate) fn free_port() -> Result<u16> {
    wait_for("a free port", || {
        let port = rand::rng().random_range(PORTS);
        Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok().map(|_| port))
    })
}
