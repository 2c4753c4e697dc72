//! Calls that are held until a person has approved them: asking for one, and saying that
//! one was used.
//!
//! The arguments and the whole reasons lie in the store sealed under the tenant's key and
//! the approval's identifier. A decision or the end of their time takes them away.

use lango_api::Timestamp;
use lango_approvals::{Held, Standing, Status, bounded, without_texts};
use lango_audit_log::Layer;
use lango_durable_objects::{ApprovedAnswer, KeyGateClient, Unreachable};
use lango_guard::Reason;
use lango_identity::{ApprovalId, KeyGateName, TenantScope};
use lango_store::{
    ApprovalRow, NewApproval, Requested, load_approval, request_approval, use_approval,
};
use serde_json::Value;
use worker::console_error;

use super::tenant_keys::TenantSeal;
use crate::{
    clock,
    denial::Denial,
    gateway::{Call, Gateway},
    layers::{admission::ANSWER_NOT_KEPT, identity::Identified, release::Released},
    routes::call::{store, store_failed},
    settings::Settings,
};

/// The longest text that is sealed, in bytes: rows of the store are bounded.
const LONGEST_HELD: usize = 512 * 1_024;

/// A call that is to be held.
pub(crate) struct Request<'a> {
    /// The right to the rows of the tenant.
    pub(crate) scope: &'a TenantScope,
    /// The gate of the key, grant or sign-in that it was made with.
    pub(crate) gate: &'a KeyGateName,
    /// Who acts; for an assistant, the user who has allowed it.
    pub(crate) principal: &'a str,
    /// The tool, without the prefix of a connection.
    pub(crate) tool: &'a str,
    /// The identifier of the connection that it goes to.
    pub(crate) connection: &'a str,
    /// The digest of the exact arguments, as the gate was told it.
    pub(crate) arguments_sha256: &'a str,
    /// The arguments.
    pub(crate) arguments: &'a Value,
    /// Why it is held, with what people call the results that are named there.
    pub(crate) reasons: Vec<Reason>,
    /// How long there is to decide, in milliseconds.
    pub(crate) expires_after_ms: u64,
}

/// What a held call waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    /// The approval.
    pub(crate) id: String,
    /// Until when it can be decided.
    pub(crate) expires_at: String,
}

/// Holds a call. The same call that is asked for again while it is pending is the same
/// approval; one that was refused is refused, until its time is over.
///
/// # Errors
/// A denial when it was refused, when too much is held, or when it cannot be stored.
pub(crate) async fn request(gateway: &Gateway, call: Request<'_>) -> Result<Shown, Denial> {
    let scope = call.scope;
    let new = new_approval(&gateway.settings.tenant_seal(scope), call)?;
    let requested = request_approval(&store(gateway)?, scope, &new)
        .await
        .map_err(|error| store_failed(&error))?;
    match requested {
        Requested::Pending(row) => Ok(shown(&row)),
        Requested::Refused(row) => Err(refused(&row)),
        Requested::TooMany => Err(too_many()),
    }
}

/// Whether an approval can be decided about still. One that is not there any more cannot.
///
/// # Errors
/// A denial when the store cannot be asked.
pub(crate) async fn is_pending(
    gateway: &Gateway,
    scope: &TenantScope,
    approval: &str,
) -> Result<bool, Denial> {
    let Ok(id) = ApprovalId::parse(approval) else {
        return Ok(false);
    };
    let now = clock::now_ms();
    let row = load_approval(&store(gateway)?, scope, &id, now).await;
    let row = row.map_err(|error| store_failed(&error))?;
    Ok(row.is_some_and(|row| row.standing().status == Status::Pending))
}

/// Writes behind the answer which call was made under an approval. That it is made once
/// is the gate's to see to: when the store does not answer, the approval is shown as
/// approved until its time is over, and nothing else is wrong.
pub(crate) fn used_later(gateway: &Gateway, gate: &KeyGateName, approval: &str, call_id: &str) {
    let (Ok(id), Ok(store)) = (ApprovalId::parse(approval), store(gateway)) else {
        console_error!("the use of an approval was not written");
        return;
    };
    let (scope, call_id) = (gate.scope().clone(), call_id.to_owned());
    gateway.context.wait_until(async move {
        if let Err(error) = use_approval(&store, &scope, &id, &call_id).await {
            console_error!("the use of an approval was not written: {error}");
        }
    });
}

