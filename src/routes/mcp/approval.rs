//! A call that waits for a person's approval, as the protocol says it: since 2026-07-28
//! a question to the user, whom the client asks to come back once it is approved.
//! Clients that cannot ask, and those of before, get an error that says the same.

use std::collections::BTreeMap;

use lango_connector_kit::{ClientInput, InputNeeded, InputRequest};
use serde_json::json;

use super::era::{Client, Era};
use crate::{denial::Denial, guarding::APPROVAL_REQUIRED};

/// The name of our own question, and the beginning of our own state. A connector whose
/// state begins so does not get it back.
const OURS: &str = "lango_approval";

/// The question, where the client can put one.
pub(super) fn question(
    denial: &Denial,
    client: &Client,
    input: Option<&ClientInput>,
) -> Option<InputNeeded> {
    let can_ask = client.era == Era::Stateless
        && client.capabilities.get("elicitation").is_some()
        && !input.is_some_and(is_declined);
    if denial.code != APPROVAL_REQUIRED || !can_ask {
        return None;
    }
    let request = InputRequest {
        method: "elicitation/create".to_owned(),
        params: json!({
            "mode": "form",
            "message": denial.detail,
            "requestedSchema": { "type": "object", "properties": {} },
        }),
    };
    Some(InputNeeded {
        requests: BTreeMap::from([(OURS.to_owned(), request)]),
        state: Some(OURS.to_owned()),
    })
}

/// What the connector is told of the client's answers: nothing of those to our own
/// question.
pub(super) fn for_the_connector(input: Option<ClientInput>) -> Option<ClientInput> {
    input.filter(|input| !is_ours(input))
}

fn is_ours(input: &ClientInput) -> bool {
    input.state.as_deref() == Some(OURS)
}

/// Who does not want to wait is not asked again.
fn is_declined(input: &ClientInput) -> bool {
    is_ours(input)
        && input
            .responses
            .get(OURS)
            .is_some_and(|answer| answer["action"] != "accept")
}
