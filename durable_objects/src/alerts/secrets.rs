//! The secrets of a tenant's webhook. What is stored is a random number each; with the
//! gateway's key it makes a secret, without it nothing.

use lango_identity::GatewayKey;
use lango_webhooks::Secret;
use serde::{Deserialize, Serialize};
use worker::Env;

use super::client::AlertsClient;
use crate::exchange::Unreachable;

/// Names this use of the gateway's key for ever.
const LABEL: &str = "webhook secrets";
const GATEWAY_KEY: &str = "LANGO_GATEWAY_KEY";
/// For how long a secret signs after the next one was made.
const OVERLAP_MS: i64 = 24 * 60 * 60 * 1_000;

/// The newest first.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Secrets(Vec<Made>);

#[derive(Serialize, Deserialize)]
struct Made {
    random: [u8; 32],
    /// Until when it signs, where another one follows it.
    until_ms: Option<i64>,
}

impl Secrets {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(&mut self, random: [u8; 32], now_ms: i64) {
        for made in &mut self.0 {
            made.until_ms.get_or_insert(now_ms + OVERLAP_MS);
        }
        self.0.retain(|made| made.until_ms > Some(now_ms));
        // Whoever makes many in a row has a use for the last ones.
        self.0.truncate(2);
        let until_ms = None;
        self.0.insert(0, Made { random, until_ms });
    }

    /// Those that sign now.
    pub(super) fn signing(
        &self,
        env: &Env,
        tenant: &str,
        now_ms: i64,
    ) -> Result<Vec<Secret>, String> {
        let key = key(env)?;
        let in_force = self
            .0
            .iter()
            .filter(|made| made.until_ms.is_none_or(|until| until > now_ms));
        Ok(in_force
            .map(|made| secret(&key, tenant, &made.random))
            .collect())
    }
}

impl AlertsClient {
    /// What receivers are given, of a number that [`Self::new_secret`] has said.
    ///
    /// # Errors
    /// [`Unreachable`] where the gateway's key cannot be read.
    pub fn secret_of(env: &Env, tenant: &str, random: &[u8; 32]) -> Result<Secret, Unreachable> {
        let key = key(env).map_err(|reason| Unreachable {
            class: "Alerts",
            reason,
        })?;
        Ok(secret(&key, tenant, random))
    }
}

fn key(env: &Env) -> Result<GatewayKey, String> {
    let text = env
        .secret(GATEWAY_KEY)
        .map_err(|_| format!("{GATEWAY_KEY} is not set"))?;
    GatewayKey::parse(&text.to_string()).map_err(|error| format!("{GATEWAY_KEY}: {error}"))
}

fn secret(key: &GatewayKey, tenant: &str, random: &[u8; 32]) -> Secret {
    Secret::derived(&key.derive(LABEL), tenant, random)
}
