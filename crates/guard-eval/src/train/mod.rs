//! Trains the screening model: reads, fits, holds each source out, writes.

pub mod chance;
pub mod corpus;
pub mod fit;
pub mod hold_out;
pub mod network;