/// A call; or, where it was made before under the approval that it names, its answer.
///
/// # Errors
/// As of [`Gateway::call`].
pub(crate) async fn call(
    gateway: &Gateway,
    identified: Identified,
    call: Call,
) -> Result<Released, Denial> {
    let (gate, approval) = (identified.gate(), call.approval.clone());
    match (gateway.call(identified, call).await, approval) {
        (Err(denial), Some(approval)) if denial.code == ANSWER_NOT_KEPT => {
            let kept = kept(gateway, &gate, approval.as_str()).await?;
            kept.ok_or(denial)
        }
        (answered, _) => answered,
    }
}

/// Keeps what a call under an approval has answered, sealed, for whoever makes it again.
/// One that cannot be kept is missing then; the call is made once all the same.
pub(crate) async fn keep(
    gateway: &Gateway,
    gate: &KeyGateName,
    (approval_id, call_id): (String, String),
    released: &Released,
) {
    let Some(text) = released.to_keep() else {
        return;
    };
    let seal = gateway.settings.tenant_seal(gate.scope());
    let kept = match seal.seal(&answer_of(&approval_id), &text) {
        Ok(answer) => {
            let answer = ApprovedAnswer {
                approval_id,
                call_id,
                answer,
            };
            match KeyGateClient::named(&gateway.env, gate) {
                Ok(client) => client.keep(&answer).await,
                Err(unreachable) => Err(unreachable),
            }
        }
        Err(_) => return console_error!("an approved call's answer was not sealed"),
    };
    if let Err(unreachable) = kept {
        console_error!("an approved call's answer was not kept: {unreachable}");
    }
}

/// What the call under an approval has answered; `None` when that is not kept.
///
/// # Errors
/// A denial when the key's gate cannot be asked.
async fn kept(
    gateway: &Gateway,
    gate: &KeyGateName,
    approval: &str,
) -> Result<Option<Released>, Denial> {
    let unavailable =
        |unreachable: Unreachable| Denial::unavailable(Layer::Admission, unreachable.to_string());
    let client = KeyGateClient::named(&gateway.env, gate).map_err(unavailable)?;
    let sealed = client.kept(approval).await.map_err(unavailable)?;
    let seal = gateway.settings.tenant_seal(gate.scope());
    let text = sealed.and_then(|sealed| seal.open(&answer_of(approval), &sealed));
    Ok(text.and_then(|text| Released::of_kept(&text)))
}

/// What was sealed with an approval; `None` once it is gone.
pub(crate) fn open(settings: &Settings, scope: &TenantScope, row: &ApprovalRow) -> Option<Held> {
    let seal = settings.tenant_seal(scope);
    let text = seal.open(&name(&row.approval_id), row.sealed.as_deref()?)?;
    Held::parse(&text).ok()
}

fn new_approval(seal: &TenantSeal, call: Request<'_>) -> Result<NewApproval, Denial> {
    let approval_id = ApprovalId::from_random(clock::random()?);
    let reasons = bounded(call.reasons);
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
        return Err(Denial::new(
            Layer::Screening,
            "too_long_to_hold",
            413,
            detail,
        ));
    }
    let lifetime_ms = i64::try_from(call.expires_after_ms).unwrap_or(i64::MAX);
    Ok(NewApproval {
        sealed: seal.seal(&name(&approval_id), &text)?,
        approval_id,
        gate: call.gate.key().clone(),
        principal: call.principal.to_owned(),
        tool: call.tool.to_owned(),
        connection_id: call.connection.to_owned(),
        arguments_sha256: call.arguments_sha256.to_owned(),
        reasons: clear,
        standing: Standing::asked(clock::now_ms(), lifetime_ms),
    })
}

/// What a call's answer is sealed under.
fn answer_of(approval: &str) -> String {
    format!("approved-answer/{approval}")
}

/// What it is sealed under.
fn name(approval: &ApprovalId) -> String {
    format!("approval/{approval}")
}

fn shown(row: &ApprovalRow) -> Shown {
    Shown {
        id: row.approval_id.to_string(),
        expires_at: Timestamp::from_millis(row.standing().expires_at).to_string(),
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
