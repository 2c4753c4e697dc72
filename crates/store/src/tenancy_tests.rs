//! Settings, features, support and the end of a tenant, on a real SQLite.

use lango_admission::Plan;
use lango_identity::{
    AdminId, ClaimedTenant, KeyId, Permission, PermissionSet, RANDOM_LENGTH, SupportGrantId,
    TenantScope,
};
use lango_tenancy::{Flag, Overrides, Step};
use pollster::block_on;
use serde_json::json;

use crate::{
    EXPORT_SECTIONS, NewSupportSession, Page, Sql as _, Statement, SupportGrant, TenantRow,
    all_objects, change_own_tenant, change_platform_tenant, claimed_support, erase_tenant,
    export_section, insert_support_grant, insert_support_session, list_support_grants,
    list_tenants, load_settings, load_snapshot, load_support_grant, objects_in_force, own_tenant,
    platform_tenant, reset_flag, revoke_support_grant,
    sqlite::{Sqlite, connection, key, platform, tenant},
    statements::tenancy,
    store_settings, switch_flag, switched_flag, switched_flags,
};

fn row(sql: &Sqlite, scope: &TenantScope) -> TenantRow {
    block_on(own_tenant(sql, scope)).unwrap().unwrap()
}

fn take(sql: &Sqlite, scope: &TenantScope, step: Step, now_ms: i64) {
    let row = row(sql, scope);
    let life = row.life().unwrap().after(step, now_ms).unwrap();
    assert!(
        block_on(change_own_tenant(sql, scope, &row.living(life)))
            .unwrap()
            .is_some()
    );
}

fn grant(byte: u8, expires_at: i64) -> SupportGrant {
    SupportGrant {
        grant_id: SupportGrantId::from_random([byte; RANDOM_LENGTH]),
        permissions: PermissionSet::of(&[Permission::AuditView]),
        reason: "a call that fails".into(),
        granted_by: "p_1".into(),
        created_at: 1,
        expires_at,
        revoked_at: None,
    }
}

#[test]
fn settings_change_from_the_version_that_was_read_alone() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 2));
    let set = |hours: u32| {
        Overrides::default()
            .patched(&json!({"session_hours": hours}))
            .unwrap()
    };
    block_on(async {
        assert_eq!(load_settings(&sql, &ours).await.unwrap().version, 0);
        let store = async |hours, version| {
            store_settings(&sql, &ours, &set(hours), version)
                .await
                .unwrap()
        };
        assert_eq!(store(3, 7).await, None, "there is no version 7");
        assert_eq!(store(3, 0).await, Some(1));
        assert_eq!(store(4, 0).await, None, "somebody was first");
        assert_eq!(store(5, 1).await, Some(2));
        let stored = load_settings(&sql, &ours).await.unwrap();
        assert_eq!(
            (stored.version, stored.settings().session_hours.get()),
            (2, 5)
        );
        let other = load_settings(&sql, &theirs).await.unwrap();
        assert_eq!(
            (other.version, other.settings().session_hours.get()),
            (0, 12)
        );
    });
}

#[test]
fn a_feature_is_switched_for_one_tenant() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 2));
    block_on(async {
        for enabled in [true, false] {
            switch_flag(&sql, &ours, Flag::RestTools, enabled, 5)
                .await
                .unwrap();
            let switched = switched_flag(&sql, &ours, Flag::RestTools).await.unwrap();
            assert_eq!(switched, Some(enabled));
        }
        assert_eq!(switched_flags(&sql, &ours).await.unwrap().len(), 1);
        let gate = KeyId::from_random([9; RANDOM_LENGTH]);
        for (scope, enabled) in [(&ours, false), (&theirs, true)] {
            let snapshot = load_snapshot(&sql, scope, &gate).await.unwrap().unwrap();
            assert_eq!(snapshot.flags.has(Flag::RestTools), enabled);
        }
        assert!(switched_flags(&sql, &theirs).await.unwrap().is_empty());
        assert!(!reset_flag(&sql, &theirs, Flag::RestTools).await.unwrap());
        assert!(reset_flag(&sql, &ours, Flag::RestTools).await.unwrap());
        assert!(!reset_flag(&sql, &ours, Flag::RestTools).await.unwrap());
    });
}

