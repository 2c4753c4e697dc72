//! Invitations to set a password, made by an administrator who hands them over.

use lango_api::{Invitation, Nothing, Timestamp};
use lango_identity::PrincipalId;
use lango_store::AccountKind;
use serde_json::json;
use worker::Response;

use crate::{
    denial::Denial,
    gateway::Done,
    routes::{
        call::{Call, unknown},
        users::within_reach,
    },
    sign_in::password,
};

/// `POST /admin/v1/users/{user_id}/invitation`.
pub(in crate::routes) async fn user(call: Call<'_>) -> Result<Response, Denial> {
    invite(call, AccountKind::Employee, "user_id", "user.invite").await
}

/// `POST /admin/v1/customers/{customer_id}/invitation`.
pub(in crate::routes) async fn customer(call: Call<'_>) -> Result<Response, Denial> {
    invite(
        call,
        AccountKind::Customer,
        "customer_id",
        "customer.invite",
    )
    .await
}

async fn invite(
    call: Call<'_>,
    kind: AccountKind,
    parameter: &str,
    action: &str,
) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let Nothing {} = call.body()?;
    let target = PrincipalId::parse(call.captured(parameter)).ok();
    let named = target.as_ref().map(ToString::to_string);
    let site = gateway.settings.site(call.reached_at());
    let without_secrets = |made: &Invitation| json!({ "expires_at": made.expires_at });
    call.create(action, named, without_secrets, async |permitted| {
        let what = || match kind {
            AccountKind::Employee => unknown("user"),
            AccountKind::Customer => unknown("customer"),
        };
        if kind == AccountKind::Employee {
            within_reach(gateway, permitted, target.clone()).await?;
        }
        let principal = target.ok_or_else(what)?;
        let by = permitted.principal();
        let (text, expires_at) = password::invite(gateway, permitted.scope(), kind, &principal, by)
            .await?
            .ok_or_else(what)?;
        let url = site.map(|site| site.url(&format!("/password?invitation={}", *text)));
        let expires_at = Timestamp::from_seconds(expires_at);
        let made = Invitation {
            invitation: text.to_string(),
            url,
            expires_at,
        };
        Ok(Done::created(made, &json!({ "expires_at": expires_at })))
    })
    .await
}
