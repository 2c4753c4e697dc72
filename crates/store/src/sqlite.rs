//! A real SQLite behind the port, for this crate's tests.

use std::cell::RefCell;

use lango_admission::{Plan, Registered, Slug, TenantState};
use lango_identity::{
    Audience, Claims, ConnectionId, KeyId, Permission, PermissionSet, PlatformScope, PrincipalId,
    RANDOM_LENGTH, Role, SigningKeys, TenantId, TenantScope, TokenDigest, Verified,
};
use lango_tenancy::TenantSlug;
use rusqlite::{Connection, params_from_iter, types::ValueRef};

use crate::{
    After, MIGRATIONS, NewConnection, NewGrant, NewKey, NewTenant, NewUser, Rows, Sql, SqlError,
    Statement, UserChange, Value, change_user, data_key, delete_connection, insert_connection,
    insert_grant, insert_key, insert_tenant, insert_user, list_connections, list_grants,
    list_grants_of, list_keys, list_tenants, list_users, load_snapshot, load_user, revoke_grant,
    revoke_key,
};

pub(crate) struct Sqlite(RefCell<Connection>);

impl Sqlite {
    pub(crate) fn migrated() -> Self {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch("PRAGMA foreign_keys = ON")
            .unwrap();
        for migration in MIGRATIONS {
            connection.execute_batch(migration.sql).unwrap();
        }
        Self(RefCell::new(connection))
    }
}

impl Sqlite {
    /// The tables that have rows of a tenant, with how many.
    pub(crate) fn rows_by_table(&self, scope: &TenantScope) -> Vec<(String, i64)> {
        let connection = self.0.borrow();
        let tables: Vec<String> = connection
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let of_tenants = tables.into_iter().filter(|table| {
            let columns =
                format!("SELECT 1 FROM pragma_table_info('{table}') WHERE name = 'tenant_id'");
            connection.prepare(&columns).unwrap().exists([]).unwrap()
        });
        let tenant = scope.tenant().as_str();
        of_tenants
            .map(|table| {
                let count = format!("SELECT count(*) FROM {table} WHERE tenant_id = ?1");
                let rows = connection
                    .query_row(&count, [tenant], |row| row.get(0))
                    .unwrap();
                (table, rows)
            })
            .collect()
    }

    /// Writes what no function of this crate writes, for a test.
    pub(crate) fn write(&self, sql: &str) {
        self.0.borrow().execute_batch(sql).unwrap();
    }
}

impl Sql for Sqlite {
    async fn batch(&self, statements: &[Statement]) -> Result<Vec<Rows>, SqlError> {
        let mut connection = self.0.borrow_mut();
        let failed = |error: rusqlite::Error| SqlError::from_message(error.to_string());
        let transaction = connection.transaction().map_err(failed)?;
        let results = statements
            .iter()
            .map(|statement| rows(&transaction, statement).map_err(failed))
            .collect::<Result<_, _>>()?;
        transaction.commit().map_err(failed)?;
        Ok(results)
    }
}

fn rows(connection: &Connection, statement: &Statement) -> rusqlite::Result<Rows> {
    let mut prepared = connection.prepare(&statement.text)?;
    let names: Vec<String> = prepared.column_names().map(str::to_owned).collect();
    let values = statement.values.iter().map(|value| match value {
        Value::Integer(number) => rusqlite::types::Value::Integer(*number),
        Value::Text(text) => rusqlite::types::Value::Text(text.clone()),
    });
    let mapped = prepared.query_map(params_from_iter(values), |row| {
        let cells = names.iter().enumerate().map(|(index, name)| {
            let cell = match row.get_ref(index)? {
                ValueRef::Null => serde_json::Value::Null,
                ValueRef::Integer(number) => number.into(),
                ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
                other => panic!("unexpected {other:?}"),
            };
            Ok((name.clone(), cell))
        });
        cells
            .collect::<rusqlite::Result<serde_json::Map<_, _>>>()
            .map(serde_json::Value::Object)
    })?;
    mapped.collect::<rusqlite::Result<Vec<_>>>().map(Rows)
}

