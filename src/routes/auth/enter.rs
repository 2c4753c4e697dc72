//! Ways in.

use std::rc::Rc;

use lango_api::{
    AskForCode, BrowserSession, BrowserSignIn, RefreshSignIn, Route, SetPassword, SignIn,
    SignInKind, SignInWithCode, Timestamp,
};
use lango_audit_log::Layer;
use lango_sign_in::{OneTimeCode, Password};
use worker::{Request, Response};

use super::{
    account,
    guest::{Guest, counted, email, phone, place, unfit},
};
use crate::{
    denial::Denial,
    gateway::Gateway,
    routes::{call::done, empty, json},
    sign_in::{
        browser, codes,
        guard::count_request,
        password,
        proof::{Proven, by_code, by_password},
        session,
    },
};

pub(in crate::routes) async fn sign_in(
    request: Request,
    gateway: &Gateway,
    route: &'static Route,
) -> Result<Response, Denial> {
    let guest = Guest::receive(request, gateway, route).await?;
    let typed: SignIn = guest.body()?;
    let proven = prove_by_password(
        gateway,
        &guest,
        (&typed.tenant, typed.kind),
        &typed.email,
        &typed.password,
    )
    .await?;
    json(200, &session::begin(gateway, &proven).await?)
}

pub(in crate::routes) async fn ask_for_code(
    request: Request,
    gateway: &Rc<Gateway>,
    route: &'static Route,
) -> Result<Response, Denial> {
    let guest = Guest::receive(request, gateway, route).await?;
    let typed: AskForCode = guest.body()?;
    let phone = phone(&typed.phone)?;
    count_request(&gateway.env, &gateway.settings.sign_in, guest.address).await?;
    codes::send(gateway, place(&typed.tenant, typed.kind), phone)?;
    empty(202)
}

pub(in crate::routes) async fn sign_in_with_code(
    request: Request,
    gateway: &Gateway,
    route: &'static Route,
) -> Result<Response, Denial> {
    let guest = Guest::receive(request, gateway, route).await?;
    let typed: SignInWithCode = guest.body()?;
    let proven = prove_by_code(
        gateway,
        &guest,
        (&typed.tenant, typed.kind),
        &typed.phone,
        &typed.code,
    )
    .await?;
    json(200, &session::begin(gateway, &proven).await?)
}

pub(in crate::routes) async fn refresh(
    request: Request,
    gateway: &Gateway,
    route: &'static Route,
) -> Result<Response, Denial> {
    let guest = Guest::receive(request, gateway, route).await?;
    let typed: RefreshSignIn = guest.body()?;
    let refreshed = session::refresh(gateway, &typed.refresh_token).await;
    json(200, &counted(gateway, guest.address, refreshed).await?)
}

/// The session is a cookie; its page keeps the CSRF token.
pub(in crate::routes) async fn browser_session(
    request: Request,
    gateway: &Gateway,
    route: &'static Route,
) -> Result<Response, Denial> {
    let guest = Guest::receive(request, gateway, route).await?;
    let typed: BrowserSignIn = guest.body()?;
    let site = guest.own_site()?;
    let of = (typed.tenant.as_str(), typed.kind);
    let proven = match (typed.email, typed.password, typed.phone, typed.code) {
        (Some(email), Some(password), None, None) => {
            prove_by_password(gateway, &guest, of, &email, &password).await?
        }
        (None, None, Some(phone), Some(code)) => {
            prove_by_code(gateway, &guest, of, &phone, &code).await?
        }
        _ => {
            let detail = "Send email and password, or phone and code.";
            return Err(Denial::new(Layer::Screening, "body", 422, detail));
        }
    };
    let (begun, cookie) = browser::begin(gateway, site, &proven).await?;
    let token = gateway.settings.sign_in.csrf.token(begun.session.as_str());
    let answer = json(
        200,
        &BrowserSession {
            session_id: begun.session.as_str().to_owned(),
            csrf_token: token.expose().to_owned(),
            expires_at: Timestamp::from_seconds(begun.expires_at),
        },
    )?;
    cookie.set(&answer)?;
    Ok(answer)
}

/// With an invitation by anybody who has it, with the password until now by whoever is
/// signed in.
pub(in crate::routes) async fn set_password(
    request: Request,
    gateway: &Gateway,
    route: &'static Route,
) -> Result<Response, Denial> {
    if account::shows_who(&request) {
        return account::change_password(request, gateway, route).await;
    }
    let guest = Guest::receive(request, gateway, route).await?;
    let typed: SetPassword = guest.body()?;
    let Some(invitation) = typed.invitation.filter(|_| typed.current.is_none()) else {
        let detail = "Send an invitation, or sign in and send the password until now (current).";
        return Err(Denial::new(Layer::Screening, "body", 422, detail));
    };
    let accepted = password::accept(gateway, &invitation, &typed.new).await;
    counted(gateway, guest.address, accepted).await?;
    done()
}

async fn prove_by_password(
    gateway: &Gateway,
    guest: &Guest,
    (tenant, kind): (&str, SignInKind),
    address: &str,
    password: &Password,
) -> Result<Proven, Denial> {
    let (place, email) = (place(tenant, kind), email(address)?);
    let proven = by_password(gateway, &place, &email, password, guest.address).await;
    counted(gateway, guest.address, proven).await
}

async fn prove_by_code(
    gateway: &Gateway,
    guest: &Guest,
    (tenant, kind): (&str, SignInKind),
    number: &str,
    code: &str,
) -> Result<Proven, Denial> {
    let (place, phone) = (place(tenant, kind), phone(number)?);
    let code = OneTimeCode::parse(code).ok_or_else(|| unfit("code", &"it has six digits"))?;
    let proven = by_code(gateway, &place, &phone, &code, guest.address).await;
    counted(gateway, guest.address, proven).await
}
