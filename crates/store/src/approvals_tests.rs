//! Approvals, on a real SQLite.

use lango_approvals::{
    Asker, Credential, Decided, Decider, Decision, MayDecide, Standing, Status, may_decide,
};
use lango_guard::{Reason, ReasonKind};
use lango_identity::{
    ApprovalId, KeyId, Permission, PermissionSet, PrincipalKind, RANDOM_LENGTH, TenantScope,
};
use pollster::block_on;

use crate::{
    ApprovalRow, MAXIMUM_PENDING, NewApproval, Page, Requested, decide_approval, list_approvals,
    load_approval, request_approval,
    sqlite::{Sqlite, tenant},
    use_approval,
};

const LIFETIME_MS: i64 = 1_000;

fn new(byte: u8, arguments: &str, now: i64) -> NewApproval {
    NewApproval {
        approval_id: ApprovalId::from_random([byte; RANDOM_LENGTH]),
        gate: KeyId::parse("k_1").unwrap(),
        principal: "p_1".into(),
        tool: "pay_till".into(),
        connection_id: "c_1".into(),
        arguments_sha256: arguments.into(),
        reasons: vec![Reason::of(ReasonKind::Always)],
        sealed: "ciphertext".into(),
        standing: Standing::asked(now, LIFETIME_MS),
    }
}

fn request(sql: &Sqlite, scope: &TenantScope, new: &NewApproval) -> Requested {
    block_on(request_approval(sql, scope, new)).unwrap()
}

fn pending(sql: &Sqlite, scope: &TenantScope, new: &NewApproval) -> ApprovalRow {
    match request(sql, scope, new) {
        Requested::Pending(row) => *row,
        Requested::Refused(_) | Requested::TooMany => panic!("it is not held"),
    }
}

fn somebody() -> MayDecide {
    let asker = Asker {
        principal: "p_1",
        gate: "k_1",
    };
    let decider = Decider {
        principal: "p_2",
        credential: Credential::SignIn {
            session: "k_2",
            kind: PrincipalKind::Employee,
        },
        permissions: PermissionSet::of(&[Permission::ToolApprove]),
        reaches_connection: true,
    };
    may_decide(asker, decider, true).unwrap()
}

fn decided(row: &ApprovalRow, decision: Decision, now: i64) -> Decided {
    row.standing().decide(decision, &somebody(), now).unwrap()
}

fn decide(sql: &Sqlite, scope: &TenantScope, row: &ApprovalRow, decided: &Decided) -> bool {
    block_on(decide_approval(
        sql,
        scope,
        &row.approval_id,
        decided,
        "fine",
    ))
    .unwrap()
}

fn load(sql: &Sqlite, scope: &TenantScope, id: &ApprovalId, now: i64) -> Option<ApprovalRow> {
    block_on(load_approval(sql, scope, id, now)).unwrap()
}

#[test]
fn the_same_call_is_the_same_approval_while_it_is_pending() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 2));
    let first = pending(&sql, &ours, &new(1, "ab", 0));
    let again = pending(&sql, &ours, &new(2, "ab", 500));
    assert!(again == first, "it is the one that was asked for");
    let other = pending(&sql, &ours, &new(3, "cd", 500));
    assert_ne!(other.approval_id, first.approval_id);
    let of_another_key = NewApproval {
        gate: KeyId::parse("k_2").unwrap(),
        ..new(4, "ab", 500)
    };
    let of_another_key = pending(&sql, &ours, &of_another_key);
    assert_ne!(of_another_key.approval_id, first.approval_id);
    let elsewhere = pending(&sql, &theirs, &new(5, "ab", 500));
    assert_ne!(elsewhere.approval_id, first.approval_id);
    // Its time is over: it is another one, and what was sealed is gone.
    let later = pending(&sql, &ours, &new(6, "ab", LIFETIME_MS));
    assert_ne!(later.approval_id, first.approval_id);
    let first = load(&sql, &ours, &first.approval_id, LIFETIME_MS).unwrap();
    assert_eq!(
        (first.standing().status, first.sealed),
        (Status::Expired, None)
    );
}

#[test]
fn a_decision_is_taken_once_and_what_was_sealed_is_gone() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 2));
    let row = pending(&sql, &ours, &new(1, "ab", 0));
    let approved = decided(&row, Decision::Approve, 500);
    assert!(!decide(&sql, &theirs, &row, &approved));
    assert!(decide(&sql, &ours, &row, &approved));
    assert!(!decide(
        &sql,
        &ours,
        &row,
        &decided(&row, Decision::Refuse, 501)
    ));
    let read = load(&sql, &ours, &row.approval_id, 600).unwrap();
    assert_eq!(read.standing(), approved.standing);
    assert_eq!(read.sealed, None);
    assert_eq!(
        (read.decided_by.as_deref(), read.note.as_str()),
        (Some("p_2"), "fine")
    );
    assert!(load(&sql, &theirs, &row.approval_id, 600).is_none());
}

