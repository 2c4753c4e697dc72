//! jwt-bearer: a company's own sign-in speaks for its users (RFC 7523;
//! draft-ietf-oauth-identity-assertion-authz-grant, MCP's enterprise-managed
//! authorization). The tenant's administrator has said which provider to believe,
//! and which of its subjects is which user.

use lango_durable_objects::{Assert, OauthGrantClient, Store};
use lango_identity::{
    ACCESS_TOKEN_SECONDS, ClaimedTenant, KeyGateName, KeyId, RANDOM_LENGTH, TenantScope,
    TokenDigest,
};
use lango_oauth::{
    ErrorCode, OauthError, Resource, Scope, Secret, Site, Terms, TrustedKeys, UnverifiedAssertion,
    token_answer,
};
use lango_store::{IssuerRow, claimed_issuer, user_of_subject};
use sha2::{Digest as _, Sha256};

use super::{
    session, signature,
    token::{Refusal, access_token},
    unavailable,
};
use crate::{
    clock,
    denial::Denial,
    gateway::Gateway,
    routes::call::{store, store_failed},
};

/// An access token for a verified assertion. There is no refresh token: the provider
/// is asked again.
pub(super) async fn asserted(
    gateway: &Gateway,
    site: &Site,
    client_id: &str,
    resource: Option<Resource>,
    assertion: &Secret,
    scope: Option<Scope>,
) -> Result<serde_json::Value, Refusal> {
    let now = clock::now_seconds();
    let assertion = UnverifiedAssertion::parse(assertion.expose())?;
    assertion.check(site, client_id, now)?;
    let resource = for_resource(site, &assertion, resource)?;
    let store = store(gateway)?;
    let (tenant, issuer) = believed(&store, &assertion).await?;
    let subject = user_of_subject(&store, &tenant, &issuer.issuer_id, assertion.subject())
        .await
        .map_err(|error| store_failed(&error))?
        .ok_or_else(nobody)?;
    let (user, permissions) = session::active_user(gateway, &tenant, &subject)
        .await?
        .ok_or_else(nobody)?;
    let allowed = assertion.scope()?.permissions();
    let scope = scope
        .unwrap_or(Scope::of(allowed))
        .intersection(allowed)
        .intersection(permissions);
    if scope.is_empty() {
        let description = "The user may do nothing of what is asked for.";
        return Err(OauthError::new(ErrorCode::InvalidScope, description).into());
    }
    let terms = Terms {
        client_id: client_id.to_owned(),
        client_name: format!("By {}", issuer.issuer),
        principal: user.principal_id.as_str().to_owned(),
        scope,
        connections: None,
        resource,
        expires_at: now + ACCESS_TOKEN_SECONDS,
    };
    let name = name(tenant, &issuer, &terms);
    let ask = Assert {
        id: TokenDigest::of(assertion.id()),
        expires_at: assertion.expires_at(),
        terms: terms.clone(),
        now,
    };
    let unreachable = |error: lango_durable_objects::Unreachable| unavailable(error.to_string());
    OauthGrantClient::named(&gateway.env, &name, gateway.country.as_deref())
        .map_err(unreachable)?
        .assert(&ask)
        .await
        .map_err(unreachable)?
        .map_err(OauthError::from)?;
    let access = access_token(gateway, site, &name, &terms)?;
    Ok(token_answer(&access, ACCESS_TOKEN_SECONDS, None, scope))
}

/// The tenant's scope, once one of the keys that the tenant trusts has verified the
/// assertion. Whatever is wrong, the answer is the same.
async fn believed(
    store: &Store,
    assertion: &UnverifiedAssertion,
) -> Result<(TenantScope, IssuerRow), Refusal> {
    let claimed = ClaimedTenant::of_assertion(assertion.tenant().clone());
    let issuer = claimed_issuer(store, &claimed, assertion.issuer())
        .await
        .map_err(|error| store_failed(&error))?
        .ok_or_else(not_believed)?;
    let keys = serde_json::from_str(&issuer.jwks)
        .ok()
        .and_then(|set| TrustedKeys::parse(&set).ok())
        .ok_or_else(|| Denial::internal("a trusted issuer's keys are not readable"))?;
    let (algorithm, key) = assertion.key(&keys)?;
    let (signed, signature) = assertion.signature();
    let is_right = signature::is_right(algorithm, key, signed, signature)
        .await
        .unwrap_or(false);
    if !is_right {
        return Err(not_believed().into());
    }
    Ok((claimed.confirmed_by_its_keys(), issuer))
}

fn for_resource(
    site: &Site,
    assertion: &UnverifiedAssertion,
    asked: Option<Resource>,
) -> Result<Resource, OauthError> {
    let allowed = site.resource(&assertion.resources())?;
    match asked {
        Some(asked) if asked != allowed => Err(OauthError::new(
            ErrorCode::InvalidTarget,
            "The assertion is for another resource.",
        )),
        _ => Ok(allowed),
    }
}

/// One grant for each user, client and trusted provider: it is listed once, and a
/// revocation holds for every later assertion, until the provider is trusted anew.
fn name(tenant: TenantScope, issuer: &IssuerRow, terms: &Terms) -> KeyGateName {
    let mut digest = Sha256::new();
    for part in [
        issuer.issuer_id.as_str(),
        &terms.client_id,
        &terms.principal,
    ] {
        digest.update(part.as_bytes());
        digest.update([0]);
    }
    let digest: [u8; 32] = digest.finalize().into();
    let mut random = [0; RANDOM_LENGTH];
    random.copy_from_slice(&digest[..RANDOM_LENGTH]);
    KeyGateName::new(tenant, KeyId::from_random(random))
}

fn not_believed() -> OauthError {
    OauthError::new(
        ErrorCode::InvalidGrant,
        "The assertion's issuer is not trusted here, or did not sign it.",
    )
}

fn nobody() -> OauthError {
    OauthError::new(
        ErrorCode::InvalidGrant,
        "The assertion's subject is no user here.",
    )
}
