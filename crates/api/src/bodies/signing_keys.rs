//! The keys that sign tokens.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::timestamp::Timestamp;

/// A key that signs or verifies tokens, without its private half.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SigningKeyView {
    /// Its name in tokens.
    pub kid: String,
    /// Its public half, as `x` of a JWK (RFC 8037).
    pub public_key: String,
    /// What it does now.
    pub state: SigningKeyState,
    /// Whether it is one of the deployment's secret, and not one made since.
    pub of_secret: bool,
    /// When it was made; null for a key of the secret.
    pub created_at: Option<Timestamp>,
    /// From when it signs; null for a key of the secret.
    pub signs_from: Option<Timestamp>,
    /// Until when it verifies; null while no other key follows it.
    pub verifies_until: Option<Timestamp>,
}

/// What a signing key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SigningKeyState {
    /// It is published, and will sign.
    Waiting,
    /// It signs, and verifies.
    Signing,
    /// It verifies what it has signed.
    Verifying,
}

/// When a new signing key begins to sign.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateSigningKey {
    /// At once, because an older one has leaked; when absent, as soon as every part of
    /// the deployment knows it.
    #[serde(default)]
    pub at_once: bool,
}
