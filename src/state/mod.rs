//! Typed access to what the gateway reaches through bindings.

pub(crate) mod approvals;
pub(crate) mod flood;
pub(crate) mod sealing;
pub(crate) mod signing_keys;
pub(crate) mod tenant_keys;
