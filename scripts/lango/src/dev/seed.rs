//! Tenants, keys and connections of the demo, created through the gateway's own
//! API and remembered, so that a second start creates nothing.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::{api::Api, data_folder::DataFolder, demo_database, mariadb, secrets};

/// The roles that get a key each, in the order in which they are shown.
pub(crate) const ROLES: [&str; 5] = ["admin", "manager", "cfo", "agent", "viewer"];
/// Who has the roles, in the same order.
const PEOPLE: [&str; 5] = [
    "Wanjiku Kamau",
    "Otieno Ouma",
    "Amina Hassan",
    "Kiprono Cheruiyot",
    "Njeri Mwangi",
];
/// A key with less time left is replaced at a start.
const REMAINING: Duration = Duration::from_secs(7 * 24 * 60 * 60);
const PLAN: &str = "business";

/// What a runtime's store is known to hold, by the tenants' names.
#[derive(Default, Serialize, Deserialize)]
struct State {
    tenants: BTreeMap<String, Tenant>,
}

/// A tenant of the demo.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Tenant {
    /// Its identifier.
    pub(crate) tenant_id: String,
    keys: BTreeMap<String, Key>,
    #[serde(default)]
    connections: BTreeMap<String, Connection>,
    /// Principals by role.
    #[serde(default)]
    users: BTreeMap<String, String>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Key {
    key_id: String,
    token: Zeroizing<String>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Connection {
    connection_id: String,
    /// What it was created with, except for the password.
    target: Value,
}

/// A connection that a tenant is to have.
pub(crate) struct WantedConnection {
    /// The connector's kind.
    pub(crate) connector: &'static str,
    /// Credential fields that may be written down.
    pub(crate) target: Value,
    /// Credential fields that may not.
    pub(crate) secrets: Vec<(&'static str, Zeroizing<String>)>,
}

impl WantedConnection {
    /// Every credential field, as the gateway's API takes them.
    pub(crate) fn credentials(&self) -> Value {
        let mut credentials = self.target.clone();
        for (field, secret) in &self.secrets {
            credentials[*field] = json!(secret.as_str());
        }
        credentials
    }
}

impl Tenant {
    /// The token of a role's key.
    pub(crate) fn token(&self, role: &str) -> Option<&str> {
        self.keys.get(role).map(|key| key.token.as_str())
    }

    /// The users by role.
    pub(crate) fn users(&self) -> &BTreeMap<String, String> {
        &self.users
    }

    /// The tokens by role.
    pub(crate) fn tokens(&self) -> BTreeMap<&str, &str> {
        self.keys
            .iter()
            .map(|(role, key)| (role.as_str(), key.token.as_str()))
            .collect()
    }
}

/// Makes sure that the tenant exists with its keys and connections. `file` is
/// where the runtime's state is remembered.
pub(crate) async fn tenant(
    platform: &Api,
    data: &DataFolder,
    file: &str,
    name: &str,
    connections: &[WantedConnection],
) -> Result<Tenant> {
    let mut state: State = data.read_json(file)?.unwrap_or_default();
    let mut tenant = match state.tenants.remove(name) {
        Some(known) if is_known(platform, &known).await? => known,
        _ => create(platform, name).await?,
    };
    // Remembered at each step: what is interrupted is taken up again.
    let remember = |state: &mut State, tenant: &Tenant| {
        state.tenants.insert(name.to_owned(), tenant.clone());
        data.write_json(file, state)
    };
    remember(&mut state, &tenant)?;
    renew_keys(platform, &mut tenant).await?;
    remember(&mut state, &tenant)?;
    create_users(platform, &mut tenant).await?;
    remember(&mut state, &tenant)?;
    for connection in connections {
        connect(platform, &mut tenant, connection)
            .await
            .with_context(|| format!("cannot create the {} connection", connection.connector))?;
        remember(&mut state, &tenant)?;
    }
    Ok(tenant)
}

/// The store may have been deleted, or be another one than when the tenant was
/// created: then its admin key is not in force.
async fn is_known(platform: &Api, tenant: &Tenant) -> Result<bool> {
    let Some(token) = tenant.token("admin") else {
        return Ok(false);
    };
    Ok(platform.with_token(token).keys().await?.is_some())
}

async fn create(platform: &Api, name: &str) -> Result<Tenant> {
    let created = platform.create_tenant(name, PLAN).await?;
    let key = Key {
        key_id: created.admin_key.key_id,
        token: created.admin_key.token,
    };
    Ok(Tenant {
        tenant_id: created.tenant_id,
        keys: BTreeMap::from([("admin".to_owned(), key)]),
        connections: BTreeMap::new(),
        users: BTreeMap::new(),
    })
}

/// One user for each role, to sign in as.
async fn create_users(platform: &Api, tenant: &mut Tenant) -> Result<()> {
    let admin = tenant
        .token("admin")
        .context("the tenant has no admin key")?;
    let admin = platform.with_token(admin);
    for (role, name) in ROLES.into_iter().zip(PEOPLE) {
        if !tenant.users.contains_key(role) {
            let user = admin.create_user(name, role).await?;
            tenant.users.insert(role.to_owned(), user.user_id);
        }
    }
    Ok(())
}

/// Issues what is missing, revoked, or about to expire.
async fn renew_keys(platform: &Api, tenant: &mut Tenant) -> Result<()> {
    let admin = tenant
        .token("admin")
        .context("the tenant has no admin key")?;
    let admin = platform.with_token(admin);
    let listed = admin.keys().await?.unwrap_or_default();
    for role in ROLES {
        let in_force = tenant
            .keys
            .get(role)
            .is_some_and(|key| !is_revoked(&listed, &key.key_id) && lasts(&key.token));
        if !in_force {
            let issued = admin.issue_key(&format!("Demo {role}"), role, None).await?;
            let key = Key {
                key_id: issued.key_id,
                token: issued.token,
            };
            tenant.keys.insert(role.to_owned(), key);
        }
    }
    Ok(())
}

fn is_revoked(listed: &[Value], key_id: &str) -> bool {
    let entry = listed.iter().find(|entry| entry["key_id"] == key_id);
    entry.is_none_or(|entry| !entry["revoked_at"].is_null())
}

/// Whether a token is good for some days more. Not a check of the token: that
/// is the gateway's.
pub(crate) fn lasts(token: &str) -> bool {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    expiry(token).is_some_and(|expiry| expiry > (now + REMAINING).as_secs())
}

fn expiry(token: &str) -> Option<u64> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    claims["exp"].as_u64()
}

async fn connect(platform: &Api, tenant: &mut Tenant, wanted: &WantedConnection) -> Result<()> {
    const NAME: &str = "main";
    let key = format!("{}/{NAME}", wanted.connector);
    let admin = tenant
        .token("admin")
        .context("the tenant has no admin key")?;
    let admin = platform.with_token(admin);
    if let Some(known) = tenant.connections.get(&key)
        && known.target == wanted.target
    {
        return Ok(());
    }
    // PostgreSQL's port was taken and it moved, or a start was interrupted.
    for stale in admin.connections().await? {
        if stale["connector"] == wanted.connector
            && let Some(id) = stale["connection_id"].as_str()
        {
            admin.delete_connection(id).await?;
        }
    }
    let created = admin
        .create_connection(
            wanted.connector,
            NAME,
            wanted.connector,
            &wanted.credentials(),
        )
        .await?;
    let connection = Connection {
        connection_id: created.connection_id,
        target: wanted.target.clone(),
    };
    tenant.connections.insert(key, connection);
    Ok(())
}

/// The connection to a business's database, with TLS demanded.
pub(crate) fn postgres_connection(port: u16, access: &demo_database::Access) -> WantedConnection {
    WantedConnection {
        connector: "postgres",
        target: json!({
            "host": "localhost",
            "port": port.to_string(),
            "database": access.database,
            "user": access.reader,
            "tls": "require",
        }),
        secrets: vec![("password", access.reader_password.clone())],
    }
}

/// The connection to a business's database in MariaDB, with TLS demanded.
pub(crate) fn mysql_connection(port: u16, logins: &mariadb::Logins) -> WantedConnection {
    WantedConnection {
        connector: "mysql",
        target: json!({
            "host": "localhost",
            "port": port.to_string(),
            "database": logins.database,
            "user": logins.reader(),
            "tls": "require",
        }),
        secrets: vec![("password", logins.reader_password().clone())],
    }
}

/// The connection of the demo tools, which take any token.
pub(crate) fn fixtures_connection() -> Result<WantedConnection> {
    Ok(WantedConnection {
        connector: "fixtures",
        target: json!({}),
        secrets: vec![("token", secrets::random_text()?)],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_expiry_is_read_from_the_claims() {
        let claims = URL_SAFE_NO_PAD.encode(r#"{"exp":4102444800}"#);
        assert_eq!(expiry(&format!("h.{claims}.s")), Some(4_102_444_800));
        assert!(lasts(&format!("h.{claims}.s")));
        assert_eq!(expiry("nonsense"), None);
    }

    #[test]
    fn a_key_that_is_not_listed_counts_as_revoked() {
        let listed = [
            json!({ "key_id": "a", "revoked_at": null }),
            json!({ "key_id": "b", "revoked_at": 7 }),
            json!({ "key_id": "c" }),
        ];
        let revoked = |key| is_revoked(&listed, key);
        assert!(!revoked("a") && revoked("b") && !revoked("c") && revoked("d"));
    }
}
