//! `/admin/v1/issuers`: the identity providers whose word a tenant takes for its
//! users' consent (enterprise-managed authorization), and who their subjects are.

use lango_audit_log::Layer;
use lango_identity::{IssuerId, Permission, PrincipalId};
use lango_oauth::TrustedKeys;
use lango_store::{IssuerRow, delete_issuer, insert_issuer, list_issuers, map_subject};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use worker::{Method, Request, Response};

use super::{
    empty, json,
    keys::{store, store_failed},
    no_such_thing, parse,
};
use crate::{clock, denial::Denial, gateway::Gateway, layers::transport::Expectation};

const COLLECTION: Expectation = Expectation {
    methods: &["GET", "POST"],
};
const ITEM: Expectation = Expectation {
    methods: &["DELETE"],
};
const SUBJECTS: Expectation = Expectation { methods: &["POST"] };

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    issuer: String,
    jwks: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Subject {
    subject: String,
    principal_id: PrincipalId,
}

#[derive(Serialize)]
struct Created<'a> {
    issuer_id: &'a IssuerId,
    issuer: &'a str,
}

pub(super) async fn collection(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    let creates = request.method() == Method::Post;
    let identified = gateway.receive(request, COLLECTION).await?;
    let store = store(gateway)?;
    if !creates {
        let permitted = gateway.look(identified, Permission::SettingsView).await?;
        let items = list_issuers(&store, permitted.scope())
            .await
            .map_err(|error| store_failed(&error))?;
        return json(200, &serde_json::json!({ "items": items }));
    }
    let wanted: Create = parse(identified.body())?;
    let new = IssuerRow {
        issuer_id: IssuerId::from_random(clock::random()?),
        issuer: checked_issuer(&wanted.issuer)?.to_owned(),
        jwks: TrustedKeys::parse(&wanted.jwks)
            .map_err(|error| Denial::new(Layer::Screening, "jwks", 422, error))?
            .to_json()
            .to_string(),
        created_at: clock::now_ms(),
    };
    let named = Some(new.issuer_id.as_str().to_owned());
    gateway
        .act(
            identified,
            "issuer.trust",
            named,
            Permission::SettingsManage,
            async |permitted| {
                insert_issuer(&store, permitted.scope(), &new)
                    .await
                    .map_err(|error| store_failed(&error))
            },
        )
        .await?;
    json(
        201,
        &Created {
            issuer_id: &new.issuer_id,
            issuer: &new.issuer,
        },
    )
}

pub(super) async fn item(
    request: Request,
    gateway: &Gateway,
    issuer: &str,
) -> Result<Response, Denial> {
    let identified = gateway.receive(request, ITEM).await?;
    let store = store(gateway)?;
    let target = IssuerId::parse(issuer).ok();
    let named = target.as_ref().map(|issuer| issuer.as_str().to_owned());
    gateway
        .act(
            identified,
            "issuer.distrust",
            named,
            Permission::SettingsManage,
            async |permitted| {
                let issuer = target.ok_or_else(no_such_issuer)?;
                let deleted = delete_issuer(&store, permitted.scope(), &issuer)
                    .await
                    .map_err(|error| store_failed(&error))?;
                if deleted {
                    Ok(())
                } else {
                    Err(no_such_issuer())
                }
            },
        )
        .await?;
    empty(204)
}

/// Says which user a subject is. Whoever is not said is nobody.
pub(super) async fn subjects(
    request: Request,
    gateway: &Gateway,
    issuer: &str,
) -> Result<Response, Denial> {
    let identified = gateway.receive(request, SUBJECTS).await?;
    let wanted: Subject = parse(identified.body())?;
    if wanted.subject.is_empty() || wanted.subject.len() > 255 {
        let detail = "subject must have 1 to 255 bytes.";
        return Err(Denial::new(Layer::Screening, "subject", 422, detail));
    }
    let store = store(gateway)?;
    let target = IssuerId::parse(issuer).ok();
    let named = Some(wanted.principal_id.as_str().to_owned());
    gateway
        .act(
            identified,
            "issuer.subject",
            named,
            Permission::UserManage,
            async |permitted| {
                let issuer = target.ok_or_else(no_such_issuer)?;
                let scope = permitted.scope();
                map_subject(
                    &store,
                    scope,
                    &issuer,
                    &wanted.subject,
                    &wanted.principal_id,
                )
                .await
                .map_err(|error| {
                    // Neither another tenant's provider nor its user is there.
                    if error.is_constraint() {
                        no_such_thing("There is no such issuer or user.")
                    } else {
                        store_failed(&error)
                    }
                })
            },
        )
        .await?;
    empty(204)
}

fn checked_issuer(issuer: &str) -> Result<&str, Denial> {
    let is_url = issuer.starts_with("https://")
        && issuer.len() <= 512
        && issuer.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_url {
        let detail = "issuer must be the https URL that stands in the assertions' iss.";
        return Err(Denial::new(Layer::Screening, "issuer", 422, detail));
    }
    Ok(issuer)
}

fn no_such_issuer() -> Denial {
    no_such_thing("There is no such issuer.")
}
