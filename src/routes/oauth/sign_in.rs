//! The pages on which people sign in: with an e-mail address and a password, or with a
//! telephone number and a one-time code. On a developer's own machine there is a list
//! of the demo's people besides.

use std::{net::IpAddr, rc::Rc};

use lango_audit_log::Layer;
use lango_durable_objects::Noted;
use lango_identity::{DevelopmentSignIn, PrincipalId, TenantId};
use lango_oauth::Parameters;
use lango_sign_in::{Email, OneTimeCode, Password, PhoneNumber};
use lango_store::{AccountKind, Page, list_users, oldest_tenants};
use worker::{Request, Response};

use super::{
    entry_pages::{self, Entry, Offer},
    see_other, session,
    visit::Visit,
};
use crate::{
    denial::Denial,
    gateway::Gateway,
    layers::transport::Expectation,
    routes::call::{store, store_failed},
    sign_in::{
        Place,
        browser::{self, Cookie},
        codes,
        configuration::Carrier,
        guard::count_request,
        proof::{Proven, by_code, by_password, noted},
        session::{account_kind, end, note},
    },
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
    let entry = Entry {
        next,
        client,
        ..Entry::default()
    };
    show(gateway, 200, &entry).await
}

async fn show(gateway: &Gateway, status: u16, entry: &Entry<'_>) -> Result<Response, Denial> {
    let offers = match gateway.settings.development.sign_in {
        Some(development) => offers(gateway, development).await?,
        None => Vec::new(),
    };
    let sends_codes = !matches!(gateway.settings.sign_in.carrier, Carrier::Nobody);
    entry_pages::sign_in(status, &offers, sends_codes, entry)
}

/// `POST /sign-in`: a password, or on a developer's own machine anybody's word.
pub(super) async fn answer(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    let visit = Visit::receive_form(request, gateway, POST).await?;
    visit.require_own_page()?;
    let form = visit.form()?;
    if form.get("principal").is_some() {
        let proven = of_demo(gateway, &form).await?;
        return enter(gateway, &visit, &form, &proven).await;
    }
    let typed = |name| form.get(name).unwrap_or_default();
    let (tenant, email) = (typed("tenant"), typed("email"));
    let proven = async {
        let email = Email::parse(email).map_err(|error| unfit(&error))?;
        let password = Password::new(typed("password").to_owned());
        let place = Place::new(tenant, AccountKind::Employee);
        by_password(gateway, &place, &email, &password, visit.address).await
    };
    match proven.await {
        Ok(proven) => enter(gateway, &visit, &form, &proven).await,
        Err(denial) => {
            let entry = Entry {
                next: typed("next"),
                tenant,
                email,
                notice: Some(shown(&denial)?),
                ..Entry::default()
            };
            show(gateway, denial.status, &entry).await
        }
    }
}

/// `POST /sign-in/code`: the number gets a code, if it is somebody's.
pub(super) async fn send_code(request: Request, gateway: &Rc<Gateway>) -> Result<Response, Denial> {
    let visit = Visit::receive_form(request, gateway, POST).await?;
    visit.require_own_page()?;
    let form = visit.form()?;
    let typed = |name| form.get(name).unwrap_or_default();
    let entry = Entry {
        next: typed("next"),
        tenant: typed("tenant"),
        phone: typed("phone"),
        ..Entry::default()
    };
    let sent = async {
        let phone = PhoneNumber::parse(entry.phone).map_err(|error| unfit(&error))?;
        count_request(&gateway.env, &gateway.settings.sign_in, visit.address).await?;
        codes::send(
            gateway,
            Place::new(entry.tenant, AccountKind::Employee),
            phone,
        )
    };
    match sent.await {
        Ok(()) => entry_pages::code(200, &entry),
        Err(denial) => {
            let notice = Some(shown(&denial)?);
            show(gateway, denial.status, &Entry { notice, ..entry }).await
        }
    }
}

