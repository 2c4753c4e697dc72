//! What the vault promises: what was sealed opens at its place and nowhere else.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use lango_vault::{
    DATA_KEY_RANDOM_LENGTH, DataKey, ErasureKey, ErasureKeyText, FieldContext, KeyRing,
    KeyRingError, KeyScope, OpenError, SealedField, SealedFields, Secret, WrappedDataKey,
};
use proptest::prelude::{Strategy, any, prop, prop_assert, prop_assert_eq, proptest};
use zeroize::Zeroizing;

/// Keys 1 and 2 are 32 bytes of 0x11 and of 0x22.
const TWO_KEYS: &str = r#"{"current":2,"keys":{
    "1":"ERERERERERERERERERERERERERERERERERERERERERE",
    "2":"IiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiI"}}"#;
const TWO_KEYS_SECOND: &str = "IiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiI";
const FIRST_ENTRY: &str = r#""1":"ERERERERERERERERERERERERERERERERERERERERERE","#;
/// Of the third generation, the bytes 0x40 to 0x5f.
const ERASURE_KEY: &str = "3.QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8";
const FIRST_KEY: &str =
    r#"{"current":1,"keys":{"1":"ERERERERERERERERERERERERERERERERERERERERERE"}}"#;

const SCOPE: KeyScope<'_> = KeyScope {
    tenant: "tenant-a",
    connector: "postgres",
};
const PASSWORD: FieldContext<'_> = FieldContext {
    connection: "connection-1",
    field: "password",
};

fn random(byte: u8) -> Zeroizing<[u8; DATA_KEY_RANDOM_LENGTH]> {
    Zeroizing::new([byte; DATA_KEY_RANDOM_LENGTH])
}

fn erasure_key(generation: u32, byte: u8) -> ErasureKey {
    let generation = NonZeroU32::new(generation).unwrap();
    ErasureKey::of_random(generation, &Zeroizing::new([byte; 32]))
}

fn data_key(version: u32) -> (KeyRing, DataKey, WrappedDataKey) {
    let ring = KeyRing::parse(FIRST_KEY).unwrap();
    let (key, wrapped) = ring
        .new_data_key(SCOPE, version, &erasure_key(1, 3), &random(7))
        .unwrap();
    (ring, key, wrapped)
}

fn seal(key: &DataKey, context: FieldContext<'_>, text: &str) -> SealedField {
    let secret = Secret::new(text.to_owned());
    key.seal_field(context, &secret, [9; 12]).unwrap()
}

#[test]
fn a_stored_credential_of_this_version_opens_for_ever() {
    // Made by another implementation (Python's `cryptography`) from the format
    // in the README: data key 00..1f. If this fails, what tenants have stored no
    // longer opens.
    let before: WrappedDataKey =
        serde_json::from_str(include_str!("stored/data_key.json")).unwrap();
    let wrapped: WrappedDataKey =
        serde_json::from_str(include_str!("stored/data_key_for_erasure.json")).unwrap();
    let erasure_key = ErasureKey::parse(&ErasureKeyText::new(ERASURE_KEY.to_owned())).unwrap();
    let sealed: SealedFields = serde_json::from_str(include_str!("stored/sealed.json")).unwrap();
    let ring = KeyRing::parse(FIRST_KEY).unwrap();
    for key in [
        ring.unwrap(SCOPE, &before, None).unwrap(),
        ring.unwrap(SCOPE, &wrapped, Some(&erasure_key)).unwrap(),
    ] {
        let opened = key.open_fields("connection-1", &sealed).unwrap();
        assert_eq!(opened["password"].expose(), "correct horse");
    }
}