/// A platform scope by the only way there is: a verified token.
pub(crate) fn platform() -> PlatformScope {
    let seed = [5; 32];
    let keys = SigningKeys::parse(&jwk_set(seed)).unwrap();
    let audience = Audience {
        issuer: "i".into(),
        audience: "a".into(),
    };
    let token = keys
        .issue_platform_admin(&audience, "platform", "p", 100, 200)
        .unwrap();
    match keys.verify(&audience, token.expose(), 150) {
        Ok(Verified::PlatformAdmin(admin)) => admin.scope(),
        _ => panic!("not a platform admin"),
    }
}

fn jwk_set(seed: [u8; 32]) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let public = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key();
    let (x, d) = (
        URL_SAFE_NO_PAD.encode(public.as_bytes()),
        URL_SAFE_NO_PAD.encode(seed),
    );
    format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"k","x":"{x}","d":"{d}"}}]}}"#)
}

fn digest(tenant: &TenantId, key: &KeyId) -> TokenDigest {
    let keys = SigningKeys::parse(&jwk_set([5; 32])).unwrap();
    let audience = Audience {
        issuer: "i".into(),
        audience: "a".into(),
    };
    let claims = Claims {
        tenant: tenant.clone(),
        principal: PrincipalId::from_random([1; RANDOM_LENGTH]),
        role: Role::Manager,
        key: key.clone(),
    };
    keys.issue_key(&audience, &claims, 100, 200)
        .unwrap()
        .digest()
}

pub(crate) fn tenant(sql: &Sqlite, byte: u8) -> TenantScope {
    let scope = platform().provision(TenantId::from_random([byte; RANDOM_LENGTH]));
    let new = NewTenant {
        name: "Duka".into(),
        slug: TenantSlug::parse(&format!("duka-{byte}")).unwrap(),
        plan: Plan::Starter,
        created_at: 1,
    };
    pollster::block_on(insert_tenant(sql, &scope, &new)).unwrap();
    scope
}

pub(crate) fn key(sql: &Sqlite, scope: &TenantScope, byte: u8) -> KeyId {
    let key_id = KeyId::from_random([byte; RANDOM_LENGTH]);
    let new = NewKey {
        digest: digest(scope.tenant(), &key_id),
        key_id: key_id.clone(),
        principal_id: PrincipalId::from_random([1; RANDOM_LENGTH]),
        name: "till".into(),
        role: Role::Manager,
        created_at: 2,
        expires_at: 200,
    };
    pollster::block_on(insert_key(sql, scope, &new)).unwrap();
    key_id
}

pub(crate) fn connection(
    sql: &Sqlite,
    scope: &TenantScope,
    byte: u8,
    with_key: bool,
) -> Result<ConnectionId, crate::StoreError> {
    let connection_id = ConnectionId::from_random([byte; RANDOM_LENGTH]);
    let new = NewConnection {
        connection_id: connection_id.clone(),
        connector: "postgres".into(),
        slug: Slug::parse("main").unwrap(),
        name: "main".into(),
        new_data_key: with_key.then(|| "wrapped".into()),
        sealed: "sealed".into(),
        created_at: 3,
    };
    pollster::block_on(insert_connection(sql, scope, &new)).map(|()| connection_id)
}

#[test]
fn a_snapshot_says_what_was_stored() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    let key_id = key(&sql, &scope, 2);
    connection(&sql, &scope, 3, true).unwrap();
    let snapshot = pollster::block_on(load_snapshot(&sql, &scope, &key_id))
        .unwrap()
        .unwrap();
    assert_eq!(snapshot.tenant, TenantState::Active);
    assert_eq!(snapshot.plan, Plan::Starter);
    let stored = snapshot.key.unwrap();
    assert_eq!(stored.role, Role::Manager);
    assert!(
        matches!(stored.registered, Registered::Key(it) if it == digest(scope.tenant(), &key_id))
    );
    assert!(!stored.revoked);
    assert_eq!(snapshot.connections[0].data_key, "wrapped");
}

