//! A real SQLite behind the port, for this crate's tests.

use std::cell::RefCell;

use lango_admission::{Plan, Registered, Slug};
use lango_identity::{
    AdminId, Audience, Claims, ConnectionId, KeyId, Permission, PermissionSet, PlatformScope,
    PlatformStanding, PrincipalId, RANDOM_LENGTH, Role, RoleName, SigningKeys, TenantId,
    TenantScope, TokenDigest, Verified,
};
use lango_tenancy::{TenantSlug, TenantState};
use rusqlite::{Connection, params_from_iter, types::ValueRef};

use crate::{
    CustomerRow, KeyRevoked, KeyRow, MIGRATIONS, NewConnection, NewGrant, NewTenant, Page, RoleRow,
    Rows, Sql, SqlError, Statement, UserChanged, UserRow, Value, change_customer, change_key,
    change_role, change_user, data_key, delete_connection, delete_role, insert_connection,
    insert_customer, insert_grant, insert_key, insert_role, insert_tenant, insert_user,
    list_connections, list_customers, list_grants, list_grants_of, list_keys, list_roles,
    list_tenants, list_users, load_customer, load_key, load_role, load_snapshot, load_user,
    revoke_grant, revoke_key, rotate_key, touch_key,
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
    /// Every row of a tenant, as text.
    pub(crate) fn dump(&self, tenant: &str) -> Vec<String> {
        let tables = self.tables_of_tenants();
        let connection = self.0.borrow();
        tables
            .into_iter()
            .flat_map(|table| {
                let all = Statement {
                    text: format!(
                        "SELECT '{table}' AS of_table, * FROM {table} WHERE tenant_id = ?1"
                    ),
                    values: vec![tenant.into()],
                };
                rows(&connection, &all).unwrap().0
            })
            .map(|row| row.to_string())
            .collect()
    }

    /// A value that stands in a column of this name in a tenant's rows: of the tables of
    /// a statement first.
    pub(crate) fn value_of(&self, column: &str, tenant: &str, text: &str) -> Option<Value> {
        let mut tables = self.tables_of_tenants();
        tables.sort_by_key(|table| text.find(&format!(" {table} ")).unwrap_or(usize::MAX));
        let connection = self.0.borrow();
        tables.into_iter().find_map(|table| {
            let one = Statement {
                text: format!(
                    "SELECT {column} AS value FROM {table} \
                     WHERE tenant_id = ?1 AND {column} IS NOT NULL"
                ),
                values: vec![tenant.into()],
            };
            match rows(&connection, &one).ok()?.0.first()?["value"].clone() {
                serde_json::Value::String(text) => Some(Value::Text(text)),
                serde_json::Value::Number(number) => number.as_i64().map(Value::Integer),
                _ => None,
            }
        })
    }

    fn tables_of_tenants(&self) -> Vec<String> {
        let connection = self.0.borrow();
        let mut named = connection
            .prepare(
                "SELECT s.name FROM sqlite_schema AS s JOIN pragma_table_info(s.name) AS c \
                 WHERE s.type = 'table' AND c.name = 'tenant_id' ORDER BY s.name",
            )
            .unwrap();
        let names = named.query_map([], |row| row.get(0)).unwrap();
        names.collect::<Result<_, _>>().unwrap()
    }

    /// The tables that have rows of a tenant, with how many.
    pub(crate) fn rows_by_table(&self, scope: &TenantScope) -> Vec<(String, i64)> {
        let of_tenants = self.tables_of_tenants().into_iter();
        let connection = self.0.borrow();
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

    /// The columns of the tables that have rows of tenants.
    pub(crate) fn columns_of_tenants(&self) -> Vec<String> {
        let connection = self.0.borrow();
        let columns = "SELECT t.name || '.' || c.name FROM sqlite_schema AS t \
             JOIN pragma_table_info(t.name) AS c WHERE t.type = 'table' AND EXISTS \
             (SELECT 1 FROM pragma_table_info(t.name) WHERE name = 'tenant_id')";
        let mut prepared = connection.prepare(columns).unwrap();
        let rows = prepared.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
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
        Value::Null => rusqlite::types::Value::Null,
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

/// A platform scope by the only way there is: a token in force.
pub(crate) fn platform() -> PlatformScope {
    let seed = [5; 32];
    let keys = SigningKeys::parse(&jwk_set(seed)).unwrap();
    let audience = Audience {
        issuer: "i".into(),
        audience: "a".into(),
    };
    let token = keys
        .issue_platform_admin(&audience, "a_1", "k_1", 100, 200)
        .unwrap();
    match keys.verify_bearer(&audience, &[], token.expose(), 150) {
        Ok(Verified::PlatformAdmin(admin)) => {
            let standing = PlatformStanding {
                admin: AdminId::parse("a_1").unwrap(),
                token: None,
                expires_at: 200,
                is_revoked: false,
                is_suspended: false,
            };
            admin.in_force(Some(&standing), 150).unwrap().scope()
        }
        _ => panic!("not a platform admin"),
    }
}

pub(crate) fn jwk_set(seed: [u8; 32]) -> String {
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
        role: Some(Role::Manager.into()),
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
    let new = key_row(&key_id, Some(Role::Manager));
    pollster::block_on(insert_key(
        sql,
        scope,
        &new,
        digest(scope.tenant(), &key_id),
    ))
    .unwrap();
    key_id
}

fn key_row(key_id: &KeyId, role: Option<Role>) -> KeyRow {
    KeyRow {
        key_id: key_id.clone(),
        principal_id: PrincipalId::from_random([1; RANDOM_LENGTH]),
        name: "till".into(),
        role: role.map(Into::into),
        permissions: None,
        connections: None,
        address_ranges: None,
        created_by: None,
        created_at: 2,
        expires_at: 200,
        revoked_at: None,
        last_used_at: None,
        rotated_to: None,
        version: 1,
    }
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
    assert_eq!(stored.holder.role, Some(Role::Manager.into()));
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
        let revoked = pollster::block_on(revoke_key(&sql, &scope, &key_id, now)).unwrap();
        assert_eq!(revoked, KeyRevoked::Yes);
    }
    let listed = pollster::block_on(list_keys(&sql, &scope, None, &Page::whole())).unwrap();
    assert_eq!(listed.items[0].revoked_at, Some(10));
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
        let listed = list_keys(&sql, &theirs, None, &Page::whole())
            .await
            .unwrap();
        assert!(listed.items.is_empty());
        let listed = list_connections(&sql, &theirs, &Page::whole())
            .await
            .unwrap();
        assert!(listed.items.is_empty());
        assert_eq!(data_key(&sql, &theirs, "postgres").await.unwrap(), None);
        assert_eq!(
            revoke_key(&sql, &theirs, &key_id, 10).await.unwrap(),
            KeyRevoked::Unknown
        );
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
        pollster::block_on(list_connections(&sql, &scope, &Page::whole()))
            .unwrap()
            .items
            .len(),
        1
    );
}

#[test]
fn the_platform_lists_tenants_and_unknown_tenants_have_no_snapshot() {
    let sql = Sqlite::migrated();
    tenant(&sql, 1);
    let all = Page::after("", 10);
    let listed = pollster::block_on(list_tenants(&sql, &platform(), &all)).unwrap();
    assert_eq!(listed.items[0].plan, Plan::Starter);
    let unknown = platform().provision(TenantId::from_random([8; RANDOM_LENGTH]));
    let key_id = KeyId::from_random([2; RANDOM_LENGTH]);
    assert!(
        pollster::block_on(load_snapshot(&sql, &unknown, &key_id))
            .unwrap()
            .is_none()
    );
}

pub(crate) fn user(sql: &Sqlite, scope: &TenantScope, byte: u8, role: &str) -> UserRow {
    let user = UserRow {
        principal_id: PrincipalId::from_random([byte; RANDOM_LENGTH]),
        name: format!("user {byte}"),
        email: Some(format!("u{byte}@duka.test")),
        phone: None,
        role: RoleName::parse(role).unwrap(),
        connections: None,
        allow_tables: None,
        created_at: 1,
        suspended_at: None,
        has_password: 0,
        version: 1,
    };
    pollster::block_on(insert_user(sql, scope, &user)).unwrap();
    user
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
    let mut row = user(&sql, &scope, 2, "viewer");
    let grant_id = grant(&sql, &scope, 4, &row.principal_id);
    let key = || {
        let snapshot = pollster::block_on(load_snapshot(&sql, &scope, &grant_id)).unwrap();
        snapshot.unwrap().key.unwrap()
    };
    let mut change = |change: fn(&mut UserRow)| {
        change(&mut row);
        let changed = pollster::block_on(change_user(&sql, &scope, &row)).unwrap();
        row.version += 1;
        changed == UserChanged::Yes
    };
    assert!(!key().revoked && key().may_use("c_1") && !key().may_use("c_2"));
    assert!(change(|row| row.suspended_at = Some(7)) && key().revoked);
    assert!(
        change(|row| row.role = Role::Manager.into()) && key().revoked,
        "still suspended"
    );
    assert_eq!(key().holder.role, Some(Role::Manager.into()));
    assert!(change(|row| row.suspended_at = None) && !key().revoked);
    assert!(change(|row| row.connections = Some(vec!["c_2".into()])));
    assert!(
        !key().may_use("c_1"),
        "the user's own reach bounds the grant"
    );
    pollster::block_on(async {
        assert!(revoke_grant(&sql, &scope, &grant_id, 50).await.unwrap());
        assert!(revoke_grant(&sql, &scope, &grant_id, 60).await.unwrap());
        let listed = list_grants(&sql, &scope, &Page::whole())
            .await
            .unwrap()
            .items;
        assert_eq!(listed[0].revoked_at, Some(50), "the first moment stays");
    });
    assert!(key().revoked);
}

#[test]
fn grants_and_users_are_their_tenants_own() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 2));
    let row = user(&sql, &ours, 3, "admin");
    let (one, other) = (
        row.principal_id.clone(),
        user(&sql, &ours, 4, "agent").principal_id,
    );
    let grant_id = grant(&sql, &ours, 5, &one);
    grant(&sql, &ours, 6, &other);
    pollster::block_on(async {
        let mut listed = list_grants(&sql, &ours, &Page::whole())
            .await
            .unwrap()
            .items;
        listed.sort_by_key(|row| std::cmp::Reverse(row.created_at));
        assert_eq!((listed.len(), listed[0].user.as_str()), (2, "user 4"));
        assert_eq!(listed[0].connections, Some(vec!["c_1".to_owned()]));
        assert_eq!(listed[1].connections, None);
        let own = list_grants_of(&sql, &ours, &one).await.unwrap();
        assert_eq!(own.len(), 1);
        let users = async |scope| list_users(&sql, scope, &Page::whole()).await.unwrap().items;
        assert_eq!(users(&ours).await.len(), 2);
        assert!(users(&theirs).await.is_empty());
        let grants = list_grants(&sql, &theirs, &Page::whole()).await.unwrap();
        assert!(grants.items.is_empty());
        assert!(
            list_grants_of(&sql, &theirs, &one)
                .await
                .unwrap()
                .is_empty()
        );
        assert!(load_user(&sql, &theirs, &one).await.unwrap().is_none());
        assert!(!revoke_grant(&sql, &theirs, &grant_id, 1).await.unwrap());
        assert_eq!(
            change_user(&sql, &theirs, &row).await.unwrap(),
            UserChanged::Stale
        );
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

fn role(sql: &Sqlite, scope: &TenantScope, name: &str, permissions: &[Permission]) -> RoleRow {
    let role = RoleRow {
        role: RoleName::parse(name).unwrap(),
        description: "of a test".into(),
        permissions: PermissionSet::of(permissions),
        created_at: 1,
        version: 1,
    };
    pollster::block_on(insert_role(sql, scope, &role)).unwrap();
    role
}

pub(crate) fn customer(sql: &Sqlite, scope: &TenantScope, byte: u8) -> CustomerRow {
    let customer = CustomerRow {
        principal_id: PrincipalId::from_random([byte; RANDOM_LENGTH]),
        customer_number: format!("C-{byte}"),
        name: "Mama Njeri".into(),
        email: None,
        phone: Some(format!("+2547000000{byte:02}")),
        created_at: 1,
        suspended_at: None,
        has_password: 0,
        version: 1,
    };
    pollster::block_on(insert_customer(sql, scope, &customer)).unwrap();
    customer
}

#[test]
fn the_last_active_admin_stays_one() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    let (mut one, mut other) = (
        user(&sql, &scope, 3, "admin"),
        user(&sql, &scope, 4, "admin"),
    );
    pollster::block_on(async {
        other.suspended_at = Some(5);
        assert_eq!(
            change_user(&sql, &scope, &other).await.unwrap(),
            UserChanged::Yes
        );
        for change in [
            |row: &mut UserRow| row.role = Role::Manager.into(),
            |row: &mut UserRow| row.suspended_at = Some(6),
        ] {
            let mut changed = one.clone();
            change(&mut changed);
            assert_eq!(
                change_user(&sql, &scope, &changed).await.unwrap(),
                UserChanged::LastAdmin
            );
        }
        one.name = "still here".into();
        assert_eq!(
            change_user(&sql, &scope, &one).await.unwrap(),
            UserChanged::Yes
        );
        assert_eq!(
            change_user(&sql, &scope, &one).await.unwrap(),
            UserChanged::Stale
        );
        (other.suspended_at, other.version) = (None, 2);
        assert_eq!(
            change_user(&sql, &scope, &other).await.unwrap(),
            UserChanged::Yes
        );
        (one.role, one.version) = (Role::Viewer.into(), 2);
        assert_eq!(
            change_user(&sql, &scope, &one).await.unwrap(),
            UserChanged::Yes
        );
    });
}

#[test]
fn the_last_way_in_for_an_admin_is_not_revoked() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    let admin_key = |byte| {
        let key_id = KeyId::from_random([byte; RANDOM_LENGTH]);
        let row = key_row(&key_id, Some(Role::Admin));
        let digest = digest(scope.tenant(), &key_id);
        pollster::block_on(insert_key(&sql, &scope, &row, digest)).unwrap();
        key_id
    };
    let revoke = |key| pollster::block_on(revoke_key(&sql, &scope, key, 100_000)).unwrap();
    let (one, two) = (admin_key(2), admin_key(3));
    assert_eq!(revoke(&one), KeyRevoked::Yes);
    assert_eq!(revoke(&two), KeyRevoked::LastAdmin);
    assert_eq!(revoke(&one), KeyRevoked::Yes, "it is, already");
    user(&sql, &scope, 4, "admin");
    assert_eq!(revoke(&two), KeyRevoked::Yes, "a person can come in");
}

