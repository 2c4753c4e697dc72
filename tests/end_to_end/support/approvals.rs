//! Calls that are held, and people who decide.

use serde_json::{Value, json};

use super::{Tenant, assert_problem, dev, http};

impl Tenant {
    /// Has every call that moves money approved.
    pub(crate) async fn hold_money(&self) {
        self.guard(json!({ "approval": { "always": "money" } }))
            .await;
    }

    /// Changes the policy of the content guard.
    pub(crate) async fn guard(&self, patch: Value) {
        let changed = self.patch("guard-policy", patch).await;
        assert_eq!(changed.status(), 200);
    }

    /// The approvals of a state.
    pub(crate) async fn approvals(&self, status: &str) -> Vec<Value> {
        let path = format!("approvals?status={status}");
        let listed = self.get(&path).await;
        listed["items"].as_array().unwrap().clone()
    }
}

/// Calls a tool over plain HTTP.
pub(crate) async fn call_tool(token: &str, tool: &str, arguments: &Value) -> reqwest::Response {
    http()
        .post(format!("{}/v1/tools/{tool}", dev().url))
        .bearer_auth(token)
        .json(arguments)
        .send()
        .await
        .unwrap()
}

/// Makes a call that is held, and gives the approval that it waits for.
pub(crate) async fn held(token: &str, tool: &str, arguments: Value) -> String {
    let refused = call_tool(token, tool, &arguments).await;
    let problem = assert_problem(refused, 409, "approval_required").await;
    problem["approval"].as_str().unwrap().to_owned()
}

/// Decides as the holder of a token: `approve` or `refuse`.
pub(crate) async fn decide(token: &str, approval: &str, decision: &str) -> reqwest::Response {
    http()
        .post(format!(
            "{}/admin/v1/approvals/{approval}/{decision}",
            dev().url
        ))
        .bearer_auth(token)
        .json(&json!({ "note": "asked by telephone" }))
        .send()
        .await
        .unwrap()
}
