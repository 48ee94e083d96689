//! Where a call comes from: the connection's other end, or what a trusted proxy says of it.
//!
//! The address itself goes no further than this file. What is kept is the network of its first 24
//! bits (48 of IPv6) under a key, so that one letter's calls can be told apart and nothing else.

use crate::access::model::Origin;
use crate::app::App;
use crate::kernel::country::Country;
use crate::kernel::id::GrantId;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{HeaderMap, HeaderName};
use sha2::Sha256;
use std::net::IpAddr;
use zeroize::Zeroizing;

/// Where the call of this letter comes from. `peer` is the connection's other end.
pub fn origin(app: &App, grant: GrantId, (peer, headers): (Option<IpAddr>, &HeaderMap)) -> Origin {
    let forwarded = &app.forwarded;
    let address = match &forwarded.address {
        Some(name) => told(headers, name).and_then(|text| read_address(&text)),
        None => peer,
    };
    let country = forwarded.country.as_ref().and_then(|name| told(headers, name));
    Origin {
        network: address.and_then(|address| hashed(app, grant, address)),
        country: country.and_then(|code| Country::parse(&code)).map(|country| country.code),
    }
}

/// The last of a header's values: what stands before it, a caller may have written.
fn told(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let last = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    Some(last.rsplit(',').next()?.trim().to_owned())
}

fn read_address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let with_port = || text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip());
    bare.parse().ok().or_else(with_port)
}

/// The family and the first bits of an address.
fn network(address: IpAddr) -> [u8; 7] {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            [4, a, b, c, 0, 0, 0]
        }
        IpAddr::V6(v6) => {
            let [a, b, c, d, e, f, ..] = v6.octets();
            [6, a, b, c, d, e, f]
        }
    }
}

fn hashed(app: &App, grant: GrantId, address: IpAddr) -> Option<[u8; 8]> {
    let key = Zeroizing::new(app.keys.of("networks of callers"));
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_slice()).ok()?;
    mac.update(grant.0.as_bytes());
    mac.update(&network(address));
    mac.finalize().into_bytes().first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    #[test]
    fn addresses_of_one_network_are_alike_and_others_are_not() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("192.0.2.7"), of("192.0.2.250"));
        assert_eq!(of("192.0.2.7"), of("::ffff:192.0.2.9"));
        assert_ne!(of("192.0.2.7"), of("192.0.3.7"));
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:ffff::2"));
        assert_ne!(of("2001:db8:1::1"), of("2001:db8:2::1"));
    }

    #[test]
    fn the_proxys_own_word_is_the_last() {
        let name = HeaderName::from_static("x-forwarded-for");
        let mut headers = HeaderMap::new();
        assert_eq!(told(&headers, &name), None);
        headers.append(&name, HeaderValue::from_static("198.51.100.1, 192.0.2.7"));
        assert_eq!(told(&headers, &name).as_deref(), Some("192.0.2.7"));
        headers.append(&name, HeaderValue::from_static("203.0.113.9"));
        assert_eq!(told(&headers, &name).as_deref(), Some("203.0.113.9"));
    }

    #[test]
    fn addresses_are_read_with_and_without_a_port() {
        for text in ["192.0.2.7", "192.0.2.7:4711"] {
            assert_eq!(read_address(text), Some("192.0.2.7".parse().unwrap()), "{text}");
        }
        for text in ["2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:443"] {
            let expected = Some("2001:db8::1".parse().unwrap());
            assert_eq!(read_address(text), expected, "{text}");
        }
        for text in ["", "unknown", "_hidden", "192.0.2"] {
            assert_eq!(read_address(text), None, "{text}");
        }
    }
}
