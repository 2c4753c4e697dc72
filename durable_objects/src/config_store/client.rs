//! The client of the one [`ConfigStore`](super::ConfigStore) object.

use lango_store::{Rows, SqlError, SqlFailure, Statement};
use worker::Env;

use crate::exchange::{Peer, Unreachable};

const BINDING: &str = "CONFIG_STORE";
const NAME: &str = "config";

pub(super) const PATH_BATCH: &str = "/batch";

/// Runs batches on the object.
pub(crate) struct ConfigStoreClient(Peer);

impl ConfigStoreClient {
    pub(crate) fn bound(env: &Env) -> Result<Self, Unreachable> {
        Peer::named(env, BINDING, "ConfigStore", NAME).map(Self)
    }

    pub(crate) async fn batch(&self, statements: &[Statement]) -> Result<Vec<Rows>, SqlError> {
        let result: Result<Result<Vec<Rows>, SqlError>, Unreachable> =
            self.0.ask(PATH_BATCH, &statements).await;
        result.unwrap_or_else(|unreachable| {
            Err(SqlError {
                kind: SqlFailure::Unavailable,
                message: unreachable.to_string(),
            })
        })
    }
}
