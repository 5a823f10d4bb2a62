//! Which addresses webhooks are sent to: those of the public internet alone, whatever their spelling.
//!
//! By the special-purpose registries of IANA: <https://www.iana.org/assignments/iana-ipv4-special-registry> and
//! <https://www.iana.org/assignments/iana-ipv6-special-registry>.

use ipnet::{Ipv4Net, Ipv6Net};
use reqwest::Url;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const fn v4(a: u8, b: u8, c: u8, d: u8, length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6(a: u16, b: u16, c: u16, d: u16, length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0), length)
}

/// Networks of the old protocol that are not public.
const CLOSED_V4: [Ipv4Net; 15] = [
    v4(0, 0, 0, 0, 8),       // this network
    v4(10, 0, 0, 0, 8),      // private
    v4(100, 64, 0, 0, 10),   // shared between carriers and customers
    v4(127, 0, 0, 0, 8),     // loopback
    v4(169, 254, 0, 0, 16),  // link-local: the metadata of clouds among it
    v4(172, 16, 0, 0, 12),   // private
    v4(192, 0, 0, 0, 24),    // protocols
    v4(192, 0, 2, 0, 24),    // documentation
    v4(192, 88, 99, 0, 24),  // relays to 6to4, given up
    v4(192, 168, 0, 0, 16),  // private
    v4(198, 18, 0, 0, 15),   // benchmarks
    v4(198, 51, 100, 0, 24), // documentation
    v4(203, 0, 113, 0, 24),  // documentation
    v4(224, 0, 0, 0, 4),     // multicast
    v4(240, 0, 0, 0, 4),     // reserved, and broadcast
];

/// All that is given out for the public internet.
const GLOBAL_V6: Ipv6Net = v6(0x2000, 0, 0, 0, 3);

/// Networks among those that are not public all the same.
const CLOSED_V6: [Ipv6Net; 3] = [
    v6(0x2001, 0, 0, 0, 23),     // protocols, Teredo among them
    v6(0x2001, 0xdb8, 0, 0, 32), // documentation
    v6(0x3fff, 0, 0, 0, 20),     // documentation
];

/// What is public among the protocols: relays, name servers of reverse zones, and identifiers.
const OPEN_V6: [Ipv6Net; 4] = [
    v6(0x2001, 3, 0, 0, 32),
    v6(0x2001, 4, 0x112, 0, 48),
    v6(0x2001, 0x20, 0, 0, 28),
    v6(0x2001, 0x30, 0, 0, 28),
];

/// Whether an address belongs to the public internet, and so does the one that it carries inside, if it does.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !CLOSED_V4.iter().any(|network| network.contains(&v4)),
        IpAddr::V6(v6) => match carried(v6) {
            Some(inside) => is_public(IpAddr::V4(inside)),
            None => {
                let closed = CLOSED_V6.iter().any(|network| network.contains(&v6))
                    && !OPEN_V6.iter().any(|network| network.contains(&v6));
                GLOBAL_V6.contains(&v6) && !closed
            }
        },
    }
}

/// The address of the old protocol to which a packet to this one goes in the end.
fn carried(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let low = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    match address.segments() {
        // Mapped, and through the well-known prefix of NAT64.
        [0, 0, 0, 0, 0, 0xffff, a, b] | [0x64, 0xff9b, 0, 0, 0, 0, a, b] => Some(low(a, b)),
        // 6to4.
        [0x2002, a, b, ..] => Some(low(a, b)),
        _ => None,
    }
}

/// Whether an address is this machine.
pub fn is_loopback(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_loopback(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback()),
    }
}

/// Whether webhooks may be sent to an address.
pub fn is_allowed(address: IpAddr, allow_loopback: bool) -> bool {
    is_public(address) || (allow_loopback && is_loopback(address))
}

/// Why nothing is sent to a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is not encrypted.
    #[error("the address has to begin with https://")]
    NotEncrypted,
    /// It does not lead into the public internet.
    #[error("the address is not public")]
    NotPublic,
    /// It is none.
    #[error("this is no address")]
    NoAddress,
}

/// The URL, if webhooks may be sent there as far as it says itself. Where a name leads shows when it is resolved.
///
/// # Errors
/// Why not.
pub fn destination(text: &str, allow_loopback: bool) -> Result<Url, Refused> {
    let url = Url::parse(text).map_err(|_| Refused::NoAddress)?;
    // The parser has read numbers in whatever spelling as what they are.
    let host = url.host_str().ok_or(Refused::NoAddress)?;
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    let here = literal.map_or(name == "localhost" || name.ends_with(".localhost"), is_loopback);
    match url.scheme() {
        "https" => {}
        "http" if allow_loopback && here => {}
        _ => return Err(Refused::NotEncrypted),
    }
    let refused = match literal {
        Some(address) => !is_allowed(address, allow_loopback),
        None => here && !allow_loopback,
    };
    if refused { Err(Refused::NotPublic) } else { Ok(url) }
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
