//! Where calls may run, and what shows where they ran.
//!
//! In scope: a tenant's promise, the evidence of a call, the decision between them,
//! and the signed statement of where a self-hosted deployment stands. Out of scope:
//! where evidence comes from (the connectors' shell), the clock (moments come in as
//! values), storage, and who may change a promise (the access layer).
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod country;
mod decision;
mod evidence;
mod places;
mod promise;
mod site;
mod transfer;

pub use country::{Country, CountryError};
pub use decision::{Finding, Refusal, Resident, Verdict, decide};
pub use evidence::{Colo, ColoError, Evidence, Execution, Placement, PlacementError};
pub use places::{AFRICAN_COLOS, AFRICAN_REGIONS, country_of_colo, country_of_region};
pub use promise::{Enforcement, Promise, Residency, ResidencyError, Terms};
pub use site::{DeploymentKey, DeploymentSigner, Site, SiteError, SiteName, SiteStatement};
pub use transfer::{DataClass, GroundsError, LegalGround, check_grounds};
