//! What has changed for a tenant's assistants, told to those that listen.

mod client;
#[allow(
    missing_docs,
    reason = "the durable_object macro adds methods for the runtime, without documentation"
)]
mod object;

pub use client::{AnnouncementsClient, Watch};
pub use object::Announcements;
