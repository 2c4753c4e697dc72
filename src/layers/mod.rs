//! The seven layers, in their order. Each file says its question, its proof and
//! its denials; a proof has private fields, so that only its layer makes it, and
//! each layer takes the proof before it by value.
//!
//! No layer imports a later one: a test holds them to it. What is beside a layer (its
//! folder) is its own.

pub(crate) mod transport;

pub(crate) mod identity;

pub(crate) mod admission;

pub(crate) mod access;

pub(crate) mod screening;

pub(crate) mod connection;

pub(crate) mod release;
