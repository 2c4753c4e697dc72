//! Refusals, as problem documents (RFC 9457).

use lango_connector_kit::{EnvelopeError, STATUS_NOT_RESIDENT};
use lango_residency::Evidence;
use serde::Serialize;
use worker::{Response, ResponseBuilder};

/// Why a request was not served. It never carries a credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Problem {
    title: &'static str,
    status: u16,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Box<Evidence>>,
}

impl Problem {
    pub(crate) fn not_found() -> Self {
        Self::new(
            404,
            "Not found",
            "There is nothing at this path and method.",
        )
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        Self::new(
            413,
            "Content too large",
            format!("The body may have {limit} bytes."),
        )
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(400, "Bad request", detail)
    }

    /// Whoever sends it is not the gateway, or says something else than it.
    pub(crate) fn not_enclosed(error: EnvelopeError) -> Self {
        Self::new(401, "Not of this connector's gateway", format!("{error}."))
    }

    /// It would be served elsewhere than it may, or may be.
    pub(crate) fn not_resident(detail: String, evidence: &Evidence) -> Self {
        Self {
            evidence: Some(Box::new(evidence.clone())),
            ..Self::new(STATUS_NOT_RESIDENT, "Not where the promise says", detail)
        }
    }

    pub(crate) fn credential(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            field: Some(field.into()),
            ..Self::new(422, "Credentials do not fit", detail)
        }
    }

    pub(crate) fn data_key(detail: impl Into<String>) -> Self {
        Self::new(422, "The data key does not open", detail)
    }

    pub(crate) fn internal(detail: &'static str) -> Self {
        Self::new(500, "The connector is not able to serve", detail)
    }

    /// The operator has to change a variable.
    pub(crate) fn misconfigured(detail: String) -> Self {
        Self::new(500, "The connector is not able to serve", detail)
    }

    pub(crate) fn into_response(self) -> worker::Result<Response> {
        ResponseBuilder::new()
            .with_status(self.status)
            .with_header("content-type", "application/problem+json")?
            .with_header("cache-control", "no-store")?
            .from_bytes(serde_json::to_vec(&self)?)
    }

    fn new(status: u16, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            title,
            status,
            detail: detail.into(),
            field: None,
            evidence: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Problem;

    #[test]
    fn a_problem_has_this_form() {
        let problem = Problem::credential("port", "credential field \"port\" is missing");
        assert_eq!(
            serde_json::to_string(&problem).unwrap(),
            r#"{"title":"Credentials do not fit","status":422,"detail":"credential field \"port\" is missing","field":"port"}"#
        );
        assert!(
            !serde_json::to_string(&Problem::not_found())
                .unwrap()
                .contains("field")
        );
    }
}
