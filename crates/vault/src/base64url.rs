//! Bytes as base64url without padding (RFC 4648, section 5), for serde.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serializer};

/// Writes bytes as a string.
pub(crate) fn serialize<B, S>(bytes: &B, serializer: S) -> Result<S::Ok, S::Error>
where
    B: AsRef<[u8]>,
    S: Serializer,
{
    serializer.serialize_str(&URL_SAFE_NO_PAD.encode(bytes))
}

/// Reads bytes from a string; a fixed length is checked by `B`.
pub(crate) fn deserialize<'de, B, D>(deserializer: D) -> Result<B, D::Error>
where
    B: TryFrom<Vec<u8>>,
    D: Deserializer<'de>,
{
    let text = String::deserialize(deserializer)?;
    let bytes = URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| serde::de::Error::custom("expected base64url without padding"))?;
    B::try_from(bytes).map_err(|_| serde::de::Error::custom("wrong number of bytes"))
}

/// Fills `bytes` from a string of exactly that many bytes.
pub(crate) fn decode_exact(text: &str, bytes: &mut [u8]) -> Option<()> {
    let length = URL_SAFE_NO_PAD.decode_slice(text, bytes).ok()?;
    (length == bytes.len()).then_some(())
}
