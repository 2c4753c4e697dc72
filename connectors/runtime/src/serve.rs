//! From request to response.

use futures_util::stream::{self, Stream, StreamExt};
use lango_connector_kit::{
    CallAnswer, CallError, CallErrorCode, CallRequest, EnvelopeError, FRAMES_MEDIA_TYPE, Frame,
    Manifest, PATH_CALL, PATH_SEAL,
};
use lango_talk::{Talk, Turn};
use lango_vault::KeyRing;
use serde::Serialize;
use worker::{Env, Method, Request, Response, ResponseBuilder};
use zeroize::Zeroizing;

use crate::accepted::Accepted;
use crate::call::Means;
use crate::credentials::parse_seal_request;
use crate::problem::Problem;
use crate::{Connector, FrameSender, call, delegation, outbound, panic, random, residency, seal};

/// The secret that holds the key-encryption keys.
const KEY_RING_SECRET: &str = "LANGO_KEY_ENCRYPTION_KEYS";

/// Serves one request of the gateway.
///
/// # Errors
/// Only if the platform cannot make a response; every refusal is a response.
pub async fn serve(
    mut request: Request,
    env: Env,
    connector: &'static impl Connector,
) -> worker::Result<Response> {
    panic::report_places_alone();
    match answer(&mut request, &env, connector).await {
        Ok(response) => Ok(response),
        Err(problem) => problem.into_response(),
    }
}

async fn answer(
    request: &mut Request,
    env: &Env,
    connector: &'static impl Connector,
) -> Result<Response, Problem> {
    let route = Route::of(&request.method(), &request.path()).ok_or_else(Problem::not_found)?;
    let kind = &manifest(connector)?.kind;
    let evidence = residency::evidence(request, env);
    let accepted = Accepted::read(request, env, kind, route.path()).await?;
    match route {
        Route::Seal => {
            let request = parse_seal_request(accepted.body())?;
            accepted.check(&request.tenant, &request.connection)?;
            drop(accepted);
            let resident = residency::resident(&request.residency, evidence)?;
            let (keys, networks) = (key_ring(env)?, outbound::networks(env)?);
            let answer = seal::seal(
                &resident,
                connector,
                &keys,
                &networks,
                random::platform,
                request,
            )?;
            residency::shown(json(encode(&answer)?)?, &resident.finding().evidence)
        }
        Route::Call => {
            let request: CallRequest = serde_json::from_slice(accepted.body())
                .map_err(|_| Problem::bad_request("The body is not a call request in JSON."))?;
            accepted.check(&request.tenant, &request.connection)?;
            if accepted.call_id() != request.call_id {
                return Err(Problem::not_enclosed(EnvelopeError::Content));
            }
            drop(accepted);
            let resident = residency::resident(&request.residency, evidence)?;
            let evidence = resident.finding().evidence.clone();
            let means = Means {
                resident,
                keys: key_ring(env)?,
                networks: outbound::networks(env)?,
                env: Some(env.clone()),
            };
            let response = call(means, connector, request).await?;
            residency::shown(response, &evidence)
        }
        Route::Delegation(route) => {
            let answer = delegation::answer(connector, env, route, &accepted, evidence).await?;
            json(encode(&answer)?)
        }
    }
}

fn manifest(connector: &impl Connector) -> Result<&Manifest, Problem> {
    connector
        .manifest()
        .map_err(|_| Problem::internal("The manifest is not valid."))
}

/// One answer, or a stream of frames when there is something to say before it.
async fn call(
    means: Means,
    connector: &'static impl Connector,
    request: CallRequest,
) -> Result<Response, Problem> {
    let max_bytes = request.limits.max_bytes;
    if !request.stream {
        let heard = FrameSender::unheard();
        let answer = call::call(&means, connector, &request, &heard).await;
        return json(encode_bounded(&answer, max_bytes)?);
    }
    let mut talk =
        Talk::begin(
            move |frames| async move { call::call(&means, connector, &request, &frames).await },
        );
    match talk.next().await {
        Some(Turn::Answer(answer)) => json(encode_bounded(&answer, max_bytes)?),
        first => {
            let turns = stream::iter(first).chain(talk.into_stream());
            frames(turns.map(move |turn| line(turn, max_bytes)))
        }
    }
}

