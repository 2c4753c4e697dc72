//! Assertions of a company's own sign-in (RFC 7523, in the form of
//! draft-ietf-oauth-identity-assertion-authz-grant): its identity provider says that
//! an assistant may act for one of its users.
//!
//! Signatures are the runtime's to verify; here stands everything else.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use lango_identity::TenantId;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    error::{ErrorCode, OauthError},
    scope::Scope,
    site::Site,
};

const TYPE: &str = "oauth-id-jag+jwt";
const MAXIMUM_LENGTH: usize = 8 * 1024;
/// An assertion is made for one request: none lasts longer.
const MAXIMUM_SECONDS: i64 = 3_600;
/// Clocks may differ by this much.
const LEEWAY_SECONDS: i64 = 60;
const MAXIMUM_KEYS: usize = 16;

/// The algorithms of assertions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssertionAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

/// The public keys of an issuer: a JWK set (RFC 7517).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKeys(Vec<Map<String, Value>>);

/// An assertion that is well-formed; nothing in it is known to be true.
#[derive(Debug, Clone)]
pub struct UnverifiedAssertion {
    header: Header,
    claims: Claims,
    signed: String,
    signature: Vec<u8>,
}

#[derive(Debug, Clone, Deserialize)]
struct Header {
    alg: String,
    typ: String,
    #[serde(default)]
    kid: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    aud_tenant: TenantId,
    client_id: String,
    jti: String,
    exp: i64,
    iat: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    scope: Option<String>,
    #[serde(default)]
    resource: Option<OneOrMore>,
}

/// One audience and no other (draft §4.4.1, RFC 7523bis).
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Audience {
    Text(String),
    Only([String; 1]),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl TrustedKeys {
    /// Reads a JWK set of public keys that can verify one of the algorithms.
    ///
    /// # Errors
    /// Says what to change.
    pub fn parse(set: &Value) -> Result<Self, &'static str> {
        let keys = set["keys"]
            .as_array()
            .ok_or("jwks must be a JWK set: an object with keys.")?;
        if keys.is_empty() || keys.len() > MAXIMUM_KEYS {
            return Err("jwks must have 1 to 16 keys.");
        }
        keys.iter()
            .map(public_key)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The set, as it is stored.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::json!({ "keys": self.0 })
    }

    fn find(
        &self,
        algorithm: AssertionAlgorithm,
        kid: Option<&str>,
    ) -> Option<&Map<String, Value>> {
        let fits = |key: &&Map<String, Value>| algorithm_of(key) == Some(algorithm);
        match kid {
            Some(kid) => self
                .0
                .iter()
                .filter(fits)
                .find(|key| key.get("kid").and_then(Value::as_str) == Some(kid)),
            None => {
                let mut fitting = self.0.iter().filter(fits);
                fitting.next().filter(|_| fitting.next().is_none())
            }
        }
    }
}

impl UnverifiedAssertion {
    /// Reads an assertion.
    ///
    /// # Errors
    /// `invalid_grant` when it is not of the form.
    pub fn parse(text: &str) -> Result<Self, OauthError> {
        Self::read(text).ok_or(refused(
            "The assertion is not an identity assertion (ID-JAG) with aud_tenant.",
        ))
    }

    fn read(text: &str) -> Option<Self> {
        if text.len() > MAXIMUM_LENGTH {
            return None;
        }
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
        Some(Self {
            header: serde_json::from_slice(&decode(header)?).ok()?,
            claims: serde_json::from_slice(&decode(claims)?).ok()?,
            signed: signed.to_owned(),
            signature: decode(signature)?,
        })
    }

