//! Seal and call together, with a connector that answers at once.

use std::sync::LazyLock;

use futures_util::FutureExt;
use lango_connector_kit::{
    CallAnswer, CallError, CallErrorCode, CallLimits, CallRequest, CredentialError, Credentials,
    DataKeyRequest, Manifest, ManifestError, Operation, ResealRequest, RewrapRequest, SealAnswer,
    SealRequest,
};
use lango_egress::{Destination, Egress, HostPort, Networks, Security};
use lango_residency::{Evidence, Promise, Resident, Terms, decide};
use lango_vault::{ErasureKey, ErasureKeyText, KeyRing, Secret};
use serde_json::{Value, json};

use crate::random::NoRandomness;
use crate::{Call, Connector, FrameSender, call, seal, vault};

struct Demo;

static MANIFEST: LazyLock<Result<Manifest, ManifestError>> = LazyLock::new(|| {
    let object = json!({"type": "object"});
    Manifest::parse(
        &json!({
            "kind": "demo", "title": "Demo", "class": "crm",
            "credential_schema": {
                "type": "object", "additionalProperties": false, "required": ["token"],
                "properties": {
                    "token": {"type": "string", "title": "T", "description": "T", "format": "password", "minLength": 1, "maxLength": 50},
                    "region": {"type": "string", "title": "R", "description": "R", "default": "ke", "maxLength": 50}
                }
            },
            "tools": [
                {"name": "demo_fail", "title": "F", "description": "F", "access": "read", "input_schema": object, "output_schema": object},
                {"name": "demo_region", "title": "R", "description": "R", "access": "read", "input_schema": object, "output_schema": object}
            ]
        })
        .to_string(),
    )
});

impl Connector for Demo {
    fn manifest(&self) -> Result<&Manifest, &ManifestError> {
        MANIFEST.as_ref()
    }

    fn destinations(
        &self,
        credentials: &Credentials,
        egress: &Egress,
    ) -> Result<Vec<Destination>, CredentialError> {
        let region = credentials["region"].expose();
        if region == "atlantis" {
            return Err(CredentialError::new("region", "is under water"));
        }
        let host = HostPort::new(&format!("{region}.example.com"), 443).unwrap();
        egress
            .permit(host, Security::Tls)
            .map(|destination| vec![destination])
            .map_err(|error| CredentialError::new("region", error.problem()))
    }

    async fn call(&self, call: Call<'_>) -> Result<Value, CallError> {
        match call.tool {
            "demo_region" => Ok(json!({"region": call.credential("region")})),
            "demo_fail" => Err(CallError::new(
                CallErrorCode::Rejected,
                format!("the system says: token {} is odd", call.credential("token")),
            )),
            _ => Err(call.unknown_tool()),
        }
    }
}

fn keys() -> KeyRing {
    KeyRing::parse(r#"{"current":1,"keys":{"1":"ERERERERERERERERERERERERERERERERERERERERERE"}}"#)
        .unwrap()
}

fn erasure_key(generation: u32) -> ErasureKeyText {
    let byte = u8::try_from(generation).unwrap();
    let generation = std::num::NonZeroU32::new(generation).unwrap();
    ErasureKey::of_random(generation, &zeroize::Zeroizing::new([byte; 32])).text()
}

/// Not random, but never the same twice in a row, as nonces must be.
fn counting(bytes: &mut [u8]) -> Result<(), NoRandomness> {
    use std::sync::atomic::{AtomicU8, Ordering};
    static NEXT: AtomicU8 = AtomicU8::new(0);
    bytes.fill(NEXT.fetch_add(1, Ordering::Relaxed));
    Ok(())
}

fn anywhere() -> Resident {
    decide(&Promise::default(), Evidence::default()).unwrap()
}

fn seal_request(credentials: &[(&str, &str)]) -> SealRequest {
    SealRequest {
        tenant: "tenant-a".to_owned(),
        connection: "connection-1".to_owned(),
        data_key: None,
        data_key_version: 1,
        erasure_key: erasure_key(1),
        allowed_hosts: None,
        residency: Terms::default(),
        credentials: credentials
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Secret::new((*value).to_owned())))
            .collect(),
    }
}

fn sealed() -> SealAnswer {
    seal::seal(
        &anywhere(),
        &Demo,
        &keys(),
        &Networks::public(),
        counting,
        seal_request(&[("token", "hunter2")]),
    )
    .unwrap()
}

