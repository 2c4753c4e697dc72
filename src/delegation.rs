//! Accounts in other systems, as which Lango acts: who has connected theirs, and how
//! they do it. The tokens stay in the connector; the gateway never sees one.

use futures_util::future::try_join_all;
use lango_admission::{ConnectionState, KeyState};
use lango_audit_log::Layer;
use lango_connector_kit::{
    AskStanding, BeginConnect, CallerKind, CompleteAnswer, ConnectAnswer, Forget, HolderStanding,
    PATH_COMPLETE, PATH_CONNECT, PATH_FORGET, PATH_STANDING, Principal, SealedConnection,
    StandingAnswer,
};
use lango_durable_objects::{ConnectorClient, ConnectorError, Noted};
use lango_identity::{
    ConnectState, ConnectionId, KeyId, Permission, PrincipalId, PrincipalKind, TenantScope,
};
use lango_oauth::Site;
use lango_residency::Terms;
use lango_store::SealedConnectionRow;
use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use crate::{
    catalogue::Catalogue,
    clock,
    denial::Denial,
    gateway::Gateway,
    layers::connection::not_asked,
    routes::{call::store, connections::no_such_connection, residency::terms},
    sign_in::{
        proof::noted,
        session::{self, account_kind},
    },
    state::sealing::erasure_key,
};

/// How long somebody may take at the other side.
const CONNECT_SECONDS: i64 = 10 * 60;
/// Where answers come.
pub(crate) const CALLBACK: &str = "/connect/callback";

/// Somebody who is signed in, and their sign-in.
pub(crate) struct Person<'a> {
    pub(crate) scope: &'a TenantScope,
    pub(crate) kind: PrincipalKind,
    pub(crate) principal: &'a PrincipalId,
    pub(crate) session: &'a KeyId,
}

/// A connection that a person may use, and that might act as them.
pub(crate) struct Account {
    pub(crate) connection: ConnectionState,
    /// What the tenant was promised.
    terms: Terms,
}

/// The body for the connector, which reads it as a `CompleteConnect`. It is wiped.
#[derive(Serialize)]
struct Complete<'a> {
    at: SealedConnection,
    principal: Principal,
    state: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
}

