//! Access tokens of assistants (RFC 9068): short, bound to one resource and to
//! what one user has granted.

use jwt_compact::Claims as JwtClaims;
use serde::{Deserialize, Serialize};

use crate::{
    id::{KeyId, PrincipalId, TenantId},
    permission::{Permission, PermissionSet},
    scope::TenantScope,
    signing_keys::SigningKeys,
    token::{Audience, IssuedToken, TokenError},
};

/// How long an access token lasts.
pub const ACCESS_TOKEN_SECONDS: i64 = 15 * 60;

/// RFC 9068 §2.1.
pub(crate) const TYPE: &str = "at+jwt";

/// What an access token is to say.
#[derive(Debug, Clone)]
pub struct AccessClaims {
    /// The user's tenant.
    pub tenant: TenantId,
    /// The user for whom the assistant acts.
    pub principal: PrincipalId,
    /// What the user has granted.
    pub grant: KeyId,
    /// The assistant.
    pub client_id: String,
    /// The rights of this token: what was granted, or fewer.
    pub permissions: PermissionSet,
    /// A name of its own (`jti`).
    pub token_id: String,
}

/// An assistant's access token with a right signature; what is left of the grant
/// is for the admission layer to find out.
#[derive(Debug, Clone)]
pub struct VerifiedAccess {
    tenant: TenantId,
    principal: PrincipalId,
    grant: KeyId,
    client_id: String,
    permissions: PermissionSet,
    expires_at: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Assistant,
}

#[derive(Serialize, Deserialize)]
struct WireAccess {
    iss: String,
    aud: String,
    sub: PrincipalId,
    client_id: String,
    kind: Kind,
    tenant: TenantId,
    grant: KeyId,
    scope: String,
    jti: String,
}

impl SigningKeys {
    /// Signs an access token; `audience` is the resource. Times are seconds since
    /// 1970.
    ///
    /// # Errors
    /// [`TokenError::Claims`] when the times are outside what a date can say.
    pub fn issue_access(
        &self,
        audience: &Audience,
        claims: &AccessClaims,
        issued_at: i64,
    ) -> Result<IssuedToken, TokenError> {
        let names: Vec<_> = claims.permissions.iter().map(Permission::name).collect();
        let claims = WireAccess {
            iss: audience.issuer.clone(),
            aud: audience.audience.clone(),
            sub: claims.principal.clone(),
            client_id: claims.client_id.clone(),
            kind: Kind::Assistant,
            tenant: claims.tenant.clone(),
            grant: claims.grant.clone(),
            scope: names.join(" "),
            jti: claims.token_id.clone(),
        };
        self.sign_as(TYPE, claims, issued_at, issued_at + ACCESS_TOKEN_SECONDS)
    }

    pub(crate) fn verify_access(
        &self,
        resources: &[Audience],
        token: &str,
        now: i64,
    ) -> Result<VerifiedAccess, TokenError> {
        let claims: JwtClaims<WireAccess> = self.verify_signed(TYPE, token, now)?;
        let expires_at = claims.expiration.ok_or(TokenError::Expired)?.timestamp();
        let claims = claims.custom;
        let of_issuer = || resources.iter().filter(|it| it.issuer == claims.iss);
        if of_issuer().next().is_none() {
            return Err(TokenError::Issuer);
        }
        if !of_issuer().any(|it| it.audience == claims.aud) {
            return Err(TokenError::WrongAudience);
        }
        let permissions = claims
            .scope
            .split(' ')
            .filter(|name| !name.is_empty())
            .map(str::parse)
            .collect::<Result<Vec<Permission>, _>>()
            .map_err(|_| TokenError::Claims)?;
        Ok(VerifiedAccess {
            tenant: claims.tenant,
            principal: claims.sub,
            grant: claims.grant,
            client_id: claims.client_id,
            permissions: PermissionSet::of(&permissions),
            expires_at,
        })
    }
}

impl VerifiedAccess {
    /// The right to the rows of the user's tenant.
    #[must_use]
    pub fn scope(&self) -> TenantScope {
        TenantScope::verified(self.tenant.clone())
    }

    /// The user for whom the assistant acts.
    #[must_use]
    pub fn principal(&self) -> &PrincipalId {
        &self.principal
    }

    /// What the user has granted.
    #[must_use]
    pub fn grant(&self) -> &KeyId {
        &self.grant
    }

