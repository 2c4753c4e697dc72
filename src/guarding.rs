//! What the guards need around a call: fingerprints of its arguments before it is
//! admitted, the tenant's keys while it runs, and an approval when it is held.

use lango_admission::{ArgumentFacts, PSEUDONYMS_PER_CALL, PseudonymAt};
use lango_audit_log::arguments_digest;
use lango_guard::Reason;
use lango_identity::{KeyGateName, TenantScope};
use lango_provenance::PrintKey;
use lango_redaction::tokens;
use lango_screening::Boundary;
use serde_json::{Value, json};

use crate::{
    clock,
    denial::Denial,
    gateway::{Call, Gateway},
    layers::{
        identity::Identified,
        release::{Cleaned, ReleaseMeans},
        screening::{ClientSays, Held, ScreeningMeans, Stopped, explained, for_each_string},
    },
    settings::Settings,
    state::{approvals, tenant_keys::TenantSeal},
};

/// What the guards of one call work with.
pub(crate) struct GuardKeys {
    /// Makes the tenant's fingerprints.
    pub(crate) prints: PrintKey,
    /// Seals the tenant's texts.
    pub(crate) seal: TenantSeal,
    /// The random marks around what is neutralised in this call.
    pub(crate) boundary: Boundary,
}

impl GuardKeys {
    /// The keys for a call of this tenant.
    ///
    /// # Errors
    /// A denial when the runtime has no randomness.
    pub(crate) fn of(settings: &Settings, scope: &TenantScope) -> Result<Self, Denial> {
        Ok(Self {
            prints: settings.print_key(scope),
            seal: settings.tenant_seal(scope),
            boundary: Boundary::from_random(clock::random()?),
        })
    }

    /// What the key's gate is told of a call's arguments.
    pub(crate) fn facts(&self, call: &Call) -> ArgumentFacts {
        ArgumentFacts {
            tool: call.named.target.name.clone(),
            sha256: arguments_digest(&call.arguments),
            prints: self.prints.arguments(&call.arguments),
            pseudonyms: pseudonyms(&call.arguments),
            approval: call.approval.as_ref().map(ToString::to_string),
        }
    }

    /// What layer 5 needs.
    pub(crate) fn screening<'a>(&'a self, client: &'a ClientSays) -> ScreeningMeans<'a> {
        ScreeningMeans {
            client,
            seal: &self.seal,
            boundary: &self.boundary,
        }
    }

    /// What layer 7 needs.
    pub(crate) fn release<'a>(&'a self, call_id: &'a str) -> ReleaseMeans<'a> {
        ReleaseMeans {
            prints: &self.prints,
            seal: &self.seal,
            boundary: &self.boundary,
            call_id,
            at_ms: u64::try_from(clock::now_ms()).unwrap_or(0),
        }
    }
}

/// Whose call it is, and which.
pub(crate) struct Asker {
    scope: TenantScope,
    gate: KeyGateName,
    principal: String,
    arguments_sha256: String,
}

impl Asker {
    /// Before the proof of who they are goes on.
    pub(crate) fn of(identified: &Identified, facts: &ArgumentFacts) -> Self {
        Self {
            scope: identified.scope(),
            gate: identified.gate(),
            principal: identified.principal().to_owned(),
            arguments_sha256: facts.sha256.clone(),
        }
    }

    /// What has become of the call: one that is held waits for a person.
    pub(crate) async fn answer(
        &self,
        gateway: &Gateway,
        keys: &GuardKeys,
        result: Result<Cleaned, Stopped>,
    ) -> Result<Cleaned, Denial> {
        match result {
            Ok(cleaned) => Ok(cleaned),
            Err(Stopped::Refused(denial)) => Err(denial),
            Err(Stopped::Held(held)) => Err(self.hold(gateway, keys, *held).await),
        }
    }

