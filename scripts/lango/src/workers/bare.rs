//! The Worker that `scripts/bench` measures the governed call against.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::{
    Worker,
    manifest::{DurableObjects, Manifest},
};
use crate::data_folder::DataFolder;

/// The bare Worker and what it calls.
pub(crate) struct Bare {
    /// Reached at a socket of its own.
    pub(super) worker: Worker,
    /// Reached by the bare Worker alone: the same modules as another Worker, so
    /// that the call leaves the isolate, as a connector's does.
    pub(super) upstream: Worker,
}

impl Bare {
    pub(super) fn load(repository: &Path, data: &DataFolder) -> Result<Self> {
        let folder = repository.join("tests/bare_worker");
        let worker = Worker::load(data, &folder, "bare")?;
        let mut upstream = Worker::load(data, &folder, "bare-upstream")?;
        let service = worker.manifest.services.first();
        upstream.manifest = Manifest {
            name: service
                .context("the bare Worker binds no upstream")?
                .service
                .clone(),
            durable_objects: DurableObjects::default(),
            services: Vec::new(),
            ..upstream.manifest
        };
        Ok(Self { worker, upstream })
    }
}
