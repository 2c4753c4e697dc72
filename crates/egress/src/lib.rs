//! Where a connector may connect to.
//!
//! An [`Egress`] is what the operator allows (the Internet over TLS, and networks of
//! their own that the configuration names) and what an administrator allows one
//! connection (a list of hosts). Only it makes a [`Destination`], and only a
//! destination can be connected to.
//!
//! # In scope
//!
//! What host, port and kind of connection say of themselves.
//!
//! # Out of scope
//!
//! What a name resolves to, which only the platform knows: Cloudflare's Workers reach
//! public addresses alone, and plain workerd is given a network service that filters
//! the addresses that names resolve to. Redirects, time and size are for whoever makes
//! the request.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod address;
mod endpoint;
mod host;
mod networks;

pub use endpoint::{Destination, Egress, EgressError, Security};
pub use host::{HostError, HostPort};
pub use networks::{Networks, NetworksError};
