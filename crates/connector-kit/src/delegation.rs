//! Acting as the person who is signed in: the messages by which they connect their
//! account in a business's system, and by which it is seen who has.
//!
//! No message carries a token, and no answer does: the connector's own object keeps
//! them, sealed.

use lango_residency::Terms;
use lango_vault::{ErasureKeyText, SealedFields, Secret, WrappedDataKey};
use serde::{Deserialize, Serialize};

use crate::Principal;

/// Where a connector Worker takes [`BeginConnect`].
pub const PATH_CONNECT: &str = "/v1/delegation/connect";
/// Where a connector Worker takes [`CompleteConnect`].
pub const PATH_COMPLETE: &str = "/v1/delegation/complete";
/// Where a connector Worker takes [`AskStanding`].
pub const PATH_STANDING: &str = "/v1/delegation/standing";
/// Where a connector Worker takes [`Forget`].
pub const PATH_FORGET: &str = "/v1/delegation/forget";

/// A connection, as the store has it.
#[derive(Clone, Serialize, Deserialize)]
pub struct SealedConnection {
    /// The tenant that it belongs to.
    pub tenant: String,
    /// The connection.
    pub connection: String,
    /// The tenant's data key for this connector, wrapped.
    pub data_key: WrappedDataKey,
    /// The tenant's erasure key, which most data keys are wrapped under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erasure_key: Option<ErasureKeyText>,
    /// The connection's sealed fields.
    pub sealed: SealedFields,
    /// Where it may connect to, as [`crate::CallRequest`] has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_hosts: Option<Vec<String>>,
    /// What the tenant was promised.
    #[serde(default, skip_serializing_if = "Terms::are_none")]
    pub residency: Terms,
}

/// A person wants to connect their account.
#[derive(Serialize, Deserialize)]
pub struct BeginConnect {
    /// To which system.
    pub at: SealedConnection,
    /// Who.
    pub principal: Principal,
    /// What the authorization server is to send back: it means something to the
    /// gateway alone.
    pub state: String,
    /// Where to.
    pub redirect_uri: String,
}

/// The person is back with an answer of the authorization server.
#[derive(Deserialize)]
pub struct CompleteConnect {
    /// To which system.
    pub at: SealedConnection,
    /// Who.
    pub principal: Principal,
    /// As it came back.
    pub state: String,
    /// What the server named itself (RFC 9207).
    #[serde(default)]
    pub issuer: Option<String>,
    /// The code; absent when the server, or the person at it, said no.
    #[serde(default)]
    pub code: Option<Secret>,
}

/// Who has connected?
#[derive(Serialize, Deserialize)]
pub struct AskStanding {
    /// To which system.
    pub at: SealedConnection,
    /// Of whom; everybody when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<Principal>,
}

/// A person disconnects, or everything of a connection is to go.
#[derive(Debug, Serialize, Deserialize)]
pub struct Forget {
    /// The tenant that it belongs to.
    pub tenant: String,
    /// The connection.
    pub connection: String,
    /// Whose; everybody's, and everything else, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<Principal>,
}

/// What came of [`BeginConnect`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectAnswer {
    /// Where the person is to go.
    Authorize(String),
    /// The connection does not act as the person who is signed in.
    NotDelegated,
}

/// What came of [`CompleteConnect`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CompleteAnswer {
    /// The account is connected.
    Connected,
    /// It is not, and why: a sentence for the person.
    Refused(String),
}

/// What came of [`AskStanding`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingAnswer {
    /// Whether the connection acts as the person who is signed in.
    pub is_delegated: bool,
    /// Those who have connected.
    #[serde(default)]
    pub holders: Vec<Holder>,
}

/// Somebody who has connected their account. Never a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Which kind of principal, as [`crate::CallerKind`] has it.
    pub kind: String,
    /// Who.
    pub id: String,
    /// Whether it still holds, or why it does not.
    pub standing: HolderStanding,
    /// When they connected, in milliseconds since 1970.
    pub since_ms: i64,
    /// When a token was issued last, or when it was lost.
    pub changed_ms: i64,
}

/// Whether an account is still connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HolderStanding {
    /// It is.
    Connected,
    /// The system has ended it.
    Refused,
    /// A crash at the wrong moment has.
    AnswerLost,
    /// The connection was changed.
    Changed,
    /// The system allowed it for a time only.
    Ended,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CallerKind;
    use serde_json::{Value, json};

    fn at() -> Value {
        json!({
            "at": {
                "tenant": "t", "connection": "c",
                "data_key": {"version": 1, "key_encryption_key_version": 1, "nonce": "AAECAwQFBgcICQoL", "ciphertext": "-_8"},
                "sealed": {"data_key_version": 1, "fields": {}}
            },
            "principal": {"kind": "employee", "id": "p"}
        })
    }

    #[test]
    fn the_messages_have_this_form() {
        let mut json = at();
        json["state"] = json!("s");
        json["redirect_uri"] = json!("https://gate.example/connect/callback");
        let begin: BeginConnect = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(begin.principal.kind, CallerKind::Employee);
        assert_eq!(serde_json::to_value(begin).unwrap(), json);

        json["code"] = json!("secret");
        let complete: CompleteConnect = serde_json::from_value(json).unwrap();
        assert_eq!(complete.code.unwrap().expose(), "secret");
        assert_eq!(complete.issuer, None);

        let asked: AskStanding = serde_json::from_value(at()).unwrap();
        assert_eq!(serde_json::to_value(asked).unwrap(), at());
        let all: Forget =
            serde_json::from_value(json!({"tenant": "t", "connection": "c"})).unwrap();
        assert!(all.principal.is_none());
    }

    #[test]
    fn the_answers_have_this_form() {
        let refused = CompleteAnswer::Refused("why".to_owned());
        assert_eq!(
            serde_json::to_value(refused).unwrap(),
            json!({"refused": "why"})
        );
        let to = ConnectAnswer::Authorize("https://a.example".to_owned());
        assert_eq!(
            serde_json::to_value(to).unwrap(),
            json!({"authorize": "https://a.example"})
        );
        let standing = StandingAnswer {
            is_delegated: true,
            holders: vec![Holder {
                kind: "employee".to_owned(),
                id: "p".to_owned(),
                standing: HolderStanding::AnswerLost,
                since_ms: 1,
                changed_ms: 2,
            }],
        };
        assert_eq!(
            serde_json::to_value(standing).unwrap(),
            json!({"is_delegated": true, "holders": [
                {"kind": "employee", "id": "p", "standing": "answer_lost", "since_ms": 1, "changed_ms": 2}
            ]})
        );
    }
}
