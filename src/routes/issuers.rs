//! `/admin/v1/issuers`: the identity providers whose word a tenant takes for its
//! users' consent (enterprise-managed authorization), and who their subjects are.

use lango_api::{CreateIssuer, IssuerView, MapSubject, Timestamp};
use lango_audit_log::Layer;
use lango_identity::{IssuerId, PrincipalId};
use lango_oauth::TrustedKeys;
use lango_store::{IssuerRow, delete_issuer, insert_issuer, list_issuers, map_subject};
use worker::Response;

use super::{
    call::{Call, done, listed, store, store_failed, unknown},
    no_such_thing, quotas,
    roles::whole,
};
use crate::{clock, denial::Denial, gateway::Done};

pub(super) async fn list(call: Call<'_>) -> Result<Response, Denial> {
    let (page, gateway) = (call.page()?, call.gateway);
    let permitted = call.look().await?;
    let issuers = list_issuers(&store(gateway)?, permitted.scope(), &page)
        .await
        .map_err(|error| store_failed(&error))?;
    listed(issuers, view)
}

pub(super) async fn trust(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let wanted: CreateIssuer = call.body()?;
    let issuer_id = IssuerId::from_random(clock::random()?);
    let target = Some(issuer_id.to_string());
    call.create("issuer.trust", target, whole, async |permitted| {
        let new = IssuerRow {
            issuer_id,
            issuer: checked_issuer(&wanted.issuer)?.to_owned(),
            jwks: TrustedKeys::parse(&wanted.jwks)
                .map_err(|error| Denial::new(Layer::Screening, "jwks", 422, error))?
                .to_json()
                .to_string(),
            created_at: clock::now_ms(),
        };
        let (store, of_plan) = (store(gateway)?, permitted.plan().allowance());
        if let Err(error) = insert_issuer(&store, permitted.scope(), &new, of_plan).await {
            return Err(quotas::refused(&store, permitted, &error).await);
        }
        let created = view(new);
        Ok(Done::created(created.clone(), &created))
    })
    .await
}

pub(super) async fn distrust(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let target = target(&call);
    let named = target.as_ref().map(ToString::to_string);
    call.act("issuer.distrust", named, async |permitted| {
        let issuer = target.ok_or_else(|| unknown("issuer"))?;
        let deleted = delete_issuer(&store(gateway)?, permitted.scope(), &issuer)
            .await
            .map_err(|error| store_failed(&error))?;
        if deleted {
            Ok(Done::without_change(()))
        } else {
            Err(unknown("issuer"))
        }
    })
    .await?;
    done()
}

/// Says which user a subject is. Whoever is not said is nobody.
pub(super) async fn map(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let wanted: MapSubject = call.body()?;
    let user = PrincipalId::parse(&wanted.principal_id).ok();
    let target = target(&call);
    let named = user.as_ref().map(ToString::to_string);
    call.act("issuer.subject", named, async |permitted| {
        if wanted.subject.is_empty() || wanted.subject.len() > 255 {
            let detail = "subject must have 1 to 255 bytes.";
            return Err(Denial::new(Layer::Screening, "subject", 422, detail));
        }
        // Neither another tenant's provider nor its user is there.
        let unknown = || no_such_thing("There is no such issuer or user.");
        let (issuer, user) = target.zip(user).ok_or_else(unknown)?;
        let store = store(gateway)?;
        map_subject(&store, permitted.scope(), &issuer, &wanted.subject, &user)
            .await
            .map_err(|error| {
                if error.is_constraint() {
                    unknown()
                } else {
                    store_failed(&error)
                }
            })?;
        Ok(Done::without_change(()))
    })
    .await?;
    done()
}

fn target(call: &Call<'_>) -> Option<IssuerId> {
    IssuerId::parse(call.captured("issuer_id")).ok()
}

fn view(row: IssuerRow) -> IssuerView {
    IssuerView {
        issuer_id: row.issuer_id.into(),
        issuer: row.issuer,
        created_at: Timestamp::from_millis(row.created_at),
    }
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
