//! Layer 3, **admission**: not revoked, within its rate, recorded as an intent?
//!
//! Proof: [`Admitted`]. The one blocking hop to state lies before it: the key's
//! gate answers everything that the later layers need to know of the tenant.

use std::collections::BTreeSet;

use lango_admission::{
    Admission, Answer, ArgumentMemory, Ask, ConnectionName, Credential, LimitName, Once, Plan,
    Purpose, Rate, Refusal, Refused, Repeat, Resolved, SessionNotes, Target, UpstreamToolState,
};
use lango_audit_log::Layer;
use lango_connector_kit::Principal;
use lango_durable_objects::Unreachable;
use lango_guard::GuardPolicy;
use lango_identity::{Authority, Permission, PermissionSet, Reach, TenantScope};
use lango_oauth::{grantable, step_up_scope};
use lango_tenancy::Flag;

use super::identity::{Challenge, Identified, Shown};
use crate::denial::Denial;

/// The code of a call that was made before under the approval that it names: its answer is
/// the answer, where that is kept.
pub(crate) const ANSWER_NOT_KEPT: &str = "answer_not_kept";

/// Proof: the key is in force, its rate allows it, and the intent is durable.
pub(crate) struct Admitted {
    scope: TenantScope,
    principal: String,
    /// For an assistant: how it is told that its user could give more.
    step_up: Option<StepUp>,
    admission: Box<Admission>,
}

/// What the guards of later layers go by.
pub(crate) struct Guarded {
    /// What the tenant wants of them.
    pub(super) policy: GuardPolicy,
    /// What the key's gate remembers.
    pub(super) memory: ArgumentMemory,
    /// Whether the key may change anything: where values came from matters then.
    pub(super) may_change: bool,
}

/// Whoever hears what is said before an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listening {
    /// What is remembered of their session.
    pub(crate) session: SessionNotes,
    /// Whether calls may go on as tasks.
    pub(crate) has_tasks: bool,
}

/// What an assistant's user could give it beyond what its token has.
#[derive(Clone)]
pub(crate) struct StepUp {
    challenge: Challenge,
    held: PermissionSet,
    of_user: PermissionSet,
}

/// What the gate is asked for this key.
pub(crate) fn question(
    identified: &Identified,
    purpose: Purpose,
    target: Option<Target>,
    once: Option<Once>,
) -> Ask {
    Ask {
        credential: match identified.shown() {
            Shown::Key(digest) => Credential::Key { digest },
            Shown::Access(permissions) => Credential::Grant { permissions },
            Shown::SignIn(principal, kind) => Credential::Session { principal, kind },
        },
        purpose,
        target,
        session: identified.session().map(str::to_owned),
        once,
        arguments: None,
        address: identified.address(),
        while_closed: false,
    }
}

/// Turns the gate's answer into the proof.
pub(crate) fn admit(
    identified: Identified,
    answer: Result<Answer, Unreachable>,
) -> Result<Admitted, Denial> {
    match answer {
        Ok(Answer::Admitted(admission)) => Ok(Admitted {
            scope: identified.scope(),
            principal: identified.principal().to_owned(),
            step_up: match identified.shown() {
                Shown::Key(_) | Shown::SignIn(..) => None,
                Shown::Access(_) => Some(StepUp {
                    challenge: identified.challenge().clone(),
                    held: admission.permissions,
                    of_user: admission.of_holder,
                }),
            },
            admission,
        }),
        Ok(Answer::Refused(refused)) => Err(denial(&refused, identified.challenge())),
        Err(unreachable) => Err(unavailable(&unreachable.to_string())),
    }
}

impl Admitted {
    /// The right to the rows of the key's tenant.
    pub(crate) fn scope(&self) -> &TenantScope {
        &self.scope
    }

    /// How long to wait before going on, in milliseconds.
    pub(crate) fn wait_ms(&self) -> u64 {
        self.admission.wait_ms
    }

    /// What is left of the rate that leaves least.
    pub(crate) fn rate(&self) -> Rate {
        self.admission.rate
    }

    /// Whether the answer waits until the outcome is recorded.
    pub(crate) fn settle_first(&self) -> bool {
        self.admission.settle_first
    }