#[test]
fn a_tenant_changes_from_the_version_that_was_read_alone() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 2));
    let before = row(&sql, &ours);
    let after = TenantRow {
        name: "Duka Kubwa".into(),
        plan: Plan::Business,
        ..before.clone()
    };
    block_on(async {
        let change = async |row: &TenantRow| change_platform_tenant(&sql, &platform(), row).await;
        assert_eq!(change(&after).await.unwrap(), Some(2));
        assert_eq!(change(&after).await.unwrap(), None, "it has changed since");
        let taken = TenantRow {
            slug: row(&sql, &theirs).slug,
            ..row(&sql, &ours)
        };
        assert!(change(&taken).await.unwrap_err().is_constraint());
        let read = platform_tenant(&sql, &platform(), ours.tenant())
            .await
            .unwrap();
        assert_eq!(read.map(|row| row.name).as_deref(), Some("Duka Kubwa"));
        let first = Page::after("", 1);
        let page = list_tenants(&sql, &platform(), &first).await.unwrap();
        let rest = Page::after(page.next.as_deref().unwrap(), 9);
        let rest = list_tenants(&sql, &platform(), &rest).await.unwrap();
        assert_eq!((page.items.len(), rest.items.len()), (1, 1));
        assert!(page.items[0].tenant_id < rest.items[0].tenant_id);
    });
}

#[test]
fn support_is_in_force_while_its_grant_and_its_tenant_are() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 2));
    let claim = |scope: &TenantScope, now| {
        let claimed = ClaimedTenant::of_support_request(scope.tenant().clone());
        block_on(claimed_support(&sql, &claimed, now)).unwrap()
    };
    assert_eq!(claim(&ours, 0), None);
    let (short, long) = (grant(3, 100), grant(4, 200));
    block_on(async {
        insert_support_grant(&sql, &ours, &short).await.unwrap();
        insert_support_grant(&sql, &ours, &long).await.unwrap();
    });
    assert_eq!(claim(&ours, 0), Some(long.clone()));
    assert_eq!(claim(&ours, 200), None, "its time is over");
    assert_eq!(claim(&theirs, 0), None);
    take(&sql, &ours, Step::Suspend, 5);
    assert_eq!(claim(&ours, 0), None, "the tenant is suspended");
    take(&sql, &ours, Step::Activate, 5);

    let session = NewSupportSession {
        session_id: KeyId::from_random([7; RANDOM_LENGTH]),
        grant_id: long.grant_id.clone(),
        admin_id: AdminId::from_random([8; RANDOM_LENGTH]),
        created_at: 1,
        expires_at: 50,
    };
    block_on(async {
        insert_support_session(&sql, &ours, &session).await.unwrap();
        let stray = insert_support_session(&sql, &theirs, &session).await;
        assert!(
            stray.unwrap_err().is_constraint(),
            "a grant of another tenant"
        );
        let revoke = async |scope| {
            revoke_support_grant(&sql, scope, &long.grant_id, 9)
                .await
                .unwrap()
        };
        assert_eq!(revoke(&theirs).await, None);
        assert_eq!(revoke(&ours).await, Some(vec![session.session_id.clone()]));
        assert_eq!(revoke(&ours).await, None, "it is revoked already");
        let left = objects_in_force(&sql, &ours, 0).await.unwrap();
        assert!(left.sessions.is_empty());
        let everything = Page::after("", 9);
        assert_eq!(
            list_support_grants(&sql, &ours, &everything)
                .await
                .unwrap()
                .items
                .len(),
            2
        );
        assert!(
            list_support_grants(&sql, &theirs, &everything)
                .await
                .unwrap()
                .items
                .is_empty()
        );
        let read = load_support_grant(&sql, &ours, &long.grant_id)
            .await
            .unwrap();
        assert_eq!(read.unwrap().revoked_at, Some(9));
        assert!(
            load_support_grant(&sql, &theirs, &long.grant_id)
                .await
                .unwrap()
                .is_none()
        );
    });
    assert_eq!(claim(&ours, 0), Some(short));
}

#[test]
fn the_list_of_what_is_erased_is_the_schemas() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    let mut tables: Vec<_> = sql
        .rows_by_table(&scope)
        .into_iter()
        .map(|(table, _)| table)
        .filter(|table| table != "tenants")
        .collect();
    let mut erased = tenancy::ERASED_TABLES.to_vec();
    tables.sort();
    erased.sort_unstable();
    assert_eq!(erased, tables);
}

