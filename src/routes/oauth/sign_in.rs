//! Signing in. Today only a developer's own machine has a sign-in: a list of users
//! to be. A deployment that others can reach has none, and says so.

use lango_audit_log::Layer;
use lango_identity::{DevelopmentSignIn, PrincipalId, TenantId};
use lango_oauth::Parameters;
use lango_store::{Page, list_users, oldest_tenants};
use worker::{Request, Response};

use super::{
    pages::{self, Offer},
    see_other, session,
    visit::Visit,
};
use crate::{
    denial::Denial,
    gateway::Gateway,
    layers::transport::Expectation,
    routes::call::{store, store_failed},
};

const POST: Expectation<'_> = Expectation { methods: &["POST"] };

/// How many tenants are offered: those of the demo, which are a stack's oldest.
const TENANTS: u32 = 2;

/// The page on which one signs in; afterwards the browser goes on with `next`.
pub(super) async fn page(
    gateway: &Gateway,
    next: &str,
    client: Option<&str>,
) -> Result<Response, Denial> {
    let Some(development) = gateway.settings.development.sign_in else {
        return pages::no_sign_in();
    };
    let offers = offers(gateway, development).await?;
    pages::sign_in(&offers, next, client)
}

/// `POST /sign-in`: somebody has chosen whom to be.
pub(super) async fn answer(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    let visit = Visit::receive_form(request, gateway, POST).await?;
    visit.require_own_page()?;
    let form = visit.form()?;
    let development = gateway.settings.development.sign_in.ok_or_else(nobody)?;
    let tenant = form
        .get("tenant")
        .and_then(|text| TenantId::parse(text).ok());
    let principal = form
        .get("principal")
        .and_then(|text| PrincipalId::parse(text).ok());
    let (tenant, principal) = tenant.zip(principal).ok_or_else(nobody)?;
    let scope = development.scope(tenant);
    session::active_user(gateway, &scope, &principal)
        .await?
        .ok_or_else(nobody)?;
    let response = see_other(&onward(&visit, &form))?;
    session::begin(gateway, &visit.site, &scope, &principal, &response)?;
    Ok(response)
}

/// `POST /sign-out`.
pub(super) async fn out(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    let visit = Visit::receive_form(request, gateway, POST).await?;
    visit.require_own_page()?;
    let form = visit.form()?;
    let response = see_other(&onward(&visit, &form))?;
    session::end(&visit.site, &response)?;
    Ok(response)
}

/// Where the browser goes on: to a page of this deployment, whatever `next` says.
/// It is the query of an authorization request, which is read anew there.
fn onward(visit: &Visit, form: &Parameters) -> String {
    match form.get("next") {
        Some(query)
            if query
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'#') =>
        {
            visit.site.url(&format!("/authorize?{query}"))
        }
        _ => visit.site.url("/assistants"),
    }
}

async fn offers(gateway: &Gateway, development: DevelopmentSignIn) -> Result<Vec<Offer>, Denial> {
    let store = store(gateway)?;
    let tenants = oldest_tenants(&store, &development.platform(), TENANTS)
        .await
        .map_err(|error| store_failed(&error))?;
    let mut offers = Vec::new();
    for tenant in tenants {
        let scope = development.scope(tenant.tenant_id);
        let users = list_users(&store, &scope, &Page::whole())
            .await
            .map_err(|error| store_failed(&error))?;
        offers.push(Offer {
            tenant_id: scope.tenant().as_str().to_owned(),
            name: tenant.name,
            users: users.items,
        });
    }
    Ok(offers)
}

fn nobody() -> Denial {
    Denial::new(
        Layer::Identity,
        "sign_in",
        403,
        "Nobody is signed in that way.",
    )
}
