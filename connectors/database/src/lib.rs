//! What the connectors of databases have in common.
//!
//! In scope: the platform's TCP socket as a stream, with TLS in its middle; how a
//! host, a port and a wish for TLS are read; results that keep to their bounds;
//! numbers as JSON without losing a digit; connections that outlive a call. Out of scope: every
//! database's own protocol, and what a statement may do.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod bounds;
mod hyperdrive;
pub mod json_text;
mod pool;
mod scope;
mod settings;
mod socket;

pub use bounds::{BoundedList, Bounds, Truncation};
pub use hyperdrive::{Hyperdrive, Hyperdrives};
pub use pool::{Login, LoginKey, Platform, Pool, Verdict, with_login};
pub use scope::{Scope, Sight};
pub use settings::{Server, Tls, text_without_zero};
pub use socket::{DatabaseSocket, SocketError};
