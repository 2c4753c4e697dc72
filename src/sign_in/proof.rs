//! From what somebody has typed to a proof of who they are.
//!
//! Whatever is wrong, whoever is not there, whatever they lack: the answer is the
//! same, and so is the work that it takes. Only a right password or code is told why it
//! does not let somebody in.

use std::net::IpAddr;

use lango_audit_log::Layer;
use lango_durable_objects::{Noted, SignInGuardClient};
use lango_identity::{
    ClaimedTenant, DevelopmentSignIn, PrincipalId, SignInGuardName, TenantId, TenantScope,
};
use lango_sign_in::{
    Checked, CodeVerdict, Email, Library, OneTimeCode, Password, PasswordHash, PhoneNumber, check,
    hash,
};
use lango_store::{
    Account, AccountKind, Login, claim_tenant, claimed_account, load_settings, upgrade_password,
};
use lango_tenancy::Settings;
use worker::console_error;

use super::{Place, actor, guard::Attempted, unreachable};
use crate::{
    clock,
    denial::Denial,
    gateway::Gateway,
    routes::call::{store, store_failed},
};

/// Proof: somebody has shown what only they have.
pub(crate) struct Proven {
    scope: TenantScope,
    kind: AccountKind,
    principal: PrincipalId,
    settings: Settings,
    guard: SignInGuardClient,
    by: &'static str,
    /// Where they came from, for the log.
    country: Option<String>,
}

/// A tenant that somebody names, and the guard of the account that they name in it.
pub(super) struct Claim {
    pub(super) tenant: ClaimedTenant,
    pub(super) guard: SignInGuardName,
}

impl Proven {
    /// The right to the rows of their tenant.
    pub(crate) fn scope(&self) -> &TenantScope {
        &self.scope
    }

    /// Of which kind they are.
    pub(crate) fn kind(&self) -> AccountKind {
        self.kind
    }

    /// Who they are.
    pub(crate) fn principal(&self) -> &PrincipalId {
        &self.principal
    }

    /// Their tenant's settings.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Keeps an event of theirs for the tenant's log.
    pub(crate) async fn note(&self, action: &str, session: &str) -> Result<(), Denial> {
        let noted = Noted {
            session: Some(session.to_owned()),
            country: self.country.clone(),
            ..unplaced(action, self.kind, &self.principal)
        };
        self.guard.note(&noted).await.map_err(unreachable)
    }

    /// With what they have shown it: a word for the log.
    pub(crate) fn by(&self) -> &'static str {
        self.by
    }

    /// A developer's own machine takes anybody's word.
    pub(crate) async fn on_own_machine(
        gateway: &Gateway,
        development: DevelopmentSignIn,
        tenant: TenantId,
        principal: PrincipalId,
    ) -> Result<Self, Denial> {
        let claimed = ClaimedTenant::of_sign_in(tenant.clone());
        let scope = development.scope(tenant);
        let digest = gateway
            .settings
            .sign_in
            .accounts
            .name(&["own machine", principal.as_str()]);
        let guard = SignInGuardName::of_account(&claimed, digest);
        Ok(Self {
            settings: load_settings(&store(gateway)?, &scope)
                .await
                .map_err(|error| store_failed(&error))?
                .settings(),
            guard: SignInGuardClient::named(&gateway.env, &guard).map_err(unreachable)?,
            scope,
            kind: AccountKind::Employee,
            principal,
            by: "sign_in.own_machine",
            country: gateway.country.clone(),
        })
    }
}

/// Finds the tenant that somebody names. One that is not there has guards like any
/// other, and no accounts.
pub(super) async fn claim(gateway: &Gateway, place: &Place, login: &str) -> Result<Claim, Denial> {
    let found = claim_tenant(&store(gateway)?, place.name())
        .await
        .map_err(|error| store_failed(&error))?;
    let accounts = &gateway.settings.sign_in.accounts;
    Ok(match found {
        Some(tenant) => {
            let parts = [tenant.tenant().as_str(), place.kind.name(), login];
            let guard = SignInGuardName::of_account(&tenant, accounts.name(&parts));
            Claim { tenant, guard }
        }
        None => {
            let nobody = TenantId::parse("t_nobody");
            let nobody = nobody.map_err(|error| Denial::internal(error.to_string()))?;
            let parts = [&place.tenant, place.kind.name(), login];
            Claim {
                tenant: ClaimedTenant::of_sign_in(nobody),
                guard: SignInGuardName::of_nobody(accounts.name(&parts)),
            }
        }
    })
}

/// By a password.
pub(crate) async fn by_password(
    gateway: &Gateway,
    place: &Place,
    email: &Email,
    password: &Password,
    address: Option<IpAddr>,
) -> Result<Proven, Denial> {
    let configuration = &gateway.settings.sign_in;
    let claim = claim(gateway, place, email.as_str()).await?;
    let attempt = Attempted::begin(&gateway.env, configuration, &claim.guard, address).await?;
    let found = claimed_account(
        &store(gateway)?,
        &claim.tenant,
        place.kind,
        Login::Email(email.as_str()),
    )
    .await
    .map_err(|error| store_failed(&error))?;
    let allowed = found.settings.password_sign_in && may_sign_in(place.kind, &found.settings);
    let account = found.account.filter(|_| allowed);
    let stored = account.as_ref().and_then(hash_of);
    let decoy = clock::random()?;
    let checked = check(
        &mut Library,
        stored.as_ref(),
        password,
        configuration.cost,
        decoy,
    );
    let Some((account, Checked::Right { is_outdated })) = account.as_ref().zip(Some(checked))
    else {
        let known = account.map(|account| Noted {
            refused: Some("wrong_password".to_owned()),
            ..noted(
                gateway,
                "sign_in.password",
                place.kind,
                &account.principal_id,
            )
        });
        attempt.fail(known).await?;
        return Err(wrong());
    };
    let proven = prove(
        gateway,
        claim.tenant,
        place.kind,
        account,
        found.settings,
        attempt.succeed().await,
        "sign_in.password",
    )
    .await?;
    if is_outdated {
        upgrade(gateway, &proven, account, password).await;
    }
    Ok(proven)
}

