//! The routes of the table in `crates/api`: which handler answers which operation.
//!
//! The match has no default: a route that is added to the table and answered by
//! nothing does not compile.

use std::rc::Rc;

use lango_api::{Found, Operation, Route, find};
use worker::{Request, Response};

use super::{
    alerts, approvals, assistants, audit, audit_streams, auth,
    auth::Guest,
    call::{Call, Captured},
    connections, customers, delegation, export, flags, guard_policy, issuers, json, keys, limits,
    own_tenant,
    platform::{self, PlatformCall, tenants},
    quotas, residency, roles, settings, signing_keys, sql_policy, support, transfers,
    trusted_values, upstream_tools, users, vault,
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
            let incoming = Incoming {
                request,
                gateway,
                route,
                captured,
            };
            dispatch(incoming).await.map(Ok)
        }
        Found::Methods(methods) => Err(super::method_not_allowed(request, gateway, &methods)),
        Found::Nothing => Ok(Err(request)),
    }
}

/// A request to a route, before anybody is identified.
struct Incoming<'a> {
    request: Request,
    gateway: &'a Rc<Gateway>,
    route: &'static Route,
    captured: Captured,
}

impl<'a> Incoming<'a> {
    /// Somebody who is nobody yet.
    async fn guest(self) -> Result<Guest<'a>, Denial> {
        Guest::receive(self.request, self.gateway, self.route).await
    }

    /// The call of a tenant's principal.
    async fn tenant(self) -> Result<Call<'a>, Denial> {
        Call::receive(self.request, self.gateway, self.route, self.captured).await
    }

    /// The call of a platform admin.
    async fn platform(self) -> Result<PlatformCall<'a>, Denial> {
        PlatformCall::receive(self.request, self.gateway, self.route, self.captured).await
    }
}

