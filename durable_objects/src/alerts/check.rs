//! Whether the log's newest checkpoint verifies, and its tree begins with what was read.
//!
//! The frontier is this object's own: made of the entries as they were read, and kept in
//! another database than the log's.

use lango_audit_log::{
    CheckpointKeys, CheckpointVerifier, TreeHash, origin,
    tree::{Frontier, verify_consistency},
};
use lango_identity::TenantScope;
use worker::Env;

use crate::{audit_log::AuditLogClient, exchange::Unreachable};

const KEYS: &str = "LANGO_CHECKPOINT_KEYS";

/// What a check has found: the size of the log, and what does not verify.
pub(super) struct Checked {
    pub(super) size: u64,
    pub(super) problem: Option<&'static str>,
}

/// Checks the newest checkpoint against what was read.
pub(super) async fn check(
    env: &Env,
    scope: &TenantScope,
    read: &Frontier,
) -> Result<Checked, Unreachable> {
    let log = AuditLogClient::of(env, scope)?;
    let failed = |size, problem| {
        Ok(Checked {
            size,
            problem: Some(problem),
        })
    };
    let Some(newest) = log.checkpoint(None).await? else {
        return match read.size() {
            0 => Ok(Checked {
                size: 0,
                problem: None,
            }),
            _ => failed(0, "shorter"),
        };
    };
    let verifier = verifier(env, scope).map_err(|reason| Unreachable {
        class: "Alerts",
        reason,
    })?;
    let Ok(checkpoint) = verifier.verify(&newest.note) else {
        return failed(newest.size, "signature");
    };
    if checkpoint.size < read.size() {
        return failed(checkpoint.size, "shorter");
    }
    let proof = log.consistency(read.size(), checkpoint.size).await?;
    let begins = verify_consistency(&proof, head(read), (checkpoint.size, checkpoint.root));
    Ok(Checked {
        size: checkpoint.size,
        problem: begins.is_err().then_some("consistency"),
    })
}

fn head(read: &Frontier) -> (u64, TreeHash) {
    (read.size(), read.root())
}

fn verifier(env: &Env, scope: &TenantScope) -> Result<CheckpointVerifier, String> {
    let secret = env
        .secret(KEYS)
        .map_err(|_| format!("there is no {KEYS}"))?;
    let keys = CheckpointKeys::parse(&secret.to_string()).map_err(|error| error.to_string())?;
    let names = keys.verifier_keys(&origin(scope.tenant().as_str()));
    CheckpointVerifier::parse(names.iter().map(String::as_str)).map_err(|error| error.to_string())
}