/// By a one-time code.
pub(crate) async fn by_code(
    gateway: &Gateway,
    place: &Place,
    phone: &PhoneNumber,
    code: &OneTimeCode,
    address: Option<IpAddr>,
) -> Result<Proven, Denial> {
    let configuration = &gateway.settings.sign_in;
    let claim = claim(gateway, place, phone.as_str()).await?;
    let attempt = Attempted::begin(&gateway.env, configuration, &claim.guard, address).await?;
    let guard = SignInGuardClient::named(&gateway.env, &claim.guard).map_err(unreachable)?;
    let digest = configuration.codes.digest(&claim.guard.to_string(), code);
    let verdict = guard.try_code(digest).await.map_err(unreachable)?;
    let found = claimed_account(
        &store(gateway)?,
        &claim.tenant,
        place.kind,
        Login::Phone(phone.as_str()),
    )
    .await
    .map_err(|error| store_failed(&error))?;
    let allowed = found.settings.code_sign_in && may_sign_in(place.kind, &found.settings);
    match (found.account.filter(|_| allowed), verdict) {
        (Some(account), CodeVerdict::Right) => {
            prove(
                gateway,
                claim.tenant,
                place.kind,
                &account,
                found.settings,
                attempt.succeed().await,
                "sign_in.code",
            )
            .await
        }
        (account, _) => {
            let known = account.map(|account| Noted {
                refused: Some("wrong_code".to_owned()),
                ..noted(gateway, "sign_in.code", place.kind, &account.principal_id)
            });
            attempt.fail(known).await?;
            Err(wrong())
        }
    }
}

/// Whether the tenant has opened the door for this kind at all.
pub(super) fn may_sign_in(kind: AccountKind, settings: &Settings) -> bool {
    kind == AccountKind::Employee || settings.customer_sign_in
}

/// An event of somebody's, for their tenant's log.
pub(crate) fn noted(
    gateway: &Gateway,
    action: &str,
    kind: AccountKind,
    principal: &PrincipalId,
) -> Noted {
    Noted {
        country: gateway.country.clone(),
        ..unplaced(action, kind, principal)
    }
}

fn unplaced(action: &str, kind: AccountKind, principal: &PrincipalId) -> Noted {
    Noted {
        action: action.to_owned(),
        principal: principal.as_str().to_owned(),
        actor: actor(kind),
        session: None,
        target: None,
        refused: None,
        country: None,
    }
}

async fn prove(
    gateway: &Gateway,
    tenant: ClaimedTenant,
    kind: AccountKind,
    account: &Account,
    settings: Settings,
    guard: SignInGuardClient,
    by: &'static str,
) -> Result<Proven, Denial> {
    if account.suspended_at.is_some() {
        let event = Noted {
            refused: Some("suspended".to_owned()),
            ..noted(gateway, by, kind, &account.principal_id)
        };
        guard.note(&event).await.map_err(unreachable)?;
        let detail = "Your account is suspended. Ask your administrator.";
        return Err(Denial::new(Layer::Identity, "suspended", 403, detail));
    }
    Ok(Proven {
        scope: tenant.confirmed_by_sign_in(),
        kind,
        principal: account.principal_id.clone(),
        settings,
        guard,
        by,
        country: gateway.country.clone(),
    })
}

/// A hash that cannot be read lets nobody in, and is said in the operator's log.
pub(super) fn hash_of(account: &Account) -> Option<PasswordHash> {
    let parsed = account.password_hash.as_deref()?.parse();
    if parsed.is_err() {
        console_error!(
            "the hash of {}'s password is not readable",
            account.principal_id
        );
    }
    parsed.ok()
}

/// The password is here, so its stronger hash can be made. Without it the next
/// sign-in tries again.
async fn upgrade(gateway: &Gateway, proven: &Proven, account: &Account, password: &Password) {
    let upgraded = async {
        let salt = clock::random()?;
        let stronger = hash(&mut Library, password, gateway.settings.sign_in.cost, salt);
        let checked = account.password_hash.as_deref().unwrap_or_default();
        upgrade_password(
            &store(gateway)?,
            &proven.scope,
            proven.kind,
            &proven.principal,
            checked,
            &stronger.to_string(),
        )
        .await
        .map_err(|error| store_failed(&error))
    };
    if let Err(denial) = upgraded.await {
        console_error!("a password keeps its older hash: {:?}", denial.internal);
    }
}

fn wrong() -> Denial {
    Denial::new(
        Layer::Identity,
        "wrong_credentials",
        401,
        "That is not right: nobody signs in with this tenant, this account and this secret.",
    )
}
