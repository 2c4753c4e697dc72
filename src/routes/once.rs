//! `Idempotency-Key`: what is asked for twice happens once
//! (draft-ietf-httpapi-idempotency-key-header-07). For tool calls over plain HTTP and
//! for whatever administration creates.

use lango_admission::{Answered, Earlier, Once, SETTLE_AFTER_MS};
use lango_audit_log::{Layer, arguments_digest};
use lango_durable_objects::{KeyGateClient, Unreachable};
use lango_identity::KeyGateName;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use worker::{Env, Response};

use crate::{clock, denial::Denial};

/// The longest key, in characters.
const MAXIMUM_LENGTH: usize = 255;

/// An answer, perhaps from an earlier request under the same key.
pub(crate) enum Answer<T> {
    /// It was done now.
    Done(T),
    /// It was done before.
    Again(T),
    /// A layer has refused.
    Refused(Denial),
}

/// A client's key.
pub(crate) struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Reads the field: a quoted text (RFC 8941), as the draft has it, or the bare
    /// text that most clients send.
    pub(crate) fn parse(field: &str) -> Result<Self, Denial> {
        let field = field.trim();
        let text = field
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .unwrap_or(field);
        let is_key = (1..=MAXIMUM_LENGTH).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'"');
        if is_key {
            return Ok(Self(text.to_owned()));
        }
        Err(Denial::new(
            Layer::Transport,
            "idempotency_key",
            400,
            "Idempotency-Key must have 1 to 255 visible ASCII characters.",
        ))
    }

    /// The same key, told apart from others' where an object serves several.
    pub(crate) fn of(self, whose: &str) -> Self {
        if whose.is_empty() {
            return self;
        }
        Self(format!("{whose} {}", self.0))
    }

    /// What the gate remembers of a request under this key.
    pub(crate) fn once(&self, what: &str, arguments: &Value) -> Once {
        Once {
            key_sha256: arguments_digest(&json!(self.0)),
            request_sha256: arguments_digest(&json!([what, arguments])),
        }
    }
}

/// Remembers an answer, or gives the one that is remembered.
pub(crate) async fn remember<T: Serialize + DeserializeOwned>(
    env: &Env,
    gate: &KeyGateName,
    once: &Once,
    answer: Answer<T>,
) -> Result<Answer<T>, Denial> {
    let gate = KeyGateClient::named(env, gate).map_err(unreachable)?;
    let key_sha256 = once.key_sha256.clone();
    let answer = match answer {
        Answer::Refused(denial) if denial.code == "repeated" => {
            return recall(&gate, &key_sha256).await;
        }
        // Whether it happened is not known: it must not be made again.
        Answer::Refused(denial) if denial.layer == Layer::Connection => {
            return Err(denial);
        }
        answer => answer,
    };
    let text = match &answer {
        Answer::Done(done) => {
            Some(serde_json::to_string(done).map_err(|error| Denial::internal(error.to_string()))?)
        }
        // Nothing happened. A refusal before the gate's has remembered nothing.
        Answer::Refused(denial) if denial.layer <= Layer::Admission => return Ok(answer),
        Answer::Refused(_) | Answer::Again(_) => None,
    };
    let answered = Answered {
        key_sha256,
        answer: text,
    };
    gate.answered(&answered).await.map_err(unreachable)?;
    Ok(answer)
}

/// Says that an answer was given before.
pub(crate) fn replayed(mut response: Response) -> Result<Response, Denial> {
    response
        .headers_mut()
        .set("Idempotency-Replayed", "true")
        .map_err(|error| Denial::internal(error.to_string()))?;
    Ok(response)
}

async fn recall<T: DeserializeOwned>(
    gate: &KeyGateClient,
    key_sha256: &str,
) -> Result<Answer<T>, Denial> {
    recalled(gate.earlier(key_sha256).await.map_err(unreachable)?)
}

/// What an earlier use of a key answers now.
pub(crate) fn recalled<T: DeserializeOwned>(earlier: Option<Earlier>) -> Result<Answer<T>, Denial> {
    let Some(earlier) = earlier else {
        // Its time was over a moment ago, or nothing had happened.
        return Err(conflict(
            "in_progress",
            "The earlier call under this Idempotency-Key has just ended. Try again.",
        ));
    };
    if let Some(answer) = earlier.answer {
        return serde_json::from_str(&answer)
            .map(Answer::Again)
            .map_err(|error| Denial::internal(error.to_string()));
    }
    let now_ms = u64::try_from(clock::now_ms()).unwrap_or_default();
    if now_ms.saturating_sub(earlier.at_ms) < SETTLE_AFTER_MS {
        let denial = conflict(
            "in_progress",
            "The earlier call under this Idempotency-Key is being made. Ask again shortly.",
        );
        return Err(denial.with_header("Retry-After", "1"));
    }
    Err(conflict(
        "outcome_unknown",
        "What became of the earlier call under this Idempotency-Key is not known. Look into the \
         system; then use a new key.",
    ))
}

fn conflict(code: &'static str, detail: &str) -> Denial {
    Denial::new(Layer::Admission, code, 409, detail)
}

fn unreachable(unreachable: Unreachable) -> Denial {
    Denial::unavailable(Layer::Release, unreachable.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_quoted_or_bare() {
        for field in ["abc", "\"abc\"", " abc "] {
            assert_eq!(IdempotencyKey::parse(field).unwrap().0, "abc");
        }
        for field in ["", "\"\"", "a b", "é", "a\"b", &"x".repeat(256)] {
            let denial = IdempotencyKey::parse(field).err().unwrap();
            assert_eq!((denial.status, denial.code), (400, "idempotency_key"));
        }
    }

    #[test]
    fn calls_are_told_apart_by_tool_and_arguments() {
        let key = IdempotencyKey::parse("abc").unwrap();
        let once = key.once("t", &json!({"a": 1}));
        assert_eq!(once, key.once("t", &json!({"a": 1})));
        assert_ne!(once, key.once("t", &json!({"a": 2})));
        assert_ne!(once, key.once("u", &json!({"a": 1})));
        assert!(!once.key_sha256.contains("abc"));
    }
}
