//! What kind of address an address is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The address that is reached: an IPv6 address may stand for an IPv4 one (mapped,
/// compatible, 6to4 of RFC 3056, NAT64 of RFC 6052).
pub(crate) fn reached(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => embedded(address).map_or(IpAddr::V6(address), IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let halves = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some(halves(high, low))
        }
        [0x2002, high, low, ..] => Some(halves(high, low)),
        _ => None,
    }
}

/// Where clouds answer their machines' questions about themselves: nobody connects
/// there, whatever the configuration says.
pub(crate) fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        // fd00:ec2::/32 is where one cloud answers its machines over IPv6.
        IpAddr::V6(address) => {
            let [first, second, ..] = address.segments();
            first & 0xffc0 == 0xfe80 || (first == 0xfd00 && second == 0x0ec2)
        }
    }
}

/// Whether an address is one of the public Internet, by the special-purpose
/// registries of IANA.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            let special = a == 0
                || a >= 224
                || address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_documentation()
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 192 && b == 88 && c == 99)
                || (a == 198 && (b == 18 || b == 19));
            !special
        }
        IpAddr::V6(address) => {
            let [first, second, ..] = address.segments();
            // 2000::/3 without documentation, Teredo, ORCHID and benchmarking.
            first & 0xe000 == 0x2000
                && !(first == 0x2001 && (second < 0x0200 || second == 0x0db8))
                && first != 0x3fff
        }
    }
}
