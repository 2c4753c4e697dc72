//! What the gateway asks a `KeyGate` object, and what it answers.
//!
//! The JSON crosses between isolates of one deployment; its shape is pinned in
//! tests, because during a deployment both versions run.

use std::{collections::BTreeSet, net::IpAddr};

use lango_audit_log::{Intent, Subject};
use lango_connector_kit::Principal;
use lango_guard::GuardPolicy;
use lango_identity::{PermissionSet, PrincipalKind, RoleName, TokenDigest};
use lango_residency::Promise;
use lango_tenancy::FlagSet;
use lango_vault::ErasureKeyText;
use serde::{Deserialize, Serialize};

use crate::{
    approved::Repeat,
    gcra::{Gcra, Quota},
    guarded::{ArgumentFacts, ArgumentMemory},
    pace::{Limited, Limits, Paced, Rate},
    plan::Plan,
    repeat::Once,
    session::SessionNotes,
    snapshot::UpstreamToolState,
    target::{Resolved, Target},
    tool_name::Slug,
};

/// May this key do this now?
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ask {
    /// The token that was verified.
    #[serde(flatten)]
    pub credential: Credential,
    /// What for.
    pub purpose: Purpose,
    /// Which connection a call needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// The protocol session that the request names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// For a call that is to happen once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once: Option<Once>,
    /// For a tool call: what its guards go by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<ArgumentFacts>,
    /// Where the request came from, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// Whether it is one of the few things that a closed tenant may still do.
    #[serde(default, skip_serializing_if = "is_false")]
    pub while_closed: bool,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// What a verified token shows of itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", untagged)]
pub enum Credential {
    /// An API key: the digest of the token.
    Key {
        /// Compared with the registered one.
        digest: TokenDigest,
    },
    /// An assistant's access token: the rights that stand in it.
    Grant {
        /// At most these.
        permissions: PermissionSet,
    },
    /// The token of somebody who has signed in, or their browser's cookie.
    Session {
        /// Who it says that they are.
        principal: String,
        /// Which kind of principal it says that they are.
        kind: PrincipalKind,
    },
}

/// What an admission is for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A handshake, a page of the log: counted, not recorded.
    Request,
    /// A list of what the key can reach: counted, not recorded, and answered
    /// with the tools of upstream servers.
    List,
    /// A tool call or an administrative action: counted and recorded.
    Recorded(Intent),
}

/// The answer to an [`Ask`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It may, perhaps after a wait.
    Admitted(Box<Admission>),
    /// It may not.
    Refused(Refused),
}

/// What comes with an admission: all that the later layers need to know.
#[derive(Clone, Serialize, Deserialize)]
pub struct Admission {
    /// Wait so long before going on, in milliseconds.
    pub wait_ms: u64,
    /// The role in force, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleName>,
    /// What the key may do.
    pub permissions: PermissionSet,
    /// What its holder may do: more than an assistant's grant, perhaps.
    pub of_holder: PermissionSet,
    /// For whom tools are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<Principal>,
    /// For administration: the connections that may be handed on; absent for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grantable_connections: Option<Vec<String>>,
    /// Whether the answer waits until the outcome is recorded.
    pub settle_first: bool,
    /// The tenant's plan.
    pub plan: Plan,
    /// The features that are on for it.
    #[serde(default, skip_serializing_if = "FlagSet::is_default")]
    pub flags: FlagSet,
    /// For [`Purpose::List`]: the connections that the key may use, in the order of
    /// their slugs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connections: Vec<ConnectionName>,
    /// What the call's target turned out to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Resolved>,
    /// For [`Purpose::List`]: the upstream tools on those connections.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub upstream_tools: Vec<UpstreamToolState>,
    /// What is remembered of the session.
    #[serde(default)]
    pub session: SessionNotes,
    /// For a tool call and [`Purpose::List`]: what the tenant wants of the guards.
    #[serde(default, skip_serializing_if = "GuardPolicy::is_default")]
    pub guard: GuardPolicy,
    /// For a call: the members of its arguments that stand in the audit log.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub shown_arguments: BTreeSet<String>,
    /// For a tool call: what the gate remembers of its arguments.
    #[serde(default, skip_serializing_if = "ArgumentMemory::is_empty")]
    pub arguments: ArgumentMemory,
    /// What is left of the rate.
    pub rate: Rate,
}

/// A connection by its names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionName {
    /// The connection's identifier.
    pub connection_id: String,
    /// The kind of connector.
    pub connector: String,
    /// What tells it apart in tool names.
    pub slug: Slug,
    /// The tenant's name for it.
    pub name: String,
    /// Whether somebody has said what of it may be seen.
    #[serde(default, skip_serializing_if = "is_false")]
    pub has_sql_policy: bool,
}

