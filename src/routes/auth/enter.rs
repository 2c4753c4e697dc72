//! Ways in.

use lango_api::{
    AskForCode, BrowserSession, BrowserSignIn, RefreshSignIn, SetPassword, SignIn, SignInKind,
    SignInWithCode, Timestamp,
};
use lango_audit_log::Layer;
use lango_sign_in::{OneTimeCode, Password};
use worker::Response;

use super::guest::{Guest, email, phone, place, unfit};
use crate::{
    denial::Denial,
    routes::{call::done, empty, json},
    sign_in::{
        browser, codes,
        guard::count_request,
        password,
        proof::{Proven, by_code, by_password},
        session,
    },
};

pub(in crate::routes) async fn sign_in(guest: Guest<'_>) -> Result<Response, Denial> {
    let typed: SignIn = guest.body()?;
    let proven = prove_by_password(
        &guest,
        (&typed.tenant, typed.kind),
        &typed.email,
        &typed.password,
    )
    .await?;
    json(200, &session::begin(guest.gateway, &proven).await?)
}

pub(in crate::routes) async fn ask_for_code(guest: Guest<'_>) -> Result<Response, Denial> {
    let gateway = guest.gateway;
    let typed: AskForCode = guest.body()?;
    let phone = phone(&typed.phone)?;
    count_request(&gateway.env, &gateway.settings.sign_in, guest.address).await?;
    codes::send(gateway, place(&typed.tenant, typed.kind), phone)?;
    empty(202)
}

pub(in crate::routes) async fn sign_in_with_code(guest: Guest<'_>) -> Result<Response, Denial> {
    let typed: SignInWithCode = guest.body()?;
    let proven = prove_by_code(
        &guest,
        (&typed.tenant, typed.kind),
        &typed.phone,
        &typed.code,
    )
    .await?;
    json(200, &session::begin(guest.gateway, &proven).await?)
}

pub(in crate::routes) async fn refresh(guest: Guest<'_>) -> Result<Response, Denial> {
    let typed: RefreshSignIn = guest.body()?;
    let refreshed = session::refresh(guest.gateway, &typed.refresh_token).await;
    json(200, &guest.counted(refreshed).await?)
}

/// The session is a cookie; its page keeps the CSRF token.
pub(in crate::routes) async fn browser_session(guest: Guest<'_>) -> Result<Response, Denial> {
    let typed: BrowserSignIn = guest.body()?;
    let site = guest.own_site()?;
    let of = (typed.tenant.as_str(), typed.kind);
    let proven = match (typed.email, typed.password, typed.phone, typed.code) {
        (Some(email), Some(password), None, None) => {
            prove_by_password(&guest, of, &email, &password).await?
        }
        (None, None, Some(phone), Some(code)) => prove_by_code(&guest, of, &phone, &code).await?,
        _ => {
            let detail = "Send email and password, or phone and code.";
            return Err(Denial::new(Layer::Screening, "body", 422, detail));
        }
    };
    let (begun, cookie) = browser::begin(guest.gateway, site, &proven).await?;
    let token = guest
        .gateway
        .settings
        .sign_in
        .csrf
        .token(begun.session.as_str());
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

/// By anybody who has an invitation.
pub(in crate::routes) async fn accept_invitation(guest: Guest<'_>) -> Result<Response, Denial> {
    let typed: SetPassword = guest.body()?;
    let Some(invitation) = typed.invitation.filter(|_| typed.current.is_none()) else {
        let detail = "Send an invitation, or sign in and send the password until now (current).";
        return Err(Denial::new(Layer::Screening, "body", 422, detail));
    };
    let accepted = password::accept(guest.gateway, &invitation, &typed.new).await;
    guest.counted(accepted).await?;
    done()
}

async fn prove_by_password(
    guest: &Guest<'_>,
    (tenant, kind): (&str, SignInKind),
    address: &str,
    password: &Password,
) -> Result<Proven, Denial> {
    let (place, email) = (place(tenant, kind), email(address)?);
    let proven = by_password(guest.gateway, &place, &email, password, guest.address).await;
    guest.counted(proven).await
}

async fn prove_by_code(
    guest: &Guest<'_>,
    (tenant, kind): (&str, SignInKind),
    number: &str,
    code: &str,
) -> Result<Proven, Denial> {
    let (place, phone) = (place(tenant, kind), phone(number)?);
    let code = OneTimeCode::parse(code).ok_or_else(|| unfit("code", &"it has six digits"))?;
    let proven = by_code(guest.gateway, &place, &phone, &code, guest.address).await;
    guest.counted(proven).await
}