#[test]
fn a_revoked_key_stays_revoked_at_the_first_moment() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    let key_id = key(&sql, &scope, 2);
    for now in [10, 20] {
        assert!(pollster::block_on(revoke_key(&sql, &scope, &key_id, now)).unwrap());
    }
    let listed = pollster::block_on(list_keys(&sql, &scope)).unwrap();
    assert_eq!(listed[0].revoked_at, Some(10));
    let snapshot = pollster::block_on(load_snapshot(&sql, &scope, &key_id))
        .unwrap()
        .unwrap();
    assert!(snapshot.key.unwrap().revoked);
}

#[test]
fn another_tenants_scope_sees_and_changes_nothing() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 9));
    let key_id = key(&sql, &ours, 2);
    let connection_id = connection(&sql, &ours, 3, true).unwrap();
    pollster::block_on(async {
        let snapshot = load_snapshot(&sql, &theirs, &key_id)
            .await
            .unwrap()
            .unwrap();
        assert!(snapshot.key.is_none() && snapshot.connections.is_empty());
        assert!(list_keys(&sql, &theirs).await.unwrap().is_empty());
        assert!(list_connections(&sql, &theirs).await.unwrap().is_empty());
        assert_eq!(data_key(&sql, &theirs, "postgres").await.unwrap(), None);
        assert!(!revoke_key(&sql, &theirs, &key_id, 10).await.unwrap());
        assert!(
            !delete_connection(&sql, &theirs, &connection_id)
                .await
                .unwrap()
        );
        assert!(
            delete_connection(&sql, &ours, &connection_id)
                .await
                .unwrap()
        );
    });
}

#[test]
fn a_batch_is_stored_whole_or_not_at_all() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    connection(&sql, &scope, 3, true).unwrap();
    // The data key stands already, so neither row of the second batch may.
    assert!(
        connection(&sql, &scope, 4, true)
            .unwrap_err()
            .is_constraint()
    );
    assert!(
        connection(&sql, &scope, 4, false)
            .unwrap_err()
            .is_constraint()
    );
    assert_eq!(
        pollster::block_on(list_connections(&sql, &scope))
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn the_platform_lists_tenants_and_unknown_tenants_have_no_snapshot() {
    let sql = Sqlite::migrated();
    tenant(&sql, 1);
    let all = After {
        id: String::new(),
        limit: 10,
    };
    let listed = pollster::block_on(list_tenants(&sql, &platform(), &all)).unwrap();
    assert_eq!(listed[0].plan, Plan::Starter);
    let unknown = platform().provision(TenantId::from_random([8; RANDOM_LENGTH]));
    let key_id = KeyId::from_random([2; RANDOM_LENGTH]);
    assert!(
        pollster::block_on(load_snapshot(&sql, &unknown, &key_id))
            .unwrap()
            .is_none()
    );
}

fn user(sql: &Sqlite, scope: &TenantScope, byte: u8, role: Role) -> PrincipalId {
    let principal_id = PrincipalId::from_random([byte; RANDOM_LENGTH]);
    let user = NewUser {
        principal_id: principal_id.clone(),
        name: format!("user {byte}"),
        role,
        created_at: 1,
    };
    pollster::block_on(insert_user(sql, scope, &user)).unwrap();
    principal_id
}

fn grant(sql: &Sqlite, scope: &TenantScope, byte: u8, principal: &PrincipalId) -> KeyId {
    let grant_id = KeyId::from_random([byte; RANDOM_LENGTH]);
    let grant = NewGrant {
        grant_id: grant_id.clone(),
        principal_id: principal.as_str().to_owned(),
        client_id: "client".into(),
        client_name: "Claude".into(),
        permissions: PermissionSet::of(&[Permission::ToolRead, Permission::ToolWrite]),
        connections: byte.is_multiple_of(2).then(|| vec!["c_1".to_owned()]),
        created_at: i64::from(byte),
        expires_at: 100,
    };
    pollster::block_on(insert_grant(sql, scope, &grant)).unwrap();
    grant_id
}

#[test]
fn a_grant_is_admitted_while_it_and_its_user_stand() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    let principal = user(&sql, &scope, 2, Role::Viewer);
    let grant_id = grant(&sql, &scope, 4, &principal);
    let key = || {
        let snapshot = pollster::block_on(load_snapshot(&sql, &scope, &grant_id)).unwrap();
        snapshot.unwrap().key.unwrap()
    };
    let change = |role, suspended_at| {
        let change = UserChange { role, suspended_at };
        pollster::block_on(change_user(&sql, &scope, &principal, change)).unwrap()
    };
    assert!(!key().revoked && key().may_use("c_1") && !key().may_use("c_2"));
    assert!(change(None, Some(Some(7))) && key().revoked);
    assert!(
        change(Some(Role::Manager), None) && key().revoked,
        "still suspended"
    );
    assert_eq!(key().role, Role::Manager);
    assert!(change(None, Some(None)) && !key().revoked);
    pollster::block_on(async {
        assert!(revoke_grant(&sql, &scope, &grant_id, 50).await.unwrap());
        assert!(revoke_grant(&sql, &scope, &grant_id, 60).await.unwrap());
        let listed = list_grants(&sql, &scope).await.unwrap();
        assert_eq!(listed[0].revoked_at, Some(50), "the first moment stays");
    });
    assert!(key().revoked);
}

