//! `GET /admin/v1/connectors`: what can be connected, and with which credentials.

use lango_api::{ConnectorView, Connectors};
use worker::Response;

use crate::{
    catalogue::Catalogue,
    denial::Denial,
    routes::{call::Call, json},
};

/// The connectors that this deployment runs. Whoever draws a form draws it from the
/// credential schema.
pub(in crate::routes) async fn list(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    call.look().await?;
    let is_deployed = |kind: &&str| {
        let binding = format!("CONNECTOR_{}", kind.to_uppercase());
        gateway.env.service(&binding).is_ok()
    };
    let catalogue = Catalogue::shipped();
    let connectors = catalogue
        .kinds()
        .filter(is_deployed)
        .filter_map(|kind| catalogue.connector(kind))
        .map(|connector| {
            let manifest = connector.manifest();
            ConnectorView {
                connector: manifest.kind.clone(),
                title: manifest.title.clone(),
                class: manifest.class,
                credential_schema: manifest.credential_schema.clone(),
                tools: connector
                    .tools()
                    .iter()
                    .map(|tool| tool.definition().name.clone())
                    .collect(),
            }
        });
    let items = connectors.collect();
    json(200, &Connectors { items })
}
