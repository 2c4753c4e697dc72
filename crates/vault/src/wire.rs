//! What is stored and what crosses the service binding. Ciphertext only.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base64url;
use crate::cipher::NONCE_LENGTH;

/// A tenant's data key for one connector, sealed by a key-encryption key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrappedDataKey {
    /// Which of the tenant's data keys for the connector it is; the first is 1.
    pub version: u32,
    /// Which key-encryption key opens it.
    pub key_encryption_key_version: u32,
    /// Which of the tenant's erasure keys has a part in that; 0 for none, as it was
    /// before there were any.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub erasure_generation: u32,
    /// Never used before with that key.
    #[serde(with = "base64url")]
    pub nonce: [u8; NONCE_LENGTH],
    /// The key and the tag.
    #[serde(with = "base64url")]
    pub ciphertext: Vec<u8>,
}

// `skip_serializing_if` hands over a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(generation: &u32) -> bool {
    *generation == 0
}

/// The credentials of one connection, each field sealed on its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedFields {
    /// Which of the tenant's data keys for the connector opens them.
    pub data_key_version: u32,
    /// By the name of the field.
    pub fields: BTreeMap<String, SealedField>,
}

/// One sealed value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedField {
    /// Never used before with that data key.
    #[serde(with = "base64url")]
    pub nonce: [u8; NONCE_LENGTH],
    /// The value and the tag.
    #[serde(with = "base64url")]
    pub ciphertext: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapped_data_key_has_this_form() {
        let json = r#"{"version":1,"key_encryption_key_version":2,"nonce":"AAECAwQFBgcICQoL","ciphertext":"-_8"}"#;
        let wrapped = WrappedDataKey {
            version: 1,
            key_encryption_key_version: 2,
            erasure_generation: 0,
            nonce: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
            ciphertext: vec![0xfb, 0xff],
        };
        assert_eq!(serde_json::to_string(&wrapped).unwrap(), json);
        assert_eq!(
            serde_json::from_str::<WrappedDataKey>(json).unwrap(),
            wrapped
        );

        let json = json.replace(",\"nonce", ",\"erasure_generation\":3,\"nonce");
        let wrapped = WrappedDataKey {
            erasure_generation: 3,
            ..wrapped
        };
        assert_eq!(serde_json::to_string(&wrapped).unwrap(), json);
        let read: WrappedDataKey = serde_json::from_str(&json).unwrap();
        assert_eq!(read, wrapped);
    }

    #[test]
    fn sealed_fields_have_this_form() {
        let json = r#"{"data_key_version":3,"fields":{"password":{"nonce":"AAECAwQFBgcICQoL","ciphertext":"-_8"}}}"#;
        let sealed = SealedFields {
            data_key_version: 3,
            fields: BTreeMap::from([(
                "password".to_owned(),
                SealedField {
                    nonce: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
                    ciphertext: vec![0xfb, 0xff],
                },
            )]),
        };
        assert_eq!(serde_json::to_string(&sealed).unwrap(), json);
        assert_eq!(serde_json::from_str::<SealedFields>(json).unwrap(), sealed);
    }

    #[test]
    fn wrong_forms_are_refused() {
        for json in [
            r#"{"nonce":"AAECAwQFBgcICQo","ciphertext":""}"#,
            r#"{"nonce":"AAECAwQFBgcICQoLDA","ciphertext":""}"#,
            r#"{"nonce":"AAECAwQFBgcICQoL","ciphertext":"+/8"}"#,
            r#"{"nonce":"AAECAwQFBgcICQoL","ciphertext":"-_8="}"#,
            r#"{"nonce":"AAECAwQFBgcICQoL","ciphertext":"","more":1}"#,
            r#"{"nonce":"AAECAwQFBgcICQoL"}"#,
        ] {
            assert!(serde_json::from_str::<SealedField>(json).is_err(), "{json}");
        }
    }
}
