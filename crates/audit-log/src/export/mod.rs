//! Exports as NDJSON, and what verifies them.

mod lines;
mod misfit;
mod older;
mod range;
#[cfg(test)]
mod tests;
mod verify;

pub use lines::{End, Header, Line, ProvenEntry, VERSION};
pub use misfit::{Misfit, Problem, Where};
pub use older::Older;
pub use verify::{ExportVerifier, Report};
