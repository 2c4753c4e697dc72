//! The routes of the table in `crates/api`: which handler answers which operation.
//!
//! The match has no default: a route that is added to the table and answered by
//! nothing does not compile.

use std::rc::Rc;

use lango_api::{Found, Operation, Route, find};
use worker::{Request, Response};

use super::{
    assistants, audit, auth,
    call::{Call, Captured},
    connections, customers, export, flags, issuers, json, keys, own_tenant,
    platform::{self, PlatformCall, tenants},
    roles, settings, support, upstream_tools, users,
};
use crate::{denial::Denial, gateway::Gateway, layers::transport::Expectation};

/// Answers a request for one of the table's paths; gives it back when it is for none.
pub(super) async fn answer(
    request: Request,
    gateway: &Rc<Gateway>,
    segments: &[&str],
) -> Result<Result<Response, Request>, Denial> {
    match find(&request.method().to_string().to_uppercase(), segments) {
        Found::Route(route, captured) => {
            let inbound = Inbound {
                request,
                gateway,
                route,
                captured,
            };
            dispatch(inbound).await.map(Ok)
        }
        Found::Methods(methods) => Err(super::method_not_allowed(request, gateway, &methods)),
        Found::Nothing => Ok(Err(request)),
    }
}

/// A request, and the route that it is for.
struct Inbound<'a> {
    request: Request,
    gateway: &'a Rc<Gateway>,
    route: &'static Route,
    captured: Captured,
}

impl<'a> Inbound<'a> {
    /// For a route of tenants: layers 1 and 2.
    async fn call(self) -> Result<Call<'a>, Denial> {
        Call::receive(self.request, self.gateway, self.route, self.captured).await
    }

    /// For a route of the platform: layers 1 and 2.
    async fn platform(self) -> Result<PlatformCall<'a>, Denial> {
        PlatformCall::receive(self.request, self.gateway, self.route, self.captured).await
    }
}

