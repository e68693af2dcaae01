//! What counts as one address: for every limit, every wait and every share the same.
//!
//! A customer of an IPv6 provider commonly has a whole /64 and changes addresses within it at will, so that a /64 is
//! one address. An IPv4 address in the form of an IPv6 one (`::ffff:192.0.2.1`) is the IPv4 address.

use ipnet::IpNet;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// Bits of an IPv6 address that name its holder.
const HOLDER_BITS: u8 = 64;

/// An IPv4 address, or the /64 of an IPv6 one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address(IpAddr);

impl Address {
    pub fn of(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V4(v4) => Self(v4.into()),
            IpAddr::V6(v6) => {
                Self(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << (u128::BITS - u32::from(HOLDER_BITS)))).into())
            }
        }
    }

    /// The part of the net that it is in: enough for a person to recognise a place by, too little to find a person
    /// (IPv4 /24, IPv6 /48). Whoever has one address of it may well have its neighbours.
    pub fn neighbourhood(self) -> IpNet {
        let length = if self.0.is_ipv4() { 24 } else { 48 };
        IpNet::new(self.0, length).map_or_else(|_| IpNet::from(self.0), |net| net.trunc())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(v4) => v4.fmt(f),
            IpAddr::V6(v6) => write!(f, "{v6}/{HOLDER_BITS}"),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn address(text: &str) -> Address {
        Address::of(text.parse().unwrap())
    }

    #[test]
    fn a_64_is_one_address_and_a_mapped_one_is_what_it_is() {
        for (one, other, same) in [
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true),
            ("2001:db8:1:2::1", "2001:db8:1:3::1", false),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("::ffff:192.0.2.1", "::ffff:192.0.2.2", false),
            ("0.0.0.0", "::", false),
        ] {
            assert_eq!(address(one) == address(other), same, "{one} {other}");
        }
    }

    #[test]
    fn addresses_are_cut_to_their_neighbourhood() {
        for (ip, place) in [
            ("203.0.113.77", "203.0.113.0/24"),
            ("::ffff:203.0.113.77", "203.0.113.0/24"),
            ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ] {
            assert_eq!(address(ip).neighbourhood().to_string(), place);
        }
    }

    proptest! {
        #[test]
        fn no_two_addresses_are_written_alike(one: IpAddr, other: IpAddr) {
            let (one, other) = (Address::of(one), Address::of(other));
            prop_assert_eq!(one == other, one.to_string() == other.to_string());
            prop_assert_eq!(format!("{one:?}"), one.to_string());
        }

        #[test]
        fn what_stands_behind_the_64_bits_makes_no_difference(head: u64, tail: u64, other: u64) {
            let with = |tail: u64| Address::of(Ipv6Addr::from_bits(u128::from(head) << 64 | u128::from(tail)).into());
            // A mapped IPv4 address begins with eighty zeros, so that it cannot stand here.
            prop_assume!(head != 0);
            prop_assert_eq!(with(tail), with(other));
        }
    }
}
