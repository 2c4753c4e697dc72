//! The sieve against floods of requests that nobody signed, where the platform
//! has one (`ratelimits`). It counts per data centre and is only roughly right;
//! exact rates are the `KeyGate`'s, which only a verified key can address.

use std::net::IpAddr;

use lango_audit_log::Layer;
use worker::Env;

use crate::denial::Denial;

const BINDING: &str = "FLOOD";
/// The window of the binding in `wrangler.toml`, in seconds.
const WINDOW_SECONDS: &str = "60";

/// Counts a request that failed identification, and turns its refusal into a 429
/// once its address has sent too many. Without a binding nothing is counted.
pub(crate) async fn count_failure(env: &Env, address: Option<IpAddr>, denial: Denial) -> Denial {
    let (Ok(limiter), Some(address)) = (env.rate_limiter(BINDING), address) else {
        return denial;
    };
    match limiter.limit(address.to_string()).await {
        Ok(outcome) if !outcome.success => Denial::new(
            Layer::Identity,
            "too_many_failures",
            429,
            "Too many requests without a valid key came from your address. Try again in a minute.",
        )
        .with_header("Retry-After", WINDOW_SECONDS),
        // A sieve that does not answer must not turn away the ones it is for.
        _ => denial,
    }
}