#[test]
fn grants_and_users_are_their_tenants_own() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 2));
    let (one, other) = (
        user(&sql, &ours, 3, Role::Admin),
        user(&sql, &ours, 4, Role::Agent),
    );
    let grant_id = grant(&sql, &ours, 5, &one);
    grant(&sql, &ours, 6, &other);
    pollster::block_on(async {
        let listed = list_grants(&sql, &ours).await.unwrap();
        assert_eq!((listed.len(), listed[0].user.as_str()), (2, "user 4"));
        assert_eq!(listed[0].connections, Some(vec!["c_1".to_owned()]));
        assert_eq!(listed[1].connections, None);
        let own = list_grants_of(&sql, &ours, &one).await.unwrap();
        assert_eq!(own.len(), 1);
        assert_eq!(list_users(&sql, &ours).await.unwrap().len(), 2);
        assert!(list_users(&sql, &theirs).await.unwrap().is_empty());
        assert!(list_grants(&sql, &theirs).await.unwrap().is_empty());
        assert!(
            list_grants_of(&sql, &theirs, &one)
                .await
                .unwrap()
                .is_empty()
        );
        assert!(load_user(&sql, &theirs, &one).await.unwrap().is_none());
        assert!(!revoke_grant(&sql, &theirs, &grant_id, 1).await.unwrap());
        let change = UserChange {
            role: Some(Role::Admin),
            suspended_at: None,
        };
        assert!(!change_user(&sql, &theirs, &one, change).await.unwrap());
        let snapshot = load_snapshot(&sql, &theirs, &grant_id).await.unwrap();
        assert!(snapshot.unwrap().key.is_none());
        let stray = NewGrant {
            grant_id: KeyId::from_random([9; RANDOM_LENGTH]),
            principal_id: one.as_str().to_owned(),
            client_id: "client".into(),
            client_name: "Claude".into(),
            permissions: PermissionSet::NONE,
            connections: None,
            created_at: 1,
            expires_at: 2,
        };
        let refused = insert_grant(&sql, &theirs, &stray).await.unwrap_err();
        assert!(
            refused.is_constraint(),
            "a grant is of a user of its own tenant"
        );
    });
}
