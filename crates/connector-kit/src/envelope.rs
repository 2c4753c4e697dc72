//! The envelope around whatever crosses the service binding.
//!
//! A Worker that is bound to a connector by mistake can reach it; without the
//! envelope it cannot use it. The gateway encloses each request: a JWT (HS256,
//! `typ` `lango-envelope+jwt`) names the connector, the tenant, the connection, the
//! call, the path and the digest of the body, and lives half a minute. The key is one
//! connector's: a connector that is taken over can enclose nothing for another.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::DateTime;
use jwt_compact::{
    Algorithm as _, AlgorithmExt as _, Claims, Header, UntrustedToken,
    alg::{Hs256, Hs256Key},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// The field of a request's head that has the envelope.
pub const ENVELOPE_FIELD: &str = "Lango-Envelope";
/// How long an envelope is good for, in seconds. The binding is in one process or one
/// network; what waits longer than this is not what was sent.
pub const ENVELOPE_LIFETIME_S: i64 = 30;
/// How far the clocks of two machines may be apart, in seconds.
const CLOCK_SKEW_S: i64 = 5;
/// Longer texts are not looked at.
const MAXIMUM_LENGTH: usize = 4096;
const TOKEN_TYPE: &str = "lango-envelope+jwt";
/// Bytes of a key.
const KEY_LENGTH: usize = 32;

/// What is enclosed.
#[derive(Debug, Clone, Copy)]
pub struct Enclosed<'a> {
    /// The kind of connector that it is for.
    pub connector: &'a str,
    /// The path that it is posted to.
    pub path: &'a str,
    /// The tenant; empty for what concerns none.
    pub tenant: &'a str,
    /// The connection; empty for what concerns none.
    pub connection: &'a str,
    /// Identifies the call in the audit log.
    pub call_id: &'a str,
    /// The request's body.
    pub body: &'a [u8],
}

/// Encloses requests for one connector. It cannot be printed.
pub struct EnvelopeKey(Hs256Key);

/// The keys that a connector takes envelopes of: one, or two while it is replaced.
pub struct EnvelopeKeys(Vec<EnvelopeKey>);

/// Proof: the gateway has sent this request to this connector, just now.
#[derive(Debug)]
pub struct Verified {
    tenant: String,
    connection: String,
    call_id: String,
}

/// Why an envelope was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// There is none, or not of this form.
    #[error("the request has no envelope that can be read")]
    Malformed,
    /// It was closed with another key, or changed.
    #[error("the envelope was not closed by this connector's gateway")]
    Seal,
    /// It was closed too long ago, or by a clock that is ahead.
    #[error("the envelope is not of now: compare the clocks")]
    Time,
    /// It is around another request.
    #[error("the envelope is around another request")]
    Content,
}

/// Why keys were refused. Never says what they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("envelope keys must be a JSON array of one or two keys, each 32 bytes as base64url")]
pub struct EnvelopeKeysError;

#[derive(Serialize, Deserialize)]
struct Wire {
    connector: String,
    path: String,
    tenant: String,
    connection: String,
    call: String,
    body_sha256: String,
}

impl EnvelopeKey {
    /// The label under which the gateway derives the key of a connector.
    #[must_use]
    pub fn label(connector: &str) -> String {
        format!("connector-envelope:{connector}")
    }

    /// A key of 32 random or derived bytes.
    #[must_use]
    pub fn new(bytes: &Zeroizing<[u8; KEY_LENGTH]>) -> Self {
        Self(Hs256Key::new(bytes.as_slice()))
    }

    /// Encloses a request. `now` is seconds since 1970.
    ///
    /// # Errors
    /// [`EnvelopeError::Time`] when `now` is outside what a date can say.
    pub fn enclose(&self, enclosed: &Enclosed<'_>, now: i64) -> Result<String, EnvelopeError> {
        let mut claims = Claims::new(Wire {
            connector: enclosed.connector.to_owned(),
            path: enclosed.path.to_owned(),
            tenant: enclosed.tenant.to_owned(),
            connection: enclosed.connection.to_owned(),
            call: enclosed.call_id.to_owned(),
            body_sha256: digest(enclosed.body),
        });
        let at = |seconds| DateTime::from_timestamp(seconds, 0).ok_or(EnvelopeError::Time);
        claims.issued_at = Some(at(now)?);
        claims.expiration = Some(at(now.saturating_add(ENVELOPE_LIFETIME_S))?);
        Hs256
            .token(
                &Header::empty().with_token_type(TOKEN_TYPE),
                &claims,
                &self.0,
            )
            .map_err(|_| EnvelopeError::Malformed)
    }
}