async fn dispatch(incoming: Incoming<'_>) -> Result<Response, Denial> {
    match incoming.route.operation {
        Operation::ListKeys => keys::list(incoming.tenant().await?).await,
        Operation::CreateKey => keys::create(incoming.tenant().await?).await,
        Operation::ReadKey => keys::read(incoming.tenant().await?).await,
        Operation::ChangeKey => keys::change(incoming.tenant().await?).await,
        Operation::RevokeKey => keys::revoke(incoming.tenant().await?).await,
        Operation::RotateKey => keys::rotate(incoming.tenant().await?).await,
        Operation::ListUsers => users::list(incoming.tenant().await?).await,
        Operation::CreateUser => users::create(incoming.tenant().await?).await,
        Operation::ReadUser => users::read(incoming.tenant().await?).await,
        Operation::ChangeUser => users::change(incoming.tenant().await?).await,
        Operation::AssignRole => users::assign_role(incoming.tenant().await?).await,
        Operation::ListRoles => roles::list(incoming.tenant().await?).await,
        Operation::CreateRole => roles::create(incoming.tenant().await?).await,
        Operation::ReadRole => roles::read(incoming.tenant().await?).await,
        Operation::ChangeRole => roles::change(incoming.tenant().await?).await,
        Operation::DeleteRole => roles::delete(incoming.tenant().await?).await,
        Operation::ListCustomers => customers::list(incoming.tenant().await?).await,
        Operation::CreateCustomer => customers::create(incoming.tenant().await?).await,
        Operation::ReadCustomer => customers::read(incoming.tenant().await?).await,
        Operation::ChangeCustomer => customers::change(incoming.tenant().await?).await,
        Operation::ListConnections => connections::list(incoming.tenant().await?).await,
        Operation::CreateConnection => connections::connect(incoming.tenant().await?).await,
        Operation::ReadConnection => connections::read(incoming.tenant().await?).await,
        Operation::ChangeConnection => connections::change(incoming.tenant().await?).await,
        Operation::SetCredentials => connections::set_credentials(incoming.tenant().await?).await,
        Operation::TestConnection => connections::test(incoming.tenant().await?).await,
        Operation::ListConnectors => connections::list_connectors(incoming.tenant().await?).await,
        Operation::DeleteConnection => connections::disconnect(incoming.tenant().await?).await,
        Operation::ListUpstreamTools => upstream_tools::list(incoming.tenant().await?).await,
        Operation::RefreshUpstreamTools => upstream_tools::refresh(incoming.tenant().await?).await,
        Operation::ApproveUpstreamTools => upstream_tools::approve(incoming.tenant().await?).await,
        Operation::WithdrawUpstreamTools => {
            upstream_tools::withdraw(incoming.tenant().await?).await
        }
        Operation::ReadVault => vault::read(incoming.tenant().await?).await,
        Operation::RotateDataKey => vault::rotate(incoming.tenant().await?).await,
        Operation::DestroyCredentials => vault::destroy(incoming.tenant().await?).await,
        Operation::ReadKeyEncryptionKeys => platform::vault::read(incoming.platform().await?).await,
        Operation::RewrapDataKeys => platform::vault::rewrap(incoming.platform().await?).await,
        Operation::ListAssistants => assistants::list(incoming.tenant().await?).await,
        Operation::RevokeAssistant => assistants::revoke(incoming.tenant().await?).await,
        Operation::ListIssuers => issuers::list(incoming.tenant().await?).await,
        Operation::TrustIssuer => issuers::trust(incoming.tenant().await?).await,
        Operation::DistrustIssuer => issuers::distrust(incoming.tenant().await?).await,
        Operation::MapSubject => issuers::map(incoming.tenant().await?).await,
        Operation::ReadAudit => audit::search(incoming.tenant().await?).await,
        Operation::ExportAudit => audit::export(incoming.tenant().await?).await,
        Operation::ReadAuditCheckpoint => audit::checkpoint(incoming.tenant().await?).await,
        Operation::ProveAuditInclusion => audit::inclusion(incoming.tenant().await?).await,
        Operation::ProveAuditConsistency => audit::consistency(incoming.tenant().await?).await,
        Operation::ReadAuditKeys => audit::keys(incoming.tenant().await?).await,
        Operation::ReadAuditArchive => audit::archive(incoming.tenant().await?).await,
        Operation::ReadAuditPolicy => audit::read_policy(incoming.tenant().await?).await,
        Operation::SetAuditPolicy => audit::set_policy(incoming.tenant().await?).await,
        Operation::EraseFromAudit => audit::erase(incoming.tenant().await?).await,
        Operation::ReadQuotas => quotas::read(incoming.tenant().await?).await,
        Operation::ListStreams => audit_streams::list(incoming.tenant().await?).await,
        Operation::CreateStream => audit_streams::create(incoming.tenant().await?).await,
        Operation::ReadStream => audit_streams::read(incoming.tenant().await?).await,
        Operation::ChangeStream => audit_streams::change(incoming.tenant().await?).await,
        Operation::DeleteStream => audit_streams::delete(incoming.tenant().await?).await,
        Operation::TestStream => audit_streams::test(incoming.tenant().await?).await,
        Operation::ResumeStream => audit_streams::resume(incoming.tenant().await?).await,
        Operation::ListDeadLetters => audit_streams::dead_letters(incoming.tenant().await?).await,
        Operation::InviteUser => auth::invite_user(incoming.tenant().await?).await,
        Operation::InviteCustomer => auth::invite_customer(incoming.tenant().await?).await,
        Operation::SignIn => auth::sign_in(incoming.guest().await?).await,
        Operation::AskForCode => auth::ask_for_code(incoming.guest().await?).await,
        Operation::SignInWithCode => auth::sign_in_with_code(incoming.guest().await?).await,
        Operation::RefreshSignIn => auth::refresh(incoming.guest().await?).await,
        Operation::StartBrowserSession => auth::browser_session(incoming.guest().await?).await,
        Operation::SetPassword if auth::shows_who(&incoming.request) => {
            auth::change_password(incoming.tenant().await?).await
        }
        Operation::SetPassword => auth::accept_invitation(incoming.guest().await?).await,
        Operation::SignOut => auth::out(incoming.tenant().await?).await,
        Operation::SignOutEverywhere => auth::out_everywhere(incoming.tenant().await?).await,
        Operation::ReadMe => auth::me(incoming.tenant().await?).await,
        Operation::ListOwnAccounts => delegation::own(incoming.tenant().await?).await,
        Operation::ConnectAccount => delegation::connect(incoming.tenant().await?).await,
        Operation::DisconnectAccount => delegation::disconnect(incoming.tenant().await?).await,
        Operation::ListConnectedAccounts => delegation::accounts(incoming.tenant().await?).await,
        Operation::ReadTenant => own_tenant::read(incoming.tenant().await?).await,
        Operation::CloseTenant => own_tenant::close(incoming.tenant().await?).await,
        Operation::ExportTenant => export::export(incoming.tenant().await?).await,
        Operation::ReadSettings => settings::read(incoming.tenant().await?).await,
        Operation::ReadSettingsSchema => settings::schema(incoming.tenant().await?).await,
        Operation::ReadLimits => limits::read(incoming.tenant().await?).await,
        Operation::SetLimits => limits::set(incoming.tenant().await?).await,
        Operation::ReadTenantLimits => limits::read_tenants(incoming.platform().await?).await,
        Operation::SetTenantLimits => limits::set_tenants(incoming.platform().await?).await,
        Operation::ChangeSettings => settings::change(incoming.tenant().await?).await,
        Operation::ListFlags => flags::list(incoming.tenant().await?).await,
        Operation::ReadFlag => flags::read(incoming.tenant().await?).await,
        Operation::SwitchFlag => flags::switch(incoming.tenant().await?).await,
        Operation::ResetFlag => flags::reset(incoming.tenant().await?).await,
        Operation::ListSupportGrants => support::list(incoming.tenant().await?).await,
        Operation::ReadSupportGrant => support::read(incoming.tenant().await?).await,
        Operation::GrantSupport => support::create(incoming.tenant().await?).await,
        Operation::RevokeSupportGrant => support::revoke(incoming.tenant().await?).await,
        Operation::ReadResidency => residency::report(incoming.tenant().await?).await,
        Operation::ReadPromise => residency::read(incoming.tenant().await?).await,
        Operation::ChangePromise => residency::change(incoming.tenant().await?).await,
        Operation::ListTransfers => transfers::list(incoming.tenant().await?).await,
        Operation::CreateTransfer => transfers::create(incoming.tenant().await?).await,
        Operation::ReadTransfer => transfers::read(incoming.tenant().await?).await,
        Operation::ChangeTransfer => transfers::change(incoming.tenant().await?).await,
        Operation::DeleteTransfer => transfers::delete(incoming.tenant().await?).await,
        Operation::ReadGuardPolicy => guard_policy::read(incoming.tenant().await?).await,
        Operation::ChangeGuardPolicy => guard_policy::change(incoming.tenant().await?).await,
        Operation::ReadGuardPolicySchema => guard_policy::schema(incoming.tenant().await?).await,
        Operation::ReadSqlPolicy => sql_policy::read(incoming.tenant().await?).await,
        Operation::SetSqlPolicy => sql_policy::set(incoming.tenant().await?).await,
        Operation::TrySqlPolicy => sql_policy::attempt(incoming.tenant().await?).await,
        Operation::ReadSqlPolicySchema => sql_policy::schema(incoming.tenant().await?).await,
        Operation::ListTrustedValues => trusted_values::list(incoming.tenant().await?).await,
        Operation::TrustValue => trusted_values::create(incoming.tenant().await?).await,
        Operation::DistrustValue => trusted_values::delete(incoming.tenant().await?).await,
        Operation::ListApprovals => approvals::list(incoming.tenant().await?).await,
        Operation::ReadApproval => approvals::read(incoming.tenant().await?).await,
        Operation::ApproveCall => approvals::approve(incoming.tenant().await?).await,
        Operation::RefuseCall => approvals::refuse(incoming.tenant().await?).await,
        Operation::ListAlerts => alerts::list(incoming.tenant().await?).await,
        Operation::ReadAlertPolicy => alerts::read(incoming.tenant().await?).await,
        Operation::ChangeAlertPolicy => alerts::change(incoming.tenant().await?).await,
        Operation::ReadAlertPolicySchema => alerts::schema(incoming.tenant().await?).await,
        Operation::RotateWebhookSecret => alerts::rotate_secret(incoming.tenant().await?).await,
        Operation::TestAlerts => alerts::test(incoming.tenant().await?).await,
        Operation::CheckAuditLog => alerts::check(incoming.tenant().await?).await,
        Operation::Bootstrap => {
            platform::bootstrap(incoming.request, incoming.gateway, incoming.route).await
        }
        Operation::PlatformSignIn => platform::sign_in(incoming.guest().await?).await,
        Operation::PlatformRefresh => platform::refresh(incoming.guest().await?).await,
        Operation::PlatformSignOut => platform::sign_out(incoming.platform().await?).await,
        Operation::ChangeAdminPassword => {
            platform::change_password(incoming.platform().await?).await
        }
        Operation::ListAdmins => platform::list_admins(incoming.platform().await?).await,
        Operation::CreateAdmin => platform::create_admin(incoming.platform().await?).await,
        Operation::ReadAdmin => platform::read_admin(incoming.platform().await?).await,
        Operation::ChangeAdmin => platform::change_admin(incoming.platform().await?).await,
        Operation::ListPlatformKeys => platform::list_keys(incoming.platform().await?).await,
        Operation::CreatePlatformKey => platform::create_key(incoming.platform().await?).await,
        Operation::RevokePlatformKey => platform::revoke_key(incoming.platform().await?).await,
        Operation::ListTenants => tenants::list(incoming.platform().await?).await,
        Operation::CreateTenant => tenants::create(incoming.platform().await?).await,
        Operation::ReadPlatformTenant => tenants::read(incoming.platform().await?).await,
        Operation::ChangeTenant => tenants::change(incoming.platform().await?).await,
        Operation::ReadTenantQuotas => platform::quotas::read(incoming.platform().await?).await,
        Operation::ChangeTenantQuotas => platform::quotas::change(incoming.platform().await?).await,
        Operation::SuspendTenant => tenants::suspend(incoming.platform().await?).await,
        Operation::ActivateTenant => tenants::activate(incoming.platform().await?).await,
        Operation::ClosePlatformTenant => tenants::close(incoming.platform().await?).await,
        Operation::ReopenTenant => tenants::reopen(incoming.platform().await?).await,
        Operation::OpenSupportSession => {
            platform::open_support_session(incoming.platform().await?).await
        }
        Operation::ListSigningKeys => signing_keys::list(incoming.platform().await?).await,
        Operation::RotateSigningKey => signing_keys::rotate(incoming.platform().await?).await,
        Operation::WithdrawSigningKey => signing_keys::withdraw(incoming.platform().await?).await,
        Operation::ReadPlatformAudit => platform::audit(incoming.platform().await?).await,
    }
}

/// `GET /admin/v1/openapi.json`: the table as OpenAPI 3.1 describes it. It has
/// nothing of a tenant's.
pub(super) fn openapi(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    const GET: Expectation<'_> = Expectation { methods: &["GET"] };
    let (head, _) = super::incoming::head(request)?;
    let accepted = crate::layers::transport::accept(head, GET, &gateway.settings.transport)?;
    let document = lango_api::document(&accepted.head().reached_at())
        .map_err(|error| Denial::internal(error.to_string()))?;
    json(200, &document)
}
