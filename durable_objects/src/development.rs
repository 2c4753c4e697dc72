//! What leads to a developer's own machine instead of the Internet. The gateway refuses
//! such settings wherever it is reached over anything but loopback.

use worker::{AbortSignal, Env, Fetch, Request, Response};

/// The origin that stays on this machine, and what leads there.
const ORIGIN: &str = "LANGO_DEVELOPMENT_WEBHOOK_ORIGIN";
const BINDING: &str = "DEVELOPMENT_WEBHOOKS";

/// Sends a request to an address that an operator or a tenant has named.
pub(crate) async fn fetch(
    env: &Env,
    url: &str,
    request: Request,
    signal: &AbortSignal,
) -> worker::Result<Response> {
    let own = env.var(ORIGIN).ok().map(|own| own.to_string());
    let is_own = |own: &String| !own.is_empty() && url.starts_with(&format!("{own}/"));
    if own.filter(is_own).is_some() {
        return env.service(BINDING)?.fetch_request(request).await;
    }
    Fetch::Request(request).send_with_signal(signal).await
}