impl EnvelopeKeys {
    /// Reads a connector's secret: a JSON array of keys, the newest first.
    ///
    /// # Errors
    /// [`EnvelopeKeysError`].
    pub fn parse(json: &str) -> Result<Self, EnvelopeKeysError> {
        let texts: Vec<Zeroizing<String>> =
            serde_json::from_str(json).map_err(|_| EnvelopeKeysError)?;
        if texts.is_empty() || texts.len() > 2 {
            return Err(EnvelopeKeysError);
        }
        texts
            .iter()
            .map(|text| parse_key(text))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Checks that the gateway has sent this request. Tenant, connection and call are
    /// for the caller to compare with what the body says.
    ///
    /// # Errors
    /// [`EnvelopeError`]: the request must not be served.
    pub fn verify(
        &self,
        envelope: &str,
        connector: &str,
        path: &str,
        body: &[u8],
        now: i64,
    ) -> Result<Verified, EnvelopeError> {
        let claims = self.opened(envelope)?;
        check_times(&claims, now)?;
        let wire = claims.custom;
        if wire.connector != connector || wire.path != path || wire.body_sha256 != digest(body) {
            return Err(EnvelopeError::Content);
        }
        Ok(Verified {
            tenant: wire.tenant,
            connection: wire.connection,
            call_id: wire.call,
        })
    }

    fn opened(&self, envelope: &str) -> Result<Claims<Wire>, EnvelopeError> {
        if envelope.len() > MAXIMUM_LENGTH {
            return Err(EnvelopeError::Malformed);
        }
        let token = UntrustedToken::new(envelope).map_err(|_| EnvelopeError::Malformed)?;
        if token.algorithm() != Hs256.name()
            || token.header().token_type.as_deref() != Some(TOKEN_TYPE)
        {
            return Err(EnvelopeError::Malformed);
        }
        // The comparison is in constant time; what is read stays within it.
        self.0
            .iter()
            .find_map(|key| Hs256.validator::<Wire>(&key.0).validate(&token).ok())
            .map(|token| token.into_parts().1)
            .ok_or(EnvelopeError::Seal)
    }
}

impl Verified {
    /// Whether it is around a request of this tenant's about this connection.
    #[must_use]
    pub fn is_for(&self, tenant: &str, connection: &str) -> bool {
        self.tenant == tenant && self.connection == connection
    }

    /// Identifies the call in the audit log.
    #[must_use]
    pub fn call_id(&self) -> &str {
        &self.call_id
    }
}

/// Both times are there, the life is no longer than the gateway makes it, and `now` is
/// in it.
fn check_times(claims: &Claims<Wire>, now: i64) -> Result<(), EnvelopeError> {
    let (Some(from), Some(until)) = (claims.issued_at, claims.expiration) else {
        return Err(EnvelopeError::Malformed);
    };
    let (from, until) = (from.timestamp(), until.timestamp());
    let is_of_now = now >= from.saturating_sub(CLOCK_SKEW_S) && now < until;
    let is_short = until.saturating_sub(from) <= ENVELOPE_LIFETIME_S;
    if is_of_now && is_short {
        Ok(())
    } else {
        Err(EnvelopeError::Time)
    }
}

fn parse_key(text: &str) -> Result<EnvelopeKey, EnvelopeKeysError> {
    let mut key = Zeroizing::new([0; KEY_LENGTH]);
    let length = URL_SAFE_NO_PAD
        .decode_slice(text, key.as_mut_slice())
        .map_err(|_| EnvelopeKeysError)?;
    if length == KEY_LENGTH {
        Ok(EnvelopeKey::new(&key))
    } else {
        Err(EnvelopeKeysError)
    }
}

fn digest(body: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(body))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn key(byte: u8) -> EnvelopeKey {
        EnvelopeKey::new(&Zeroizing::new([byte; KEY_LENGTH]))
    }

    fn keys(bytes: &[u8]) -> EnvelopeKeys {
        let texts: Vec<_> = bytes
            .iter()
            .map(|byte| URL_SAFE_NO_PAD.encode([*byte; KEY_LENGTH]))
            .collect();
        EnvelopeKeys::parse(&serde_json::to_string(&texts).unwrap()).unwrap()
    }

