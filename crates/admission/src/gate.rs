//! The decision: one key, one snapshot, one moment.

use lango_audit_log::{Intent, Layer, Outcome};
use lango_identity::TokenDigest;

use crate::{
    gcra::{Gcra, Pace, Quota},
    message::{Admission, Answer, Ask, Purpose, Rate, Refusal, Refused, SealedConnection},
    snapshot::{KeyState, Snapshot, TenantState},
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
#[derive(Debug)]
pub struct Decision {
    /// The answer.
    pub answer: Answer,
    /// The intent to record, with its outcome where that is already decided.
    pub record: Option<(Intent, Option<Outcome>)>,
}

impl Gate {
    /// Decides. `snapshot` is `None` when the store could not be asked and the
    /// last answer is too old: then everything is refused.
    #[must_use]
    pub fn decide(
        state: &mut GateState,
        snapshot: Option<&Snapshot>,
        ask: Ask,
        now_ms: u64,
    ) -> Decision {
        let result = in_force(snapshot, ask.digest, now_ms)
            .map_err(|refusal| Refused {
                refusal,
                rate: None,
            })
            .and_then(|(snapshot, key)| admit(state, snapshot, key, &ask.purpose, now_ms));
        match result {
            Ok(admission) => Decision {
                answer: Answer::Admitted(admission),
                record: ask.purpose.into_intent().map(|intent| (intent, None)),
            },
            Err(refused) => Decision {
                record: ask.purpose.into_intent().map(|intent| {
                    let outcome = Outcome::denied(Layer::Admission, refused.refusal.code(), 0);
                    (intent, Some(outcome))
                }),
                answer: Answer::Refused(refused),
            },
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
            Self::RateLimited(_) => "rate_limited",
            Self::Unavailable => "admission_unavailable",
        }
    }
}

impl Purpose {
    fn into_intent(self) -> Option<Intent> {
        match self {
            Self::Request => None,
            Self::Recorded(intent) => Some(intent),
        }
    }
}

/// Order matters: a token that the registry does not know learns nothing else.
fn in_force(
    snapshot: Option<&Snapshot>,
    digest: TokenDigest,
    now_ms: u64,
) -> Result<(&Snapshot, &KeyState), Refusal> {
    let snapshot = snapshot.ok_or(Refusal::Unavailable)?;
    let key = snapshot
        .key
        .as_ref()
        .filter(|key| key.digest == digest)
        .ok_or(Refusal::UnknownKey)?;
    if key.revoked {
        return Err(Refusal::RevokedKey);
    }
    if u64::try_from(key.expires_at).is_ok_and(|end| end.saturating_mul(1_000) <= now_ms) {
        return Err(Refusal::ExpiredKey);
    }
    if snapshot.tenant != TenantState::Active {
        return Err(Refusal::InactiveTenant);
    }
    Ok((snapshot, key))
}

fn admit(
    state: &mut GateState,
    snapshot: &Snapshot,
    key: &KeyState,
    purpose: &Purpose,
    now_ms: u64,
) -> Result<Admission, Refused> {
    let (gcra, quota) = if purpose.is_call() {
        (&mut state.calls, snapshot.plan.calls())
    } else {
        (&mut state.requests, snapshot.plan.requests())
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
    Ok(Admission {
        wait_ms,
        role: key.role,
        permissions: key.permissions(),
        settle_first: key.may_change(),
        plan: snapshot.plan,
        connectors: connectors(snapshot),
        connection: purpose
            .connector()
            .and_then(|connector| sealed(snapshot, connector)),
        rate,
    })
}

fn rate(gcra: Gcra, quota: Quota, now_ms: u64) -> Rate {
    Rate {
        quota,
        remaining: gcra.remaining(quota, now_ms),
        full_after_ms: gcra.full_after_ms(now_ms),
    }
}

fn connectors(snapshot: &Snapshot) -> Vec<String> {
    let mut kinds: Vec<_> = snapshot
        .connections
        .iter()
        .map(|connection| connection.connector.clone())
        .collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

fn sealed(snapshot: &Snapshot, connector: &str) -> Option<SealedConnection> {
    let connection = snapshot
        .connections
        .iter()
        .find(|connection| connection.connector == connector)?;
    Some(SealedConnection {
        connection_id: connection.connection_id.clone(),
        connector: connection.connector.clone(),
        data_key: connection.data_key.clone(),
        sealed: connection.sealed.clone(),
    })
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