#[test]
fn nothing_of_an_erased_tenant_is_left_and_nothing_of_another_is_touched() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 2));
    fill(&sql, &ours, 3);
    fill(&sql, &theirs, 5);
    block_on(async {
        assert!(
            !erase_tenant(&sql, &ours, 1_000).await.unwrap(),
            "it is not closed"
        );
    });
    take(&sql, &ours, Step::Close { erase_after_ms: 50 }, 100);
    let before = sql.rows_by_table(&theirs);
    block_on(async {
        assert!(
            !erase_tenant(&sql, &ours, 149).await.unwrap(),
            "its time has not come"
        );
        let objects = all_objects(&sql, &ours).await.unwrap();
        assert_eq!(objects.gates().count(), 3);
        assert!(erase_tenant(&sql, &ours, 150).await.unwrap());
        assert!(
            erase_tenant(&sql, &ours, 200).await.unwrap(),
            "again, after a crash"
        );
    });
    let gone = KeyId::from_random([3; RANDOM_LENGTH]);
    let snapshot = block_on(load_snapshot(&sql, &ours, &gone)).unwrap();
    assert!(snapshot.is_none(), "its tokens are of nobody");
    for (table, rows) in sql.rows_by_table(&ours) {
        assert_eq!(rows, i64::from(table == "tenants"), "{table}");
    }
    assert_eq!(sql.rows_by_table(&theirs), before);
    let left = row(&sql, &ours);
    assert_eq!((left.name.as_str(), left.erased_at), ("", Some(150)));
    assert_eq!(left.slug, left.tenant_id.as_str());
    let change = change_own_tenant(&sql, &ours, &left);
    assert_eq!(block_on(change).unwrap(), None, "what is erased stays so");
}

#[test]
fn a_tenant_that_was_reopened_keeps_everything() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    key(&sql, &scope, 2);
    take(&sql, &scope, Step::Close { erase_after_ms: 50 }, 100);
    take(&sql, &scope, Step::Reopen, 149);
    block_on(async {
        assert!(!erase_tenant(&sql, &scope, 500).await.unwrap());
        assert_eq!(all_objects(&sql, &scope).await.unwrap().keys.len(), 1);
        let statement = Statement::new(tenancy::ALL_KEYS, [scope.tenant().as_str().into()]);
        assert_eq!(sql.batch(&[statement]).await.unwrap()[0].0.len(), 1);
    });
}

/// A row in every table of the tenant.
pub(crate) fn fill(sql: &Sqlite, scope: &TenantScope, byte: u8) {
    key(sql, scope, byte);
    connection(sql, scope, byte, true).unwrap();
    block_on(insert_support_grant(sql, scope, &grant(byte, 100))).unwrap();
    let id = scope.tenant();
    sql.write(&format!(
        "INSERT INTO roles VALUES ('{id}', 'till', '', '[]', 1, 1);
         INSERT INTO users (tenant_id, principal_id, name, role, created_at)
           VALUES ('{id}', 'p_1', 'Amina', 'admin', 1);
         INSERT INTO grants VALUES ('{id}', 'k_9', 'p_1', 'c', 'C', '[]', NULL, 1, 2, NULL);
         INSERT INTO customers (tenant_id, principal_id, customer_number, name, created_at)
           VALUES ('{id}', 'p_2', '7', 'Otieno', 1);
         INSERT INTO sessions (tenant_id, session_id, user_id, created_at, expires_at)
           VALUES ('{id}', 'k_8', 'p_1', 1, 2);
         INSERT INTO invitations (tenant_id, invitation_id, customer_id, token_sha256,
           created_by, created_at, expires_at)
           VALUES ('{id}', 'k_7', 'p_2', 'ab', 'p_1', 1, 2);
         INSERT INTO trusted_issuers VALUES ('{id}', 'i_1', 'https://a', '{{}}', 1);
         INSERT INTO issuer_subjects VALUES ('{id}', 'i_1', 'amina', 'p_1');
         INSERT INTO upstream_tools (tenant_id, connection_id, name, definition, sha256, seen_at)
           SELECT '{id}', connection_id, 't', '{{}}', 'ab', 1 FROM connections
           WHERE tenant_id = '{id}';
         INSERT INTO sql_policies
           SELECT '{id}', connection_id, '{{}}', 'p_1', 1, 1 FROM connections
           WHERE tenant_id = '{id}';
         INSERT INTO audit_streams (tenant_id, stream_id, name, connection_id, format,
           created_at, changed_at) VALUES ('{id}', 'e_1', 'Splunk', 'c_1', 'ocsf', 1, 1);
         INSERT INTO tenant_settings VALUES ('{id}', '{{}}', 1);
         INSERT INTO feature_flags VALUES ('{id}', 'rest_tools', 0, 1);
         INSERT INTO residency_promises VALUES ('{id}', 'country:KE', 'require', 1, 1);
         INSERT INTO transfers VALUES ('{id}', 'x_1', 'mail', 'c_1', 'Vendor', 'West Europe',
           'NL', '[\"personal\"]', '[\"adequacy\"]', '', 1, 1, 1);
         INSERT INTO guard_policies VALUES ('{id}', '{{}}', 1, 1);
         INSERT INTO call_limits VALUES ('{id}', '{{}}', '{{}}', 1, 1);
         INSERT INTO trusted_values VALUES ('{id}', 'v_1', 'account', 'AAAAAAAAAAA', 'Mama Mboga', 'p_1', 1);
         INSERT INTO audit_policies VALUES ('{id}', '{{}}', 'p_1', 1, 1);
         INSERT INTO tenant_quotas VALUES ('{id}', 3, NULL, NULL, NULL, NULL, 'a_1', 1, 1);
         INSERT INTO approvals VALUES ('{id}', 'h_1', 'k_9', 'p_1', 'pay_till', 'c_1', 'ab',
           '[{{\"kind\":\"always\"}}]', 'sealed', 'pending', 1, 5, NULL, NULL, '', NULL);"
    ));
    let empty: Vec<_> = sql
        .rows_by_table(scope)
        .into_iter()
        .filter(|(_, rows)| *rows == 0)
        .collect();
    assert!(empty.is_empty(), "the test has no row for {empty:?}");
}