    const ENCLOSED: Enclosed<'_> = Enclosed {
        connector: "postgres",
        path: "/v1/call",
        tenant: "t_1",
        connection: "c_1",
        call_id: "call_1",
        body: b"{}",
    };

    fn verify(keys: &EnvelopeKeys, text: &str, now: i64) -> Result<Verified, EnvelopeError> {
        keys.verify(text, "postgres", "/v1/call", b"{}", now)
    }

    #[test]
    fn what_the_gateway_sends_is_taken() {
        let text = key(1).enclose(&ENCLOSED, NOW).unwrap();
        let verified = verify(&keys(&[1]), &text, NOW + 29).unwrap();
        assert!(verified.is_for("t_1", "c_1"));
        assert_eq!(verified.call_id(), "call_1");
        assert!(!verified.is_for("t_2", "c_1") && !verified.is_for("t_1", "c_2"));
        assert!(verify(&keys(&[2, 1]), &text, NOW - 5).is_ok());
    }

    #[test]
    fn another_key_time_or_request_is_refused() {
        let text = key(1).enclose(&ENCLOSED, NOW).unwrap();
        let ours = keys(&[1]);
        let refused = |result: Result<Verified, EnvelopeError>| result.unwrap_err();
        assert_eq!(
            refused(verify(&keys(&[2, 3]), &text, NOW)),
            EnvelopeError::Seal
        );
        for now in [NOW - 6, NOW + 30, NOW + 86_400, 0] {
            assert_eq!(
                refused(verify(&ours, &text, now)),
                EnvelopeError::Time,
                "{now}"
            );
        }
        for result in [
            ours.verify(&text, "mcp", "/v1/call", b"{}", NOW),
            ours.verify(&text, "postgres", "/v1/seal", b"{}", NOW),
            ours.verify(&text, "postgres", "/v1/call", b"{ }", NOW),
        ] {
            assert_eq!(refused(result), EnvelopeError::Content);
        }
    }

    #[test]
    fn other_kinds_of_token_are_no_envelope() {
        let claims = || {
            let mut claims = Claims::new(serde_json::json!({
                "connector": "postgres", "path": "/v1/call", "tenant": "t_1",
                "connection": "c_1", "call": "call_1", "body_sha256": digest(b"{}"),
            }));
            claims.issued_at = DateTime::from_timestamp(NOW, 0);
            claims.expiration = DateTime::from_timestamp(NOW + 30, 0);
            claims
        };
        let signed = |typ: &str, claims: &Claims<serde_json::Value>| {
            Hs256
                .token(&Header::empty().with_token_type(typ), claims, &key(1).0)
                .unwrap()
        };
        assert!(verify(&keys(&[1]), &signed(TOKEN_TYPE, &claims()), NOW).is_ok());
        let error = |text: &str| verify(&keys(&[1]), text, NOW).unwrap_err();
        assert_eq!(error(&signed("JWT", &claims())), EnvelopeError::Malformed);
        let mut endless = claims();
        endless.expiration = DateTime::from_timestamp(NOW + 31, 0);
        assert_eq!(error(&signed(TOKEN_TYPE, &endless)), EnvelopeError::Time);
        endless.expiration = None;
        assert_eq!(
            error(&signed(TOKEN_TYPE, &endless)),
            EnvelopeError::Malformed
        );
        let unsigned = "eyJhbGciOiJub25lIiwidHlwIjoibGFuZ28tZW52ZWxvcGUrand0In0.e30.";
        for text in ["", "a.b.c", unsigned, &"a".repeat(5000)] {
            assert_eq!(error(text), EnvelopeError::Malformed, "{text}");
        }
    }

    #[test]
    fn keys_of_another_form_are_refused() {
        let short = serde_json::to_string(&[URL_SAFE_NO_PAD.encode([1; 31])]).unwrap();
        let one = URL_SAFE_NO_PAD.encode([1; 32]);
        let three = serde_json::to_string(&[&one, &one, &one]).unwrap();
        for json in ["", "[]", "{}", "[1]", one.as_str(), &short, &three] {
            assert!(EnvelopeKeys::parse(json).is_err(), "{json}");
        }
    }

    proptest! {
        #[test]
        fn a_changed_envelope_is_refused(place: usize, byte in any::<u8>()) {
            let text = key(1).enclose(&ENCLOSED, NOW).unwrap();
            let mut bytes = text.clone().into_bytes();
            let place = place % bytes.len();
            bytes[place] = byte;
            let changed = String::from_utf8_lossy(&bytes).into_owned();
            prop_assume!(changed != text);
            // The last character of a part of base64url has bits that mean nothing.
            if let Ok(verified) = verify(&keys(&[1]), &changed, NOW) {
                prop_assert!(verified.is_for("t_1", "c_1"));
            }
        }

        #[test]
        fn nothing_makes_it_panic(text in ".{0,200}", now: i64) {
            prop_assert!(verify(&keys(&[1]), &text, now).is_err());
        }
    }
}
