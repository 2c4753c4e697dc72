//! A request that the gateway has sent, to this connector, just now.

use lango_connector_kit::{ENVELOPE_FIELD, EnvelopeError, EnvelopeKeys, Verified};
use worker::{Date, Env, Request, console_error};
use zeroize::Zeroizing;

use crate::{body, problem::Problem};

/// The secret that holds the keys of envelopes.
const ENVELOPE_KEYS_SECRET: &str = "LANGO_ENVELOPE_KEYS";

/// A body and the proof of who sent it. It may hold credentials, so it is wiped.
pub(crate) struct Accepted {
    verified: Verified,
    body: Zeroizing<Vec<u8>>,
}

impl Accepted {
    /// Reads a request and refuses it unless the gateway has enclosed it.
    pub(crate) async fn read(
        request: &mut Request,
        env: &Env,
        connector: &str,
        path: &str,
    ) -> Result<Self, Problem> {
        let keys = envelope_keys(env)?;
        let envelope = request.headers().get(ENVELOPE_FIELD).ok().flatten();
        let body = body::read(request).await?;
        let now = i64::try_from(Date::now().as_millis() / 1000).unwrap_or(i64::MAX);
        let verified = envelope
            .ok_or(EnvelopeError::Malformed)
            .and_then(|text| keys.verify(&text, connector, path, &body, now))
            .map_err(|error| {
                console_error!("a request was refused: {error}");
                Problem::not_enclosed(error)
            })?;
        Ok(Self { verified, body })
    }

    /// The body as it was sent.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// The call's identifier in the audit log.
    pub(crate) fn call_id(&self) -> &str {
        self.verified.call_id()
    }

    /// Holds the body to what is written on the envelope.
    pub(crate) fn check(&self, tenant: &str, connection: &str) -> Result<(), Problem> {
        if self.verified.is_for(tenant, connection) {
            Ok(())
        } else {
            Err(Problem::not_enclosed(EnvelopeError::Content))
        }
    }
}

fn envelope_keys(env: &Env) -> Result<EnvelopeKeys, Problem> {
    let secret = env
        .secret(ENVELOPE_KEYS_SECRET)
        .map_err(|_| Problem::internal("LANGO_ENVELOPE_KEYS is not set."))?;
    let json = Zeroizing::new(secret.to_string());
    EnvelopeKeys::parse(&json).map_err(|_| Problem::internal("LANGO_ENVELOPE_KEYS is not valid."))
}
