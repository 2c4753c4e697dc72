//! What the tenant's policy means for cleaning.

use lango_guard::{GuardPolicy, PersonalData, Treatment as Wanted};
use lango_personal_data::Kind;
use lango_redaction::{Policy, Treatment};

/// For a tool's results, in which pseudonyms can be put back later.
pub(super) fn policy(guard: &GuardPolicy, tool: &str) -> Policy {
    of(&guard.personal_data.of_tool(tool), |wanted| match wanted {
        Wanted::Keep => Treatment::Keep,
        Wanted::Pseudonymise => Treatment::Pseudonymise,
        Wanted::Redact => Treatment::Redact,
    })
}

/// For what is said once and to people: what would be pseudonymised goes.
pub(super) fn for_good(guard: &GuardPolicy, tool: &str) -> Policy {
    of(&guard.personal_data.of_tool(tool), |wanted| match wanted {
        Wanted::Keep => Treatment::Keep,
        Wanted::Pseudonymise | Wanted::Redact => Treatment::Redact,
    })
}

fn of(personal: &PersonalData, treatment: impl Fn(Wanted) -> Treatment) -> Policy {
    let mut policy = Policy::new(treatment(personal.default));
    for (name, wanted) in &personal.kinds {
        // A stored policy names only kinds that there are.
        if let Some(kind) = Kind::from_name(name) {
            policy = policy.with_kind(kind, treatment(*wanted));
        }
    }
    for rule in &personal.fields {
        policy = policy.with_field(rule.field.clone(), treatment(rule.treatment));
    }
    policy
}