impl Person<'_> {
    /// The connections that might act as the person.
    pub(crate) async fn accounts(&self, gateway: &Gateway) -> Result<Vec<Account>, Denial> {
        let snapshot = session::snapshot(gateway, self.scope, self.session).await?;
        let key = session::in_force(&snapshot)?.clone();
        let mut accounts: Vec<_> = snapshot.connections;
        accounts.retain(|connection| may_use(&key, connection));
        let terms = Terms {
            promise: snapshot.residency,
            colo: gateway.colo,
        };
        let account = |connection| Account {
            connection,
            terms: terms.clone(),
        };
        Ok(accounts.into_iter().map(account).collect())
    }

    /// One of them. What the person may not use is not there.
    pub(crate) async fn account(
        &self,
        gateway: &Gateway,
        connection: &str,
    ) -> Result<Account, Denial> {
        self.accounts(gateway)
            .await?
            .into_iter()
            .find(|account| account.connection.connection_id == connection)
            .ok_or_else(no_such_connection)
    }

    /// Where the person is to go, and until when (seconds since 1970).
    pub(crate) async fn begin(
        &self,
        gateway: &Gateway,
        site: &Site,
        account: &Account,
    ) -> Result<(String, i64), Denial> {
        let connection = ConnectionId::parse(&account.connection.connection_id)
            .map_err(|_| no_such_connection())?;
        let expires_at = clock::now_seconds() + CONNECT_SECONDS;
        let random = KeyId::from_random(clock::random()?);
        let state = ConnectState {
            scope: self.scope.clone(),
            kind: self.kind,
            principal: self.principal.clone(),
            session: self.session.clone(),
            connection,
        };
        let state = gateway
            .settings
            .signing_keys()
            .issue_connect_state(site.issuer(), &state, random.as_str(), expires_at)
            .map_err(|error| Denial::internal(error.to_string()))?;
        let begin = BeginConnect {
            at: account.sealed(gateway, self.scope).await?,
            principal: self.caller()?,
            state: state.expose().to_owned(),
            redirect_uri: site.url(CALLBACK),
        };
        match account
            .ask(gateway, self.scope, PATH_CONNECT, &begin)
            .await?
        {
            ConnectAnswer::Authorize(url) => Ok((url, expires_at)),
            ConnectAnswer::NotDelegated => Err(not_delegated()),
        }
    }

    /// The person is back.
    pub(crate) async fn complete(
        &self,
        gateway: &Gateway,
        account: &Account,
        state: &str,
        issuer: Option<&str>,
        code: Option<&str>,
    ) -> Result<CompleteAnswer, Denial> {
        let complete = Complete {
            at: account.sealed(gateway, self.scope).await?,
            principal: self.caller()?,
            state,
            issuer,
            code,
        };
        account
            .ask(gateway, self.scope, PATH_COMPLETE, &complete)
            .await
    }

    /// Forgets the person's tokens. Says whether there were any.
    pub(crate) async fn disconnect(
        &self,
        gateway: &Gateway,
        account: &Account,
    ) -> Result<bool, Denial> {
        let forget = Forget {
            tenant: self.scope.tenant().as_str().to_owned(),
            connection: account.connection.connection_id.clone(),
            principal: Some(self.caller()?),
        };
        account.ask(gateway, self.scope, PATH_FORGET, &forget).await
    }

    /// The person's standing in each, of those that act as them.
    pub(crate) async fn standings(
        &self,
        gateway: &Gateway,
        accounts: Vec<Account>,
    ) -> Result<Vec<(Account, StandingAnswer)>, Denial> {
        let caller = self.caller()?;
        let asked = accounts.into_iter().map(|account| {
            let of = Some(caller.clone());
            async move {
                let standing = account.standing(gateway, self.scope, of).await?;
                Ok((account, standing))
            }
        });
        let mut answered: Vec<(Account, StandingAnswer)> = try_join_all(asked).await?;
        answered.retain(|(_, standing)| standing.is_delegated);
        Ok(answered)
    }

    /// Records what the person did, or what was refused to them.
    pub(crate) async fn note(
        &self,
        gateway: &Gateway,
        action: &str,
        connection: &str,
        refused: Option<&str>,
    ) -> Result<(), Denial> {
        let kind = account_kind(self.kind).ok_or_else(support_has_none)?;
        let event = Noted {
            session: Some(self.session.as_str().to_owned()),
            target: Some(connection.to_owned()),
            refused: refused.map(str::to_owned),
            ..noted(gateway, action, kind, self.principal)
        };
        session::note(gateway, self.scope, &event).await
    }

    fn caller(&self) -> Result<Principal, Denial> {
        let kind = match self.kind {
            PrincipalKind::Employee => CallerKind::Employee,
            PrincipalKind::Customer => CallerKind::Customer,
            PrincipalKind::Support | PrincipalKind::PlatformAdmin => {
                return Err(support_has_none());
            }
        };
        Ok(Principal {
            kind,
            id: self.principal.as_str().to_owned(),
            role: None,
            customer_number: None,
            allow_tables: None,
        })
    }
}

impl Account {
    /// A connection of the store, for an administrator who may see it.
    pub(crate) async fn standing(
        &self,
        gateway: &Gateway,
        scope: &TenantScope,
        of: Option<Principal>,
    ) -> Result<StandingAnswer, Denial> {
        let ask = AskStanding {
            at: self.sealed(gateway, scope).await?,
            principal: of,
        };
        self.ask(gateway, scope, PATH_STANDING, &ask).await
    }

    async fn sealed(
        &self,
        gateway: &Gateway,
        scope: &TenantScope,
    ) -> Result<SealedConnection, Denial> {
        let connection = &self.connection;
        sealed(
            gateway,
            scope,
            &connection.connection_id,
            connection.allowed_hosts.clone(),
            (&connection.data_key, &connection.sealed),
            self.terms.clone(),
        )
        .await
    }

    async fn ask<A: DeserializeOwned>(
        &self,
        gateway: &Gateway,
        scope: &TenantScope,
        path: &str,
        question: &impl Serialize,
    ) -> Result<A, Denial> {
        let connector = Connector {
            gateway,
            scope,
            kind: &self.connection.connector,
            connection: &self.connection.connection_id,
            terms: &self.terms,
        };
        connector.ask(path, question).await
    }
}

/// Everybody who has connected their account, for whoever may see the connection.
pub(crate) async fn everybody(
    gateway: &Gateway,
    scope: &TenantScope,
    connection: &ConnectionId,
    row: &SealedConnectionRow,
) -> Result<StandingAnswer, Denial> {
    if !can_delegate(&row.connector) {
        return Ok(StandingAnswer::default());
    }
    let terms = terms(gateway, &store(gateway)?, scope).await?;
    let at = sealed(
        gateway,
        scope,
        connection.as_str(),
        row.allowed_hosts.clone(),
        (&row.data_key, &row.sealed),
        terms.clone(),
    )
    .await?;
    let connector = Connector {
        gateway,
        scope,
        kind: &row.connector,
        connection: connection.as_str(),
        terms: &terms,
    };
    let ask = AskStanding {
        at,
        principal: None,
    };
    connector.ask(PATH_STANDING, &ask).await
}

