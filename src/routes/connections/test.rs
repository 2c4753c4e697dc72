//! Testing a connection, also one that is switched off.

use lango_api::{TestedConnection, TestedStep};
use lango_connector_kit::TestReport;
use lango_identity::ConnectionId;
use lango_redaction::Redactor;
use lango_store::sealed_connection;
use worker::Response;

use super::{find, no_such_connection};
use crate::{
    denial::Denial,
    gateway::{Done, Gateway},
    layers::{access::PermittedAction, connection},
    routes::{
        call::{Call, store, store_failed},
        json,
        residency::terms,
    },
};

/// Finds out whether the connection works. It changes nothing, and is recorded: the
/// credentials are used.
pub(in crate::routes) async fn test(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let target = ConnectionId::parse(call.captured("connection_id")).ok();
    let named = target.as_ref().map(ToString::to_string);
    let report = call
        .act("connection.test", named, async |permitted| {
            let report = find_out(gateway, permitted, target).await?;
            Ok(Done::without_change(report))
        })
        .await?;
    json(200, &tested(report))
}

/// Has a connection of the tenant's tested.
pub(in crate::routes) async fn find_out(
    gateway: &Gateway,
    permitted: &PermittedAction,
    target: Option<ConnectionId>,
) -> Result<TestReport, Denial> {
    let (store, scope) = (store(gateway)?, permitted.scope());
    find(&store, scope, target.as_ref()).await?;
    let id = target.ok_or_else(no_such_connection)?;
    let sealed = sealed_connection(&store, scope, &id)
        .await
        .map_err(|error| store_failed(&error))?
        .ok_or_else(has_no_credentials)?;
    let terms = terms(gateway, &store, scope).await?;
    connection::test(permitted, &id, &sealed, terms, &gateway.env).await
}

/// The words are the connector's own, but may quote the system's.
pub(in crate::routes) fn tested(report: TestReport) -> TestedConnection {
    let redactor = Redactor::shipped();
    let steps = report.steps.into_iter().map(|step| TestedStep {
        step: step.step,
        outcome: step.outcome,
        detail: redactor.redact(&step.detail).text.into_owned(),
    });
    TestedConnection {
        works: report.works,
        steps: steps.collect(),
        statements: report.statements,
    }
}

fn has_no_credentials() -> Denial {
    let detail = "This connection has no credentials any more. Set new ones.";
    Denial::new(
        lango_audit_log::Layer::Access,
        "no_credentials",
        409,
        detail,
    )
}
