//! What one call asks of the vault: the key ring and the erasure key are read, the data
//! key is unwrapped, a credential of 1 KiB is opened, and one of 1 KiB is sealed.
//!
//! `benches/` times it, natively and as Wasm under V8.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use lango_vault::{
    DATA_KEY_RANDOM_LENGTH, ErasureKey, ErasureKeyText, FieldContext, KeyRing, KeyScope,
    NONCE_LENGTH, SealedFields, Secret, WrappedDataKey,
};
use zeroize::Zeroizing;

const RING: &str = r#"{"current":1,"keys":{"1":"ERERERERERERERERERERERERERERERERERERERERERE"}}"#;
const SCOPE: KeyScope<'_> = KeyScope {
    tenant: "t_0123456789abcdef0123456789abcdef",
    connector: "postgres",
};
const CONNECTION: &str = "c_0123456789abcdef0123456789abcdef";
const FIELD: &str = "password";
const LENGTH: usize = 1024;

/// What a connector is handed.
pub struct Handed {
    erasure_key: ErasureKeyText,
    data_key: WrappedDataKey,
    sealed: SealedFields,
}

/// Makes what a connector is handed; `None` never.
#[must_use]
pub fn handed() -> Option<Handed> {
    let generation = NonZeroU32::new(1)?;
    let erasure_key = ErasureKey::of_random(generation, &Zeroizing::new([7; 32]));
    let random = Zeroizing::new([9; DATA_KEY_RANDOM_LENGTH]);
    let ring = KeyRing::parse(RING).ok()?;
    let (key, data_key) = ring.new_data_key(SCOPE, 1, &erasure_key, &random).ok()?;
    let context = FieldContext {
        connection: CONNECTION,
        field: FIELD,
    };
    let secret = Secret::new("x".repeat(LENGTH));
    let field = key.seal_field(context, &secret, [1; NONCE_LENGTH]).ok()?;
    Some(Handed {
        erasure_key: erasure_key.text(),
        data_key,
        sealed: SealedFields {
            data_key_version: 1,
            fields: BTreeMap::from([(FIELD.to_owned(), field)]),
        },
    })
}

/// One call; how many bytes came out of it.
#[must_use]
pub fn open_and_seal(handed: &Handed, number: u32) -> Option<usize> {
    let ring = KeyRing::parse(RING).ok()?;
    let erasure_key = ErasureKey::parse(&handed.erasure_key).ok()?;
    let key = ring
        .unwrap(SCOPE, &handed.data_key, Some(&erasure_key))
        .ok()?;
    let opened = key.open_fields(CONNECTION, &handed.sealed).ok()?;
    let secret = opened.get(FIELD)?;
    let mut nonce = [0; NONCE_LENGTH];
    nonce[..4].copy_from_slice(&number.to_be_bytes());
    let context = FieldContext {
        connection: CONNECTION,
        field: FIELD,
    };
    let sealed = key.seal_field(context, secret, nonce).ok()?;
    Some(sealed.ciphertext.len())
}

/// For V8: that many calls; the bytes that came out of them.
#[unsafe(no_mangle)]
pub extern "C" fn calls(times: u32) -> u32 {
    let Some(handed) = handed() else { return 0 };
    (0..times)
        .filter_map(|number| open_and_seal(&handed, number))
        .map(|length| u32::try_from(length).unwrap_or(0))
        .fold(0, u32::wrapping_add)
}
