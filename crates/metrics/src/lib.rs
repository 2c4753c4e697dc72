//! What the audit logs say in numbers, and those numbers as Prometheus reads them.
//!
//! In scope: totals that records are added to and that add up with others', their text
//! in the Prometheus exposition format 0.0.4, and the token that a scraper shows. Out of
//! scope: where totals are kept (the `Alerts` object of each tenant, and `Metrics`).
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod archives;
mod exposition;
mod token;
mod totals;

pub use archives::{ArchiveFigures, Archives};
pub use exposition::{CONTENT_TYPE, Scrape};
pub use token::{ScrapeToken, ScrapeTokenError};
pub use totals::{BUCKETS_MS, Channel, Delivery, Histogram, Totals};