#[test]
fn a_tenants_role_is_what_it_says_now() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    let mut night = role(&sql, &scope, "night-shift", &[Permission::ToolRead]);
    let row = user(&sql, &scope, 3, "night-shift");
    let grant_id = grant(&sql, &scope, 4, &row.principal_id);
    let held = || {
        let snapshot = pollster::block_on(load_snapshot(&sql, &scope, &grant_id)).unwrap();
        snapshot.unwrap().key.unwrap().holder.authority.permissions
    };
    assert_eq!(held(), PermissionSet::of(&[Permission::ToolRead]));
    pollster::block_on(async {
        night.permissions = PermissionSet::of(&[Permission::AuditView]);
        assert!(change_role(&sql, &scope, &night).await.unwrap());
        assert!(!change_role(&sql, &scope, &night).await.unwrap(), "stale");
        assert!(
            !delete_role(&sql, &scope, &night.role).await.unwrap(),
            "somebody has it"
        );
    });
    assert_eq!(held(), PermissionSet::of(&[Permission::AuditView]));
}

#[test]
fn a_role_that_nobody_knows_lets_nobody_in() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    let row = user(&sql, &scope, 3, "ghost");
    let grant_id = grant(&sql, &scope, 4, &row.principal_id);
    assert!(pollster::block_on(load_snapshot(&sql, &scope, &grant_id)).is_err());
}

