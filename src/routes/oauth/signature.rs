//! Signatures of other issuers, verified by the runtime's Web Crypto: it knows every
//! algorithm in use, and costs no Wasm.

use lango_oauth::AssertionAlgorithm;
use serde_json::{Map, Value, json};
use worker::{
    js_sys::{self, Array, Function, JSON, Promise, Reflect, Uint8Array, futures::JsFuture},
    wasm_bindgen::{JsCast as _, JsValue},
};

/// Whether a key has signed this.
///
/// # Errors
/// When the runtime does not take the key.
pub(super) async fn is_right(
    algorithm: AssertionAlgorithm,
    key: &Map<String, Value>,
    signed: &[u8],
    signature: &[u8],
) -> Result<bool, JsValue> {
    let subtle = get(&get(&js_sys::global(), "crypto")?, "subtle")?;
    // Only what names the key: a use or an algorithm beside it could contradict.
    let members = ["kty", "crv", "x", "y", "n", "e"];
    let key: Map<String, Value> = members
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), key.get(*name)?.clone())))
        .collect();
    let (import, verify) = match algorithm {
        AssertionAlgorithm::Rs256 => {
            let both = json!({ "name": "RSASSA-PKCS1-v1_5", "hash": "SHA-256" });
            (both.clone(), both)
        }
        AssertionAlgorithm::Es256 => (
            json!({ "name": "ECDSA", "namedCurve": "P-256" }),
            json!({ "name": "ECDSA", "hash": "SHA-256" }),
        ),
        AssertionAlgorithm::EdDsa => (json!({ "name": "Ed25519" }), json!({ "name": "Ed25519" })),
    };
    let usages = Array::of1(&JsValue::from_str("verify"));
    let imported = call(
        &subtle,
        "importKey",
        &[
            JsValue::from_str("jwk"),
            object(&Value::Object(key))?,
            object(&import)?,
            JsValue::FALSE,
            usages.into(),
        ],
    )
    .await?;
    let verified = call(
        &subtle,
        "verify",
        &[
            object(&verify)?,
            imported,
            Uint8Array::from(signature).into(),
            Uint8Array::from(signed).into(),
        ],
    )
    .await?;
    Ok(verified.as_bool() == Some(true))
}

fn get(of: &JsValue, name: &str) -> Result<JsValue, JsValue> {
    Reflect::get(of, &JsValue::from_str(name))
}

fn object(value: &Value) -> Result<JsValue, JsValue> {
    JSON::parse(&value.to_string())
}

async fn call(of: &JsValue, name: &str, arguments: &[JsValue]) -> Result<JsValue, JsValue> {
    let method: Function = get(of, name)?.dyn_into()?;
    let arguments: Array = arguments.iter().collect();
    let promise: Promise = Reflect::apply(&method, of, &arguments)?.dyn_into()?;
    JsFuture::from(promise).await
}
