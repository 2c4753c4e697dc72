//! From request to response.

use std::ops::Deref;

use futures_util::stream::{self, Stream, StreamExt};
use lango_connector_kit::{
    CallAnswer, CallError, CallErrorCode, CallRequest, DataKeyRequest, EnvelopeError,
    FRAMES_MEDIA_TYPE, Frame, Manifest, PATH_CALL, PATH_DATA_KEY, PATH_RESEAL, PATH_REWRAP,
    PATH_SEAL, PATH_VAULT, ResealRequest, RewrapRequest, RingRequest,
};
use lango_residency::Evidence;
use lango_talk::{Talk, Turn};
use lango_vault::{KeyRing, WrappedDataKey};
use serde::{Serialize, de::DeserializeOwned};
use worker::{Context, Env, Method, Request, Response, ResponseBuilder, console_error};

use crate::accepted::Accepted;
use crate::call::Means;
use crate::credentials::parse_seal_request;
use crate::problem::Problem;
use crate::{
    Connector, FrameSender, call, delegation,
    in_object::{self, Caller},
    key_ring::key_ring,
    outbound, panic, random, residency, seal,
    token_owner::{self, KeyMaterial},
    vault,
};

/// Serves one request of the gateway.
///
/// # Errors
/// Only if the platform cannot make a response; every refusal is a response.
pub async fn serve(
    request: Request,
    env: Env,
    connector: &'static impl Connector,
) -> worker::Result<Response> {
    respond(request, env, None, connector).await
}

/// The same for a connector whose calls an object serves: [`Connector::object`].
///
/// # Errors
/// As [`serve`].
pub async fn serve_by_object(
    request: Request,
    env: Env,
    context: Context,
    connector: &'static impl Connector,
) -> worker::Result<Response> {
    let caller = Caller::of(&request, context);
    respond(request, env, Some(caller), connector).await
}

async fn respond(
    mut request: Request,
    env: Env,
    caller: Option<Caller>,
    connector: &'static impl Connector,
) -> worker::Result<Response> {
    panic::report_places_alone();
    match answer(&mut request, &env, caller.as_ref(), connector).await {
        Ok(response) => Ok(response),
        Err(problem) => problem.into_response(),
    }
}

async fn answer(
    request: &mut Request,
    env: &Env,
    caller: Option<&Caller>,
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
            let (keys, networks) = (key_ring(env).await?, outbound::networks(env)?);
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
            let resident = residency::resident(&request.residency, evidence)?;
            let evidence = resident.finding().evidence.clone();
            if let Some((binding, caller)) = connector.object().zip(caller)
                && resident.covers_objects()
                && let Some(response) =
                    in_object::forward(env, binding, caller, &request, &accepted, &evidence).await
            {
                return Ok(response);
            }
            drop(accepted);
            let means = Means {
                resident,
                keys: key_ring(env).await?,
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
        Route::Vault(route) => {
            let keys = key_ring(env).await?;
            json(about_keys(route, (kind, env), &keys, &accepted, evidence).await?)
        }
    }
}

/// What concerns keys alone.
async fn about_keys(
    route: VaultRoute,
    (kind, env): (&str, &Env),
    keys: &KeyRing,
    accepted: &Accepted,
    evidence: Evidence,
) -> Result<Vec<u8>, Problem> {
    match route {
        VaultRoute::Ring => {
            let request: RingRequest = read(accepted)?;
            accepted.check(&request.tenant, "")?;
            encode(&vault::ring(keys))
        }
        VaultRoute::DataKey => {
            let request: DataKeyRequest = read(accepted)?;
            accepted.check(&request.tenant, "")?;
            encode(&vault::data_key(kind, keys, random::platform, &request)?)
        }
        VaultRoute::Rewrap => {
            let request: RewrapRequest = read(accepted)?;
            accepted.check(&request.tenant, "")?;
            let resident = residency::resident(&request.residency, evidence)?;
            encode(&vault::rewrap(
                &resident,
                kind,
                keys,
                random::platform,
                &request,
            )?)
        }
        VaultRoute::Reseal => {
            let request: ResealRequest = read(accepted)?;
            accepted.check(&request.tenant, &request.connection)?;
            let resident = residency::resident(&request.residency, evidence)?;
            let answer = vault::reseal(&resident, kind, keys, random::platform, &request)?;
            reseal_tokens(env, kind, &request).await?;
            encode(&answer)
        }
    }
}