#[test]
fn a_persons_own_key_does_no_more_than_they_may() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    let mut row = user(&sql, &scope, 3, "manager");
    let key_id = KeyId::from_random([2; RANDOM_LENGTH]);
    let mut key = key_row(&key_id, None);
    key.principal_id = row.principal_id.clone();
    key.permissions = Some(PermissionSet::of(&[
        Permission::ToolRead,
        Permission::ToolMoney,
    ]));
    let digest = digest(scope.tenant(), &key_id);
    pollster::block_on(insert_key(&sql, &scope, &key, digest)).unwrap();
    let state = || {
        let snapshot = pollster::block_on(load_snapshot(&sql, &scope, &key_id)).unwrap();
        snapshot.unwrap().key.unwrap()
    };
    assert!(state().holder.authority.may(Permission::ToolMoney));
    row.role = Role::Viewer.into();
    row.allow_tables = Some(vec!["orders".into()]);
    pollster::block_on(change_user(&sql, &scope, &row)).unwrap();
    let authority = state().holder.authority;
    assert_eq!(
        authority.permissions,
        PermissionSet::of(&[Permission::ToolRead])
    );
    assert_eq!(authority.tables.listed(), row.allow_tables);
    (row.suspended_at, row.version) = (Some(9), 2);
    pollster::block_on(change_user(&sql, &scope, &row)).unwrap();
    assert!(state().revoked);
}

