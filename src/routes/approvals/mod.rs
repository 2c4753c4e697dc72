//! `/admin/v1/approvals`: calls that are held, and what people decide about them.

mod view;

use lango_api::DecideApproval;
use lango_approvals::{
    Asker, Credential, Decider, Decision, Forbidden, MayDecide, NotOpen, Status, may_decide,
};
use lango_audit_log::{Actor, Layer};
use lango_durable_objects::Store;
use lango_identity::{ApprovalId, KeyId, PrincipalKind, TenantScope};
use lango_store::{ApprovalRow, decide_approval, list_approvals, load_approval, load_guard_policy};
use worker::Response;

use self::view::{logged, view};
use super::{
    call::{Call, listed, store, store_failed, unknown},
    json,
    pushing::push,
};
use crate::{
    clock,
    denial::Denial,
    gateway::Done,
    layers::{access::PermittedAction, identity::Identified},
    state::approvals::open,
};

/// The longest note, in characters.
const LONGEST_NOTE: usize = 500;

pub(super) async fn list(call: Call<'_>) -> Result<Response, Denial> {
    let (page, status, gateway) = (call.page()?, status(call.query("status")?)?, call.gateway);
    let permitted = call.look().await?;
    let (store, scope) = (store(gateway)?, permitted.scope());
    let approvals = list_approvals(&store, scope, status, &page, clock::now_ms())
        .await
        .map_err(|error| store_failed(&error))?;
    listed(approvals, |row| view(row, None))
}

/// With the arguments for a person who could decide.
pub(super) async fn read(call: Call<'_>) -> Result<Response, Denial> {
    let (gateway, target) = (call.gateway, target(&call));
    let hand = Hand::of(&call.identified);
    let permitted = call.look().await?;
    let scope = permitted.scope();
    let row = find(&store(gateway)?, scope, target.as_ref()).await?;
    let held = match hand.may_decide(&permitted, &row, false) {
        // Whoever asked knows the arguments, even if others must decide.
        Ok(_) | Err(Forbidden::SameCredential | Forbidden::FourEyes) => {
            open(&gateway.settings, scope, &row)
        }
        Err(Forbidden::NotAPerson | Forbidden::NotPermitted | Forbidden::OtherConnection) => None,
    };
    json(200, &view(row, held))
}

pub(super) async fn approve(call: Call<'_>) -> Result<Response, Denial> {
    decide(call, "approval.approve", Decision::Approve).await
}

pub(super) async fn refuse(call: Call<'_>) -> Result<Response, Denial> {
    decide(call, "approval.refuse", Decision::Refuse).await
}

async fn decide(call: Call<'_>, action: &str, decision: Decision) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let wanted: DecideApproval = call.body()?;
    let hand = Hand::of(&call.identified);
    let target = target(&call);
    let named = target.as_ref().map(ToString::to_string);
    let decided = call
        .act(action, named, async |permitted| {
            let (store, scope) = (store(gateway)?, permitted.scope());
            let row = find(&store, scope, target.as_ref()).await?;
            let four_eyes = load_guard_policy(&store, scope)
                .await
                .map_err(|error| store_failed(&error))?
                .policy
                .approval
                .four_eyes;
            let may = hand
                .may_decide(permitted, &row, four_eyes)
                .map_err(forbidden)?;
            let note = checked_note(&wanted.note)?;
            let decided = row
                .standing()
                .decide(decision, &may, clock::now_ms())
                .map_err(not_open)?;
            let is_written = decide_approval(&store, scope, &row.approval_id, &decided, note)
                .await
                .map_err(|error| store_failed(&error))?;
            // Read again: somebody may have been quicker.
            let after = find(&store, scope, target.as_ref()).await?;
            if !is_written {
                return Err(not_open(NotOpen(after.standing().status)));
            }
            push(gateway, scope, &row.gate).await;
            let (before, shown) = (logged(&row), logged(&after));
            Ok(Done::updated(after, &before, &shown))
        })
        .await?;
    json(200, &view(decided, None))
}

/// What a request is made with, as far as it matters for a decision.
struct Hand {
    session: Option<(KeyId, PrincipalKind)>,
    is_assistant: bool,
}

impl Hand {
    fn of(identified: &Identified) -> Self {
        let signed_in = identified.signed_in();
        Self {
            session: signed_in.map(|it| (it.session().clone(), it.kind())),
            is_assistant: identified.actor() == Actor::Assistant,
        }
    }

    fn credential(&self) -> Credential<'_> {
        match &self.session {
            Some((session, kind)) => Credential::SignIn {
                session: session.as_str(),
                kind: *kind,
            },
            None if self.is_assistant => Credential::Grant,
            None => Credential::Key,
        }
    }

    fn may_decide(
        &self,
        permitted: &PermittedAction,
        row: &ApprovalRow,
        four_eyes: bool,
    ) -> Result<MayDecide, Forbidden> {
        let authority = permitted.authority();
        let asker = Asker {
            principal: &row.principal,
            gate: row.gate.as_str(),
        };
        let decider = Decider {
            principal: permitted.principal(),
            credential: self.credential(),
            permissions: authority.permissions,
            reaches_connection: authority.connections.contains(&row.connection_id),
        };
        may_decide(asker, decider, four_eyes)
    }
}

async fn find(
    store: &Store,
    scope: &TenantScope,
    target: Option<&ApprovalId>,
) -> Result<ApprovalRow, Denial> {
    let approval = target.ok_or_else(|| unknown("approval"))?;
    load_approval(store, scope, approval, clock::now_ms())
        .await
        .map_err(|error| store_failed(&error))?
        .ok_or_else(|| unknown("approval"))
}

fn forbidden(why: Forbidden) -> Denial {
    let (code, detail) = match why {
        Forbidden::NotAPerson => (
            "not_a_person",
            "Only a person of your business who has signed in may decide, and no key or assistant: \
             sign in, and decide there.",
        ),
        Forbidden::NotPermitted => ("not_permitted", "Your role lacks tool.approve."),
        Forbidden::OtherConnection => (
            "other_connection",
            "You may not use this call's connection yourself: somebody who may has to decide.",
        ),
        Forbidden::SameCredential => (
            "same_credential",
            "The call was made with this sign-in, which cannot decide about it. Sign in again, or \
             have somebody else decide.",
        ),
        Forbidden::FourEyes => (
            "four_eyes",
            "Your business wants somebody else to decide than for whom the call is made.",
        ),
    };
    Denial::new(Layer::Access, code, 403, detail)
}

fn not_open(NotOpen(status): NotOpen) -> Denial {
    let detail = match status {
        Status::Expired => "Its time is over. Have the call made again to be asked again.",
        _ => "It was decided before.",
    };
    Denial::new(Layer::Access, "not_pending", 409, detail)
        .with_member("approval_status", status.name())
}

fn checked_note(note: &str) -> Result<&str, Denial> {
    let note = note.trim();
    let is_control = |one: char| one.is_control() && one != '\n';
    if note.chars().count() <= LONGEST_NOTE && !note.chars().any(is_control) {
        return Ok(note);
    }
    let detail = "note must have at most 500 characters, none of them control characters.";
    Err(Denial::new(Layer::Screening, "note", 422, detail))
}

fn status(text: Option<String>) -> Result<Option<Status>, Denial> {
    text.map(|text| text.parse()).transpose().map_err(|error| {
        let detail = format!("Correct the query: {error}.");
        Denial::new(Layer::Transport, "query", 400, detail)
    })
}

fn target(call: &Call<'_>) -> Option<ApprovalId> {
    ApprovalId::parse(call.captured("approval_id")).ok()
}
