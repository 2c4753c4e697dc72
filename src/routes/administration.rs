//! The routes of the table in `crates/api`: which handler answers which operation.
//!
//! The match has no default: a route that is added to the table and answered by
//! nothing does not compile.

use std::rc::Rc;

use lango_api::{Found, Operation, Route, Who, find};
use worker::{Request, Response};

use super::{
    assistants, audit, auth,
    call::{Call, Captured},
    connections, customers, issuers, json, keys, roles, upstream_tools, users,
};
use crate::{denial::Denial, gateway::Gateway, layers::transport::Expectation};

/// Answers a request for one of the table's paths; gives it back when it is for none.
pub(super) async fn answer(
    request: Request,
    gateway: &Rc<Gateway>,
    segments: &[&str],
) -> Result<Result<Response, Request>, Denial> {
    match find(&request.method().to_string().to_uppercase(), segments) {
        Found::Route(route, captured) => dispatch(request, gateway, route, captured).await.map(Ok),
        Found::Methods(methods) => Err(super::method_not_allowed(request, gateway, &methods)),
        Found::Nothing => Ok(Err(request)),
    }
}

async fn dispatch(
    request: Request,
    gateway: &Rc<Gateway>,
    route: &'static Route,
    captured: Captured,
) -> Result<Response, Denial> {
    if route.who == Who::Public {
        return public(request, gateway, route).await;
    }
    let call = Call::receive(request, gateway, route, captured);
    match route.operation {
        Operation::ListKeys => keys::list(call.await?).await,
        Operation::CreateKey => keys::create(call.await?).await,
        Operation::ReadKey => keys::read(call.await?).await,
        Operation::ChangeKey => keys::change(call.await?).await,
        Operation::RevokeKey => keys::revoke(call.await?).await,
        Operation::RotateKey => keys::rotate(call.await?).await,
        Operation::ListUsers => users::list(call.await?).await,
        Operation::CreateUser => users::create(call.await?).await,
        Operation::ReadUser => users::read(call.await?).await,
        Operation::ChangeUser => users::change(call.await?).await,
        Operation::AssignRole => users::assign_role(call.await?).await,
        Operation::ListRoles => roles::list(call.await?).await,
        Operation::CreateRole => roles::create(call.await?).await,
        Operation::ReadRole => roles::read(call.await?).await,
        Operation::ChangeRole => roles::change(call.await?).await,
        Operation::DeleteRole => roles::delete(call.await?).await,
        Operation::ListCustomers => customers::list(call.await?).await,
        Operation::CreateCustomer => customers::create(call.await?).await,
        Operation::ReadCustomer => customers::read(call.await?).await,
        Operation::ChangeCustomer => customers::change(call.await?).await,
        Operation::ListConnections => connections::list(call.await?).await,
        Operation::CreateConnection => connections::connect(call.await?).await,
        Operation::DeleteConnection => connections::disconnect(call.await?).await,
        Operation::ListUpstreamTools => upstream_tools::list(call.await?).await,
        Operation::RefreshUpstreamTools => upstream_tools::refresh(call.await?).await,
        Operation::ApproveUpstreamTools => upstream_tools::approve(call.await?).await,
        Operation::WithdrawUpstreamTools => upstream_tools::withdraw(call.await?).await,
        Operation::ListAssistants => assistants::list(call.await?).await,
        Operation::RevokeAssistant => assistants::revoke(call.await?).await,
        Operation::ListIssuers => issuers::list(call.await?).await,
        Operation::TrustIssuer => issuers::trust(call.await?).await,
        Operation::DistrustIssuer => issuers::distrust(call.await?).await,
        Operation::MapSubject => issuers::map(call.await?).await,
        Operation::ReadAudit => audit::page(call.await?).await,
        Operation::InviteUser => auth::invite_user(call.await?).await,
        Operation::InviteCustomer => auth::invite_customer(call.await?).await,
        Operation::SignOut => auth::out(call.await?).await,
        Operation::SignOutEverywhere => auth::out_everywhere(call.await?).await,
        Operation::ReadMe => auth::me(call.await?).await,
        Operation::SignIn
        | Operation::AskForCode
        | Operation::SignInWithCode
        | Operation::RefreshSignIn
        | Operation::StartBrowserSession
        | Operation::SetPassword => Err(Denial::internal("a public route asked for a caller")),
    }
}

/// Those of somebody who is nobody yet.
async fn public(
    request: Request,
    gateway: &Rc<Gateway>,
    route: &'static Route,
) -> Result<Response, Denial> {
    match route.operation {
        Operation::SignIn => auth::sign_in(request, gateway, route).await,
        Operation::AskForCode => auth::ask_for_code(request, gateway, route).await,
        Operation::SignInWithCode => auth::sign_in_with_code(request, gateway, route).await,
        Operation::RefreshSignIn => auth::refresh(request, gateway, route).await,
        Operation::StartBrowserSession => auth::browser_session(request, gateway, route).await,
        Operation::SetPassword => auth::set_password(request, gateway, route).await,
        _ => Err(Denial::internal("a route is public that has no guest")),
    }
}

/// `GET /admin/v1/openapi.json`: the table as OpenAPI 3.1 describes it. It has
/// nothing of a tenant's.
pub(super) fn openapi(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    const GET: Expectation<'_> = Expectation { methods: &["GET"] };
    let (head, _) = super::incoming::head(request)?;
    let accepted = crate::layers::transport::accept(head, GET, &gateway.settings.transport)?;
    json(200, &lango_api::document(&accepted.head().reached_at()))
}
