//! From where a request comes.

use axum::http::HeaderMap;
use ipnet::{IpNet, Ipv6Net};
use std::{
    fmt,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

/// The header in which proxies tell for whom they ask.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// How much of an IPv6 address is the network of one customer: whoever has one address there has all of them.
const NETWORK: u8 = 64;

/// A proxy, or a network of them, that is believed when it tells for whom it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proxies(IpNet);

/// What an address or a network has to look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoNetwork;

impl fmt::Display for NoNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("write an address or a network, such as 10.0.0.7 or 10.0.0.0/8")
    }
}

impl std::error::Error for NoNetwork {}

impl FromStr for Proxies {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let text = text.trim();
        let network = text.parse().or_else(|_| text.parse().map(|address: IpAddr| address.into()));
        Ok(Self(network.map_err(|_| NoNetwork)?))
    }
}

/// Who counts as one place: an IPv4 address, or the /64 of an IPv6 address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Address(IpAddr);

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => address.fmt(f),
            IpAddr::V6(address) => write!(f, "{address}/{NETWORK}"),
        }
    }
}

impl From<IpAddr> for Address {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => of_customer(address).into(),
        })
    }
}

fn of_customer(address: Ipv6Addr) -> Ipv6Addr {
    Ipv6Net::new(address, NETWORK).map_or(address, |network| network.network())
}

/// From where a request comes that this peer sent: from the peer itself, unless that is a proxy of ours. Then the
/// right-most address counts that is none of ours: what stands to the left of it anybody may have written.
pub(crate) fn of(peer: SocketAddr, headers: &HeaderMap, proxies: &[Proxies]) -> Address {
    let ours = |address: IpAddr| proxies.iter().any(|proxies| proxies.0.contains(&address.to_canonical()));
    let told: Vec<&str> = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .flat_map(|line| line.to_str().unwrap_or_default().split(','))
        .collect();
    let mut from = peer.ip();
    for hop in told.iter().rev() {
        if !ours(from) {
            break;
        }
        // Whoever wrote something else there is the last who is known.
        let Some(address) = parse(hop.trim()) else { break };
        from = address;
    }
    from.into()
}

/// An address, with or without a port.
fn parse(hop: &str) -> Option<IpAddr> {
    let bare = || hop.trim_start_matches('[').trim_end_matches(']').parse().ok();
    bare().or_else(|| hop.parse().ok().map(|socket: SocketAddr| socket.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn comes_from(expected: &str, peer: &str, forwarded_for: &[&str], proxies: &[&str]) {
        let mut headers = HeaderMap::new();
        for line in forwarded_for {
            headers.append(FORWARDED_FOR, line.parse().expect("a header"));
        }
        let proxies: Vec<Proxies> =
            proxies.iter().map(|proxies| proxies.parse().expect("a network")).collect();
        let peer = SocketAddr::new(peer.parse().expect("an address"), 4711);
        assert_eq!(of(peer, &headers, &proxies).to_string(), expected);
    }

    #[test]
    fn nobody_is_believed_who_is_no_proxy_of_ours() {
        comes_from("203.0.113.9", "203.0.113.9", &["198.51.100.1"], &[]);
        comes_from("203.0.113.9", "203.0.113.9", &["198.51.100.1"], &["10.0.0.0/8"]);
    }

    #[test]
    fn the_right_most_address_counts_that_is_none_of_ours() {
        let proxies = ["10.0.0.0/8", "192.0.2.7", "fd00::/8"];
        comes_from("198.51.100.1", "10.1.2.3", &["198.51.100.1"], &proxies);
        comes_from("198.51.100.1", "10.1.2.3", &["6.6.6.6, 198.51.100.1, 192.0.2.7"], &proxies);
        comes_from("198.51.100.1", "fd00::1", &["6.6.6.6", "198.51.100.1", " 10.9.9.9 "], &proxies);
        comes_from("198.51.100.1", "::ffff:10.1.2.3", &["198.51.100.1:52000"], &proxies);
        comes_from("10.4.4.4", "10.1.2.3", &["10.4.4.4"], &proxies);
    }

    #[test]
    fn what_is_no_address_ends_the_way_back() {
        let proxies = ["10.0.0.0/8"];
        comes_from("10.1.2.3", "10.1.2.3", &[], &proxies);
        comes_from("10.1.2.3", "10.1.2.3", &["198.51.100.1, unknown"], &proxies);
        comes_from("10.9.9.9", "10.1.2.3", &["198.51.100.1, , 10.9.9.9"], &proxies);
    }

    #[test]
    fn a_network_of_ipv6_is_one_place() {
        for address in ["2001:db8:1:2::1", "2001:db8:1:2:ffff::"] {
            comes_from("2001:db8:1:2::/64", address, &[], &[]);
        }
        comes_from("2001:db8:1:3::/64", "2001:db8:1:3::1", &[], &[]);
        comes_from("2001:db8:1:2::/64", "10.0.0.1", &["[2001:db8:1:2::9]:443"], &["10.0.0.1/32"]);
    }

    #[test]
    fn proxies_are_addresses_or_networks() {
        for wrong in ["", "*", "localhost", "10.0.0.0/33", "10.0.0", "10.0.0.1:80"] {
            assert_eq!(wrong.parse::<Proxies>(), Err(NoNetwork), "{wrong}");
        }
    }
}
