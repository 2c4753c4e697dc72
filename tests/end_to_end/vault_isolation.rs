//! Who can open what: the gateway nothing, and a connector what is of its own kind.

use std::collections::BTreeSet;

use aes_gcm::{Aes256Gcm, KeyInit as _, aead::Aead as _, aead::Payload};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use lango_identity::GatewayKey;
use lango_vault::{ErasureKey, ErasureKeyText, KeyRing, KeyScope, WrappedDataKey};
use serde_json::{Value, json};

use crate::support::{Databases, Dev, Tenant, connector::Connector, database, dev};

const KINDS: [&str; 3] = ["postgres", "mcp", "fixtures"];

/// A tenant with a connection of each kind.
async fn tenant() -> Tenant {
    let tenant = Tenant::create("enterprise").await;
    tenant
        .connect("postgres", database(&dev().database_url))
        .await;
    tenant
        .connect("fixtures", json!({ "token": "right" }))
        .await;
    let upstream = json!({ "url": "http://127.0.0.1:9/mcp", "authentication": "none" });
    tenant.connect("mcp", upstream).await;
    tenant
}

/// What the store has of a tenant's connections, with their data keys.
fn stored(databases: &Databases, tenant: &str) -> Vec<Value> {
    databases.configuration(&format!(
        "SELECT c.connection_id, c.connector, c.sealed, d.wrapped FROM connections AS c \
         JOIN data_keys AS d ON d.tenant_id = c.tenant_id AND d.connector = c.connector \
         AND d.version = c.data_key_version WHERE c.tenant_id = '{tenant}'"
    ))
}

/// The one of a stack's erasure keys that belongs to a data key: tried out with the
/// connector's own keys, which only this test has.
fn erasure_key_of(dev: &Dev, databases: &Databases, tenant: &str, row: &Value) -> String {
    let kind = row["connector"].as_str().unwrap();
    let file = dev.folder.join(format!(
        "secrets/connectors/{kind}/key-encryption-keys.json"
    ));
    let ring = KeyRing::parse(&std::fs::read_to_string(file).unwrap()).unwrap();
    let wrapped: WrappedDataKey = serde_json::from_str(row["wrapped"].as_str().unwrap()).unwrap();
    let scope = KeyScope {
        tenant,
        connector: kind,
    };
    databases
        .erasure_keys()
        .into_iter()
        .find(|text| {
            let key = ErasureKey::parse(&ErasureKeyText::new(text.clone())).unwrap();
            ring.unwrap(scope, &wrapped, Some(&key)).is_ok()
        })
        .expect("with everything it opens")
}

fn call(tenant: &str, row: &Value, erasure_key: &str, operation: &str) -> Value {
    let parsed =
        |name: &str| -> Value { serde_json::from_str(row[name].as_str().unwrap()).unwrap() };
    json!({
        "call_id": "call_1", "tenant": tenant, "connection": row["connection_id"],
        "operation": operation, "tool": "", "arguments": {},
        "data_key": parsed("wrapped"), "sealed": parsed("sealed"), "erasure_key": erasure_key,
        "limits": { "timeout_ms": 1000, "max_rows": 1, "max_bytes": 10_000 },
    })
}

