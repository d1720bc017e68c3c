//! The address of a caller, behind proxies too.

use std::net::{IpAddr, SocketAddr};

use axum::http::{Extensions, HeaderMap};
use ipnet::IpNet;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub SocketAddr);

/// Proxies whose `X-Forwarded-For` is believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    pub(crate) fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// The address of the caller; `None` when the request came over no connection.
    ///
    /// Each proxy adds whom it heard at the end of the list, so it is read from there: the first
    /// address that is no trusted proxy is the caller's, and what it wrote itself is not read.
    pub(crate) fn caller(&self, extensions: &Extensions, headers: &HeaderMap) -> Option<IpAddr> {
        let Peer(peer) = extensions.get()?;
        let mut address = peer.ip().to_canonical();
        let listed = headers.get_all(FORWARDED_FOR).into_iter().rev();
        let listed = listed.filter_map(|value| value.to_str().ok());
        for entry in listed.flat_map(|value| value.rsplit(',')) {
            if !self.trusts(address) {
                break;
            }
            match parse(entry.trim()) {
                Some(previous) => address = previous.to_canonical(),
                None => break,
            }
        }
        Some(address)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// Some proxies add the port.
fn parse(text: &str) -> Option<IpAddr> {
    let address = text.parse().ok();
    address.or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_are_believed() {
        let networks = ["10.0.0.0/8", "fd00::/8"].map(|text| text.parse().unwrap());
        let proxies = TrustedProxies::new(networks.to_vec());
        let caller = |peer: &str, forwarded: &[&str]| {
            let mut extensions = Extensions::new();
            extensions.insert(Peer(SocketAddr::new(peer.parse().unwrap(), 9)));
            let mut headers = HeaderMap::new();
            for value in forwarded {
                headers.append(FORWARDED_FOR, value.parse().unwrap());
            }
            proxies.caller(&extensions, &headers).unwrap().to_string()
        };
        for (peer, forwarded, expected) in [
            ("192.0.2.1", &[][..], "192.0.2.1"),
            // A caller may write what it likes.
            ("192.0.2.1", &["198.51.100.7"], "192.0.2.1"),
            ("10.1.1.1", &["198.51.100.7"], "198.51.100.7"),
            ("10.1.1.1", &["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
            ("10.1.1.1", &["203.0.113.9", "198.51.100.7, 10.2.2.2"], "198.51.100.7"),
            ("10.1.1.1", &["198.51.100.7:4711"], "198.51.100.7"),
            ("fd00::1", &["[2001:db8::1]:80"], "2001:db8::1"),
            ("::ffff:10.1.1.1", &["198.51.100.7"], "198.51.100.7"),
            ("10.1.1.1", &["198.51.100.7, unknown"], "10.1.1.1"),
            ("10.1.1.1", &[], "10.1.1.1"),
            ("10.1.1.1", &["10.3.3.3"], "10.3.3.3"),
        ] {
            assert_eq!(caller(peer, forwarded), expected, "{peer} {forwarded:?}");
        }
        assert_eq!(proxies.caller(&Extensions::new(), &HeaderMap::new()), None);
    }
}
