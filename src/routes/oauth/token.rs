//! `POST /token`: tokens for a code or a refresh token.

use lango_durable_objects::OauthGrantClient;
use lango_identity::{
    ACCESS_TOKEN_SECONDS, AccessClaims, Audience, IssuedToken, KeyGateName, KeyId, PrincipalId,
    TicketKind, VerifiedTicket,
};
use lango_oauth::{
    CodeVerifier, ErrorCode, GRANT_SECONDS, GrantRefusal, OauthError, Redeem, Refresh, Resource,
    Scope, Secret, Site, Terms, TokenRequest, token_answer,
};
use worker::{Request, Response};

use super::{assertion::asserted, client, refused, standing, unavailable, visit::Visit};
use crate::{
    clock,
    denial::Denial,
    gateway::Gateway,
    layers::transport::Expectation,
    routes::{incoming, json},
    state::flood,
};

const POST: Expectation<'_> = Expectation { methods: &["POST"] };

/// Refused in OAuth's form, or by Lango itself.
pub(super) enum Refusal {
    Oauth(OauthError),
    Denied(Denial),
}

impl From<OauthError> for Refusal {
    fn from(error: OauthError) -> Self {
        Self::Oauth(error)
    }
}

impl From<Denial> for Refusal {
    fn from(denial: Denial) -> Self {
        Self::Denied(denial)
    }
}

pub(super) async fn answer(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    let address = incoming::address(&request, &gateway.settings.client_address);
    let visit = Visit::receive_form(request, gateway, POST).await?;
    match exchange(gateway, &visit).await {
        Ok(body) => json(200, &body),
        Err(Refusal::Denied(denial)) => Err(denial),
        Err(Refusal::Oauth(error)) => {
            let denial = Denial::new(lango_audit_log::Layer::Identity, "oauth", 400, "");
            let counted = flood::count_failure(gateway, address, denial).await;
            if counted.status == 429 {
                return Err(counted);
            }
            refused(&error, visit.head.authorization.is_some())
        }
    }
}

async fn exchange(gateway: &Gateway, visit: &Visit) -> Result<serde_json::Value, Refusal> {
    let form = visit.form().map_err(|_| {
        let description = "The form has a parameter twice, or is not readable.";
        OauthError::new(ErrorCode::InvalidRequest, description)
    })?;
    for name in ["client_id", "code", "refresh_token"] {
        gateway.meet(form.get(name)).await?;
    }
    let client_id = client::prove(gateway, visit, &form)?;
    let resource = match form.resources() {
        [] => None,
        asked => Some(visit.site.resource(asked)?),
    };
    let asked = Asked {
        gateway,
        site: &visit.site,
        client_id,
        resource,
    };
    match TokenRequest::parse(&form)? {
        TokenRequest::Code {
            code,
            verifier,
            redirect_uri,
        } => asked.redeem(&code, &verifier, redirect_uri).await,
        TokenRequest::Refresh { token, scope } => asked.refresh(&token, scope).await,
        TokenRequest::Assertion { assertion, scope } => {
            asserted(
                gateway,
                &visit.site,
                &asked.client_id,
                asked.resource,
                &assertion,
                scope,
            )
            .await
        }
    }
}

/// A token request whose client is proven.
struct Asked<'a> {
    gateway: &'a Gateway,
    site: &'a Site,
    client_id: String,
    resource: Option<Resource>,
}

impl Asked<'_> {
    async fn redeem(
        &self,
        code: &Secret,
        verifier: &CodeVerifier,
        redirect_uri: Option<String>,
    ) -> Result<serde_json::Value, Refusal> {
        let ticket = self.genuine(TicketKind::Code, code)?;
        let next = self.next(ticket.name())?;
        let ask = Redeem {
            code: ticket.digest(),
            client_id: self.client_id.clone(),
            proof: verifier.challenge(),
            redirect_uri,
            resource: self.resource,
            next: next.digest(),
            now: clock::now_seconds(),
        };
        let terms = self
            .object(ticket.name())?
            .redeem(&ask)
            .await
            .map_err(|error| unavailable(error.to_string()))?;
        self.tokens(ticket.name(), terms, &next)
    }

    async fn refresh(
        &self,
        token: &Secret,
        scope: Option<Scope>,
    ) -> Result<serde_json::Value, Refusal> {
        let ticket = self.genuine(TicketKind::Refresh, token)?;
        // Before the token is used up: a user who is suspended may come back.
        if !standing::stands(self.gateway, ticket.name()).await? {
            return Err(OauthError::from(GrantRefusal::Invalid).into());
        }
        let next = self.next(ticket.name())?;
        let ask = Refresh {
            token: ticket.digest(),
            client_id: self.client_id.clone(),
            scope,
            resource: self.resource,
            next: next.digest(),
            now: clock::now_seconds(),
        };
        let terms = self
            .object(ticket.name())?
            .refresh(&ask)
            .await
            .map_err(|error| unavailable(error.to_string()))?;
        self.tokens(ticket.name(), terms, &next)
    }

    /// Only what this deployment has signed reaches an object.
    fn genuine(&self, kind: TicketKind, secret: &Secret) -> Result<VerifiedTicket, OauthError> {
        self.gateway
            .settings
            .signing_keys()
            .verify_ticket(
                self.site.issuer(),
                kind,
                secret.expose(),
                clock::now_seconds(),
            )
            .map_err(|_| GrantRefusal::Invalid.into())
    }

    /// The refresh token that would follow.
    fn next(&self, name: &KeyGateName) -> Result<IssuedToken, Denial> {
        let random = KeyId::from_random(clock::random()?);
        self.gateway
            .settings
            .signing_keys()
            .issue_ticket(
                self.site.issuer(),
                TicketKind::Refresh,
                name,
                random.as_str(),
                clock::now_seconds() + GRANT_SECONDS,
            )
            .map_err(|error| Denial::internal(error.to_string()))
    }

    fn object(&self, name: &KeyGateName) -> Result<OauthGrantClient, Denial> {
        OauthGrantClient::named(&self.gateway.env, name, self.gateway.country.as_deref())
            .map_err(|error| unavailable(error.to_string()))
    }

    fn tokens(
        &self,
        name: &KeyGateName,
        terms: Result<Terms, GrantRefusal>,
        next: &IssuedToken,
    ) -> Result<serde_json::Value, Refusal> {
        let terms = terms.map_err(OauthError::from)?;
        let access = access_token(self.gateway, self.site, name, &terms)?;
        Ok(token_answer(
            &access,
            ACCESS_TOKEN_SECONDS,
            Some(next),
            terms.scope,
        ))
    }
}

/// An access token on these terms.
pub(super) fn access_token(
    gateway: &Gateway,
    site: &Site,
    name: &KeyGateName,
    terms: &Terms,
) -> Result<IssuedToken, Denial> {
    let broken = |what: &str| Denial::internal(format!("a grant's {what} is not readable"));
    let claims = AccessClaims {
        tenant: name.scope().tenant().clone(),
        principal: PrincipalId::parse(&terms.principal).map_err(|_| broken("user"))?,
        grant: name.key().clone(),
        client_id: terms.client_id.clone(),
        permissions: terms.scope.permissions(),
        token_id: KeyId::from_random(clock::random()?).as_str().to_owned(),
    };
    let audience = Audience {
        issuer: site.issuer().to_owned(),
        audience: site.identifier(terms.resource),
    };
    gateway
        .settings
        .signing_keys()
        .issue_access(&audience, &claims, clock::now_seconds())
        .map_err(|error| Denial::internal(error.to_string()))
}
