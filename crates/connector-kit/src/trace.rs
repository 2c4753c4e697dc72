//! The trace that a caller says its request belongs to: W3C Trace Context, `traceparent`.
//!
//! Whoever calls may write what they like into it, so nothing is decided by it. It is
//! numbers of a fixed form alone: no text of a caller's goes through it unscreened, which
//! is why there is no `tracestate` here (§3.3 lets it be left out).

use serde::{Deserialize, Serialize};

/// `00-<32>-<16>-<2>`.
const LENGTH: usize = 55;
/// The version that this is written in, whatever it was read in (§4.3).
const VERSION: &str = "00";
/// Flags that have a meaning: *sampled*, and *random* of level 2. The others are zero.
const KNOWN_FLAGS: u8 = 0b11;

/// A `traceparent` of version 00.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TraceParent(String);

/// A text that is no `traceparent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a traceparent is 00-, 32 and 16 hexadecimal digits that are not all zero, and flags")]
pub struct TraceParentError;

impl TraceParent {
    /// Reads one: of version 00 exactly, of a later version as far as it is known.
    ///
    /// # Errors
    /// [`TraceParentError`].
    pub fn parse(text: &str) -> Result<Self, TraceParentError> {
        let known = text.get(..LENGTH).ok_or(TraceParentError)?;
        let rest = &text[LENGTH..];
        let mut fields = known.split('-');
        let mut field = |length| {
            let digits = fields
                .next()
                .filter(|digits| is_hexadecimal(digits, length));
            digits.ok_or(TraceParentError)
        };
        let (version, trace, parent, flags) = (field(2)?, field(32)?, field(16)?, field(2)?);
        let goes_on = match version {
            "ff" => return Err(TraceParentError),
            VERSION => rest.is_empty(),
            _ => rest.is_empty() || rest.starts_with('-'),
        };
        let flags = u8::from_str_radix(flags, 16).map_err(|_| TraceParentError)?;
        if !goes_on || is_zero(trace) || is_zero(parent) {
            return Err(TraceParentError);
        }
        let flags = flags & KNOWN_FLAGS;
        Ok(Self(format!("{VERSION}-{trace}-{parent}-{flags:02x}")))
    }

    /// As it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TraceParent {
    type Error = TraceParentError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<TraceParent> for String {
    fn from(parent: TraceParent) -> Self {
        parent.0
    }
}

/// Lower case alone: the specification takes nothing else.
fn is_hexadecimal(digits: &str, length: usize) -> bool {
    let is_digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    digits.len() == length && digits.bytes().all(is_digit)
}

fn is_zero(digits: &str) -> bool {
    digits.bytes().all(|byte| byte == b'0')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EXAMPLE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn the_specifications_example_is_read_and_written() {
        let parent = TraceParent::parse(EXAMPLE).unwrap();
        assert_eq!(parent.as_str(), EXAMPLE);
        let json = serde_json::to_string(&parent).unwrap();
        assert_eq!(serde_json::from_str::<TraceParent>(&json).unwrap(), parent);
        assert!(serde_json::from_str::<TraceParent>("\"00-1-2-3\"").is_err());
    }

    #[test]
    fn a_later_version_is_read_as_far_as_it_is_known() {
        for rest in ["", "-", "-what-comes"] {
            let later = format!("cc{}{rest}", &EXAMPLE[2..]);
            assert_eq!(TraceParent::parse(&later).unwrap().as_str(), EXAMPLE);
        }
    }

    #[test]
    fn flags_that_mean_nothing_yet_are_not_passed_on() {
        let flagged = EXAMPLE.replace("b7-01", "b7-ff");
        assert!(
            TraceParent::parse(&flagged)
                .unwrap()
                .as_str()
                .ends_with("-03")
        );
    }

    #[test]
    fn what_is_none_is_refused() {
        let wrong = [
            String::new(),
            EXAMPLE.to_uppercase(),
            EXAMPLE.replace("00-4", "ff-4"),
            EXAMPLE.replace('-', "_"),
            EXAMPLE.replace("00f067aa0ba902b7", "0000000000000000"),
            EXAMPLE.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            EXAMPLE[..54].to_owned(),
            format!("{EXAMPLE}-"),
            format!("{EXAMPLE}0"),
            format!(" {EXAMPLE}"),
            format!("cc{}.", &EXAMPLE[2..]),
            format!("{EXAMPLE}, {EXAMPLE}"),
            EXAMPLE.replace("4bf9", "é9"),
        ];
        for text in wrong {
            assert_eq!(TraceParent::parse(&text), Err(TraceParentError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_what_is_read_is_of_one_form(text in "\\PC{0,80}|[0-9a-f-]{50,60}") {
            if let Ok(parent) = TraceParent::parse(&text) {
                prop_assert_eq!(parent.as_str().len(), LENGTH);
                prop_assert_eq!(&TraceParent::parse(parent.as_str()).unwrap(), &parent);
            }
        }

        #[test]
        fn every_pair_of_identifiers_is_read(trace in 1_u128.., parent in 1_u64.., flags in 0_u8..4) {
            let text = format!("00-{trace:032x}-{parent:016x}-{flags:02x}");
            let read = TraceParent::parse(&text).unwrap();
            prop_assert_eq!(read.as_str(), text);
        }
    }
}
