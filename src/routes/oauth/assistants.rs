//! `/assistants`: the page on which a user sees and ends what they have allowed;
//! whoever may manage assistants sees and ends everybody's.

use lango_audit_log::Layer;
use lango_durable_objects::{OauthGrantClient, RevokedBy};
use lango_identity::{KeyGateName, KeyId, Permission, Statement, StatementPurpose};
use lango_store::{GrantRow, Page, list_grants, list_grants_of};
use serde::{Deserialize, Serialize};
use worker::{Request, Response};

use super::{
    pages, see_other,
    session::{self, SignedIn},
    sign_in, unavailable,
    visit::Visit,
};
use crate::{
    clock,
    denial::Denial,
    gateway::Gateway,
    layers::transport::Expectation,
    routes::{
        call::{store, store_failed},
        no_such_thing,
    },
};

const GET: Expectation<'_> = Expectation { methods: &["GET"] };
const POST: Expectation<'_> = Expectation { methods: &["POST"] };

/// How long somebody may look at the page.
const FORM_SECONDS: i64 = 10 * 60;

/// Binds the page's forms to its session.
#[derive(Serialize, Deserialize)]
struct Form {
    sid: String,
}

impl Statement for Form {
    const PURPOSE: StatementPurpose = StatementPurpose::new("lango-assistants");
}

/// `GET /assistants`.
pub(super) async fn page(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    let visit = Visit::receive(request, gateway, GET).await?;
    let Some(signed_in) = session::signed_in(gateway, &visit).await? else {
        return sign_in::page(gateway, "", None).await;
    };
    let form = Form {
        sid: signed_in.session.id().to_string(),
    };
    let signed = gateway
        .settings
        .signing_keys()
        .sign_statement(
            visit.site.issuer(),
            &form,
            clock::now_seconds() + FORM_SECONDS,
        )
        .map_err(|error| Denial::internal(error.to_string()))?;
    let grants = in_force(gateway, &signed_in).await?;
    let ends = |grant: &GrantRow| may_end(&signed_in, grant);
    pages::assistants(&signed_in.user, &grants, ends, signed.expose())
}

/// `POST /assistants/{id}/disconnect`.
pub(super) async fn disconnect(
    request: Request,
    gateway: &Gateway,
    grant: &str,
) -> Result<Response, Denial> {
    let visit = Visit::receive_form(request, gateway, POST).await?;
    visit.require_own_page()?;
    let fields = visit.form()?;
    let Some(signed_in) = session::signed_in(gateway, &visit).await? else {
        return sign_in::page(gateway, "", None).await;
    };
    gateway.meet(fields.get("request")).await?;
    let form = gateway.settings.signing_keys().verify_statement::<Form>(
        visit.site.issuer(),
        fields.get("request").unwrap_or_default(),
        clock::now_seconds(),
    );
    if !form.is_ok_and(|form| form.sid == signed_in.session.id().as_str()) {
        let detail = "This page is too old, or is not yours. Load it again.";
        return Err(Denial::new(Layer::Transport, "form", 403, detail));
    }
    let no_such = || no_such_thing("There is no such assistant.");
    let grant = KeyId::parse(grant).map_err(|_| no_such())?;
    let grants = in_force(gateway, &signed_in).await?;
    let known = grants.iter().find(|known| known.grant_id == grant);
    if !known.is_some_and(|known| may_end(&signed_in, known)) {
        return Err(no_such());
    }
    let name = KeyGateName::new(signed_in.scope(), grant);
    let by = RevokedBy::Principal(signed_in.user.principal_id.as_str().to_owned());
    OauthGrantClient::named(&gateway.env, &name, gateway.country.as_deref())
        .map_err(|error| unavailable(error.to_string()))?
        .revoke(&by)
        .await
        .map_err(|error| unavailable(error.to_string()))?;
    see_other(&visit.site.url("/assistants"))
}

async fn in_force(gateway: &Gateway, signed_in: &SignedIn) -> Result<Vec<GrantRow>, Denial> {
    let (store, scope) = (store(gateway)?, signed_in.scope());
    let grants = if may(signed_in, Permission::AgentView) {
        list_grants(&store, &scope, &Page::whole())
            .await
            .map(|grants| grants.items)
    } else {
        list_grants_of(&store, &scope, &signed_in.user.principal_id).await
    };
    let mut grants = grants.map_err(|error| store_failed(&error))?;
    let now = clock::now_seconds();
    grants.retain(|grant| grant.is_in_force(now));
    Ok(grants)
}

fn may_end(signed_in: &SignedIn, grant: &GrantRow) -> bool {
    grant.principal_id == signed_in.user.principal_id || may(signed_in, Permission::AgentManage)
}

fn may(signed_in: &SignedIn, permission: Permission) -> bool {
    signed_in.permissions.contains(permission)
}
