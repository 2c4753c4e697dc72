//! The sieve against floods of requests that nobody signed, before any object is
//! addressed: the platform's where it has one (`ratelimits`), else one in the memory of
//! the isolate, which is the whole gateway on plain workerd. It is only roughly right;
//! exact rates are the `KeyGate`'s, which only a verified key can address.

use std::{cell::RefCell, net::IpAddr};

use lango_admission::Sieve;
use lango_audit_log::Layer;

use crate::{clock, denial::Denial, gateway::Gateway};

const BINDING: &str = "FLOOD";
/// The window of the binding in `wrangler.toml`, in seconds.
const WINDOW_SECONDS: u64 = 60;

/// The code of the refusal.
pub(crate) const TOO_MANY_FAILURES: &str = "too_many_failures";

thread_local! {
    static SIEVE: RefCell<Sieve> = RefCell::default();
}

/// Counts a request that failed identification, and turns its refusal into a 429
/// once its address has sent too many. Where nobody says the address, or it is this
/// machine's own, there is nobody to count.
pub(crate) async fn count_failure(
    gateway: &Gateway,
    address: Option<IpAddr>,
    denial: Denial,
) -> Denial {
    let Some(address) = address.filter(|address| !address.to_canonical().is_loopback()) else {
        return denial;
    };
    let Ok(limiter) = gateway.env.rate_limiter(BINDING) else {
        let now_ms = u64::try_from(clock::now_ms()).unwrap_or_default();
        let limit = gateway.settings.failures_per_minute;
        let over = SIEVE.with_borrow_mut(|sieve| sieve.fails(address, limit, now_ms));
        return match over {
            Some(later_ms) => too_many(later_ms.div_ceil(1_000)),
            None => denial,
        };
    };
    match limiter.limit(address.to_string()).await {
        Ok(outcome) if !outcome.success => too_many(WINDOW_SECONDS),
        // A sieve that does not answer must not turn away the ones it is for.
        _ => denial,
    }
}

fn too_many(seconds: u64) -> Denial {
    let detail = format!(
        "Too many requests without a valid key came from your address. Try again in {seconds} s, \
         with a key that is in force."
    );
    Denial::new(Layer::Identity, TOO_MANY_FAILURES, 429, detail)
        .with_header("Retry-After", seconds.to_string())
        .with_member("retry_after", seconds)
}