fn request(tool: &str, sealed: SealAnswer) -> CallRequest {
    CallRequest {
        call_id: "call-1".to_owned(),
        tenant: "tenant-a".to_owned(),
        connection: "connection-1".to_owned(),
        principal: None,
        operation: Operation::Tool,
        tool: tool.to_owned(),
        upstream: None,
        input: None,
        client_capabilities: Value::Null,
        trace: None,
        stream: false,
        allowed_hosts: None,
        database: None,
        residency: Terms::default(),
        arguments: json!({}),
        data_key: sealed.data_key,
        erasure_key: Some(erasure_key(1)),
        sealed: sealed.sealed,
        limits: CallLimits {
            timeout_ms: 1000,
            max_rows: 10,
            max_bytes: 1000,
        },
    }
}

fn answer(request: &CallRequest) -> CallAnswer {
    let means = call::Means {
        resident: anywhere(),
        keys: keys(),
        networks: Networks::public(),
        env: None,
    };
    call::call(&means, &Demo, request, &FrameSender::unheard())
        .now_or_never()
        .unwrap()
}

fn error(request: &CallRequest) -> CallError {
    match answer(request) {
        CallAnswer::Error(error) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_was_sealed_is_there_in_a_call_with_its_defaults() {
    let answer = answer(&request("demo_region", sealed()));
    assert_eq!(answer, CallAnswer::Result(json!({"region": "ke"})));
}

#[test]
fn a_second_connection_uses_the_data_key_of_the_first() {
    let first = sealed();
    let again = SealRequest {
        data_key: Some(first.data_key.clone()),
        ..seal_request(&[("token", "other")])
    };
    let second = seal::seal(
        &anywhere(),
        &Demo,
        &keys(),
        &Networks::public(),
        counting,
        again,
    )
    .unwrap();
    assert_eq!(first.data_key, second.data_key);
    let nonces = |answer: &SealAnswer| {
        let fields = answer.sealed.fields.values();
        fields.map(|field| field.nonce).collect::<Vec<_>>()
    };
    assert!(
        nonces(&first)
            .iter()
            .all(|nonce| !nonces(&second).contains(nonce))
    );
}

#[test]
fn a_data_key_of_another_tenant_is_refused() {
    let again = SealRequest {
        tenant: "tenant-b".to_owned(),
        data_key: Some(sealed().data_key),
        ..seal_request(&[("token", "other")])
    };
    let problem = seal::seal(
        &anywhere(),
        &Demo,
        &keys(),
        &Networks::public(),
        counting,
        again,
    )
    .err()
    .unwrap();
    let problem = serde_json::to_string(&problem).unwrap();
    assert!(problem.contains("The data key does not open"), "{problem}");
}

#[test]
fn the_connectors_own_check_is_asked() {
    let request = seal_request(&[("token", "hunter2"), ("region", "atlantis")]);
    let problem = seal::seal(
        &anywhere(),
        &Demo,
        &keys(),
        &Networks::public(),
        counting,
        request,
    )
    .err()
    .unwrap();
    let problem = serde_json::to_string(&problem).unwrap();
    assert!(problem.contains(r#""field":"region""#), "{problem}");
    assert!(problem.contains("is under water"), "{problem}");
    assert!(!problem.contains("hunter2") && !problem.contains("atlantis"));
}

#[test]
fn a_connection_is_held_to_its_hosts() {
    assert_eq!(sealed().allowed_hosts, ["ke.example.com:443"]);
    let within = |hosts: &[&str]| {
        let request = SealRequest {
            allowed_hosts: Some(hosts.iter().map(|host| (*host).to_owned()).collect()),
            ..seal_request(&[("token", "hunter2")])
        };
        let answer = seal::seal(
            &anywhere(),
            &Demo,
            &keys(),
            &Networks::public(),
            counting,
            request,
        );
        answer.map(|answer| answer.allowed_hosts)
    };
    let wider = ["UG.example.com:443", "ke.example.com:443"];
    let normal = ["ke.example.com:443", "ug.example.com:443"];
    assert_eq!(within(&wider).unwrap(), normal);
    for (hosts, field) in [
        (&["ug.example.com:443"][..], r#""field":"region""#),
        (&[], r#""field":"region""#),
        (&["ke.example.com"], r#""field":"allowed_hosts""#),
    ] {
        let problem = serde_json::to_string(&within(hosts).unwrap_err()).unwrap();
        assert!(problem.contains(field), "{problem}");
    }
}

#[test]
fn no_randomness_no_sealing() {
    let request = seal_request(&[("token", "hunter2")]);
    assert!(
        seal::seal(
            &anywhere(),
            &Demo,
            &keys(),
            &Networks::public(),
            |_| Err(NoRandomness),
            request
        )
        .is_err()
    );
}

#[test]
fn credentials_open_only_where_they_belong() {
    let other_tenant = CallRequest {
        tenant: "tenant-b".to_owned(),
        ..request("demo_region", sealed())
    };
    let other_connection = CallRequest {
        connection: "connection-2".to_owned(),
        ..request("demo_region", sealed())
    };
    let mut field_dropped = request("demo_region", sealed());
    field_dropped.sealed.fields.remove("region");
    for request in [other_tenant, other_connection, field_dropped] {
        assert_eq!(error(&request).code, CallErrorCode::Sealed);
    }
}

#[test]
fn a_password_in_the_systems_words_is_removed() {
    let error = error(&request("demo_fail", sealed()));
    assert_eq!(error.code, CallErrorCode::Rejected);
    assert_eq!(error.message, "the system says: token [removed] is odd");
}

#[test]
fn a_tool_that_is_not_in_the_manifest_is_rejected() {
    assert_eq!(
        error(&request("demo_other", sealed())).code,
        CallErrorCode::Rejected
    );
}

#[test]
fn what_is_sealed_moves_to_another_data_key_and_both_open() {
    let before = sealed();
    let made = DataKeyRequest {
        tenant: "tenant-a".to_owned(),
        version: 2,
        erasure_key: erasure_key(1),
    };
    let made = vault::data_key("demo", &keys(), counting, &made).unwrap();
    assert_eq!(made.data_key.version, 2);
    let reseal = |tenant: &str, connection: &str| ResealRequest {
        tenant: tenant.to_owned(),
        connection: connection.to_owned(),
        old_data_key: before.data_key.clone(),
        data_key: made.data_key.clone(),
        sealed: before.sealed.clone(),
        erasure_key: erasure_key(1),
        residency: Terms::default(),
    };
    let moved = vault::reseal(
        &anywhere(),
        "demo",
        &keys(),
        counting,
        &reseal("tenant-a", "connection-1"),
    );
    let moved = moved.unwrap();
    assert_eq!(moved.sealed.data_key_version, 2);
    for (data_key, sealed) in [
        (made.data_key.clone(), moved.sealed),
        (before.data_key.clone(), before.sealed.clone()),
    ] {
        let sealed = SealAnswer {
            data_key,
            sealed,
            allowed_hosts: Vec::new(),
        };
        let answer = answer(&request("demo_region", sealed));
        assert_eq!(answer, CallAnswer::Result(json!({"region": "ke"})));
    }
    // Nobody has another's moved, or to another connector.
    for (kind, tenant, connection) in [
        ("demo", "tenant-b", "connection-1"),
        ("demo", "tenant-a", "connection-2"),
        ("other", "tenant-a", "connection-1"),
    ] {
        let request = reseal(tenant, connection);
        assert!(vault::reseal(&anywhere(), kind, &keys(), counting, &request).is_err());
    }
}

#[test]
fn without_its_erasure_key_nothing_is_opened_or_moved() {
    let before = sealed();
    for given in [None, Some(erasure_key(2))] {
        let request = CallRequest {
            erasure_key: given,
            ..request("demo_region", sealed())
        };
        let error = error(&request);
        assert_eq!(error.code, CallErrorCode::Sealed);
        assert!(error.message.contains("erasure key 1"), "{}", error.message);
    }
    let rewrap = RewrapRequest {
        tenant: "tenant-a".to_owned(),
        data_key: before.data_key,
        erasure_key: erasure_key(2),
        residency: Terms::default(),
    };
    assert!(vault::rewrap(&anywhere(), "demo", &keys(), counting, &rewrap).is_err());
}

#[test]
fn a_data_key_is_rewrapped_under_the_current_key() {
    let both = r#"{"current":2,"keys":{
        "1":"ERERERERERERERERERERERERERERERERERERERERERE",
        "2":"IiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiI"}}"#;
    let both = KeyRing::parse(both).unwrap();
    let ring = vault::ring(&both);
    assert_eq!((ring.current, ring.versions), (2, vec![1, 2]));
    let rewrap = RewrapRequest {
        tenant: "tenant-a".to_owned(),
        data_key: sealed().data_key,
        erasure_key: erasure_key(1),
        residency: Terms::default(),
    };
    let moved = vault::rewrap(&anywhere(), "demo", &both, counting, &rewrap).unwrap();
    assert_eq!(moved.data_key.key_encryption_key_version, 2);
}
