//! The decision: one key, one snapshot, one moment.

use std::collections::{BTreeMap, BTreeSet};

use lango_audit_log::{Counts, Intent, Layer, Outcome};
use lango_guard::GuardPolicy;
use lango_identity::PermissionSet;
use lango_tenancy::TenantState;

use crate::{
    approved::{ApprovedCalls, Repeat},
    gcra::{Gcra, Quota},
    guarded::ArgumentMemory,
    journal::Taken,
    message::{Admission, Answer, Ask, ConnectionName, Purpose, Refusal, Refused},
    pace::{Limited, Limits, Pace, Paced, Rate},
    repeat::{Earlier, Repetition},
    session::SessionNotes,
    snapshot::{ConnectionState, KeyState, Snapshot, may_change},
    target::Resolved,
};

/// What a key's object remembers between decisions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GateState {
    /// What has been taken of the limits on calls.
    pub taken: Taken,
    /// The rate of everything else.
    pub requests: Gcra,
}

/// The decision over one key.
#[derive(Debug, Clone, Copy)]
pub struct Gate;

/// An answer, and what must be in the ledger before it is given.
pub struct Decision {
    /// The answer.
    pub answer: Answer,
    /// The intent to record, with its outcome where that is already decided.
    pub record: Option<(Intent, Option<Outcome>)>,
}

/// What a decision is made from.
#[derive(Clone, Copy, Default)]
pub struct Facts<'a> {
    /// What the store says; `None` when it could not be asked and the last
    /// answer is too old: then everything is refused.
    pub snapshot: Option<&'a Snapshot>,
    /// What is remembered of the session that the request names.
    pub session: SessionNotes,
    /// The earlier use of the call's idempotency key.
    pub earlier: Option<&'a Earlier>,
    /// The calls that were made under approvals.
    pub approved: Option<&'a ApprovedCalls>,
    /// What the tenant's limit says of the call, where there is one.
    pub share: Option<Share>,
}

/// When a call may proceed by all limits, the tenant's among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// From when the pace counts, in milliseconds since 1970.
    pub at_ms: u64,
    /// When, by the limits as they were then.
    pub paced: Paced,
}

impl Gate {
    /// The tenant's limit and the limits of the key, for a call that nothing but a rate
    /// could refuse: the tenant's has to be asked before the decision.
    #[must_use]
    pub fn shared(
        state: &GateState,
        facts: Facts<'_>,
        ask: &Ask,
        now_ms: u64,
    ) -> Option<(Quota, Limits)> {
        if !ask.purpose.is_call() {
            return None;
        }
        let in_force = passes(facts, ask, now_ms).ok()?;
        let quota = in_force.snapshot.limits.tenant?;
        Some((quota, limits(state, in_force.snapshot)))
    }

    /// Decides.
    #[must_use]
    pub fn decide(state: &mut GateState, facts: Facts<'_>, ask: Ask, now_ms: u64) -> Decision {
        match admit(state, facts, &ask, now_ms) {
            Ok(admission) => Decision {
                record: ask
                    .purpose
                    .into_intent(admission.target.as_ref())
                    .map(|intent| (intent, None)),
                answer: Answer::Admitted(Box::new(admission)),
            },
            Err(refused) => {
                let is_anybodys = facts.snapshot.is_none_or(|snapshot| snapshot.exists);
                let intent = is_anybodys.then(|| ask.purpose.into_intent(None)).flatten();
                Decision {
                    record: intent.map(|intent| {
                        let outcome = Outcome::denied(Layer::Admission, refused.refusal.code(), 0);
                        (intent, Some(outcome))
                    }),
                    answer: Answer::Refused(refused),
                }
            }
        }
    }
}

impl Decision {
    /// What became of it, where it is recorded.
    #[must_use]
    pub fn counts(&self) -> Counts {
        if self.record.is_none() {
            return Counts::default();
        }
        let (waits, refused) = match &self.answer {
            Answer::Admitted(admission) => (admission.wait_ms > 0, false),
            Answer::Refused(_) => (false, true),
        };
        Counts {
            received: 1,
            admitted: u64::from(!waits && !refused),
            queued: u64::from(waits),
            refused: u64::from(refused),
        }
    }
}

impl Refusal {
    /// The stable code, as the audit log and problem documents have it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownKey => "key_unknown",
            Self::RevokedKey => "key_revoked",
            Self::ExpiredKey => "key_expired",
            Self::InactiveTenant => "tenant_inactive",
            Self::OutsideAddressRanges => "address_not_allowed",
            Self::EndedSession => "session_ended",
            Self::Repeated => "repeated",
            Self::KeyReused => "idempotency_key_reused",
            Self::Made(Repeat::Ended) => "repeated",
            Self::Made(Repeat::InProgress) => "in_progress",
            Self::Made(Repeat::Unknown) => "outcome_unknown",
            Self::RateLimited(_) => "rate_limited",
            Self::Unavailable => "admission_unavailable",
        }
    }
}

