//! Where calls may run, where they did, and which data goes where.

use std::collections::BTreeSet;

use lango_residency::{
    Country, DataClass, Enforcement, Evidence, LegalGround, Promise, Residency, Verdict,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::given;
use crate::{schema, timestamp::Timestamp};

/// What is to change of the promise.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePromise {
    /// Where calls may run: any, africa, or countries such as country:KE country:TZ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residency: Option<Residency>,
    /// What becomes of a call that is not shown to run there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enforcement: Option<Enforcement>,
}

/// Promise and evidence, side by side.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ResidencyReport {
    /// What is promised now.
    pub promise: Promise,
    /// The first day of the report, UTC.
    pub since: String,
    /// How many days it has.
    pub days: u32,
    /// All connections together.
    pub calls: CallCounts,
    /// The days with calls, the newest first.
    pub by_day: Vec<DayCounts>,
    /// The connections: those that there are, and those that had calls and are gone.
    pub connections: Vec<ConnectionResidency>,
    /// Entries of the register that are of no such connection.
    pub other_transfers: Vec<TransferView>,
}

/// How many calls reached a connector, and what was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CallCounts {
    /// All of them.
    pub total: u64,
    /// They were shown to run where they may, or nothing was promised.
    pub inside: u64,
    /// Nothing showed where they ran, or were to run.
    pub unknown: u64,
    /// Something spoke against the promise.
    pub outside: u64,
    /// Of those: refused, before the credential was opened.
    pub refused: u64,
}

/// The calls of a day.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DayCounts {
    /// The day, UTC.
    pub day: String,
    /// Its calls.
    pub calls: CallCounts,
}

/// One connection's evidence.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ConnectionResidency {
    /// Its identifier: `c_…`.
    pub connection_id: String,
    /// The kind of connector.
    pub connector: String,
    /// The tenant's name for it; null when it is gone.
    pub name: Option<String>,
    /// Its calls.
    pub calls: CallCounts,
    /// What was promised and what was seen, the most frequent first.
    pub evidence: Vec<EvidenceLine>,
    /// What the register says of it.
    pub transfers: Vec<TransferView>,
}

/// Calls with the same promise and the same evidence.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceLine {
    /// What was promised then.
    pub promised: Promise,
    /// What was seen.
    #[schemars(schema_with = "schema::object")]
    pub seen: Evidence,
    /// What that comes to.
    #[schemars(schema_with = "schema::verdict")]
    pub verdict: Verdict,
    /// Whether the calls were refused.
    pub refused: bool,
    /// How many.
    pub calls: u64,
    /// The first day on which there was one, UTC.
    pub first: String,
    /// The last one.
    pub last: String,
}

/// An entry of the register of transfers.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TransferView {
    /// Its identifier: `x_…`.
    pub transfer_id: String,
    /// Which system gets the data.
    pub system: String,
    /// The connection by which it does, where it is one.
    pub connection_id: Option<String>,
    /// Who runs the system.
    pub vendor: String,
    /// Where they do, as they call it.
    pub vendor_region: String,
    /// The country that this is in.
    pub vendor_country: Country,
    /// Which data.
    pub data_classes: BTreeSet<DataClass>,
    /// On which grounds of the Kenya Data Protection Act, ss. 48 to 50.
    pub legal_grounds: BTreeSet<LegalGround>,
    /// What there is to say besides.
    pub note: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub changed_at: Timestamp,
}

/// An entry that is to be written.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTransfer {
    /// Which system gets the data.
    #[schemars(schema_with = "schema::name")]
    pub system: String,
    /// The connection by which it does, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection_id: Option<String>,
    /// Who runs the system.
    #[schemars(schema_with = "schema::name")]
    pub vendor: String,
    /// Where they do, as they call it.
    #[schemars(schema_with = "schema::name")]
    pub vendor_region: String,
    /// The country that this is in.
    pub vendor_country: Country,
    /// Which data: at least one class.
    pub data_classes: BTreeSet<DataClass>,
    /// On which grounds; none is needed where nothing leaves Kenya.
    #[serde(default)]
    pub legal_grounds: BTreeSet<LegalGround>,
    /// What there is to say besides: contract, safeguards, who decided.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub note: String,
}

/// What of an entry is to change.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeTransfer {
    /// Which system gets the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub system: Option<String>,
    /// The connection by which it does; null for none.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub connection_id: Option<Option<String>>,
    /// Who runs the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub vendor: Option<String>,
    /// Where they do, as they call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub vendor_region: Option<String>,
    /// The country that this is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor_country: Option<Country>,
    /// Which data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_classes: Option<BTreeSet<DataClass>>,
    /// On which grounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_grounds: Option<BTreeSet<LegalGround>>,
    /// What there is to say besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1000))]
    pub note: Option<String>,
}
