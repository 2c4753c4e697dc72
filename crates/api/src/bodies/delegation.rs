//! Accounts in other systems, as which Lango acts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::timestamp::Timestamp;

/// Where somebody is to go to connect their account.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ConnectStarted {
    /// To be opened in the same browser. It works once.
    pub authorization_url: String,
    /// Until when.
    pub expires_at: Timestamp,
}

/// One's own accounts.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct OwnAccounts {
    /// A system each.
    pub items: Vec<OwnAccount>,
}

/// A system that acts as whoever is signed in.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct OwnAccount {
    /// The connection: `c_…`.
    pub connection_id: String,
    /// The kind of connector.
    pub connector: String,
    /// The tenant's name for it.
    pub name: String,
    /// Whether one's account is connected.
    pub standing: AccountStanding,
    /// When it was connected.
    pub connected_at: Option<Timestamp>,
    /// When a token was issued last, or when it was lost.
    pub changed_at: Option<Timestamp>,
}

/// Those who have connected their account in a system.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ConnectedAccounts {
    /// Whether the connection acts as whoever is signed in.
    pub acts_as_user: bool,
    /// Each of them. Tokens are never shown.
    pub items: Vec<ConnectedAccount>,
}

/// Somebody who has connected their account.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ConnectedAccount {
    /// `employee` or `customer`.
    pub kind: String,
    /// Who: `p_…`.
    pub principal_id: String,
    /// Whether it still is.
    pub standing: AccountStanding,
    /// When it was connected.
    pub connected_at: Timestamp,
    /// When a token was issued last, or when it was lost.
    pub changed_at: Timestamp,
}

/// Whether an account is connected. All but the first two have to be connected again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountStanding {
    /// It is.
    Connected,
    /// It never was, or not since it was disconnected.
    NotConnected,
    /// The system has ended it.
    Refused,
    /// The system's last answer was lost, and it gives no other.
    AnswerLost,
    /// The connection was changed.
    Changed,
    /// The system allowed it for a time only.
    Ended,
}