    /// The tenant that it names.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        &self.claims.aud_tenant
    }

    /// The issuer that it names.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.claims.iss
    }

    /// The user as the issuer calls them.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.claims.sub
    }

    /// Its own name: each is taken once.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.claims.jti
    }

    /// When it ends, in seconds since 1970.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        self.claims.exp
    }

    /// What was signed, and the signature.
    #[must_use]
    pub fn signature(&self) -> (&[u8], &[u8]) {
        (self.signed.as_bytes(), &self.signature)
    }

    /// The key that must have signed it, and how. The algorithm is the key's own:
    /// what the header says must agree.
    ///
    /// # Errors
    /// `invalid_grant` when the issuer has no such key.
    pub fn key<'a>(
        &self,
        keys: &'a TrustedKeys,
    ) -> Result<(AssertionAlgorithm, &'a Map<String, Value>), OauthError> {
        let algorithm = match self.header.alg.as_str() {
            "RS256" => Some(AssertionAlgorithm::Rs256),
            "ES256" => Some(AssertionAlgorithm::Es256),
            "EdDSA" | "Ed25519" => Some(AssertionAlgorithm::EdDsa),
            _ => None,
        };
        algorithm
            .and_then(|algorithm| {
                Some((algorithm, keys.find(algorithm, self.header.kid.as_deref())?))
            })
            .ok_or(refused(
                "The assertion is not signed with a key of its issuer.",
            ))
    }

    /// Checks what it says, for the client that brought it. `now` is seconds since
    /// 1970.
    ///
    /// # Errors
    /// `invalid_grant`, or `invalid_target` for another server's resource.
    pub fn check(&self, site: &Site, client_id: &str, now: i64) -> Result<(), OauthError> {
        let claims = &self.claims;
        if self.header.typ != TYPE {
            return Err(refused("typ must be oauth-id-jag+jwt."));
        }
        let (Audience::Text(audience) | Audience::Only([audience])) = &claims.aud;
        if audience != site.issuer() {
            return Err(refused("aud must be this server's issuer."));
        }
        if claims.client_id != client_id {
            return Err(refused(
                "client_id must be that of the client that brings it.",
            ));
        }
        let begins = claims.iat.max(claims.nbf.unwrap_or(claims.iat));
        let in_time = claims.exp > now
            && begins <= now + LEEWAY_SECONDS
            && claims.exp - claims.iat <= MAXIMUM_SECONDS;
        if !in_time {
            return Err(refused(
                "It has expired, lies in the future, or lasts longer than an hour.",
            ));
        }
        if claims.jti.is_empty() || claims.jti.len() > 256 || claims.sub.is_empty() {
            return Err(refused("jti and sub are required."));
        }
        Ok(())
    }

    /// The resource that it is for, where it says one.
    #[must_use]
    pub fn resources(&self) -> Vec<String> {
        match &self.claims.resource {
            None => Vec::new(),
            Some(OneOrMore::One(one)) => vec![one.clone()],
            Some(OneOrMore::More(more)) => more.clone(),
        }
    }

    /// The rights that the issuer allows; without any word, none that moves money.
    ///
    /// # Errors
    /// `invalid_scope` when nothing of it can be given.
    pub fn scope(&self) -> Result<Scope, OauthError> {
        match &self.claims.scope {
            Some(scope) => Scope::asked(Some(scope)),
            None => Ok(Scope::asked(None)?.without_money()),
        }
    }
}

fn refused(description: &'static str) -> OauthError {
    OauthError::new(ErrorCode::InvalidGrant, description)
}

fn public_key(key: &Value) -> Result<Map<String, Value>, &'static str> {
    let key = key.as_object().ok_or("a key of jwks must be an object.")?;
    if ["d", "p", "q", "k"]
        .iter()
        .any(|part| key.contains_key(*part))
    {
        return Err("jwks must have public keys alone: this one has a private part.");
    }
    if algorithm_of(key).is_none() {
        return Err("a key of jwks must be RSA with 2048 bits or more, EC on P-256, or Ed25519.");
    }
    Ok(key.clone())
}

