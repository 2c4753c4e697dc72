//! Calls that are held until a person has approved them: asking for one, and saying that
//! one was used.
//!
//! The arguments and the whole reasons lie in the store sealed under the tenant's key and
//! the approval's identifier. A decision or the end of their time takes them away.

use lango_approvals::{Held, Standing, bounded, without_texts};
use lango_audit_log::Layer;
use lango_durable_objects::Store;
use lango_guard::Reason;
use lango_identity::{ApprovalId, KeyId, TenantScope};
use lango_store::{ApprovalRow, NewApproval, Requested, request_approval, use_approval};
use serde_json::Value;
use worker::{Env, console_error};

use super::tenant_keys::TenantSeal;
use crate::{clock, denial::Denial, routes::call::store_failed, settings::Settings};

/// The longest text that is sealed, in bytes: rows of the store are bounded.
const LONGEST_HELD: usize = 512 * 1_024;

/// A call that is to be held.
pub(crate) struct ToHold<'a> {
    /// The key, grant or sign-in that it was made with.
    pub(crate) gate: &'a KeyId,
    /// Who acts; for an assistant, the user who has allowed it.
    pub(crate) principal: &'a str,
    /// The tool, without the prefix of a connection.
    pub(crate) tool: &'a str,
    /// The connection that it goes to.
    pub(crate) connection_id: &'a str,
    /// The digest of the exact arguments, as the gate was told it.
    pub(crate) arguments_sha256: &'a str,
    /// The arguments.
    pub(crate) arguments: &'a Value,
    /// Why it is held. Labels may be sealed or opened.
    pub(crate) reasons: Vec<Reason>,
    /// How long there is to decide, in milliseconds.
    pub(crate) lifetime_ms: u64,
}

/// What a held call waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApprovalShown {
    /// The approval.
    pub(crate) id: ApprovalId,
    /// Until when it can be decided, in milliseconds since 1970.
    pub(crate) expires_at: i64,
}

/// Holds a call. The same call that is asked for again while it is pending is the same
/// approval; one that was refused is refused, until its time is over.
///
/// # Errors
/// A denial when it was refused, when too much is held, or when it cannot be stored.
pub(crate) async fn request(
    env: &Env,
    settings: &Settings,
    scope: &TenantScope,
    call: ToHold<'_>,
) -> Result<ApprovalShown, Denial> {
    let seal = settings.tenant_seal(scope);
    let new = new_approval(&seal, call)?;
    let requested = request_approval(&bound(env)?, scope, &new)
        .await
        .map_err(|error| store_failed(&error))?;
    match requested {
        Requested::Pending(row) => Ok(shown(&row)),
        Requested::Refused(row) => Err(refused(&row)),
        Requested::TooMany => Err(too_many()),
    }
}

/// Writes which call was made under an approval. That it is made once is the gate's to
/// see to: when the store does not answer, the approval is shown as approved for longer,
/// and nothing else is wrong.
pub(crate) async fn used(env: &Env, scope: &TenantScope, approval: &str, call_id: &str) {
    let Ok(id) = ApprovalId::parse(approval) else {
        return;
    };
    let written = match bound(env) {
        Ok(store) => use_approval(&store, scope, &id, call_id)
            .await
            .map_err(|error| error.to_string()),
        Err(denial) => Err(denial.detail),
    };
    if let Err(reason) = written {
        console_error!("the use of an approval was not written: {reason}");
    }
}

/// What was sealed with an approval; `None` once it is gone.
pub(crate) fn open(settings: &Settings, scope: &TenantScope, row: &ApprovalRow) -> Option<Held> {
    let seal = settings.tenant_seal(scope);
    let text = seal.open(&name(&row.approval_id), row.sealed.as_deref()?)?;
    Held::parse(&text).ok()
}

fn new_approval(seal: &TenantSeal, call: ToHold<'_>) -> Result<NewApproval, Denial> {
    let approval_id = ApprovalId::from_random(clock::random()?);
    let reasons = bounded(opened(seal, call.reasons));
    let clear = without_texts(&reasons);
    let held = Held {
        arguments: call.arguments.clone(),
        reasons,
    };
    let text = held
        .text()
        .map_err(|error| Denial::internal(error.to_string()))?;
    if text.len() > LONGEST_HELD {
        let detail = "This call needs approval, and its arguments are too long to be held for it. \
                      Make it with shorter ones.";
        return Err(Denial::new(Layer::Screening, "too_long_to_hold", 413, detail));
    }
    let lifetime_ms = i64::try_from(call.lifetime_ms).unwrap_or(i64::MAX);
    Ok(NewApproval {
        sealed: seal.seal(&name(&approval_id), &text)?,
        approval_id,
        gate: call.gate.clone(),
        principal: call.principal.to_owned(),
        tool: call.tool.to_owned(),
        connection_id: call.connection_id.to_owned(),
        arguments_sha256: call.arguments_sha256.to_owned(),
        reasons: clear,
        standing: Standing::asked(clock::now_ms(), lifetime_ms),
    })
}

/// A label is sealed where a gate has remembered it.
fn opened(seal: &TenantSeal, mut reasons: Vec<Reason>) -> Vec<Reason> {
    for reason in &mut reasons {
        let label = reason
            .origin
            .as_mut()
            .and_then(|origin| origin.label.as_mut());
        if let Some(label) = label
            && let Some(text) = seal.label(label)
        {
            text.as_str().clone_into(label);
        }
    }
    reasons
}

/// What it is sealed under.
fn name(approval: &ApprovalId) -> String {
    format!("approval/{approval}")
}

fn shown(row: &ApprovalRow) -> ApprovalShown {
    ApprovalShown {
        id: row.approval_id.clone(),
        expires_at: row.standing().expires_at,
    }
}

fn refused(row: &ApprovalRow) -> Denial {
    let detail = "Somebody of your business has refused this call. Do not make it again; ask them \
                  if it is needed nevertheless.";
    Denial::new(Layer::Screening, "approval_refused", 403, detail)
        .with_member("approval_id", row.approval_id.as_str())
}

fn too_many() -> Denial {
    let detail = "This call needs approval, and too many of this key's wait for it already. Have \
                  them decided first.";
    Denial::new(Layer::Screening, "too_many_held", 429, detail).with_header("Retry-After", "60")
}

fn bound(env: &Env) -> Result<Store, Denial> {
    Store::bound(env).map_err(|error| Denial::unavailable(Layer::Screening, error.to_string()))
}