/// Secrets, and what is of no use without them. Everything else of a tenant's can be
/// taken along.
const LEFT_OUT: [&str; 24] = [
    "api_keys.token_sha256",
    "approvals.sealed",
    "audit_policies.document",
    "connections.data_key_version",
    "connections.sealed",
    "customers.password_hash",
    "data_keys.seals",
    "data_keys.wrapped_at",
    "data_keys.connector",
    "data_keys.created_at",
    "data_keys.erasure_generation",
    "data_keys.key_encryption_key_version",
    "data_keys.retired_at",
    "data_keys.version",
    "data_keys.wrapped",
    "guard_policies.document",
    "invitations.token_sha256",
    "invitations.used_at",
    "sessions.refresh_sha256",
    "sessions.refreshed_at",
    "sql_policies.document",
    "tenant_settings.document",
    "trusted_values.fingerprint",
    "users.password_hash",
];

#[test]
fn an_export_has_every_column_but_secrets() {
    let sql = Sqlite::migrated();
    let (scope, other) = (tenant(&sql, 1), tenant(&sql, 2));
    fill(&sql, &scope, 3);
    let mut exported = std::collections::BTreeSet::new();
    for (section, table) in EXPORT_SECTIONS.iter().zip([
        "tenant_settings",
        "feature_flags",
        "roles",
        "users",
        "customers",
        "api_keys",
        "connections",
        "upstream_tools",
        "sql_policies",
        "audit_streams",
        "grants",
        "trusted_issuers",
        "issuer_subjects",
        "support_grants",
        "sessions",
        "invitations",
        "residency_promises",
        "transfers",
        "guard_policies",
        "call_limits",
        "trusted_values",
        "approvals",
        "audit_policies",
        "tenant_quotas",
    ]) {
        let page = block_on(export_section(&sql, &scope, *section, "")).unwrap();
        assert_eq!((page.rows.len(), page.next), (1, None), "{}", section.kind);
        let row = page.rows[0].as_object().unwrap();
        exported.extend(row.keys().map(|column| format!("{table}.{column}")));
        let nothing = block_on(export_section(&sql, &other, *section, "")).unwrap();
        assert!(nothing.rows.is_empty(), "{}", section.kind);
    }
    let missing: Vec<_> = sql
        .columns_of_tenants()
        .into_iter()
        .filter(|column| !column.starts_with("tenants.") && !column.ends_with(".tenant_id"))
        .filter(|column| !exported.contains(column))
        .filter(|column| !LEFT_OUT.contains(&column.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    let secrets = [
        "password_hash",
        "token_sha256",
        "sealed",
        "wrapped",
        "refresh_sha256",
    ];
    for column in &exported {
        assert!(
            !secrets.iter().any(|secret| column.ends_with(secret)),
            "{column}"
        );
    }
}

#[test]
fn an_export_reads_on_behind_the_last_row() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    let id = scope.tenant();
    for number in 0..450 {
        sql.write(&format!(
            "INSERT INTO users (tenant_id, principal_id, name, role, created_at)
             VALUES ('{id}', 'p_{number}', 'Amina', 'admin', 1)"
        ));
    }
    let users = EXPORT_SECTIONS.iter().find(|it| it.kind == "user").unwrap();
    let (mut seen, mut after) = (Vec::new(), Some(String::new()));
    while let Some(behind) = after {
        let page = block_on(export_section(&sql, &scope, *users, &behind)).unwrap();
        seen.extend(
            page.rows
                .into_iter()
                .map(|row| row["principal_id"].to_string()),
        );
        after = page.next;
    }
    assert_eq!(seen.len(), 450);
    seen.dedup();
    assert_eq!(seen.len(), 450);
}