/// The connection of a call: nothing in it can be read by the gateway.
#[derive(Clone, Serialize, Deserialize)]
pub struct SealedConnection {
    /// The connection's identifier.
    pub connection_id: String,
    /// The kind of connector.
    pub connector: String,
    /// What tells it apart in tool names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<Slug>,
    /// Where it may connect to; `None` for wherever its credentials say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_hosts: Option<Vec<String>>,
    /// The wrapped data key: JSON for the connector.
    pub data_key: String,
    /// The sealed fields: JSON for the connector.
    pub sealed: String,
    /// What of a database may be seen: the policy's JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql_policy: Option<String>,
    /// The tenant's erasure key, for the connector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erasure_key: Option<ErasureKeyText>,
    /// Where the call may run, as the tenant is promised.
    #[serde(default, skip_serializing_if = "Promise::is_any")]
    pub residency: Promise,
}

/// A refusal, with what is left of the rate where that is known.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Refused {
    /// Why.
    pub refusal: Refusal,
    /// What is left of the rate.
    pub rate: Option<Rate>,
}

/// Why a key was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The tenant has no such key, or not with this token.
    UnknownKey,
    /// The key was revoked.
    RevokedKey,
    /// The registered end of the key has passed.
    ExpiredKey,
    /// The tenant is suspended or closed.
    InactiveTenant,
    /// The key may not be used from where the request came.
    OutsideAddressRanges,
    /// The client has ended the session that the request names.
    EndedSession,
    /// The call was made before under its idempotency key.
    Repeated,
    /// Another call was made before under this idempotency key.
    KeyReused,
    /// The call was made before under the approval that it names.
    Made(Repeat),
    /// The rate is used up; in so many milliseconds it is not.
    RateLimited(u64),
    /// The store could not be asked, so nothing can be said.
    Unavailable,
}

/// Shares of a tenant's limit for calls that came at once, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareAsk {
    /// The tenant's limit.
    pub quota: Quota,
    /// The limits of the key: each call starts when all of them allow it.
    pub limits: Limits,
    /// The calls, each by its tool where that has a limit.
    pub calls: Vec<Option<String>>,
}

/// The answer to a [`ShareAsk`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shares {
    /// From when the paces count, in milliseconds since 1970.
    pub at_ms: u64,
    /// One for each call.
    pub paced: Vec<Paced>,
}

impl ShareAsk {
    /// Takes the calls, in their order; what is left of the tenant's limit beside them.
    #[must_use]
    pub fn answer(self, taken: Gcra, now_ms: u64) -> (Shares, Gcra) {
        let mut limits = self.limits;
        limits.tenant = Some(Limited::new(self.quota, taken));
        let paced = self
            .calls
            .iter()
            .map(|tool| limits.take(tool.as_deref(), now_ms))
            .collect();
        let taken = limits.tenant.map_or(taken, |limit| limit.state);
        let at_ms = now_ms;
        (Shares { at_ms, paced }, taken)
    }
}

impl Ask {
    /// The tool that is called, without the prefix of a connection.
    #[must_use]
    pub fn tool(&self) -> Option<&str> {
        let Purpose::Recorded(Intent {
            subject: Subject::Call { .. },
            ..
        }) = &self.purpose
        else {
            return None;
        };
        self.target.as_ref().map(|target| target.name.as_str())
    }
}

impl Purpose {
    /// Whether it counts as a call (or as any other request).
    #[must_use]
    pub fn is_call(&self) -> bool {
        matches!(self, Self::Recorded(intent) if !matches!(intent.subject, Subject::Action { .. }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_format_is_pinned() {
        let digest = "00".repeat(32);
        let ask = serde_json::json!({
            "digest": digest,
            "purpose": {"recorded": {
                "call_id": "call_1", "principal": "p_1", "kind": "call",
                "tool": "t", "connector": "postgres", "arguments_sha256": "ab",
            }},
            "target": {"connector": "postgres", "name": "t"},
            "session": "s",
        });
        let read: Ask = serde_json::from_value(ask.clone()).unwrap();
        assert!(read.purpose.is_call());
        assert!(matches!(read.credential, Credential::Key { .. }));
        assert_eq!(serde_json::to_value(read).unwrap(), ask);

        let refused = Answer::Refused(Refused {
            refusal: Refusal::RateLimited(5),
            rate: Some(Rate {
                limit: crate::pace::LimitName::Key,
                quota: Plan::Free.calls(),
                remaining: 0,
                full_after_ms: 9,
            }),
        });
        assert_eq!(
            serde_json::to_value(refused).unwrap(),
            serde_json::json!({"refused": {
                "refusal": {"rate_limited": 5},
                "rate": {"quota": {"per_minute": 30, "burst": 10}, "remaining": 0,
                    "full_after_ms": 9},
            }})
        );
    }
}
