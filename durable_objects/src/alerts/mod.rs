//! What watches a tenant's audit log, and tells people.

mod body;
mod check;
mod client;
mod delivery;
#[allow(
    missing_docs,
    reason = "the durable_object macro adds methods for the runtime, without documentation"
)]
mod object;
mod rows;
mod secrets;
mod watch;

pub use client::{
    AlertsClient, AlertsPage, CheckState, DeliveryState, StoredAlert, StoredAlertPolicy,
};
pub use object::Alerts;
