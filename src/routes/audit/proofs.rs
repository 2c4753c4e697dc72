//! Checkpoints, proofs over the log's tree, and the keys that verify them.

use lango_api::{AuditCheckpoint, AuditKeys, AuditProof, AuditWitness};
use lango_audit_log::{CheckpointKeys, Layer, TreeHash, origin};
use lango_durable_objects::{CheckpointAt, WitnessState};
use worker::{Env, Response};

use super::{asked::number_of, export::at, invalid, log, time, unavailable};
use crate::{
    denial::Denial,
    routes::{call::Call, json},
};

/// The gateway's secret with the seeds of the keys.
const KEYS: &str = "LANGO_CHECKPOINT_KEYS";

pub(in crate::routes) async fn checkpoint(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let size = number_of("size", call.query("size")?)?;
    let permitted = call.look().await?;
    let log = log(&gateway.env, permitted.scope())?;
    json(200, &shown(at(&log, size).await?))
}

pub(in crate::routes) async fn inclusion(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let index = number_of("index", call.query("index")?)?;
    let size = number_of("size", call.query("size")?)?;
    let permitted = call.look().await?;
    let index = index.ok_or_else(|| invalid(&"`index` is missing"))?;
    let log = log(&gateway.env, permitted.scope())?;
    let checkpoint = at(&log, size).await?;
    if index >= checkpoint.size {
        return Err(outside("index", &checkpoint));
    }
    let proof = log.inclusion(index, checkpoint.size).await;
    proven(checkpoint, proof.map_err(unavailable)?)
}

pub(in crate::routes) async fn consistency(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let from = number_of("from", call.query("from")?)?;
    let to = number_of("to", call.query("to")?)?;
    let permitted = call.look().await?;
    let from = from
        .filter(|from| *from > 0)
        .ok_or_else(|| invalid(&"`from` must be the size of a checkpoint"))?;
    let log = log(&gateway.env, permitted.scope())?;
    let checkpoint = at(&log, to).await?;
    if from > checkpoint.size {
        return Err(outside("from", &checkpoint));
    }
    let proof = log.consistency(from, checkpoint.size).await;
    proven(checkpoint, proof.map_err(unavailable)?)
}

pub(in crate::routes) async fn keys(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let permitted = call.look().await?;
    let origin = origin(permitted.scope().tenant().as_str());
    let keys = verifier_keys(&gateway.env, &origin)?;
    json(200, &AuditKeys { origin, keys })
}

/// The verifier keys of a log.
fn verifier_keys(env: &Env, origin: &str) -> Result<Vec<String>, Denial> {
    let secret = env
        .secret(KEYS)
        .map_err(|error| Denial::unavailable(Layer::Release, error.to_string()))?;
    let keys = CheckpointKeys::parse(&secret.to_string())
        .map_err(|error| Denial::internal(error.to_string()))?;
    Ok(keys.verifier_keys(origin))
}

fn proven(checkpoint: CheckpointAt, proof: Vec<TreeHash>) -> Result<Response, Denial> {
    let proof = proof.iter().map(ToString::to_string).collect();
    let checkpoint = shown(checkpoint);
    json(200, &AuditProof { checkpoint, proof })
}

fn shown(checkpoint: CheckpointAt) -> AuditCheckpoint {
    AuditCheckpoint {
        size: checkpoint.size,
        note: checkpoint.note,
        witness: checkpoint.witness.map(witness),
    }
}

fn witness(state: WitnessState) -> AuditWitness {
    AuditWitness {
        name: state.name,
        size: state.size,
        problem: state.problem,
        since: state.since_ms.and_then(time),
    }
}

fn outside(name: &str, checkpoint: &CheckpointAt) -> Denial {
    let size = checkpoint.size;
    invalid(&format!(
        "`{name}` lies behind the checkpoint of {size} entries"
    ))
}