#[test]
fn a_data_key_opens_only_for_its_tenant_connector_and_versions() {
    let ring = KeyRing::parse(TWO_KEYS).unwrap();
    let (_, wrapped) = ring
        .new_data_key(SCOPE, 1, &erasure_key(1, 3), &random(7))
        .unwrap();
    assert!(
        ring.unwrap(SCOPE, &wrapped, Some(&erasure_key(1, 3)))
            .is_ok()
    );

    let refused = |scope: KeyScope<'_>, wrapped: &WrappedDataKey| {
        assert_eq!(
            ring.unwrap(scope, wrapped, Some(&erasure_key(1, 3))).err(),
            Some(OpenError::Refused)
        );
    };
    refused(
        KeyScope {
            tenant: "tenant-b",
            ..SCOPE
        },
        &wrapped,
    );
    refused(
        KeyScope {
            connector: "fixtures",
            ..SCOPE
        },
        &wrapped,
    );
    refused(
        SCOPE,
        &WrappedDataKey {
            version: 2,
            ..wrapped.clone()
        },
    );
    refused(
        SCOPE,
        &WrappedDataKey {
            key_encryption_key_version: 1,
            ..wrapped.clone()
        },
    );
    // The generation cannot be taken off, to have it open without an erasure key.
    refused(
        SCOPE,
        &WrappedDataKey {
            erasure_generation: 0,
            ..wrapped.clone()
        },
    );
    refused(
        SCOPE,
        &WrappedDataKey {
            nonce: [0; 12],
            ..wrapped.clone()
        },
    );
    // A sealed field is not taken for a data key.
    let (key, _) = ring
        .new_data_key(SCOPE, 1, &erasure_key(1, 3), &random(7))
        .unwrap();
    let field = seal(&key, PASSWORD, "0123456789abcdef0123456789abcdef");
    refused(
        SCOPE,
        &WrappedDataKey {
            nonce: field.nonce,
            ciphertext: field.ciphertext,
            ..wrapped
        },
    );
}

#[test]
fn a_key_ring_without_the_version_says_so() {
    let (_, wrapped) = KeyRing::parse(TWO_KEYS)
        .unwrap()
        .new_data_key(SCOPE, 1, &erasure_key(1, 3), &random(7))
        .unwrap();
    let error = KeyRing::parse(FIRST_KEY)
        .unwrap()
        .unwrap(SCOPE, &wrapped, Some(&erasure_key(1, 3)))
        .err();
    assert_eq!(error, Some(OpenError::UnknownKeyEncryptionKey(2)));
}

#[test]
fn after_a_rotation_the_old_version_still_opens() {
    let (_, _, old) = data_key(1);
    let ring = KeyRing::parse(TWO_KEYS).unwrap();
    assert!(ring.unwrap(SCOPE, &old, Some(&erasure_key(1, 3))).is_ok());
    let (_, new) = ring
        .new_data_key(SCOPE, 2, &erasure_key(1, 3), &random(8))
        .unwrap();
    assert_eq!(new.key_encryption_key_version, 2);
}

#[test]
fn without_the_erasure_key_that_it_was_wrapped_under_nothing_opens() {
    let (ring, _, wrapped) = data_key(1);
    let erased = OpenError::Erased { wrapped_under: 1 };
    for at_hand in [None, Some(&erasure_key(2, 3)), Some(&erasure_key(2, 4))] {
        assert_eq!(ring.unwrap(SCOPE, &wrapped, at_hand).err(), Some(erased));
    }
    // The generation is not what protects it.
    let other = erasure_key(1, 4);
    let opened = ring.unwrap(SCOPE, &wrapped, Some(&other));
    assert_eq!(opened.err(), Some(OpenError::Refused));
    let claimed = WrappedDataKey {
        erasure_generation: 2,
        ..wrapped.clone()
    };
    let opened = ring.unwrap(SCOPE, &claimed, Some(&erasure_key(2, 3)));
    assert_eq!(opened.err(), Some(OpenError::Refused));
    // A new erasure key saves nothing of what the destroyed one sealed.
    let rewrapped = ring.rewrap(SCOPE, &wrapped, &erasure_key(2, 4), [5; 12]);
    assert_eq!(rewrapped.err(), Some(erased));
}