impl Purpose {
    /// The intent, which now says where the call goes.
    fn into_intent(self, target: Option<&Resolved>) -> Option<Intent> {
        let Self::Recorded(mut intent) = self else {
            return None;
        };
        let connection = target.and_then(Resolved::connection);
        if let (Some(place), Some(connection)) = (intent.subject.place_mut(), connection) {
            place.connector = Some(connection.connector.clone());
            place.connection = Some(connection.connection_id.clone());
        }
        Some(intent)
    }
}

/// A key in force, and what may be done with it now.
struct InForce<'a> {
    snapshot: &'a Snapshot,
    key: &'a KeyState,
    permissions: PermissionSet,
}

/// Order matters: a token that the registry does not know learns nothing else.
fn in_force<'a>(
    snapshot: Option<&'a Snapshot>,
    ask: &Ask,
    now_ms: u64,
) -> Result<InForce<'a>, Refusal> {
    let snapshot = snapshot.ok_or(Refusal::Unavailable)?;
    let key = snapshot.key.as_ref().ok_or(Refusal::UnknownKey)?;
    let permissions = key
        .permissions(&ask.credential)
        .ok_or(Refusal::UnknownKey)?;
    if key.revoked {
        return Err(Refusal::RevokedKey);
    }
    if u64::try_from(key.expires_at).is_ok_and(|end| end.saturating_mul(1_000) <= now_ms) {
        return Err(Refusal::ExpiredKey);
    }
    let is_open = match snapshot.tenant {
        TenantState::Active => true,
        TenantState::Closed => ask.while_closed,
        TenantState::Suspended => false,
    };
    if !is_open {
        return Err(Refusal::InactiveTenant);
    }
    if !key.address_ranges.allow(ask.address) {
        return Err(Refusal::OutsideAddressRanges);
    }
    Ok(InForce {
        snapshot,
        key,
        permissions,
    })
}

/// Everything but the rate.
fn passes<'a>(facts: Facts<'a>, ask: &Ask, now_ms: u64) -> Result<InForce<'a>, Refusal> {
    let in_force = in_force(facts.snapshot, ask, now_ms)?;
    if facts.session.ended {
        return Err(Refusal::EndedSession);
    }
    if let (Some(once), Some(earlier)) = (&ask.once, facts.earlier) {
        return Err(match once.compared_with(earlier) {
            Repetition::Same => Refusal::Repeated,
            Repetition::Other => Refusal::KeyReused,
        });
    }
    match repeated(facts, &in_force, ask, now_ms) {
        Some(repeat) => Err(Refusal::Made(repeat)),
        None => Ok(in_force),
    }
}

/// How it stands with the call that used the approval which this one names.
fn repeated(facts: Facts<'_>, in_force: &InForce<'_>, ask: &Ask, now_ms: u64) -> Option<Repeat> {
    let (approved, arguments) = (facts.approved?, ask.arguments.as_ref()?);
    // Most calls name none, and their target is looked for once.
    arguments.approval.as_ref()?;
    let target = in_force.target(ask)?;
    let connection = target.connection()?;
    approved.repeated(arguments, &connection.connection_id, now_ms)
}

fn admit(
    state: &mut GateState,
    facts: Facts<'_>,
    ask: &Ask,
    now_ms: u64,
) -> Result<Admission, Refused> {
    let without_rate = |refusal| Refused {
        refusal,
        rate: None,
    };
    let in_force = passes(facts, ask, now_ms).map_err(without_rate)?;
    let paced = if ask.purpose.is_call() {
        let is_shared = in_force.snapshot.limits.tenant.is_some();
        if is_shared && facts.share.is_none() {
            return Err(without_rate(Refusal::Unavailable));
        }
        take(state, in_force.snapshot, facts.share, ask.tool(), now_ms)
    } else {
        let plan = in_force.snapshot.plan;
        let mut limits = Limits {
            queue: plan.queue().saturating_mul(4),
            key: Limited::new(plan.requests(), state.requests),
            tools: BTreeMap::new(),
            tenant: None,
        };
        let paced = limits.take(None, now_ms);
        state.requests = limits.key.state;
        paced
    };
    let wait_ms = match paced.pace {
        Pace::Now => 0,
        Pace::Wait(wait_ms) => wait_ms,
        Pace::Refused(later_ms) => {
            let refusal = Refusal::RateLimited(later_ms);
            return Err(Refused {
                refusal,
                rate: Some(paced.rate),
            });
        }
    };
    Ok(in_force.admission(facts.session, ask, wait_ms, paced.rate))
}

