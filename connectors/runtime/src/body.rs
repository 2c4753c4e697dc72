//! Reading a request's body, bounded.

use futures_util::StreamExt;
use worker::Request;
use zeroize::{Zeroize, Zeroizing};

use crate::problem::Problem;

/// The gateway takes 1 MiB of arguments; the envelope and escapes fit in the rest.
pub(crate) const BODY_LIMIT: usize = 2 * 1024 * 1024;

/// The body. It may hold credentials, so it is wiped after use.
pub(crate) async fn read(request: &mut Request) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let announced = announced_length(request);
    if announced.is_some_and(|length| length > BODY_LIMIT) {
        return Err(Problem::too_large(BODY_LIMIT));
    }
    if request.inner().body().is_none() {
        return Ok(Zeroizing::default());
    }
    // No more than was announced comes: at once costs less than piece by piece.
    if announced.is_some() {
        let body = Zeroizing::new(request.bytes().await.map_err(|_| broken())?);
        return match body.len() {
            length if length > BODY_LIMIT => Err(Problem::too_large(BODY_LIMIT)),
            _ => Ok(body),
        };
    }
    let mut body = Zeroizing::new(Vec::new());
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
