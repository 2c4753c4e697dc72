//! From where a key may be used.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// The most ranges that one key can have.
pub const MAXIMUM_ADDRESS_RANGES: usize = 32;

/// Address ranges in CIDR form. None at all stands for anywhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct AddressRanges(Vec<IpNet>);

/// A list that is not one of address ranges.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressRangeError {
    /// A text is neither an address nor a range.
    #[error("{0:?} is not an address range: write it like 203.0.113.0/24 or 2001:db8::/32")]
    Form(String),
    /// More than [`MAXIMUM_ADDRESS_RANGES`].
    #[error("a key has at most {MAXIMUM_ADDRESS_RANGES} address ranges")]
    TooMany,
}

impl AddressRanges {
    /// Reads ranges; an address alone stands for itself.
    ///
    /// # Errors
    /// [`AddressRangeError`], which quotes what is not a range.
    pub fn parse(texts: &[String]) -> Result<Self, AddressRangeError> {
        if texts.len() > MAXIMUM_ADDRESS_RANGES {
            return Err(AddressRangeError::TooMany);
        }
        texts
            .iter()
            .map(|text| parse(text).ok_or_else(|| AddressRangeError::Form(shortened(text))))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether a request from there is allowed. Where ranges are set and nobody can
    /// say where a request came from, it is not.
    #[must_use]
    pub fn allow(&self, address: Option<IpAddr>) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let Some(address) = address.map(|address| address.to_canonical()) else {
            return false;
        };
        self.0.iter().any(|range| range.contains(&address))
    }
}

/// Host bits are cut off; IPv4 inside IPv6 is IPv4, as requests are compared.
fn parse(text: &str) -> Option<IpNet> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(IpNet::from(address.to_canonical()));
    }
    text.parse::<IpNet>().ok().map(|range| range.trunc())
}

fn shortened(text: &str) -> String {
    text.chars().take(50).collect()
}

impl TryFrom<Vec<String>> for AddressRanges {
    type Error = AddressRangeError;

    fn try_from(texts: Vec<String>) -> Result<Self, AddressRangeError> {
        Self::parse(&texts)
    }
}

impl From<AddressRanges> for Vec<String> {
    fn from(ranges: AddressRanges) -> Self {
        ranges.0.iter().map(ToString::to_string).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ranges(texts: &[&str]) -> AddressRanges {
        let texts: Vec<_> = texts.iter().map(|&text| text.to_owned()).collect();
        AddressRanges::parse(&texts).unwrap()
    }

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn a_key_without_ranges_is_used_from_anywhere() {
        assert!(AddressRanges::default().allow(None));
        assert!(AddressRanges::default().allow(address("203.0.113.9")));
    }

    #[test]
    fn only_addresses_in_a_range_are_allowed() {
        let ours = ranges(&["203.0.113.0/24", "2001:db8::/32", "198.51.100.7"]);
        for inside in [
            "203.0.113.9",
            "2001:db8::1",
            "198.51.100.7",
            "::ffff:203.0.113.9",
        ] {
            assert!(ours.allow(address(inside)), "{inside}");
        }
        for outside in ["203.0.114.1", "2001:db9::1", "198.51.100.8", "::1"] {
            assert!(!ours.allow(address(outside)), "{outside}");
        }
        assert!(!ours.allow(None), "an unknown address is not in a range");
    }

    #[test]
    fn what_is_no_range_is_quoted() {
        for text in ["", "everywhere", "10.0.0.0/33", "10.0.0/8", "1.2.3.4/"] {
            let refused = AddressRanges::parse(&[text.to_owned()]).unwrap_err();
            assert_eq!(refused, AddressRangeError::Form(text.to_owned()));
        }
        let many = vec!["10.0.0.1".to_owned(); 33];
        assert_eq!(AddressRanges::parse(&many), Err(AddressRangeError::TooMany));
    }

    #[test]
    fn ranges_are_stored_as_they_are_meant() {
        let json = serde_json::to_string(&ranges(&["10.1.2.3/8", "::1"])).unwrap();
        assert_eq!(json, r#"["10.0.0.0/8","::1/128"]"#);
        assert_eq!(
            serde_json::from_str::<AddressRanges>(&json).unwrap(),
            ranges(&["10.0.0.0/8", "::1"])
        );
    }

    proptest! {
        #[test]
        fn an_address_is_in_the_range_that_is_itself(address: IpAddr) {
            prop_assert!(ranges(&[&address.to_string()]).allow(Some(address)));
        }
    }
}
