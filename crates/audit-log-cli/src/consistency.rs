//! `lango-audit consistency`.

use std::io;
use std::path::Path;

use lango_audit_log::{TreeHash, tree::verify_consistency};
use serde::Deserialize;

use crate::verify::{Failure, read_keys, read_older, text};

/// What the gateway answers. Members that are not known say nothing here.
#[derive(Deserialize)]
struct Proof {
    checkpoint: Signed,
    proof: Vec<TreeHash>,
}

#[derive(Deserialize)]
struct Signed {
    note: String,
}

/// The sizes of both checkpoints, if the one has grown from the other.
pub(crate) fn verify(older: &Path, proof: &Path, keys: &[String]) -> Result<(u64, u64), Failure> {
    let keys = read_keys(keys)?;
    let older = read_older(&keys, older, &text(older)?)?;
    let proof: Proof = serde_json::from_str(&text(proof)?)
        .map_err(|error| Failure::File(proof.display().to_string(), io::Error::other(error)))?;
    let newer = keys
        .verify(&proof.checkpoint.note)
        .map_err(Failure::Newer)?;
    let heads = ((older.size, older.root), (newer.size, newer.root));
    verify_consistency(&proof.proof, heads.0, heads.1).map_err(Failure::Misproof)?;
    Ok((older.size, newer.size))
}