fn algorithm_of(key: &Map<String, Value>) -> Option<AssertionAlgorithm> {
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    if text("use").is_some_and(|purpose| purpose != "sig") {
        return None;
    }
    let bytes = |name: &str| URL_SAFE_NO_PAD.decode(text(name)?).ok();
    match (text("kty")?, text("crv")) {
        ("RSA", _) if bytes("n")?.len() >= 256 && bytes("e").is_some() => {
            Some(AssertionAlgorithm::Rs256)
        }
        ("EC", Some("P-256")) if bytes("x")?.len() == 32 && bytes("y")?.len() == 32 => {
            Some(AssertionAlgorithm::Es256)
        }
        ("OKP", Some("Ed25519")) if bytes("x")?.len() == 32 => Some(AssertionAlgorithm::EdDsa),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn claims() -> Value {
        json!({
            "iss": "https://login.example", "sub": "wanjiku", "aud": "https://g.example",
            "aud_tenant": "t_1", "client_id": "client", "jti": "j", "iat": NOW, "exp": NOW + 300,
            "scope": "tool.read key.manage_all",
        })
    }

    fn assertion(header: &Value, claims: &Value) -> Result<UnverifiedAssertion, OauthError> {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        UnverifiedAssertion::parse(&format!("{}.{}.AAAA", part(header), part(claims)))
    }

    fn header() -> Value {
        json!({ "alg": "EdDSA", "typ": TYPE, "kid": "k" })
    }

    fn refusal(change: impl Fn(&mut Value)) -> Option<ErrorCode> {
        let mut claims = claims();
        change(&mut claims);
        let site = Site::parse("https://g.example").unwrap();
        let checked = assertion(&header(), &claims).and_then(|it| it.check(&site, "client", NOW));
        checked.err().map(|error| error.code)
    }

    fn keys(kid: &str) -> TrustedKeys {
        let x = URL_SAFE_NO_PAD.encode([1; 32]);
        let key = json!({ "kty": "OKP", "crv": "Ed25519", "kid": kid, "x": x });
        TrustedKeys::parse(&json!({ "keys": [key] })).unwrap()
    }

    #[test]
    fn a_right_one_says_what_it_says() {
        assert_eq!(refusal(|_| {}), None);
        assert_eq!(refusal(|it| it["aud"] = json!(["https://g.example"])), None);
        let read = assertion(&header(), &claims()).unwrap();
        assert_eq!((read.subject(), read.tenant().as_str()), ("wanjiku", "t_1"));
        assert_eq!(read.scope().unwrap().to_string(), "tool.read");
        let mut silent = claims();
        silent.as_object_mut().unwrap().remove("scope");
        let scope = assertion(&header(), &silent).unwrap().scope().unwrap();
        assert!(!scope.to_string().contains("money"), "{scope}");
    }

    #[test]
    fn whatever_is_wrong_with_it_is_refused() {
        let changes: [fn(&mut Value); 10] = [
            |it| it["aud"] = json!("https://other.example"),
            |it| it["aud"] = json!(["https://g.example", "https://other.example"]),
            |it| it["client_id"] = json!("other"),
            |it| it["exp"] = json!(NOW),
            |it| it["exp"] = json!(NOW + 7_200),
            |it| it["iat"] = json!(NOW + 120),
            |it| it["nbf"] = json!(NOW + 120),
            |it| it["jti"] = json!(""),
            |it| it["sub"] = json!(""),
            |it| it["aud_tenant"] = json!("nobody"),
        ];
        for change in changes {
            assert_eq!(refusal(change), Some(ErrorCode::InvalidGrant));
        }
        let site = Site::parse("https://g.example").unwrap();
        let access_token =
            assertion(&json!({ "alg": "EdDSA", "typ": "at+jwt" }), &claims()).unwrap();
        assert!(access_token.check(&site, "client", NOW).is_err());
    }

    #[test]
    fn the_key_decides_how_it_was_signed() {
        let read = |alg: &str, kid: &str| {
            assertion(&json!({ "alg": alg, "typ": TYPE, "kid": kid }), &claims()).unwrap()
        };
        assert!(read("EdDSA", "k").key(&keys("k")).is_ok());
        assert!(read("EdDSA", "other").key(&keys("k")).is_err());
        for alg in ["none", "HS256", "RS256", "ES256", ""] {
            assert!(read(alg, "k").key(&keys("k")).is_err(), "{alg}");
        }
        let without = assertion(&json!({ "alg": "EdDSA", "typ": TYPE }), &claims()).unwrap();
        assert!(without.key(&keys("k")).is_ok(), "there is only one");
    }

    #[test]
    fn only_public_keys_of_some_strength_are_trusted() {
        let x = URL_SAFE_NO_PAD.encode([1; 32]);
        let short = URL_SAFE_NO_PAD.encode([1; 128]);
        for key in [
            json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "d": x }),
            json!({ "kty": "oct", "k": x }),
            json!({ "kty": "RSA", "n": short, "e": "AQAB" }),
            json!({ "kty": "EC", "crv": "P-521", "x": x, "y": x }),
            json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "use": "enc" }),
            json!("key"),
        ] {
            assert!(
                TrustedKeys::parse(&json!({ "keys": [key] })).is_err(),
                "{key}"
            );
        }
        assert!(TrustedKeys::parse(&json!({ "keys": [] })).is_err());
        assert!(TrustedKeys::parse(&json!({})).is_err());
        assert_eq!(TrustedKeys::parse(&keys("k").to_json()).unwrap(), keys("k"));
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "\\PC{0,80}", header in "\\PC{0,40}", claims in "\\PC{0,40}") {
            let _ = UnverifiedAssertion::parse(&text);
            let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
            let _ = UnverifiedAssertion::parse(&format!("{}.{}.AA", part(&header), part(&claims)));
        }
    }
}
