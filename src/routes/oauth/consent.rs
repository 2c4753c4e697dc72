//! Consent: what is asked for is shown, narrowed, and given or not.
//!
//! The form carries the whole request, signed and bound to the session: nobody can
//! have another page send it, nor change what it asks for.

use lango_durable_objects::OauthGrantClient;
use lango_identity::{
    KeyGateName, KeyId, Permission, PermissionSet, Reach, Statement, StatementPurpose, TicketKind,
};
use lango_oauth::{
    AuthorizationRequest, CODE_SECONDS, Client, ErrorCode, GRANT_SECONDS, Issue, OauthError,
    Parameters, Scope, Terms, error_redirect, success_redirect,
};
use lango_store::{ConnectionRow, Page, list_connections};
use serde::{Deserialize, Serialize};
use worker::Response;

use super::{
    pages::{self, Consent},
    see_other,
    session::{self, SignedIn},
    sign_in, unavailable,
    visit::Visit,
};
use crate::{
    clock,
    denial::Denial,
    gateway::Gateway,
    routes::call::{store, store_failed},
};

/// How long somebody may look at the page.
const FORM_SECONDS: i64 = 10 * 60;

/// What the page's form brings back.
#[derive(Serialize, Deserialize)]
struct Form {
    sid: String,
    request: AuthorizationRequest,
    client_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    published_by: Option<String>,
}

impl Statement for Form {
    const PURPOSE: StatementPurpose = StatementPurpose::new("lango-consent");
}

/// Shows the page.
pub(super) async fn ask(
    gateway: &Gateway,
    visit: &Visit,
    signed_in: &SignedIn,
    client: Client,
    request: AuthorizationRequest,
) -> Result<Response, Denial> {
    let form = Form {
        sid: signed_in.session.id().to_string(),
        request,
        client_name: client.metadata.name,
        published_by: client.published_by,
    };
    show(gateway, visit, signed_in, &form, visit.query(), None).await
}

/// The page's answer.
pub(super) async fn decide(gateway: &Gateway, visit: &Visit) -> Result<Response, Denial> {
    visit.require_own_page()?;
    let fields = visit.form()?;
    let next = fields.get("next").unwrap_or_default();
    let Some(signed_in) = session::signed_in(gateway, visit).await? else {
        return sign_in::page(gateway, next, None).await;
    };
    gateway.meet(fields.get("request")).await?;
    let verified = gateway.settings.signing_keys().verify_statement::<Form>(
        visit.site.issuer(),
        fields.get("request").unwrap_or_default(),
        clock::now_seconds(),
    );
    let form = match verified {
        Ok(form) if form.sid == signed_in.session.id().as_str() => form,
        _ => {
            return pages::error(
                403,
                "This page is too old, or is not yours. Begin again in the assistant.",
            );
        }
    };
    if fields.get("decision") != Some("allow") {
        let error = OauthError::new(ErrorCode::AccessDenied, "The user did not allow it.");
        let request = &form.request;
        let state = request.state.as_deref();
        return see_other(&error_redirect(
            &request.redirect_uri,
            state,
            &visit.site,
            &error,
        ));
    }
    let scope = given(&form, &signed_in, &fields);
    if scope.is_empty() {
        let notice = "Choose at least one right, or cancel.";
        return show(gateway, visit, &signed_in, &form, next, Some(notice)).await;
    }
    let connections = chosen(&connections(gateway, &signed_in).await?, &fields);
    grant(gateway, visit, &signed_in, form, scope, connections).await
}

async fn show(
    gateway: &Gateway,
    visit: &Visit,
    signed_in: &SignedIn,
    form: &Form,
    next: &str,
    notice: Option<&str>,
) -> Result<Response, Denial> {
    let signed = gateway
        .settings
        .signing_keys()
        .sign_statement(
            visit.site.issuer(),
            form,
            clock::now_seconds() + FORM_SECONDS,
        )
        .map_err(|error| Denial::internal(error.to_string()))?;
    pages::consent(&Consent {
        client_name: &form.client_name,
        published_by: form.published_by.as_deref(),
        destination: &form.request.redirect_uri.destination(),
        form_action: &form.request.redirect_uri.form_action(),
        user: &signed_in.user,
        rights: offered(form, signed_in),
        connections: &connections(gateway, signed_in).await?,
        request: signed.expose(),
        next,
        notice,
    })
}

/// What the user could give of what is asked for: an assistant never may more than
/// its user.
fn offered(form: &Form, signed_in: &SignedIn) -> Scope {
    form.request.scope.intersection(signed_in.permissions)
}

fn given(form: &Form, signed_in: &SignedIn, fields: &Parameters) -> Scope {
    let ticked: Vec<Permission> = offered(form, signed_in)
        .permissions()
        .iter()
        .filter(|permission| {
            let name = format!("{}{permission}", pages::PERMISSION_FIELD);
            fields.get(&name).is_some()
        })
        .collect();
    Scope::of(PermissionSet::of(&ticked))
}

/// `None` for all, also for those that are connected later.
fn chosen(connections: &[ConnectionRow], fields: &Parameters) -> Option<Vec<String>> {
    if fields.get("connections") == Some("all") {
        return None;
    }
    let ticked = connections
        .iter()
        .filter(|connection| {
            let name = format!("{}{}", pages::CONNECTION_FIELD, connection.connection_id);
            fields.get(&name).is_some()
        })
        .map(|connection| connection.connection_id.clone());
    Some(ticked.collect())
}

async fn connections(
    gateway: &Gateway,
    signed_in: &SignedIn,
) -> Result<Vec<ConnectionRow>, Denial> {
    // An assistant reaches no more than its user.
    let connections = list_connections(&store(gateway)?, &signed_in.scope(), &Page::whole())
        .await
        .map_err(|error| store_failed(&error))?;
    let reach = Reach::of(signed_in.user.connections.as_deref());
    let mut reached = connections.items;
    reached.retain(|connection| reach.contains(&connection.connection_id));
    Ok(reached)
}

/// Makes the grant and its code, and sends the browser back with it.
async fn grant(
    gateway: &Gateway,
    visit: &Visit,
    signed_in: &SignedIn,
    form: Form,
    scope: Scope,
    connections: Option<Vec<String>>,
) -> Result<Response, Denial> {
    let now = clock::now_seconds();
    let name = KeyGateName::new(signed_in.scope(), KeyId::from_random(clock::random()?));
    let random = KeyId::from_random(clock::random()?);
    let code = gateway
        .settings
        .signing_keys()
        .issue_ticket(
            visit.site.issuer(),
            TicketKind::Code,
            &name,
            random.as_str(),
            now + CODE_SECONDS,
        )
        .map_err(|error| Denial::internal(error.to_string()))?;
    let issue = Issue {
        code: code.digest(),
        challenge: form.request.challenge.clone(),
        redirect_uri: form.request.redirect_uri.clone(),
        terms: Terms {
            client_id: form.request.client_id.clone(),
            client_name: form.client_name,
            principal: signed_in.user.principal_id.as_str().to_owned(),
            scope,
            connections,
            resource: form.request.resource,
            expires_at: now + GRANT_SECONDS,
        },
        now,
    };
    let object = OauthGrantClient::named(&gateway.env, &name, gateway.country.as_deref());
    object
        .map_err(|error| unavailable(error.to_string()))?
        .issue(&issue)
        .await
        .map_err(|error| unavailable(error.to_string()))?;
    see_other(&success_redirect(&form.request, &visit.site, code.expose()))
}