/// Forgets everybody's tokens: the connection is gone, or its credentials are.
pub(crate) async fn forget_all(
    gateway: &Gateway,
    scope: &TenantScope,
    kind: &str,
    connection: &str,
) -> Result<(), Denial> {
    // Connectors that can act as somebody keep tokens, for clients of their own too.
    if !can_delegate(kind) {
        return Ok(());
    }
    let connector = Connector {
        gateway,
        scope,
        kind,
        connection,
        // Nothing is opened for it.
        terms: &Terms::default(),
    };
    let forget = Forget {
        tenant: scope.tenant().as_str().to_owned(),
        connection: connection.to_owned(),
        principal: None,
    };
    connector.ask::<bool>(PATH_FORGET, &forget).await.map(drop)
}

struct Connector<'a> {
    gateway: &'a Gateway,
    scope: &'a TenantScope,
    kind: &'a str,
    connection: &'a str,
    terms: &'a Terms,
}

impl Connector<'_> {
    async fn ask<A: DeserializeOwned>(
        &self,
        path: &str,
        question: &impl Serialize,
    ) -> Result<A, Denial> {
        let body = serde_json::to_string(question)
            .map(Zeroizing::new)
            .map_err(|error| Denial::internal(error.to_string()))?;
        ConnectorClient {
            env: &self.gateway.env,
            kind: self.kind,
            tenant: self.scope.tenant().as_str(),
            connection: self.connection,
            call_id: "",
        }
        .ask_text(path, &body)
        .await
        .map_err(|error| refused(self.terms, &error))
    }
}

async fn sealed(
    gateway: &Gateway,
    scope: &TenantScope,
    connection: &str,
    allowed_hosts: Option<Vec<String>>,
    (data_key, fields): (&str, &str),
    residency: Terms,
) -> Result<SealedConnection, Denial> {
    let unreadable =
        |_| Denial::unavailable(Layer::Connection, "a stored connection is not readable");
    Ok(SealedConnection {
        tenant: scope.tenant().as_str().to_owned(),
        connection: connection.to_owned(),
        data_key: serde_json::from_str(data_key).map_err(unreadable)?,
        erasure_key: erasure_key(&gateway.env, scope).await?,
        sealed: serde_json::from_str(fields).map_err(unreadable)?,
        allowed_hosts,
        residency,
    })
}

/// Whoever may call any tool there may connect their account.
fn may_use(key: &KeyState, connection: &ConnectionState) -> bool {
    let authority = &key.holder.authority;
    let calls = [
        Permission::ToolRead,
        Permission::ToolWrite,
        Permission::ToolMoney,
    ];
    let may_call = key.holder.kind == PrincipalKind::Customer
        || calls.iter().any(|permission| authority.may(*permission));
    may_call
        && authority.connections.contains(&connection.connection_id)
        && can_delegate(&connection.connector)
}

fn can_delegate(kind: &str) -> bool {
    Catalogue::shipped()
        .connector(kind)
        .is_some_and(|connector| connector.can_delegate())
}

/// Why an account does not stand, or that it does.
pub(crate) const fn standing(of: HolderStanding) -> lango_api::AccountStanding {
    use lango_api::AccountStanding as Shown;
    match of {
        HolderStanding::Connected => Shown::Connected,
        HolderStanding::Refused => Shown::Refused,
        HolderStanding::AnswerLost => Shown::AnswerLost,
        HolderStanding::Changed => Shown::Changed,
        HolderStanding::Ended => Shown::Ended,
    }
}

fn not_delegated() -> Denial {
    let detail =
        "This connection does not act as whoever is signed in: there is no account to connect.";
    Denial::new(Layer::Connection, "not_delegated", 409, detail)
}

fn support_has_none() -> Denial {
    let detail = "Support acts as nobody: it has no account to connect.";
    Denial::new(Layer::Access, "not_permitted", 403, detail)
}

fn refused(terms: &Terms, error: &ConnectorError) -> Denial {
    if error.not_resident().is_some() {
        return not_asked(terms, error);
    }
    let detail = "The connector of this system did not answer, so nothing was changed. Try again.";
    Denial::new(Layer::Connection, "connector_unavailable", 502, detail).because(error.to_string())
}
