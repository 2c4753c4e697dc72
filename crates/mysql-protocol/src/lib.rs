//! The client's side of MySQL's and MariaDB's protocol, without a socket.
//!
//! In scope: what each packet means, how each way to sign in answers, and bounds
//! that hold before memory is spent. Every length in a packet is the server's word
//! and is checked against what is there. Out of scope: sockets, TLS, time, and
//! randomness, which come in as values.
//!
//! What this client cannot do is as deliberate: it never announces that it takes
//! several statements in one text, several results, compression, or files of its
//! own (`LOAD DATA LOCAL INFILE`), and a server that asks for a file all the same
//! is a [`Violation`].
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod auth;
mod column;
mod command;
mod cursor;
mod frame;
mod greeting;
mod reply;
mod response;
mod row;
mod rsa;

pub use auth::{Method, Scramble, with_zero};
pub use column::{Column, ColumnType};
pub use command::Command;
pub use frame::{Framer, framed};
pub use greeting::{Flavour, Greeting, Version};
pub use reply::{Answer, AuthStep, Prepared, RowStep, ServerError, answer, auth_step, prepared};
pub use response::{ResponseParts, response, tls_request};
pub use row::{Cell, Civil, Clock, Row};
pub use rsa::{PublicKey, SEED_LENGTH};

/// What a server does that this client does not stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A packet is larger than what the caller lets in.
    #[error("a packet of the server is too large")]
    TooLarge,
    /// It is not the protocol.
    #[error("the server does not speak MySQL's protocol")]
    Malformed,
    /// It asks for a file of this machine's.
    #[error("the server asks for a file of the client's")]
    AsksForFile,
    /// It lacks what has been there since MySQL 5.6 and MariaDB 10.0.
    #[error("the server is too old")]
    TooOld,
}