    /// Asks for approval of a held call: the refusal says how to go on.
    async fn hold(&self, gateway: &Gateway, keys: &GuardKeys, held: Held) -> Denial {
        let request = approvals::Request {
            scope: &self.scope,
            gate: &self.gate,
            principal: &self.principal,
            tool: &held.tool,
            connection: &held.connection,
            arguments_sha256: &self.arguments_sha256,
            arguments: &held.arguments,
            reasons: opened(&held.reasons, &keys.seal),
            expires_after_ms: held.expires_after_ms,
        };
        match approvals::request(gateway, request).await {
            Ok(shown) => waits(&held, &shown.id, &shown.expires_at).flagging(&held.noted),
            Err(denial) => denial,
        }
    }
}

/// The pseudonyms in the arguments.
fn pseudonyms(arguments: &Value) -> Vec<PseudonymAt> {
    let mut found = Vec::new();
    for_each_string(arguments, "", &mut |place, text| {
        // Most texts have none: a token begins so.
        if !text.contains('<') {
            return;
        }
        for token in tokens(&Value::from(text)) {
            if found.len() < PSEUDONYMS_PER_CALL {
                found.push(PseudonymAt {
                    place: place.to_owned(),
                    steering: text.trim() == token,
                    token,
                });
            }
        }
    });
    found
}

/// The reasons with what people call the results that they name, for whoever decides.
fn opened(reasons: &[Reason], seal: &TenantSeal) -> Vec<Reason> {
    let mut reasons = reasons.to_vec();
    for origin in reasons.iter_mut().filter_map(|it| it.origin.as_mut()) {
        let label = origin.label.take();
        origin.label = label
            .and_then(|sealed| seal.label(&sealed))
            .map(|label| label.to_string());
    }
    reasons
}

/// The refusal of a call that waits for a person. It says why in words of ours: what a
/// result is called was written by others, and only whoever decides reads that.
fn waits(held: &Held, approval: &str, expires_at: &str) -> Denial {
    let explained: Vec<_> = held.reasons.iter().map(explained).collect();
    let detail = format!(
        "A person of the business has to approve this call first (approval {approval}, until \
         {expires_at}). {} Once it is approved, make exactly the same call again.{}",
        explained.join(" "),
        held.made_under
            .as_deref()
            .map_or_else(String::new, made_before),
    );
    let listed: Vec<_> = held
        .reasons
        .iter()
        .zip(&explained)
        .map(|(reason, explained)| {
            json!({ "kind": reason.kind, "place": reason.place, "explained": explained })
        })
        .collect();
    let denial = Denial::new(held.layer, APPROVAL_REQUIRED, 409, detail)
        .with_member("approval", approval)
        .with_member("expires_at", expires_at)
        .with_member("reasons", listed)
        .waiting_for(approval);
    match &held.made_under {
        Some(made_under) => denial.with_member("made_under", made_under.as_str()),
        None => denial,
    }
}

/// Whoever wants an answer again and not another call says so by the approval's name.
fn made_before(approval: &str) -> String {
    format!(
        " The same call was made before, under approval {approval}; name that one (_meta \
         \"{META_APPROVAL}\", over plain HTTP Lango-Approval) if its answer is what you want."
    )
}

/// The member of a request's `_meta` by which a call names its approval.
pub(crate) const META_APPROVAL: &str = "dev.lango/approval";

/// The code of a call that waits for a person.
pub(crate) const APPROVAL_REQUIRED: &str = "approval_required";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pseudonyms_are_found_with_their_places() {
        let arguments = json!({"to": " <phone_1> ", "text": "Call <phone_1> or <name_2>", "n": 1});
        let found: Vec<_> = pseudonyms(&arguments)
            .into_iter()
            .map(|it| (it.place, it.token, it.steering))
            .collect();
        let expected = [
            ("/text", "<phone_1>", false),
            ("/text", "<name_2>", false),
            ("/to", "<phone_1>", true),
        ];
        assert_eq!(
            found,
            expected.map(|(place, token, steering)| (place.into(), token.into(), steering))
        );
    }
}