/// A connector that is taken over has its keys, and what it is handed. It is handed every
/// other connector's rows here, in the envelope that it would be handed its own.
#[tokio::test]
async fn a_connector_opens_nothing_of_another_kind() {
    if !dev().is_plain_workerd() {
        return;
    }
    let tenant = tenant().await;
    let databases = Databases::copy(dev());
    let rows = stored(&databases, &tenant.tenant_id);
    assert_eq!(rows.len(), KINDS.len());
    let erasure_key = erasure_key_of(dev(), &databases, &tenant.tenant_id, &rows[0]);
    for kind in KINDS {
        let connector = Connector::of(dev(), kind);
        for row in &rows {
            let question = call(&tenant.tenant_id, row, &erasure_key, "test");
            let answer = connector.send_enclosed("/v1/call", &question).await;
            assert_eq!(answer.status(), 200);
            let answer: Value = answer.json().await.unwrap();
            let is_its_own = row["connector"] == kind;
            let place = format!("{kind} with {}: {answer}", row["connector"]);
            assert_eq!(answer["error"]["code"] != "sealed", is_its_own, "{place}");

            // Nor has it the key moved to where it could be opened.
            let wrapped: Value = serde_json::from_str(row["wrapped"].as_str().unwrap()).unwrap();
            let sealed: Value = serde_json::from_str(row["sealed"].as_str().unwrap()).unwrap();
            let own = rows.iter().find(|row| row["connector"] == kind).unwrap();
            let own: Value = serde_json::from_str(own["wrapped"].as_str().unwrap()).unwrap();
            let rewrap = json!({
                "tenant": tenant.tenant_id, "data_key": wrapped, "erasure_key": erasure_key,
            });
            let reseal = json!({
                "tenant": tenant.tenant_id, "connection": row["connection_id"],
                "old_data_key": wrapped, "data_key": own, "sealed": sealed,
                "erasure_key": erasure_key,
            });
            for (path, question) in [("/v1/rewrap", rewrap), ("/v1/reseal", reseal)] {
                let status = connector.send_enclosed(path, &question).await.status();
                assert_eq!(status == 200, is_its_own, "{place} {path} {status}");
                assert!(status == 200 || status == 422, "{place} {path} {status}");
            }
        }
    }
}

/// Another tenant's row opens in no connector under this tenant's name.
#[tokio::test]
async fn a_connector_opens_a_tenants_rows_under_its_name_alone() {
    if !dev().is_plain_workerd() {
        return;
    }
    let (one, other) = (tenant().await, tenant().await);
    let databases = Databases::copy(dev());
    let theirs = stored(&databases, &other.tenant_id);
    let ours = stored(&databases, &one.tenant_id);
    for row in &theirs {
        let connector = Connector::of(dev(), row["connector"].as_str().unwrap());
        for of in [&one.tenant_id, &other.tenant_id] {
            let rows = if *of == one.tenant_id { &ours } else { &theirs };
            let erasure_key = erasure_key_of(dev(), &databases, of, &rows[0]);
            let question = call(&one.tenant_id, row, &erasure_key, "test");
            let answer = connector.send_enclosed("/v1/call", &question).await;
            let answer: Value = answer.json().await.unwrap();
            assert_eq!(answer["error"]["code"], "sealed", "{answer}");
        }
    }
}

/// Everything that the gateway has: its secrets, what is derived of them, the store, the
/// objects' databases. Each 32 bytes of it are tried as the key of everything sealed.
#[tokio::test]
async fn with_everything_that_the_gateway_has_no_credential_opens() {
    if !dev().is_plain_workerd() {
        return;
    }
    let tenant = tenant().await;
    let databases = Databases::copy(dev());
    let rows = stored(&databases, &tenant.tenant_id);
    let erasure_key = erasure_key_of(dev(), &databases, &tenant.tenant_id, &rows[0]);
    let keys = keys_of_the_gateway(dev(), &databases);
    assert!(keys.len() > 20, "{}", keys.len());
    assert!(keys.contains(&key_bytes(erasure_key.split_once('.').unwrap().1).unwrap()));

    for row in &rows {
        let kind = row["connector"].as_str().unwrap();
        let wrapped: WrappedDataKey =
            serde_json::from_str(row["wrapped"].as_str().unwrap()).unwrap();
        let sealed: Value = serde_json::from_str(row["sealed"].as_str().unwrap()).unwrap();
        for key in &keys {
            // As the key-encryption key, with the right erasure key beside it.
            let ring = format!(
                r#"{{"current":{0},"keys":{{"{0}":"{1}"}}}}"#,
                wrapped.key_encryption_key_version,
                URL_SAFE_NO_PAD.encode(key)
            );
            let scope = KeyScope {
                tenant: &tenant.tenant_id,
                connector: kind,
            };
            let text = ErasureKeyText::new(erasure_key.clone());
            let erasure_key = ErasureKey::parse(&text).unwrap();
            let ring = KeyRing::parse(&ring).unwrap();
            assert!(ring.unwrap(scope, &wrapped, Some(&erasure_key)).is_err());
            // As the wrapping key, and as the data key.
            let bound = bound(
                "lango.vault.wrapped-data-key.v2",
                &[&tenant.tenant_id, kind],
                &[
                    wrapped.version,
                    wrapped.key_encryption_key_version,
                    wrapped.erasure_generation,
                ],
            );
            assert!(open(key, &wrapped.nonce, &bound, &wrapped.ciphertext).is_none());
            for (field, value) in sealed["fields"].as_object().unwrap() {
                let part = |name: &str| {
                    URL_SAFE_NO_PAD
                        .decode(value[name].as_str().unwrap())
                        .unwrap()
                };
                let connection = row["connection_id"].as_str().unwrap();
                let bound = self::bound(
                    "lango.vault.sealed-field.v1",
                    &[&tenant.tenant_id, kind, connection, field],
                    &[1],
                );
                let nonce: [u8; 12] = part("nonce").try_into().unwrap();
                assert!(open(key, &nonce, &bound, &part("ciphertext")).is_none());
            }
        }
    }
}