async fn dispatch(inbound: Inbound<'_>) -> Result<Response, Denial> {
    match inbound.route.operation {
        Operation::ListKeys => keys::list(inbound.call().await?).await,
        Operation::CreateKey => keys::create(inbound.call().await?).await,
        Operation::ReadKey => keys::read(inbound.call().await?).await,
        Operation::ChangeKey => keys::change(inbound.call().await?).await,
        Operation::RevokeKey => keys::revoke(inbound.call().await?).await,
        Operation::RotateKey => keys::rotate(inbound.call().await?).await,
        Operation::ListUsers => users::list(inbound.call().await?).await,
        Operation::CreateUser => users::create(inbound.call().await?).await,
        Operation::ReadUser => users::read(inbound.call().await?).await,
        Operation::ChangeUser => users::change(inbound.call().await?).await,
        Operation::AssignRole => users::assign_role(inbound.call().await?).await,
        Operation::ListRoles => roles::list(inbound.call().await?).await,
        Operation::CreateRole => roles::create(inbound.call().await?).await,
        Operation::ReadRole => roles::read(inbound.call().await?).await,
        Operation::ChangeRole => roles::change(inbound.call().await?).await,
        Operation::DeleteRole => roles::delete(inbound.call().await?).await,
        Operation::ListCustomers => customers::list(inbound.call().await?).await,
        Operation::CreateCustomer => customers::create(inbound.call().await?).await,
        Operation::ReadCustomer => customers::read(inbound.call().await?).await,
        Operation::ChangeCustomer => customers::change(inbound.call().await?).await,
        Operation::ListConnections => connections::list(inbound.call().await?).await,
        Operation::CreateConnection => connections::connect(inbound.call().await?).await,
        Operation::DeleteConnection => connections::disconnect(inbound.call().await?).await,
        Operation::ListUpstreamTools => upstream_tools::list(inbound.call().await?).await,
        Operation::RefreshUpstreamTools => upstream_tools::refresh(inbound.call().await?).await,
        Operation::ApproveUpstreamTools => upstream_tools::approve(inbound.call().await?).await,
        Operation::WithdrawUpstreamTools => upstream_tools::withdraw(inbound.call().await?).await,
        Operation::ListAssistants => assistants::list(inbound.call().await?).await,
        Operation::RevokeAssistant => assistants::revoke(inbound.call().await?).await,
        Operation::ListIssuers => issuers::list(inbound.call().await?).await,
        Operation::TrustIssuer => issuers::trust(inbound.call().await?).await,
        Operation::DistrustIssuer => issuers::distrust(inbound.call().await?).await,
        Operation::MapSubject => issuers::map(inbound.call().await?).await,
        Operation::ReadAudit => audit::page(inbound.call().await?).await,
        Operation::InviteUser => auth::invite_user(inbound.call().await?).await,
        Operation::InviteCustomer => auth::invite_customer(inbound.call().await?).await,
        Operation::SignOut => auth::out(inbound.call().await?).await,
        Operation::SignOutEverywhere => auth::out_everywhere(inbound.call().await?).await,
        Operation::ReadMe => auth::me(inbound.call().await?).await,
        Operation::ReadTenant => own_tenant::read(inbound.call().await?).await,
        Operation::CloseTenant => own_tenant::close(inbound.call().await?).await,
        Operation::ExportTenant => export::export(inbound.call().await?).await,
        Operation::ReadSettings => settings::read(inbound.call().await?).await,
        Operation::ReadSettingsSchema => settings::schema(inbound.call().await?).await,
        Operation::ChangeSettings => settings::change(inbound.call().await?).await,
        Operation::ListFlags => flags::list(inbound.call().await?).await,
        Operation::ReadFlag => flags::read(inbound.call().await?).await,
        Operation::SwitchFlag => flags::switch(inbound.call().await?).await,
        Operation::ResetFlag => flags::reset(inbound.call().await?).await,
        Operation::ListSupportGrants => support::list(inbound.call().await?).await,
        Operation::ReadSupportGrant => support::read(inbound.call().await?).await,
        Operation::GrantSupport => support::create(inbound.call().await?).await,
        Operation::RevokeSupportGrant => support::revoke(inbound.call().await?).await,
        Operation::Bootstrap => {
            platform::bootstrap(inbound.request, inbound.gateway, inbound.route).await
        }
        Operation::PlatformSignIn => {
            platform::sign_in(inbound.request, inbound.gateway, inbound.route).await
        }
        Operation::PlatformRefresh => {
            platform::refresh(inbound.request, inbound.gateway, inbound.route).await
        }
        Operation::PlatformSignOut => platform::sign_out(inbound.platform().await?).await,
        Operation::ChangeAdminPassword => {
            platform::change_password(inbound.platform().await?).await
        }
        Operation::ListAdmins => platform::list_admins(inbound.platform().await?).await,
        Operation::CreateAdmin => platform::create_admin(inbound.platform().await?).await,
        Operation::ReadAdmin => platform::read_admin(inbound.platform().await?).await,
        Operation::ChangeAdmin => platform::change_admin(inbound.platform().await?).await,
        Operation::ListPlatformKeys => platform::list_keys(inbound.platform().await?).await,
        Operation::CreatePlatformKey => platform::create_key(inbound.platform().await?).await,
        Operation::RevokePlatformKey => platform::revoke_key(inbound.platform().await?).await,
        Operation::ListTenants => tenants::list(inbound.platform().await?).await,
        Operation::CreateTenant => tenants::create(inbound.platform().await?).await,
        Operation::ReadPlatformTenant => tenants::read(inbound.platform().await?).await,
        Operation::ChangeTenant => tenants::change(inbound.platform().await?).await,
        Operation::SuspendTenant => tenants::suspend(inbound.platform().await?).await,
        Operation::ActivateTenant => tenants::activate(inbound.platform().await?).await,
        Operation::ClosePlatformTenant => tenants::close(inbound.platform().await?).await,
        Operation::ReopenTenant => tenants::reopen(inbound.platform().await?).await,
        Operation::OpenSupportSession => {
            platform::open_support_session(inbound.platform().await?).await
        }
        Operation::ReadPlatformAudit => platform::audit(inbound.platform().await?).await,
        Operation::SignIn => auth::sign_in(inbound.request, inbound.gateway, inbound.route).await,
        Operation::AskForCode => {
            auth::ask_for_code(inbound.request, inbound.gateway, inbound.route).await
        }
        Operation::SignInWithCode => {
            auth::sign_in_with_code(inbound.request, inbound.gateway, inbound.route).await
        }
        Operation::RefreshSignIn => {
            auth::refresh(inbound.request, inbound.gateway, inbound.route).await
        }
        Operation::StartBrowserSession => {
            auth::browser_session(inbound.request, inbound.gateway, inbound.route).await
        }
        Operation::SetPassword => {
            auth::set_password(inbound.request, inbound.gateway, inbound.route).await
        }
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