#[test]
fn a_rotated_key_goes_on_for_its_overlap() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    let old_id = key(&sql, &scope, 2);
    pollster::block_on(async {
        let old = load_key(&sql, &scope, &old_id).await.unwrap().unwrap();
        let next = key_row(&KeyId::from_random([3; RANDOM_LENGTH]), Some(Role::Manager));
        let digest = digest(scope.tenant(), &next.key_id);
        assert!(
            rotate_key(&sql, &scope, &old, 150, &next, digest)
                .await
                .unwrap()
        );
        let ended = load_key(&sql, &scope, &old_id).await.unwrap().unwrap();
        assert_eq!(
            (ended.expires_at, &ended.rotated_to),
            (150, &Some(next.key_id.clone()))
        );
        let twice = key_row(&KeyId::from_random([4; RANDOM_LENGTH]), Some(Role::Manager));
        for stale in [&old, &ended] {
            assert!(
                !rotate_key(&sql, &scope, stale, 150, &twice, digest)
                    .await
                    .unwrap()
            );
        }
        let listed = list_keys(&sql, &scope, None, &Page::whole()).await.unwrap();
        assert_eq!(
            listed.items.len(),
            2,
            "what was not rotated left nothing behind"
        );
    });
}

#[test]
fn lists_are_read_page_by_page() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    for byte in 1..=5 {
        user(&sql, &scope, byte, "viewer");
    }
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = pollster::block_on(list_users(&sql, &scope, &Page::after(&after, 2))).unwrap();
        assert!(page.items.len() <= 2);
        seen.extend(page.items.into_iter().map(|row| row.principal_id));
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted());
}

