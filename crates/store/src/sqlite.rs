//! A real SQLite behind the port, for this crate's tests, and rows to begin with.

use std::cell::RefCell;

use lango_admission::{Plan, Slug};
use lango_identity::{
    AdminId, Audience, Claims, ConnectionId, KeyId, Permission, PermissionSet, PlatformScope,
    PlatformStanding, PrincipalId, RANDOM_LENGTH, Role, RoleName, SigningKeys, TenantId,
    TenantScope, TokenDigest, Verified,
};
use lango_tenancy::TenantSlug;
use rusqlite::{Connection, params_from_iter, types::ValueRef};

use crate::{
    CustomerRow, KeyRow, MIGRATIONS, NewConnection, NewDataKey, NewGrant, NewTenant, RoleRow, Rows,
    Sql, SqlError, Statement, UserRow, Value, insert_connection, insert_customer, insert_grant,
    insert_key, insert_role, insert_tenant, insert_user,
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

pub(crate) fn digest(tenant: &TenantId, key: &KeyId) -> TokenDigest {
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
        Plan::Enterprise.allowance(),
    ))
    .unwrap();
    key_id
}

pub(crate) fn key_row(key_id: &KeyId, role: Option<Role>) -> KeyRow {
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
        new_data_key: with_key.then(|| NewDataKey {
            version: 1,
            wrapped: "wrapped".into(),
            key_encryption_key_version: 1,
            erasure_generation: 0,
        }),
        allowed_hosts: vec!["db.duka.test:5432".into()],
        data_key_version: 1,
        sealed: "sealed".into(),
        seals: 1,
        created_at: 3,
    };
    pollster::block_on(insert_connection(
        sql,
        scope,
        &new,
        Plan::Enterprise.allowance(),
    ))
    .map(|()| connection_id)
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
    pollster::block_on(insert_user(sql, scope, &user, Plan::Enterprise.allowance())).unwrap();
    user
}

pub(crate) fn grant(sql: &Sqlite, scope: &TenantScope, byte: u8, principal: &PrincipalId) -> KeyId {
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

pub(crate) fn role(
    sql: &Sqlite,
    scope: &TenantScope,
    name: &str,
    permissions: &[Permission],
) -> RoleRow {
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
    pollster::block_on(insert_customer(
        sql,
        scope,
        &customer,
        Plan::Enterprise.allowance(),
    ))
    .unwrap();
    customer
}
