//! `/auth/v1/connections`: one's own accounts in other systems; and who has connected
//! theirs, for an administrator.

use lango_api::{
    AccountStanding, ConnectStarted, ConnectedAccount, ConnectedAccounts, Nothing, OwnAccount,
    OwnAccounts, Timestamp,
};
use lango_audit_log::Layer;
use lango_connector_kit::StandingAnswer;
use lango_identity::{ConnectionId, PrincipalId};
use lango_store::sealed_connection;
use worker::Response;

use super::{
    call::{Call, Own, done, store, store_failed},
    connections::no_such_connection,
    json,
};
use crate::{
    delegation::{self, Account, Person},
    denial::Denial,
};

/// `GET /auth/v1/connections`.
pub(super) async fn own(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let own = call.own().await?;
    let principal = principal(&own)?;
    let person = person(&own, &principal);
    let accounts = person.accounts(gateway).await?;
    let standings = person.standings(gateway, accounts).await?;
    let items = standings
        .into_iter()
        .map(|(account, standing)| shown(account, &standing))
        .collect();
    json(200, &OwnAccounts { items })
}

/// `POST /auth/v1/connections/{connection_id}/connect`.
pub(super) async fn connect(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let Nothing {} = call.body()?;
    let connection = call.captured("connection_id").to_owned();
    let own = call.own().await?;
    let principal = principal(&own)?;
    let person = person(&own, &principal);
    let account = person.account(gateway, &connection).await?;
    if !own.by_browser {
        let detail = "An account is connected in the browser in which you are signed in: the answer of the other system comes back to it. Begin there.";
        return Err(Denial::new(Layer::Access, "browser_needed", 403, detail));
    }
    let site = gateway.settings.site(&own.reached_at).ok_or_else(|| {
        let detail = "This deployment has no public address to come back to. Its operator has to set LANGO_PUBLIC_ORIGIN.";
        Denial::new(Layer::Identity, "no_public_origin", 404, detail)
    })?;
    let (authorization_url, expires_at) = person.begin(gateway, &site, &account).await?;
    person
        .note(gateway, "account.connect_begin", &connection, None)
        .await?;
    let started = ConnectStarted {
        authorization_url,
        expires_at: Timestamp::from_seconds(expires_at),
    };
    json(200, &started)
}

/// `DELETE /auth/v1/connections/{connection_id}/connect`.
pub(super) async fn disconnect(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let connection = call.captured("connection_id").to_owned();
    let own = call.own().await?;
    let principal = principal(&own)?;
    let person = person(&own, &principal);
    let account = person.account(gateway, &connection).await?;
    if !person.disconnect(gateway, &account).await? {
        let detail = "Your account in this system is not connected.";
        return Err(Denial::new(Layer::Access, "not_connected", 404, detail));
    }
    person
        .note(gateway, "account.disconnect", &connection, None)
        .await?;
    done()
}

/// `GET /admin/v1/connections/{connection_id}/accounts`.
pub(super) async fn accounts(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let id = ConnectionId::parse(call.captured("connection_id")).ok();
    let permitted = call.look().await?;
    let id = id.ok_or_else(no_such_connection)?;
    let row = sealed_connection(&store(gateway)?, permitted.scope(), &id)
        .await
        .map_err(|error| store_failed(&error))?
        .ok_or_else(no_such_connection)?;
    let standing = delegation::everybody(gateway, permitted.scope(), &id, &row).await?;
    let items = standing
        .holders
        .into_iter()
        .map(|holder| ConnectedAccount {
            kind: holder.kind,
            principal_id: holder.id,
            standing: delegation::standing(holder.standing),
            connected_at: Timestamp::from_millis(holder.since_ms),
            changed_at: Timestamp::from_millis(holder.changed_ms),
        })
        .collect();
    let accounts = ConnectedAccounts {
        acts_as_user: standing.is_delegated,
        items,
    };
    json(200, &accounts)
}

fn shown(account: Account, standing: &StandingAnswer) -> OwnAccount {
    let holder = standing.holders.first();
    OwnAccount {
        connection_id: account.connection.connection_id,
        connector: account.connection.connector,
        name: account.connection.name,
        standing: holder.map_or(AccountStanding::NotConnected, |holder| {
            delegation::standing(holder.standing)
        }),
        connected_at: holder.map(|holder| Timestamp::from_millis(holder.since_ms)),
        changed_at: holder.map(|holder| Timestamp::from_millis(holder.changed_ms)),
    }
}

fn principal(own: &Own) -> Result<PrincipalId, Denial> {
    PrincipalId::parse(&own.principal).map_err(|_| {
        let detail = "Support acts as nobody: it has no account to connect.";
        Denial::new(Layer::Access, "not_permitted", 403, detail)
    })
}

fn person<'a>(own: &'a Own, principal: &'a PrincipalId) -> Person<'a> {
    Person {
        scope: &own.scope,
        kind: own.kind,
        principal,
        session: &own.session,
    }
}