    /// The assistant.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The rights of this token. The grant and the user's role bound them.
    #[must_use]
    pub fn permissions(&self) -> PermissionSet {
        self.permissions
    }

    /// When the token stops being valid, in seconds since 1970.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        Claims, RANDOM_LENGTH, Role, Verified,
        signing_keys::tests::{jwk, key_set},
    };

    const NOW: i64 = 1_800_000_000;

    fn keys() -> SigningKeys {
        SigningKeys::parse(&key_set(&[jwk("new", 1, true)])).unwrap()
    }

    fn audience(issuer: &str, audience: &str) -> Audience {
        Audience {
            issuer: issuer.into(),
            audience: audience.into(),
        }
    }

    fn mcp() -> Audience {
        audience("https://lango.test", "https://lango.test/mcp")
    }

    fn claims() -> AccessClaims {
        AccessClaims {
            tenant: TenantId::from_random([1; RANDOM_LENGTH]),
            principal: PrincipalId::from_random([2; RANDOM_LENGTH]),
            grant: KeyId::from_random([3; RANDOM_LENGTH]),
            client_id: "client".into(),
            permissions: PermissionSet::of(&[Permission::ToolRead, Permission::ConnectorCrm]),
            token_id: "j".into(),
        }
    }

    fn token() -> String {
        let token = keys().issue_access(&mcp(), &claims(), NOW).unwrap();
        token.expose().to_owned()
    }

    fn refusal(resources: &[Audience], now: i64) -> Option<TokenError> {
        let keys_audience = audience("urn:keys", "urn:keys:gateway");
        keys()
            .verify_bearer(&keys_audience, resources, &token(), now)
            .err()
    }

    #[test]
    fn the_wire_format_is_pinned() {
        let token = token();
        let part = |index: usize| -> Value {
            let part = token.split('.').nth(index).unwrap();
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
        };
        assert_eq!(
            part(0),
            json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": "new" })
        );
        assert_eq!(
            part(1),
            json!({
                "iss": "https://lango.test", "aud": "https://lango.test/mcp",
                "sub": claims().principal, "client_id": "client", "kind": "assistant",
                "tenant": claims().tenant, "grant": claims().grant,
                "scope": "tool.read connector.crm", "jti": "j",
                "iat": NOW, "exp": NOW + ACCESS_TOKEN_SECONDS,
            })
        );
    }

    #[test]
    fn it_verifies_as_what_it_is() {
        let verified = keys()
            .verify_bearer(&mcp(), &[mcp()], &token(), NOW)
            .unwrap();
        let Verified::Access(access) = verified else {
            panic!("not an access token")
        };
        assert_eq!(access.scope().tenant(), &claims().tenant);
        assert_eq!(
            (access.grant(), access.client_id()),
            (&claims().grant, "client")
        );
        assert_eq!(access.principal(), &claims().principal);
        assert_eq!(access.permissions(), claims().permissions);
        assert_eq!(access.expires_at(), NOW + ACCESS_TOKEN_SECONDS);
    }

    #[test]
    fn issuer_resource_and_time_bound_it() {
        assert_eq!(refusal(&[mcp()], NOW), None);
        let other_issuer = audience("https://other.test", "https://lango.test/mcp");
        assert_eq!(refusal(&[other_issuer], NOW), Some(TokenError::Issuer));
        let other_resource = audience("https://lango.test", "https://lango.test");
        assert_eq!(
            refusal(&[other_resource], NOW),
            Some(TokenError::WrongAudience)
        );
        assert_eq!(refusal(&[], NOW), Some(TokenError::Issuer));
        assert_eq!(
            refusal(&[mcp()], NOW + ACCESS_TOKEN_SECONDS + 1),
            Some(TokenError::Expired)
        );
    }

    #[test]
    fn a_key_is_no_access_token_and_the_other_way_round() {
        assert_eq!(
            keys().verify(&mcp(), &token(), NOW).err(),
            Some(TokenError::Type)
        );
        let key = Claims {
            tenant: claims().tenant,
            principal: claims().principal,
            role: Some(Role::Admin.into()),
            key: claims().grant,
        };
        let key = keys().issue_key(&mcp(), &key, NOW, NOW + 60).unwrap();
        let verified = keys().verify_bearer(&mcp(), &[mcp()], key.expose(), NOW);
        assert!(matches!(verified, Ok(Verified::Key(_))));
    }
}
