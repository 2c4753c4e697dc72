//! What concerns nobody but whoever is signed in.

use lango_api::{Me, Nothing, SetPassword, SignOutEverywhere, Timestamp};
use lango_audit_log::Layer;
use lango_durable_objects::{Noted, OauthGrantClient, RevokedBy};
use lango_identity::{KeyGateName, PrincipalId, PrincipalKind, TenantScope};
use lango_store::{AccountKind, list_grants_of, load_customer, load_user};
use worker::{Request, Response};

use crate::{
    clock,
    denial::Denial,
    gateway::Gateway,
    routes::{
        call::{Call, done, store, store_failed},
        json,
    },
    sign_in::{
        browser::Cookie,
        password,
        proof::noted,
        session::{self, account_kind, listed},
    },
};

/// `GET /auth/v1/me`.
pub(in crate::routes) async fn me(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let own = call.own().await?;
    let snapshot = session::snapshot(gateway, &own.scope, &own.session).await?;
    let state = session::in_force(&snapshot)?;
    let holder = &state.holder;
    let token = own
        .by_browser
        .then(|| gateway.settings.sign_in.csrf.token(own.session.as_str()));
    let restricted = holder.kind == PrincipalKind::Employee;
    let me = Me {
        kind: holder.kind.name().to_owned(),
        principal_id: holder.principal.clone(),
        tenant_id: own.scope.tenant().as_str().to_owned(),
        name: name(gateway, &own.scope, holder.kind, &holder.principal).await?,
        role: holder.role.clone(),
        permissions: holder
            .authority
            .permissions
            .iter()
            .map(|permission| permission.name().to_owned())
            .collect(),
        connections: listed(&holder.authority.connections).filter(|_| restricted),
        allow_tables: listed(&holder.authority.tables).filter(|_| restricted),
        customer_number: holder.customer_number.clone(),
        session_id: own.session.as_str().to_owned(),
        expires_at: Timestamp::from_seconds(state.expires_at),
        csrf_token: token.map(|token| token.expose().to_owned()),
    };
    json(200, &me)
}

/// `POST /auth/v1/sign-out`: holds for the next call, wherever it arrives.
pub(in crate::routes) async fn out(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let Nothing {} = call.body()?;
    let own = call.own().await?;
    session::end(gateway, &own.scope, &own.session).await?;
    own.note(gateway, "sign_out").await?;
    without_cookie(gateway, &own)
}

/// `POST /auth/v1/sign-out-everywhere`.
pub(in crate::routes) async fn out_everywhere(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let wanted: SignOutEverywhere = call.body()?;
    let own = call.own().await?;
    match own.account() {
        Some((kind, principal)) => {
            session::end_all(gateway, &own.scope, kind, &principal, None).await?;
            if wanted.assistants && kind == AccountKind::Employee {
                end_assistants(gateway, &own.scope, &principal).await?;
            }
        }
        // Support has one sign-in, and no account.
        None => drop(session::end(gateway, &own.scope, &own.session).await?),
    }
    own.note(gateway, "sign_out.everywhere").await?;
    without_cookie(gateway, &own)
}

/// Whether a request says who it is from: then it is not an invited guest's.
pub(in crate::routes) fn shows_who(request: &Request) -> bool {
    let has = |name| request.headers().has(name).unwrap_or(false);
    has("Authorization") || has("X-CSRF-Token")
}

/// `POST /auth/v1/password` by whoever is signed in.
pub(in crate::routes) async fn change_password(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let wanted: SetPassword = call.body()?;
    let address = call.identified.address();
    let own = call.own().await?;
    let Some(current) = wanted.current.filter(|_| wanted.invitation.is_none()) else {
        let detail = "Send the password until now (current), and no invitation.";
        return Err(Denial::new(Layer::Screening, "body", 422, detail));
    };
    let Some((kind, principal)) = own.account() else {
        let detail = "Support has no password here.";
        return Err(Denial::new(Layer::Access, "not_permitted", 403, detail));
    };
    let holder = password::Holder {
        scope: &own.scope,
        kind,
        principal: &principal,
        session: &own.session,
    };
    password::change(gateway, holder, &current, &wanted.new, address).await?;
    done()
}

impl crate::routes::call::Own {
    /// The account, unless it is support's.
    fn account(&self) -> Option<(AccountKind, PrincipalId)> {
        account_kind(self.kind).zip(PrincipalId::parse(&self.principal).ok())
    }

    async fn note(&self, gateway: &Gateway, action: &str) -> Result<(), Denial> {
        let Some((kind, principal)) = self.account() else {
            return Ok(());
        };
        let event = Noted {
            session: Some(self.session.as_str().to_owned()),
            ..noted(gateway, action, kind, &principal)
        };
        session::note(gateway, &self.scope, &event).await
    }
}

fn without_cookie(gateway: &Gateway, own: &crate::routes::call::Own) -> Result<Response, Denial> {
    let response = done()?;
    if let Some(site) = gateway
        .settings
        .site(&own.reached_at)
        .filter(|_| own.by_browser)
    {
        Cookie::none(&site).set(&response)?;
    }
    Ok(response)
}

async fn end_assistants(
    gateway: &Gateway,
    scope: &TenantScope,
    principal: &PrincipalId,
) -> Result<(), Denial> {
    let grants = list_grants_of(&store(gateway)?, scope, principal)
        .await
        .map_err(|error| store_failed(&error))?;
    let now = clock::now_seconds();
    for grant in grants.iter().filter(|grant| grant.is_in_force(now)) {
        let name = KeyGateName::new(scope.clone(), grant.grant_id.clone());
        let by = RevokedBy::Principal(principal.as_str().to_owned());
        OauthGrantClient::named(&gateway.env, &name, gateway.country.as_deref())
            .map_err(crate::sign_in::unreachable)?
            .revoke(&by)
            .await
            .map_err(crate::sign_in::unreachable)?;
    }
    Ok(())
}

async fn name(
    gateway: &Gateway,
    scope: &TenantScope,
    kind: PrincipalKind,
    principal: &str,
) -> Result<Option<String>, Denial> {
    let Ok(principal) = PrincipalId::parse(principal) else {
        return Ok(None);
    };
    let sql = store(gateway)?;
    let failed = |error| store_failed(&error);
    Ok(match account_kind(kind) {
        Some(AccountKind::Employee) => load_user(&sql, scope, &principal)
            .await
            .map_err(failed)?
            .map(|user| user.name),
        Some(AccountKind::Customer) => load_customer(&sql, scope, &principal)
            .await
            .map_err(failed)?
            .map(|customer| customer.name),
        None => None,
    })
}