/// Takes a call from its limits. What the tenant's limit has said was said by all of them.
fn take(
    state: &mut GateState,
    snapshot: &Snapshot,
    share: Option<Share>,
    tool: Option<&str>,
    now_ms: u64,
) -> Paced {
    let mut limits = limits(state, snapshot);
    let paced = match share.filter(|_| snapshot.limits.tenant.is_some()) {
        None => limits.take(tool, now_ms),
        Some(Share { at_ms, paced }) => {
            let wait_ms = match paced.pace {
                Pace::Now => 0,
                Pace::Wait(wait_ms) => wait_ms,
                Pace::Refused(_) => return paced,
            };
            let start_ms = at_ms.saturating_add(wait_ms);
            limits.start(tool, start_ms);
            let pace = match start_ms.saturating_sub(now_ms) {
                0 => Pace::Now,
                wait_ms => Pace::Wait(wait_ms),
            };
            Paced { pace, ..paced }
        }
    };
    state.taken.calls = limits.key.state;
    if let Some((tool, limit)) = tool.and_then(|tool| limits.tools.get_key_value(tool)) {
        state.taken.tools.insert(tool.clone(), limit.state);
    }
    paced
}

/// The limits on a key's calls, as they stand. What was taken of a limit that is no more
/// is forgotten with it.
fn limits(state: &GateState, snapshot: &Snapshot) -> Limits {
    let (plan, set) = (snapshot.plan, &snapshot.limits);
    let of_tool = |(tool, quota): (&String, &Quota)| {
        let taken = state.taken.tools.get(tool).copied().unwrap_or_default();
        (tool.clone(), Limited::new(*quota, taken))
    };
    Limits {
        queue: plan.queue(),
        key: Limited::new(set.key.unwrap_or(plan.calls()), state.taken.calls),
        tools: set.tools.iter().map(of_tool).collect(),
        tenant: None,
    }
}

impl InForce<'_> {
    fn admission(&self, session: SessionNotes, ask: &Ask, wait_ms: u64, rate: Rate) -> Admission {
        let target = self.target(ask);
        let is_list = matches!(ask.purpose, Purpose::List);
        Admission {
            wait_ms,
            role: self.key.holder.role.clone(),
            permissions: self.permissions,
            of_holder: self.key.holder.authority.permissions,
            caller: self.key.holder.caller(),
            grantable_connections: self.key.holder.authority.connections.listed(),
            settle_first: may_change(self.permissions),
            plan: self.snapshot.plan,
            flags: self.snapshot.flags,
            connections: if is_list {
                self.usable().map(named).collect()
            } else {
                Vec::new()
            },
            target,
            upstream_tools: if is_list {
                self.upstream_tools()
            } else {
                Vec::new()
            },
            session,
            guard: if ask.arguments.is_some() || is_list {
                self.snapshot.guard.policy.clone()
            } else {
                GuardPolicy::default()
            },
            shown_arguments: match (&ask.target, ask.purpose.is_call()) {
                (Some(target), true) => self.snapshot.audit.shown(&target.name),
                _ => BTreeSet::new(),
            },
            // Of what the gate's object remembers, which is no decision.
            arguments: ArgumentMemory::default(),
            rate,
        }
    }

    fn target(&self, ask: &Ask) -> Option<Resolved> {
        let target = ask.target.as_ref()?;
        let resolved = target.resolve(self.usable(), &self.snapshot.upstream_tools);
        Some(resolved.promised(&self.snapshot.residency))
    }

    fn usable(&self) -> impl Iterator<Item = &ConnectionState> {
        self.snapshot
            .connections
            .iter()
            .filter(|connection| self.key.may_use(&connection.connection_id))
    }

    fn upstream_tools(&self) -> Vec<crate::snapshot::UpstreamToolState> {
        self.snapshot
            .upstream_tools
            .iter()
            .filter(|tool| tool.is_approved() && self.key.may_use(&tool.connection_id))
            .cloned()
            .collect()
    }
}

fn named(connection: &ConnectionState) -> ConnectionName {
    ConnectionName {
        connection_id: connection.connection_id.clone(),
        connector: connection.connector.clone(),
        slug: connection.slug.clone(),
        name: connection.name.clone(),
        has_sql_policy: connection.sql_policy.is_some(),
    }
}

#[cfg(test)]
#[path = "gate_tests.rs"]
pub(crate) mod tests;