/// Each function with the scope of another tenant: nothing is seen, nothing changes.
#[test]
fn people_roles_and_keys_are_their_tenants_own() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 9));
    let night = role(&sql, &ours, "night-shift", &[Permission::ToolRead]);
    let row = user(&sql, &ours, 3, "viewer");
    let client = customer(&sql, &ours, 4);
    let key_id = key(&sql, &ours, 2);
    pollster::block_on(async {
        let key = load_key(&sql, &ours, &key_id).await.unwrap().unwrap();
        let whole = Page::whole();
        assert!(
            list_roles(&sql, &theirs, &whole)
                .await
                .unwrap()
                .items
                .is_empty()
        );
        assert!(
            list_customers(&sql, &theirs, &whole)
                .await
                .unwrap()
                .items
                .is_empty()
        );
        assert!(
            load_role(&sql, &theirs, &night.role)
                .await
                .unwrap()
                .is_none()
        );
        assert!(
            load_customer(&sql, &theirs, &client.principal_id)
                .await
                .unwrap()
                .is_none()
        );
        assert!(load_key(&sql, &theirs, &key_id).await.unwrap().is_none());
        assert!(!change_role(&sql, &theirs, &night).await.unwrap());
        assert!(!delete_role(&sql, &theirs, &night.role).await.unwrap());
        assert!(!change_customer(&sql, &theirs, &client).await.unwrap());
        assert!(!change_key(&sql, &theirs, &key).await.unwrap());
        touch_key(&sql, &theirs, &key_id, 77).await.unwrap();
        let next = key_row(&KeyId::from_random([5; RANDOM_LENGTH]), Some(Role::Manager));
        let digest = digest(theirs.tenant(), &next.key_id);
        assert!(
            !rotate_key(&sql, &theirs, &key, 1, &next, digest)
                .await
                .unwrap()
        );
        assert!(
            load_key(&sql, &theirs, &next.key_id)
                .await
                .unwrap()
                .is_none()
        );
        assert_eq!(load_key(&sql, &ours, &key_id).await.unwrap(), Some(key));
        assert_eq!(
            load_role(&sql, &ours, &night.role).await.unwrap(),
            Some(night)
        );
        assert_eq!(
            load_user(&sql, &ours, &row.principal_id).await.unwrap(),
            Some(row)
        );
        let stored = load_customer(&sql, &ours, &client.principal_id)
            .await
            .unwrap();
        assert_eq!(stored, Some(client));
    });
}