/// First the tokens: when the connection itself is under the new key, nothing of it is
/// under the old one any more.
async fn reseal_tokens(env: &Env, kind: &str, request: &ResealRequest) -> Result<(), Problem> {
    let under = |data_key: &WrappedDataKey| KeyMaterial {
        connector: kind.to_owned(),
        tenant: request.tenant.clone(),
        connection: request.connection.clone(),
        data_key: data_key.clone(),
        erasure_key: Some(request.erasure_key.clone()),
    };
    token_owner::reseal_tokens(env, under(&request.old_data_key), under(&request.data_key))
        .await
        .map(drop)
        .map_err(|why| {
            console_error!("the tokens of a connection were not sealed anew: {why}");
            Problem::internal("The connection's tokens could not be sealed anew.")
        })
}

fn read<T: DeserializeOwned>(accepted: &Accepted) -> Result<T, Problem> {
    serde_json::from_slice(accepted.body())
        .map_err(|_| Problem::bad_request("The body is not such a request in JSON."))
}

fn manifest(connector: &impl Connector) -> Result<&Manifest, Problem> {
    connector
        .manifest()
        .map_err(|_| Problem::internal("The manifest is not valid."))
}

/// One answer, or a stream of frames when there is something to say before it.
pub(crate) async fn call<C: Connector + 'static>(
    means: Means,
    connector: impl Deref<Target = C> + 'static,
    request: CallRequest,
) -> Result<Response, Problem> {
    let max_bytes = request.limits.max_bytes;
    if !request.stream {
        let heard = FrameSender::unheard();
        let answer = call::call(&means, &*connector, &request, &heard).await;
        return json(encode_bounded(&answer, max_bytes)?);
    }
    let mut talk = Talk::begin(move |frames| async move {
        call::call(&means, &*connector, &request, &frames).await
    });
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
    Vault(VaultRoute),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum VaultRoute {
    Ring,
    DataKey,
    Rewrap,
    Reseal,
}

impl Route {
    const fn path(self) -> &'static str {
        match self {
            Self::Seal => PATH_SEAL,
            Self::Call => PATH_CALL,
            Self::Delegation(route) => route.path(),
            Self::Vault(VaultRoute::Ring) => PATH_VAULT,
            Self::Vault(VaultRoute::DataKey) => PATH_DATA_KEY,
            Self::Vault(VaultRoute::Rewrap) => PATH_REWRAP,
            Self::Vault(VaultRoute::Reseal) => PATH_RESEAL,
        }
    }

    fn of(method: &Method, path: &str) -> Option<Self> {
        match (method, path) {
            (Method::Post, PATH_SEAL) => Some(Self::Seal),
            (Method::Post, PATH_CALL) => Some(Self::Call),
            (Method::Post, PATH_VAULT) => Some(Self::Vault(VaultRoute::Ring)),
            (Method::Post, PATH_DATA_KEY) => Some(Self::Vault(VaultRoute::DataKey)),
            (Method::Post, PATH_REWRAP) => Some(Self::Vault(VaultRoute::Rewrap)),
            (Method::Post, PATH_RESEAL) => Some(Self::Vault(VaultRoute::Reseal)),
            (Method::Post, path) => delegation::Route::of(path).map(Self::Delegation),
            _ => None,
        }
    }
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
    fn each_route_is_a_post_to_its_path() {
        assert_eq!(Route::of(&Method::Post, "/v1/seal"), Some(Route::Seal));
        assert_eq!(Route::of(&Method::Post, "/v1/call"), Some(Route::Call));
        for route in [
            VaultRoute::Ring,
            VaultRoute::DataKey,
            VaultRoute::Rewrap,
            VaultRoute::Reseal,
        ] {
            let route = Route::Vault(route);
            assert_eq!(Route::of(&Method::Post, route.path()), Some(route));
        }
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