#[test]
fn what_is_over_is_not_decided() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    let row = pending(&sql, &scope, &new(1, "ab", 0));
    let mut late = decided(&row, Decision::Approve, 999);
    late.standing.decided_at = Some(LIFETIME_MS);
    assert!(!decide(&sql, &scope, &row, &late));
}

#[test]
fn a_call_is_used_once_even_when_that_is_written_late() {
    let sql = Sqlite::migrated();
    let (ours, theirs) = (tenant(&sql, 1), tenant(&sql, 2));
    let row = pending(&sql, &ours, &new(1, "ab", 0));
    let used = |scope, call| block_on(use_approval(&sql, scope, &row.approval_id, call)).unwrap();
    assert!(!used(&ours, "call_0"), "nobody has approved it");
    decide(&sql, &ours, &row, &decided(&row, Decision::Approve, 500));
    assert!(!used(&theirs, "call_0"));
    // The gate has let it through; then it expired; then the use is written.
    let expired = load(&sql, &ours, &row.approval_id, 9_999).unwrap();
    assert_eq!(expired.standing().status, Status::Expired);
    assert!(used(&ours, "call_1"));
    assert!(!used(&ours, "call_2"));
    let read = load(&sql, &ours, &row.approval_id, 9_999).unwrap();
    assert_eq!(read.standing().status, Status::Used);
    assert_eq!(read.used_call_id.as_deref(), Some("call_1"));
}

#[test]
fn what_was_refused_is_not_asked_about_again_for_a_while() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    let row = pending(&sql, &scope, &new(1, "ab", 0));
    decide(&sql, &scope, &row, &decided(&row, Decision::Refuse, 500));
    let Requested::Refused(refused) = request(&sql, &scope, &new(2, "ab", 999)) else {
        panic!("it was refused");
    };
    assert_eq!(refused.approval_id, row.approval_id);
    let again = pending(&sql, &scope, &new(3, "ab", LIFETIME_MS));
    assert_ne!(again.approval_id, row.approval_id);
}

#[test]
fn a_key_does_not_hold_calls_without_end() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    let id = scope.tenant();
    for number in 0..MAXIMUM_PENDING {
        sql.write(&format!(
            "INSERT INTO approvals (tenant_id, approval_id, gate, principal, tool, connection_id, \
             arguments_sha256, reasons, created_at, expires_at) VALUES ('{id}', 'h_{number}', \
             'k_1', 'p_1', 't', 'c_1', '{number}', '[]', 1, 500)"
        ));
    }
    assert!(request(&sql, &scope, &new(1, "ab", 400)) == Requested::TooMany);
    pending(&sql, &scope, &new(1, "ab", 500));
}

#[test]
fn a_list_is_of_one_state_where_that_is_asked_for() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    let rows: Vec<_> = (1..4)
        .map(|byte| pending(&sql, &scope, &new(byte, &byte.to_string(), 0)))
        .collect();
    decide(
        &sql,
        &scope,
        &rows[0],
        &decided(&rows[0], Decision::Approve, 600),
    );
    let count = |status, now| {
        let page = Page::after("", 9);
        let listed = block_on(list_approvals(&sql, &scope, status, &page, now)).unwrap();
        assert!(listed.items.iter().all(|row| row.sealed.is_none()));
        listed.items.len()
    };
    assert_eq!(
        (count(None, 700), count(Some(Status::Pending), 700)),
        (3, 2)
    );
    assert_eq!(count(Some(Status::Approved), 700), 1);
    assert_eq!(count(Some(Status::Expired), LIFETIME_MS), 2);
    assert_eq!(count(Some(Status::Approved), 1_600), 0);
}

#[test]
fn what_is_of_no_more_use_is_not_kept_for_ever() {
    let sql = Sqlite::migrated();
    let scope = tenant(&sql, 1);
    let row = pending(&sql, &scope, &new(1, "ab", 0));
    let much_later = 91 * 24 * 60 * 60 * 1_000;
    pending(&sql, &scope, &new(2, "cd", much_later));
    assert!(load(&sql, &scope, &row.approval_id, much_later).is_none());
}