    /// The tenant's plan.
    pub(super) fn plan(&self) -> Plan {
        self.admission.plan
    }

    /// The members of the call's arguments that stand in the audit log.
    pub(crate) fn shown_arguments(&self) -> &BTreeSet<String> {
        &self.admission.shown_arguments
    }

    pub(super) fn permissions(&self) -> PermissionSet {
        self.admission.permissions
    }

    /// What may be listed: for an assistant also what its user could give it, so
    /// that it finds the tool that it has to step up for.
    pub(super) fn listable(&self) -> PermissionSet {
        match &self.step_up {
            Some(step_up) => step_up.of_user.intersection(grantable()),
            None => self.admission.permissions,
        }
    }

    pub(super) fn step_up(&self) -> Option<StepUp> {
        self.step_up.clone()
    }

    /// What is remembered of the protocol session, and whether calls may go on as tasks.
    pub(crate) fn listening(&self) -> Listening {
        Listening {
            session: self.admission.session,
            has_tasks: self.has(Flag::McpTasks),
        }
    }

    /// Whether a feature is on for the tenant, as of this call.
    pub(super) fn has(&self, feature: Flag) -> bool {
        self.admission.flags.has(feature)
    }

    /// What the tenant wants of the guards.
    pub(super) fn guard(&self) -> &GuardPolicy {
        &self.admission.guard
    }

    pub(super) fn upstream_tools(&self) -> &[UpstreamToolState] {
        &self.admission.upstream_tools
    }

    pub(super) fn into_connections(self) -> Vec<ConnectionName> {
        self.admission.connections
    }

    /// For whom a tool is called; `None` for who calls none.
    pub(super) fn caller(&self) -> Option<&Principal> {
        self.admission.caller.as_ref()
    }

    /// Who acts, and what they may hand on.
    pub(super) fn into_authority(self) -> (TenantScope, String, Authority) {
        let tables = self.admission.caller.and_then(|caller| caller.allow_tables);
        let authority = Authority {
            permissions: self.admission.permissions,
            connections: Reach::of(self.admission.grantable_connections.as_deref()),
            tables: Reach::of(tables.as_deref()),
        };
        (self.scope, self.principal, authority)
    }

    /// Where the call goes, and what its guards go by.
    pub(super) fn into_target(self) -> (TenantScope, Option<Resolved>, Guarded) {
        let admission = *self.admission;
        let guarded = Guarded {
            policy: admission.guard,
            memory: admission.arguments,
            may_change: admission.settle_first,
        };
        (self.scope, admission.target, guarded)
    }
}

impl StepUp {
    /// The `WWW-Authenticate` of a 403 (RFC 6750 §3.1), naming every right that the
    /// call needs; `None` when the user could not give what is missing.
    pub(super) fn field(&self, missing: &[Permission]) -> Option<String> {
        let scope = step_up_scope(self.held, missing, self.of_user)?;
        Some(
            self.challenge
                .field(Some("insufficient_scope"), Some(scope)),
        )
    }
}

fn denial(refused: &Refused, challenge: &Challenge) -> Denial {
    match refused.refusal {
        Refusal::UnknownKey
        | Refusal::RevokedKey
        | Refusal::ExpiredKey
        | Refusal::InactiveTenant => {
            let mut denial = challenge.invalid_token(refused.refusal.code());
            denial.layer = Layer::Admission;
            denial
        }
        Refusal::OutsideAddressRanges => Denial::new(
            Layer::Admission,
            "address_not_allowed",
            403,
            "This key may not be used from here. Use it from one of its address ranges, or have \
             an administrator change them.",
        ),
        Refusal::EndedSession => Denial::new(
            Layer::Admission,
            "session_ended",
            404,
            "This session has ended. Begin another one with initialize.",
        ),
        Refusal::Repeated => Denial::new(
            Layer::Admission,
            "repeated",
            409,
            "This call was made before under its Idempotency-Key.",
        ),
        Refusal::KeyReused => Denial::new(
            Layer::Admission,
            "idempotency_key_reused",
            422,
            "Another call was made before under this Idempotency-Key. Use a new one.",
        ),
        Refusal::Made(repeat) => made(repeat),
        Refusal::RateLimited(later_ms) => rate_limited(later_ms, refused.rate),
        Refusal::Unavailable => unavailable("the store did not answer"),
    }
}