/// Every 32 bytes that can be found: of its secrets, of what it derives, of each text in
/// its files that could be a key.
fn keys_of_the_gateway(dev: &Dev, databases: &Databases) -> BTreeSet<[u8; 32]> {
    let mut texts = databases.bytes();
    for name in ["gateway-key.json", "signing-keys.json"] {
        texts.push(std::fs::read(dev.folder.join("secrets").join(name)).unwrap());
    }
    let is_of_key = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let mut keys: BTreeSet<_> = texts
        .iter()
        .flat_map(|text| text.split(|byte| !is_of_key(byte)))
        .filter_map(|word| key_bytes(std::str::from_utf8(word).ok()?))
        .collect();
    let file = dev.folder.join("secrets/gateway-key.json");
    let text: String = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let root = GatewayKey::parse(&text).unwrap();
    for label in KINDS.map(|kind| format!("connector-envelope:{kind}")) {
        keys.insert(*root.derive(&label));
    }
    for label in ["signing-keys", "vault", "data-key", "credentials", ""] {
        keys.insert(*root.derive(label));
    }
    keys
}

/// 32 bytes as base64url or in hexadecimal.
fn key_bytes(word: &str) -> Option<[u8; 32]> {
    match word.len() {
        43 => URL_SAFE_NO_PAD.decode(word).ok()?.try_into().ok(),
        64 => {
            let mut key = [0; 32];
            for (at, byte) in key.iter_mut().enumerate() {
                *byte = u8::from_str_radix(word.get(2 * at..2 * at + 2)?, 16).ok()?;
            }
            Some(key)
        }
        _ => None,
    }
}

/// The bytes that bind a ciphertext to its place: see the README of `crates/vault`.
fn bound(label: &str, texts: &[&str], versions: &[u32]) -> Vec<u8> {
    let length = |length: usize| (length as u64).to_be_bytes();
    let mut bytes = length(label.len()).to_vec();
    bytes.extend(label.as_bytes());
    bytes.extend(length(texts.len()));
    for text in texts {
        bytes.extend(length(text.len()));
        bytes.extend(text.as_bytes());
    }
    bytes.extend(length(versions.len()));
    for version in versions {
        bytes.extend(version.to_be_bytes());
    }
    bytes
}

fn open(key: &[u8; 32], nonce: &[u8; 12], bound: &[u8], ciphertext: &[u8]) -> Option<Vec<u8>> {
    let payload = Payload {
        msg: ciphertext,
        aad: bound,
    };
    Aes256Gcm::new(key.into())
        .decrypt(nonce.into(), payload)
        .ok()
}