/// `POST /sign-in/verify`: the code.
pub(super) async fn verify_code(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    let visit = Visit::receive_form(request, gateway, POST).await?;
    visit.require_own_page()?;
    let form = visit.form()?;
    let typed = |name| form.get(name).unwrap_or_default();
    let entry = Entry {
        next: typed("next"),
        tenant: typed("tenant"),
        phone: typed("phone"),
        ..Entry::default()
    };
    match proven_by_code(gateway, &entry, typed("code"), visit.address).await {
        Ok(proven) => enter(gateway, &visit, &form, &proven).await,
        Err(denial) => {
            let notice = Some(shown(&denial)?);
            entry_pages::code(denial.status, &Entry { notice, ..entry })
        }
    }
}

async fn proven_by_code(
    gateway: &Gateway,
    entry: &Entry<'_>,
    code: &str,
    address: Option<IpAddr>,
) -> Result<Proven, Denial> {
    let phone = PhoneNumber::parse(entry.phone).map_err(|error| unfit(&error))?;
    let code = OneTimeCode::parse(code).ok_or_else(|| unfit(&"a code has six digits"))?;
    let place = Place::new(entry.tenant, AccountKind::Employee);
    by_code(gateway, &place, &phone, &code, address).await
}

/// `POST /sign-out`: the session ends, not the cookie alone.
pub(super) async fn out(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    let visit = Visit::receive_form(request, gateway, POST).await?;
    visit.require_own_page()?;
    let form = visit.form()?;
    if let Some(session) = session::named(gateway, &visit).await?
        && end(gateway, &session.scope(), session.id()).await?
        && let Some(kind) = account_kind(session.kind())
    {
        let event = Noted {
            session: Some(session.id().to_string()),
            ..noted(gateway, "sign_out", kind, session.principal())
        };
        note(gateway, &session.scope(), &event).await?;
    }
    let response = see_other(&onward(&visit, &form))?;
    Cookie::none(&visit.site).set(&response)?;
    Ok(response)
}

/// The session begins, and the browser goes on.
async fn enter(
    gateway: &Gateway,
    visit: &Visit,
    form: &Parameters,
    proven: &Proven,
) -> Result<Response, Denial> {
    let (_, cookie) = browser::begin(gateway, &visit.site, proven).await?;
    let response = see_other(&onward(visit, form))?;
    cookie.set(&response)?;
    Ok(response)
}

/// Where the browser goes on: to a page of this deployment, whatever `next` says.
/// It is the query of an authorization request, which is read anew there.
fn onward(visit: &Visit, form: &Parameters) -> String {
    match form.get("next") {
        Some(query)
            if !query.is_empty()
                && query
                    .bytes()
                    .all(|byte| byte.is_ascii_graphic() && byte != b'#') =>
        {
            visit.site.url(&format!("/authorize?{query}"))
        }
        _ => visit.site.url("/assistants"),
    }
}

/// On a developer's own machine anybody is whom they choose.
async fn of_demo(gateway: &Gateway, form: &Parameters) -> Result<Proven, Denial> {
    let development = gateway.settings.development.sign_in.ok_or_else(nobody)?;
    let tenant = form
        .get("tenant")
        .and_then(|text| TenantId::parse(text).ok());
    let principal = form
        .get("principal")
        .and_then(|text| PrincipalId::parse(text).ok());
    let (tenant, principal) = tenant.zip(principal).ok_or_else(nobody)?;
    let scope = development.scope(tenant.clone());
    session::active_user(gateway, &scope, &principal)
        .await?
        .ok_or_else(nobody)?;
    Proven::on_own_machine(gateway, development, tenant, principal).await
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

/// What a person can mend stands on the page; anything else is said as ever.
fn shown(denial: &Denial) -> Result<&str, Denial> {
    if denial.status >= 500 && denial.code != "no_carrier" {
        return Err(denial.clone());
    }
    Ok(&denial.detail)
}

fn unfit(error: &impl ToString) -> Denial {
    let detail = format!("Correct this: {}.", error.to_string());
    Denial::new(Layer::Screening, "form", 422, detail)
}

fn nobody() -> Denial {
    Denial::new(
        Layer::Identity,
        "sign_in",
        403,
        "Nobody is signed in that way.",
    )
}
