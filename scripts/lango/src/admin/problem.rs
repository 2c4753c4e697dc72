//! Problem documents (RFC 9457) as a sentence, and what to do.

use lango_api::{Route, Who};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;

/// A refusal.
pub(crate) struct Problem {
    status: u16,
    document: Value,
    retry_after: Option<String>,
}

impl Problem {
    /// Reads an answer that is no success, whatever it is.
    pub(crate) fn read(status: u16, headers: &HeaderMap, body: &[u8]) -> Self {
        let retry_after = headers.get(RETRY_AFTER);
        Self {
            status,
            document: serde_json::from_slice(body).unwrap_or_default(),
            retry_after: retry_after.and_then(|field| Some(field.to_str().ok()?.to_owned())),
        }
    }

    /// What was refused, why, and what to do about it.
    pub(crate) fn words(&self, route: &Route) -> String {
        let text = |name: &str| self.document[name].as_str().filter(|text| !text.is_empty());
        let detail = text("detail").or(text("title"));
        let detail = detail.unwrap_or("The gateway gave no reason.");
        let code = text("code").map_or_else(String::new, |code| format!(" ({code})"));
        let mut words = format!("{}{code}: {detail}", self.status);
        if let Some(advice) = self.advice(route) {
            words.push_str("\n→ ");
            words.push_str(&advice);
        }
        words
    }

    fn advice(&self, route: &Route) -> Option<String> {
        // No permission helps, and the refusal names the plan.
        if self.document["code"] == "plan_required" {
            return None;
        }
        Some(match (self.status, route.who) {
            // Whoever signs in is told all there is to say by the refusal itself.
            (401, Who::Public | Who::Bootstrap) => return None,
            (401, Who::Platform) => "This needs the token of a platform admin, or a platform \
                                     key; a tenant's key does not open it."
                .to_owned(),
            (401, _) => "The token may have expired or been revoked, or be of another deployment \
                         or of the platform: take the key of one of the tenant's admins."
                .to_owned(),
            (403, Who::Tenant(permissions)) => {
                let names: Vec<_> = permissions.iter().map(|one| one.name()).collect();
                format!(
                    "It needs {}, and nothing can be given that one does not hold: ask an Admin \
                     of the tenant.",
                    names.join(" or ")
                )
            }
            (404, _) => "See the identifiers with the command `list`.".to_owned(),
            (412, _) => "Somebody changed it meanwhile: look at it again, then repeat the command."
                .to_owned(),
            (429, _) => format!(
                "Wait {} seconds and repeat it.",
                self.retry_after.as_deref().unwrap_or("a few")
            ),
            (500.., _) => "Repeat it in a moment; if it stays, see the operator's log and \
                           docs/OPERATIONS.md."
                .to_owned(),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use lango_api::{Operation, ROUTES};

    use super::*;

    fn words(status: u16, body: &str, operation: Operation) -> String {
        let route = ROUTES.iter().find(|route| route.operation == operation);
        Problem::read(status, &HeaderMap::new(), body.as_bytes()).words(route.unwrap())
    }

    #[test]
    fn a_refusal_says_why_and_what_to_do() {
        let body = r#"{"status":403,"code":"permission","detail":"You may not."}"#;
        let said = words(403, body, Operation::CreateUser);
        assert!(said.starts_with("403 (permission): You may not.\n→ "));
        assert!(said.contains("user.manage"), "{said}");
        let body = r#"{"code":"name","detail":"name must have 1 to 100 characters."}"#;
        assert_eq!(
            words(422, body, Operation::CreateUser),
            "422 (name): name must have 1 to 100 characters."
        );
    }

    /// A permission would not help.
    #[test]
    fn what_takes_another_plan_says_that_alone() {
        let body = r#"{"code": "plan_required", "detail": "That takes the Enterprise plan."}"#;
        assert_eq!(
            words(403, body, Operation::ReadAuditArchive),
            "403 (plan_required): That takes the Enterprise plan."
        );
    }

    #[test]
    fn an_answer_that_is_no_document_is_said_to_be_none() {
        for body in ["", "<html>", "null", "[]", "{}"] {
            let said = words(502, body, Operation::ListKeys);
            assert!(
                said.starts_with("502: The gateway gave no reason."),
                "{said}"
            );
        }
    }
}
