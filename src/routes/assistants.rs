//! `/admin/v1/assistants`: what the tenant's users have allowed assistants, for
//! administrators. Users have the page `/assistants`.

use lango_audit_log::Layer;
use lango_durable_objects::{OauthGrantClient, RevokedBy};
use lango_identity::{KeyGateName, KeyId, Permission};
use lango_store::list_grants;
use worker::{Request, Response};

use super::{
    empty, json,
    keys::{store, store_failed},
    no_such_thing,
};
use crate::{denial::Denial, gateway::Gateway, layers::transport::Expectation};

const COLLECTION: Expectation = Expectation { methods: &["GET"] };
const ITEM: Expectation = Expectation {
    methods: &["DELETE"],
};

pub(super) async fn collection(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    let identified = gateway.receive(request, COLLECTION).await?;
    let permitted = gateway.look(identified, Permission::AgentView).await?;
    let items = list_grants(&store(gateway)?, permitted.scope())
        .await
        .map_err(|error| store_failed(&error))?;
    json(200, &serde_json::json!({ "items": items }))
}

/// Ends a grant: its access tokens with their next call, its refresh tokens for
/// good.
pub(super) async fn item(
    request: Request,
    gateway: &Gateway,
    grant: &str,
) -> Result<Response, Denial> {
    let identified = gateway.receive(request, ITEM).await?;
    let target = KeyId::parse(grant).ok();
    let named = target.as_ref().map(|grant| grant.as_str().to_owned());
    let by = RevokedBy::Principal(identified.principal().as_str().to_owned());
    gateway
        .act(
            identified,
            "assistant.revoke",
            named,
            Permission::AgentManage,
            async |permitted| {
                let grant = target.ok_or_else(no_such_assistant)?;
                let scope = permitted.scope();
                let known = list_grants(&store(gateway)?, scope)
                    .await
                    .map_err(|error| store_failed(&error))?;
                if !known.iter().any(|known| known.grant_id == grant) {
                    return Err(no_such_assistant());
                }
                let name = KeyGateName::new(scope.clone(), grant);
                let unreachable = |error: lango_durable_objects::Unreachable| {
                    Denial::unavailable(Layer::Access, error.to_string())
                };
                OauthGrantClient::named(&gateway.env, &name)
                    .map_err(unreachable)?
                    .revoke(&by)
                    .await
                    .map_err(unreachable)
            },
        )
        .await?;
    empty(204)
}

fn no_such_assistant() -> Denial {
    no_such_thing("There is no such assistant.")
}
