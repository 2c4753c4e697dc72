//! The decision: one key, one snapshot, one moment.

use lango_audit_log::{Intent, Layer, Outcome};
use lango_guard::GuardPolicy;
use lango_identity::PermissionSet;
use lango_tenancy::TenantState;

use crate::{
    gcra::{Gcra, Pace, Quota},
    guarded::ArgumentMemory,
    message::{Admission, Answer, Ask, ConnectionName, Purpose, Rate, Refusal, Refused},
    repeat::{Earlier, Repetition},
    session::SessionNotes,
    snapshot::{ConnectionState, KeyState, Snapshot, may_change},
    target::Resolved,
};

/// What a key's object remembers between decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GateState {
    /// The rate of tool calls.
    pub calls: Gcra,
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
}

impl Gate {
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
    let in_force = in_force(facts.snapshot, ask, now_ms).map_err(without_rate)?;
    if facts.session.ended {
        return Err(without_rate(Refusal::EndedSession));
    }
    if let (Some(once), Some(earlier)) = (&ask.once, facts.earlier) {
        return Err(without_rate(match once.compared_with(earlier) {
            Repetition::Same => Refusal::Repeated,
            Repetition::Other => Refusal::KeyReused,
        }));
    }
    let (gcra, quota) = if ask.purpose.is_call() {
        (&mut state.calls, in_force.snapshot.plan.calls())
    } else {
        (&mut state.requests, in_force.snapshot.plan.requests())
    };
    let pace = gcra.take(quota, now_ms);
    let rate = rate(*gcra, quota, now_ms);
    let wait_ms = match pace {
        Pace::Now => 0,
        Pace::Wait(wait_ms) => wait_ms,
        Pace::Refused(later_ms) => {
            let refusal = Refusal::RateLimited(later_ms);
            return Err(Refused {
                refusal,
                rate: Some(rate),
            });
        }
    };
    Ok(in_force.admission(facts.session, ask, wait_ms, rate))
}

impl InForce<'_> {
    fn admission(&self, session: SessionNotes, ask: &Ask, wait_ms: u64, rate: Rate) -> Admission {
        let target = ask
            .target
            .as_ref()
            .map(|target| target.resolve(self.usable(), &self.snapshot.upstream_tools))
            .map(|resolved| resolved.promised(&self.snapshot.residency));
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
            // Of what the gate's object remembers, which is no decision.
            arguments: ArgumentMemory::default(),
            rate,
        }
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
    }
}

fn rate(gcra: Gcra, quota: Quota, now_ms: u64) -> Rate {
    Rate {
        quota,
        remaining: gcra.remaining(quota, now_ms),
        full_after_ms: gcra.full_after_ms(now_ms),
    }
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