fn frames(
    lines: impl Stream<Item = worker::Result<Vec<u8>>> + 'static,
) -> Result<Response, Problem> {
    ResponseBuilder::new()
        .with_header("content-type", FRAMES_MEDIA_TYPE)
        .and_then(|builder| builder.with_header("cache-control", "no-store"))
        .and_then(|builder| builder.from_stream(lines))
        .map_err(|_| unwritable())
}

fn line(turn: Turn<Frame, CallAnswer>, max_bytes: u32) -> worker::Result<Vec<u8>> {
    let mut line = match turn {
        Turn::Said(frame) => serde_json::to_vec(&frame)?,
        Turn::Answer(answer) => {
            let line = serde_json::to_vec(&Frame::Answer(answer))?;
            if is_too_large(&line, max_bytes) {
                serde_json::to_vec(&Frame::Answer(too_large(max_bytes)))?
            } else {
                line
            }
        }
    };
    line.push(b'\n');
    Ok(line)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    Seal,
    Call,
    Delegation(delegation::Route),
}

impl Route {
    const fn path(self) -> &'static str {
        match self {
            Self::Seal => PATH_SEAL,
            Self::Call => PATH_CALL,
            Self::Delegation(route) => route.path(),
        }
    }

    fn of(method: &Method, path: &str) -> Option<Self> {
        match (method, path) {
            (Method::Post, PATH_SEAL) => Some(Self::Seal),
            (Method::Post, PATH_CALL) => Some(Self::Call),
            (Method::Post, path) => delegation::Route::of(path).map(Self::Delegation),
            _ => None,
        }
    }
}

/// Read for each request, so that the keys live no longer than it.
pub(crate) fn key_ring(env: &Env) -> Result<KeyRing, Problem> {
    let secret = env
        .secret(KEY_RING_SECRET)
        .map_err(|_| Problem::internal("LANGO_KEY_ENCRYPTION_KEYS is not set."))?;
    let json = Zeroizing::new(secret.to_string());
    KeyRing::parse(&json).map_err(|_| Problem::internal("LANGO_KEY_ENCRYPTION_KEYS is not valid."))
}

/// What `{"result":…}` or `{"error":…}` adds around a result.
const ENVELOPE_ALLOWANCE: usize = 1024;

/// A connector cuts its results itself and says so; this holds those that do not.
fn encode_bounded(answer: &CallAnswer, max_bytes: u32) -> Result<Vec<u8>, Problem> {
    let bytes = encode(answer)?;
    if is_too_large(&bytes, max_bytes) {
        return encode(&too_large(max_bytes));
    }
    Ok(bytes)
}

fn is_too_large(bytes: &[u8], max_bytes: u32) -> bool {
    let bound = usize::try_from(max_bytes).unwrap_or(usize::MAX);
    bytes.len() > bound.saturating_add(ENVELOPE_ALLOWANCE)
}

fn too_large(max_bytes: u32) -> CallAnswer {
    CallAnswer::Error(CallError::new(
        CallErrorCode::Internal,
        format!("The result is larger than {max_bytes} bytes. Ask for less."),
    ))
}

fn encode(answer: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(answer).map_err(|_| unwritable())
}

fn json(bytes: Vec<u8>) -> Result<Response, Problem> {
    ResponseBuilder::new()
        .with_header("content-type", "application/json")
        .and_then(|builder| builder.with_header("cache-control", "no-store"))
        .and_then(|builder| builder.from_bytes(bytes))
        .map_err(|_| unwritable())
}

fn unwritable() -> Problem {
    Problem::internal("The answer could not be written.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_two_routes() {
        assert_eq!(Route::of(&Method::Post, "/v1/seal"), Some(Route::Seal));
        assert_eq!(Route::of(&Method::Post, "/v1/call"), Some(Route::Call));
        for (method, path) in [
            (Method::Get, "/v1/seal"),
            (Method::Put, "/v1/call"),
            (Method::Post, "/"),
            (Method::Post, "/v1/seal/"),
            (Method::Post, "//v1/seal"),
        ] {
            assert_eq!(Route::of(&method, path), None, "{path}");
        }
    }

    #[test]
    fn a_result_that_is_too_large_is_an_error() {
        let answer = |length: usize| CallAnswer::Result(serde_json::json!("x".repeat(length)));
        let fits = encode_bounded(&answer(100), 100).unwrap();
        assert!(fits.starts_with(b"{\"result\""));
        let too_large = encode_bounded(&answer(5000), 100).unwrap();
        assert!(too_large.starts_with(b"{\"error\":{\"code\":\"internal\""));
    }
}
