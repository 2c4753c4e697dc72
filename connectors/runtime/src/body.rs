//! Reading a request's body, bounded.

use futures_util::StreamExt;
use worker::Request;
use zeroize::{Zeroize, Zeroizing};

use crate::problem::Problem;

/// The gateway takes 1 MiB of arguments; the envelope and escapes fit in the rest.
pub(crate) const BODY_LIMIT: usize = 2 * 1024 * 1024;

/// The body. It may hold credentials, so it is wiped after use.
pub(crate) async fn read(request: &mut Request) -> Result<Zeroizing<Vec<u8>>, Problem> {
    // Room for all of it from the start: growing would leave copies behind.
    let announced = announced_length(request).unwrap_or(0);
    if announced > BODY_LIMIT {
        return Err(Problem::too_large(BODY_LIMIT));
    }
    let mut body = Zeroizing::new(Vec::with_capacity(announced));
    if request.inner().body().is_none() {
        return Ok(body);
    }
    let mut chunks = request.stream().map_err(|_| broken())?;
    while let Some(chunk) = chunks.next().await {
        let mut chunk = chunk.map_err(|_| broken())?;
        if body.len() + chunk.len() > BODY_LIMIT {
            return Err(Problem::too_large(BODY_LIMIT));
        }
        body.extend_from_slice(&chunk);
        chunk.zeroize();
    }
    Ok(body)
}

fn announced_length(request: &Request) -> Option<usize> {
    let length = request.headers().get("content-length").ok()??;
    length.parse().ok()
}

fn broken() -> Problem {
    Problem::bad_request("The body broke off.")
}
