//! Identity providers whose word a tenant takes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{schema, timestamp::Timestamp};

/// An identity provider.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct IssuerView {
    /// Its identifier: `i_…`.
    pub issuer_id: String,
    /// The `iss` of its assertions.
    pub issuer: String,
    /// When it was trusted.
    pub created_at: Timestamp,
}

/// An identity provider that is to be trusted.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateIssuer {
    /// The https URL that stands in the `iss` of its assertions.
    pub issuer: String,
    /// Its public keys, as a JWK set.
    #[schemars(schema_with = "schema::object")]
    pub jwks: serde_json::Value,
}

/// Which user a provider's subject is.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MapSubject {
    /// The `sub` of its assertions.
    #[schemars(length(min = 1, max = 255))]
    pub subject: String,
    /// The user: `p_…`.
    #[schemars(regex(pattern = "^p_[a-z0-9_]{1,40}$"))]
    pub principal_id: String,
}
