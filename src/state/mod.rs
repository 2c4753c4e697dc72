//! Typed access to what the gateway reaches through bindings.

pub(crate) mod connector;
pub(crate) mod flood;
