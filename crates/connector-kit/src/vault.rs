//! Messages about keys: what the gateway asks of a connector Worker so that data keys
//! and what they seal are kept up to date. Nothing in them is in the clear.

use lango_residency::Terms;
use lango_vault::{ErasureKeyText, SealedFields, WrappedDataKey};
use serde::{Deserialize, Serialize};

/// Where a connector Worker takes [`RingRequest`]s.
pub const PATH_VAULT: &str = "/v1/vault";
/// Where a connector Worker takes [`DataKeyRequest`]s.
pub const PATH_DATA_KEY: &str = "/v1/data-key";
/// Where a connector Worker takes [`RewrapRequest`]s.
pub const PATH_REWRAP: &str = "/v1/rewrap";
/// Where a connector Worker takes [`ResealRequest`]s.
pub const PATH_RESEAL: &str = "/v1/reseal";

/// Asks which key-encryption keys a connector has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RingRequest {
    /// For whom it is asked; empty for the platform.
    pub tenant: String,
}

/// The answer to a [`RingRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RingAnswer {
    /// The version that wraps.
    pub current: u32,
    /// Every version that opens, in order.
    pub versions: Vec<u32>,
}

/// Asks for a new data key of a tenant's.
#[derive(Serialize, Deserialize)]
pub struct DataKeyRequest {
    /// The tenant.
    pub tenant: String,
    /// Which of the tenant's data keys for the connector it is to be.
    pub version: u32,
    /// The tenant's erasure key.
    pub erasure_key: ErasureKeyText,
}

/// Asks for a data key to be wrapped anew: under the current key-encryption key and the
/// tenant's erasure key.
#[derive(Serialize, Deserialize)]
pub struct RewrapRequest {
    /// The tenant.
    pub tenant: String,
    /// As it is wrapped.
    pub data_key: WrappedDataKey,
    /// The tenant's erasure key.
    pub erasure_key: ErasureKeyText,
    /// Where a key may be opened.
    #[serde(default, skip_serializing_if = "Terms::are_none")]
    pub residency: Terms,
}

/// The answer to a [`DataKeyRequest`] and to a [`RewrapRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataKeyAnswer {
    /// The wrapped key.
    pub data_key: WrappedDataKey,
}

/// Asks for everything of a connection to be sealed under another data key: its
/// credentials, and before them whatever tokens its owner keeps.
#[derive(Serialize, Deserialize)]
pub struct ResealRequest {
    /// The tenant.
    pub tenant: String,
    /// The connection.
    pub connection: String,
    /// The data key that the fields are sealed under.
    pub old_data_key: WrappedDataKey,
    /// The data key that they are to be sealed under.
    pub data_key: WrappedDataKey,
    /// The connection's sealed fields.
    pub sealed: SealedFields,
    /// The tenant's erasure key.
    pub erasure_key: ErasureKeyText,
    /// Where credentials may be opened.
    #[serde(default, skip_serializing_if = "Terms::are_none")]
    pub residency: Terms,
}

/// The answer to a [`ResealRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResealAnswer {
    /// The same fields, sealed under the other data key.
    pub sealed: SealedFields,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn data_key(version: u32) -> Value {
        json!({"version": version, "key_encryption_key_version": 1, "erasure_generation": 1, "nonce": "AAECAwQFBgcICQoL", "ciphertext": "-_8"})
    }

    #[test]
    fn messages_have_these_forms() {
        let key = json!({"tenant": "t", "version": 2, "erasure_key": "1.k"});
        let request: DataKeyRequest = serde_json::from_value(key.clone()).unwrap();
        assert_eq!(serde_json::to_value(request).unwrap(), key);

        let rewrap = json!({"tenant": "t", "data_key": data_key(1), "erasure_key": "1.k"});
        let request: RewrapRequest = serde_json::from_value(rewrap.clone()).unwrap();
        assert_eq!(serde_json::to_value(request).unwrap(), rewrap);

        let reseal = json!({
            "tenant": "t", "connection": "c", "old_data_key": data_key(1), "data_key": data_key(2),
            "sealed": {"data_key_version": 1, "fields": {}}, "erasure_key": "1.k",
        });
        let request: ResealRequest = serde_json::from_value(reseal.clone()).unwrap();
        assert_eq!(serde_json::to_value(request).unwrap(), reseal);

        let ring = json!({"current": 2, "versions": [1, 2]});
        let answer: RingAnswer = serde_json::from_value(ring.clone()).unwrap();
        assert_eq!(serde_json::to_value(answer).unwrap(), ring);
    }
}
