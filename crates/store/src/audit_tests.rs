//! The policy of the audit log, on a real SQLite.

use lango_admission::Plan;
use lango_identity::{KeyId, RANDOM_LENGTH};
use lango_tenancy::AuditPolicy;
use pollster::block_on;
use serde_json::json;

use crate::{
    AuditPolicyRow, TenantRow, audit_retention, change_platform_tenant, load_audit_policy,
    load_snapshot, own_tenant,
    sqlite::{Sqlite, platform, tenant},
    store_audit_policy,
};

fn row(document: &serde_json::Value, version: i64) -> AuditPolicyRow {
    AuditPolicyRow {
        policy: AuditPolicy::parse(document).unwrap(),
        changed_by: "p_1".into(),
        changed_at: 5,
        version,
    }
}

#[test]
fn a_policy_changes_from_the_version_that_was_read_alone() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 2));
    block_on(async {
        let never = load_audit_policy(&sql, &ours).await.unwrap();
        assert_eq!(never, AuditPolicyRow::default());
        let store = async |keep_days: i64, version| {
            let row = row(&json!({"keep_days": keep_days}), version);
            store_audit_policy(&sql, &ours, &row).await.unwrap()
        };
        assert_eq!(store(400, 3).await, None);
        assert_eq!(store(400, 0).await, Some(1));
        assert_eq!(store(401, 0).await, None);
        assert_eq!(store(402, 1).await, Some(2));
        let read = load_audit_policy(&sql, &ours).await.unwrap();
        assert_eq!((read.policy.keep_days, read.version), (Some(402), 2));
        let other = load_audit_policy(&sql, &theirs).await.unwrap();
        assert_eq!(other.version, 0);
    });
}

#[test]
fn retention_is_of_the_plan_and_of_the_policy() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 2));
    block_on(async {
        let kept = async |scope| {
            let kept = audit_retention(&sql, scope).await.unwrap().unwrap();
            (kept.keep_days, kept.personal_days, kept.legal_hold)
        };
        assert_eq!(kept(&ours).await, (90, 90, false));
        let hold = row(&json!({"personal_days": 7, "legal_hold": true}), 0);
        store_audit_policy(&sql, &ours, &hold).await.unwrap();
        assert_eq!(kept(&ours).await, (90, 7, true));
        assert_eq!(kept(&theirs).await, (90, 90, false));
        let before = own_tenant(&sql, &ours).await.unwrap().unwrap();
        let dearer = TenantRow {
            plan: Plan::Enterprise,
            ..before
        };
        change_platform_tenant(&sql, &platform(), &dearer)
            .await
            .unwrap();
        assert_eq!(kept(&ours).await, (2_557, 7, true));
    });
}

#[test]
fn a_policy_that_is_not_understood_destroys_nothing() {
    let sql = Sqlite::migrated();
    let ours = tenant(&sql, 1);
    let id = ours.tenant().as_str();
    sql.write(&format!(
        "INSERT INTO audit_policies VALUES ('{id}', '{{\"keep_for\":1}}', 'p_1', 1, 1)"
    ));
    block_on(async {
        assert!(audit_retention(&sql, &ours).await.is_err());
        assert!(load_audit_policy(&sql, &ours).await.is_err());
        let key = KeyId::from_random([9; RANDOM_LENGTH]);
        assert!(load_snapshot(&sql, &ours, &key).await.is_err());
    });
}

#[test]
fn a_gate_knows_what_is_shown() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 2));
    let shows = row(&json!({"arguments": {"pay_till": ["amount"]}}), 0);
    block_on(async {
        store_audit_policy(&sql, &ours, &shows).await.unwrap();
        let key = KeyId::from_random([9; RANDOM_LENGTH]);
        let snapshot = load_snapshot(&sql, &ours, &key).await.unwrap().unwrap();
        assert_eq!(snapshot.audit.shown("pay_till").len(), 1);
        let other = load_snapshot(&sql, &theirs, &key).await.unwrap().unwrap();
        assert!(other.audit.shown("pay_till").is_empty());
    });
}