#[test]
fn the_erasure_key_alone_opens_nothing() {
    let (_, _, wrapped) = data_key(1);
    // A ring of one who has no key-encryption key: whatever he has, under its version.
    for guess in [
        "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM",
        TWO_KEYS_SECOND,
    ] {
        let ring = KeyRing::parse(&format!(r#"{{"current":1,"keys":{{"1":"{guess}"}}}}"#)).unwrap();
        let opened = ring.unwrap(SCOPE, &wrapped, Some(&erasure_key(1, 3)));
        assert_eq!(opened.err(), Some(OpenError::Refused));
    }
}

#[test]
fn rewrapping_moves_a_data_key_and_changes_nothing_that_it_sealed() {
    let (first, key, wrapped) = data_key(1);
    let sealed = seal(&key, PASSWORD, "correct horse");
    let ring = KeyRing::parse(TWO_KEYS).unwrap();
    assert!(first.is_current(&wrapped) && !ring.is_current(&wrapped));
    let erasure_key = erasure_key(1, 3);
    let moved = ring.rewrap(SCOPE, &wrapped, &erasure_key, [5; 12]).unwrap();
    assert!(ring.is_current(&moved));
    assert_eq!((moved.version, moved.key_encryption_key_version), (1, 2));
    // The old version may go now: nothing refers to it.
    let ring = KeyRing::parse(&TWO_KEYS.replace(FIRST_ENTRY, "")).unwrap();
    assert_eq!(ring.versions().collect::<Vec<_>>(), [2]);
    let key = ring.unwrap(SCOPE, &moved, Some(&erasure_key)).unwrap();
    assert_eq!(
        key.open_field(PASSWORD, &sealed).unwrap().expose(),
        "correct horse"
    );
    assert_eq!(
        ring.rewrap(SCOPE, &wrapped, &erasure_key, [5; 12]).err(),
        Some(OpenError::UnknownKeyEncryptionKey(1))
    );
}

#[test]
fn rewrapping_takes_in_what_was_before_erasure_keys() {
    let before: WrappedDataKey =
        serde_json::from_str(include_str!("stored/data_key.json")).unwrap();
    let ring = KeyRing::parse(FIRST_KEY).unwrap();
    assert!(!ring.is_current(&before));
    let moved = ring
        .rewrap(SCOPE, &before, &erasure_key(1, 3), [5; 12])
        .unwrap();
    assert!(ring.is_current(&moved) && moved.erasure_generation == 1);
    assert!(ring.unwrap(SCOPE, &moved, None).is_err());
    assert!(ring.unwrap(SCOPE, &moved, Some(&erasure_key(1, 3))).is_ok());
}

#[test]
fn a_field_opens_only_at_its_place() {
    let (ring, key, _) = data_key(1);
    let sealed = seal(&key, PASSWORD, "correct horse");
    assert_eq!(
        key.open_field(PASSWORD, &sealed).unwrap().expose(),
        "correct horse"
    );

    // The same key bytes for another tenant, connector and version: what an
    // attacker who could choose key bytes would still not get past.
    let elsewhere = [
        (
            KeyScope {
                tenant: "tenant-b",
                ..SCOPE
            },
            1,
            PASSWORD,
        ),
        (
            KeyScope {
                connector: "fixtures",
                ..SCOPE
            },
            1,
            PASSWORD,
        ),
        (SCOPE, 2, PASSWORD),
        (
            SCOPE,
            1,
            FieldContext {
                connection: "connection-2",
                ..PASSWORD
            },
        ),
        (
            SCOPE,
            1,
            FieldContext {
                field: "user",
                ..PASSWORD
            },
        ),
        (
            SCOPE,
            1,
            FieldContext {
                connection: "connection-1p",
                field: "assword",
            },
        ),
    ];
    for (scope, version, context) in elsewhere {
        let (other, _) = ring
            .new_data_key(scope, version, &erasure_key(1, 3), &random(7))
            .unwrap();
        let error = other.open_field(context, &sealed).err();
        assert_eq!(
            error,
            Some(OpenError::Refused),
            "{scope:?} {version} {context:?}"
        );
    }
}

#[test]
fn fields_open_together_or_not_at_all() {
    let (_, key, _) = data_key(1);
    let user = FieldContext {
        field: "user",
        ..PASSWORD
    };
    let fields = BTreeMap::from([
        ("password".to_owned(), seal(&key, PASSWORD, "correct horse")),
        ("user".to_owned(), seal(&key, user, "reader")),
    ]);
    let mut sealed = SealedFields {
        data_key_version: 1,
        fields,
    };
    let opened = key.open_fields("connection-1", &sealed).unwrap();
    assert_eq!(opened["user"].expose(), "reader");
    assert!(key.open_fields("connection-2", &sealed).is_err());

    let swapped = sealed.fields["user"].clone();
    sealed.fields.insert("password".to_owned(), swapped);
    assert_eq!(
        key.open_fields("connection-1", &sealed).err(),
        Some(OpenError::Refused)
    );

    sealed.data_key_version = 2;
    let error = key.open_fields("connection-1", &sealed).err();
    assert_eq!(
        error,
        Some(OpenError::OtherDataKey {
            sealed_with: 2,
            opened_with: 1
        })
    );
}

#[test]
fn wrong_key_rings_are_refused_without_repeating_them() {
    let cases = [
        ("", KeyRingError::Shape),
        ("{}", KeyRingError::Shape),
        (
            r#"{"current":1,"keys":{"one":"SECRETKEY"}}"#,
            KeyRingError::Shape,
        ),
        (r#"{"current":1,"keys":{"1":5555}}"#, KeyRingError::Shape),
        (
            r#"{"current":1,"keys":{"1":"SECRETKEY"}}"#,
            KeyRingError::Key(1),
        ),
        (
            r#"{"current":1,"keys":{"1":"ERERERERERERERERERERERERERERERERERERERERERERERE"}}"#,
            KeyRingError::Key(1),
        ),
        (
            r#"{"current":1,"keys":{"1":"ERERERERERERERERERERERERERERERERERERERERERE="}}"#,
            KeyRingError::Key(1),
        ),
        (
            r#"{"current":2,"keys":{"1":"ERERERERERERERERERERERERERERERERERERERERERE"}}"#,
            KeyRingError::CurrentMissing(2),
        ),
    ];
    for (json, expected) in cases {
        let error = KeyRing::parse(json).err().unwrap();
        assert_eq!(error, expected, "{json}");
        let text = format!("{error} {error:?}");
        assert!(!text.contains("SECRETKEY") && !text.contains("ERER") && !text.contains("5555"));
    }
}

fn flip(bytes: &mut [u8], bit: usize) {
    bytes[bit / 8] ^= 1 << (bit % 8);
}

fn identifiers() -> impl Strategy<Value = (String, String, String, String)> {
    (
        any::<String>(),
        any::<String>(),
        any::<String>(),
        any::<String>(),
    )
}

proptest! {
    #[test]
    fn what_was_sealed_opens(
        (tenant, connector, connection, field) in identifiers(),
        version: u32,
        random: [u8; DATA_KEY_RANDOM_LENGTH],
        nonce: [u8; 12],
        text: String,
    ) {
        let scope = KeyScope { tenant: &tenant, connector: &connector };
        let context = FieldContext { connection: &connection, field: &field };
        let ring = KeyRing::parse(TWO_KEYS).unwrap();
        let (key, wrapped) = ring.new_data_key(scope, version, &erasure_key(1, 3), &Zeroizing::new(random)).unwrap();
        let sealed = key.seal_field(context, &Secret::new(text.clone()), nonce).unwrap();

        let key = ring.unwrap(scope, &wrapped, Some(&erasure_key(1, 3))).unwrap();
        let opened = key.open_field(context, &sealed).unwrap();
        prop_assert_eq!(opened.expose(), text);
    }

    #[test]
    fn any_bit_flipped_fails(text in "\\PC{0,64}", bit in any::<prop::sample::Index>()) {
        let (ring, key, wrapped) = data_key(1);
        let sealed = seal(&key, PASSWORD, &text);

        let mut changed = sealed.clone();
        let bits = changed.ciphertext.len() * 8;
        flip(&mut changed.ciphertext, bit.index(bits));
        prop_assert!(key.open_field(PASSWORD, &changed).is_err());

        let mut changed = sealed;
        flip(&mut changed.nonce, bit.index(96));
        prop_assert!(key.open_field(PASSWORD, &changed).is_err());

        let mut changed = wrapped.clone();
        flip(&mut changed.ciphertext, bit.index(wrapped.ciphertext.len() * 8));
        prop_assert!(ring.unwrap(SCOPE, &changed, Some(&erasure_key(1, 3))).is_err());

        let mut changed = wrapped;
        flip(&mut changed.nonce, bit.index(96));
        prop_assert!(ring.unwrap(SCOPE, &changed, Some(&erasure_key(1, 3))).is_err());
    }

    #[test]
    fn a_cut_ciphertext_fails(text in "\\PC{0,64}", keep in any::<prop::sample::Index>()) {
        let (_, key, _) = data_key(1);
        let mut sealed = seal(&key, PASSWORD, &text);
        sealed.ciphertext.truncate(keep.index(sealed.ciphertext.len()));
        prop_assert!(key.open_field(PASSWORD, &sealed).is_err());
    }

    #[test]
    fn nothing_panics_on_stored_junk(
        nonce: [u8; 12],
        ciphertext: Vec<u8>,
        key_encryption_key_version in 0_u32..4,
        erasure_generation in 0_u32..3,
    ) {
        let (ring, key, _) = data_key(1);
        let wrapped = WrappedDataKey { version: 1, key_encryption_key_version, erasure_generation, nonce, ciphertext: ciphertext.clone() };
        prop_assert!(ring.unwrap(SCOPE, &wrapped, Some(&erasure_key(1, 3))).is_err());
        prop_assert!(ring.rewrap(SCOPE, &wrapped, &erasure_key(1, 3), [1; 12]).is_err());
        let sealed = SealedField { nonce, ciphertext };
        prop_assert!(key.open_field(PASSWORD, &sealed).is_err());
    }
}