/// The call that was made under the approval which this one names.
fn made(repeat: Repeat) -> Denial {
    let (code, detail) = match repeat {
        Repeat::InProgress => return in_progress(Layer::Admission, ""),
        Repeat::Ended => (
            ANSWER_NOT_KEPT,
            "This call was made before under its approval and has ended. Its answer is not kept; \
             the audit log says how it ended.",
        ),
        Repeat::Unknown => (
            "outcome_unknown",
            "This call was begun under its approval, and what became of it is not known. It was \
             not made again. Look into the system whether it happened; if it did not, make the \
             call without naming the approval, and a person approves it anew.",
        ),
    };
    Denial::new(Layer::Admission, code, 409, detail)
}

/// The same call is on its way, under an approval.
pub(super) fn in_progress(layer: Layer, approval: &str) -> Denial {
    let denial = Denial::new(
        layer,
        "in_progress",
        409,
        "This very call is being made under its approval. It was not made again: ask for it once \
         more in a moment.",
    )
    .with_header("Retry-After", "1");
    match approval {
        "" => denial,
        approval => denial.with_member("approval", approval),
    }
}

/// `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10).
pub(crate) fn rate_fields(rate: &Rate) -> [(&'static str, String); 2] {
    let (name, full_after) = (rate.limit.name(), rate.full_after_ms.div_ceil(1_000));
    let (remaining, per_minute) = (rate.remaining, rate.quota.per_minute());
    [
        (
            "RateLimit",
            format!(r#""{name}";r={remaining};t={full_after}"#),
        ),
        (
            "RateLimit-Policy",
            format!(r#""{name}";q={per_minute};w=60"#),
        ),
    ]
}

fn rate_limited(later_ms: u64, rate: Option<Rate>) -> Denial {
    let seconds = later_ms.div_ceil(1_000).max(1);
    let what = match rate.map(|rate| rate.limit) {
        None | Some(LimitName::Key) => "The rate of this key is used up",
        Some(LimitName::Tool) => "The rate of this tool is used up for this key",
        Some(LimitName::Tenant) => "The rate of this organisation is used up",
    };
    let allowed = rate.map_or_else(String::new, |rate| {
        let (per_minute, burst) = (rate.quota.per_minute(), rate.quota.burst());
        format!(" ({per_minute} calls a minute, {burst} at once)")
    });
    let denial = Denial::new(
        Layer::Admission,
        "rate_limited",
        429,
        format!("{what}{allowed}. Nothing was done. Try again in {seconds} s."),
    )
    .with_header("Retry-After", seconds.to_string())
    .with_member("retry_after", seconds);
    let Some(rate) = rate else { return denial };
    let denial = denial.with_member("limit", rate.limit.name());
    rate_fields(&rate)
        .into_iter()
        .fold(denial, |denial, (name, value)| {
            denial.with_header(name, value)
        })
}

fn unavailable(reason: &str) -> Denial {
    Denial::unavailable(Layer::Admission, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_rate_says_when_to_come_back() {
        let rate = Rate {
            limit: LimitName::Tool,
            quota: Plan::Free.calls(),
            remaining: 0,
            full_after_ms: 22_500,
        };
        let denial = rate_limited(2_001, Some(rate));
        assert_eq!(denial.status, 429);
        assert_eq!(
            denial.headers,
            [
                ("Retry-After", "3".to_owned()),
                ("RateLimit", r#""tool";r=0;t=23"#.to_owned()),
                ("RateLimit-Policy", r#""tool";q=30;w=60"#.to_owned()),
            ]
        );
    }

    #[test]
    fn keys_that_are_not_in_force_all_look_the_same() {
        let of = |refusal| {
            let refused = Refused {
                refusal,
                rate: None,
            };
            let denial = denial(&refused, &Challenge::default());
            (denial.status, denial.code, denial.detail, denial.headers)
        };
        let unknown = of(Refusal::UnknownKey);
        for refusal in [
            Refusal::RevokedKey,
            Refusal::ExpiredKey,
            Refusal::InactiveTenant,
        ] {
            assert_eq!(of(refusal), unknown);
        }
        assert_eq!(of(Refusal::Unavailable).0, 503);
    }
}
