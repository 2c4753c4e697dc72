//! Calls that an object of the connector's own Worker serves: one per connection, so
//! that what it keeps (sockets, above all) outlives a call and is never another
//! connection's.
//!
//! The Worker has verified who sent a request before it goes to the object, which only
//! this Worker is bound to. Both decide whether the call may run: the object has the
//! request's terms and the Worker's evidence.

use std::{cell::RefCell, collections::BTreeMap, pin::pin, rc::Rc};

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use lango_connector_kit::{CallRequest, PATH_CALL};
use lango_residency::Evidence;
use worker::{
    Context, Env, Headers, Method, Request, RequestInit, Response,
    js_sys::{Function, Promise, Reflect, Uint8Array},
    wasm_bindgen::{JsCast, JsValue},
    wasm_bindgen_futures::JsFuture,
};

use crate::{
    Connector, accepted::Accepted, body, call::Means, key_ring::key_ring, objects, outbound, panic,
    problem::Problem, random, residency, serve,
};

/// The field with the evidence.
const EVIDENCE_FIELD: &str = "lango-evidence";
/// The field with what a call is called between the Worker and its object.
const TURN_FIELD: &str = "lango-turn";
/// Tells the object that nobody waits for a call any more. The platform does not end a
/// request to an object when its caller goes away.
const PATH_ABANDON: &str = "/v1/abandon";
/// Objects are addressed by name; the host of the request's URL means nothing.
const ORIGIN: &str = "http://object";

/// What a Worker knows of who waits for its answer.
pub(crate) struct Caller {
    signal: JsValue,
    context: Context,
}

impl Caller {
    /// Whoever has sent a request.
    pub(crate) fn of(request: &Request, context: Context) -> Self {
        let inner: &JsValue = request.inner().as_ref();
        let signal = Reflect::get(inner, &JsValue::from_str("signal"));
        Self {
            signal: signal.unwrap_or(JsValue::UNDEFINED),
            context,
        }
    }
}

/// Has the object of the call's connection serve it; `None` where there is no such
/// object, or it does not answer.
pub(crate) async fn forward(
    env: &Env,
    binding: &str,
    caller: &Caller,
    request: &CallRequest,
    accepted: &Accepted,
    evidence: &Evidence,
) -> Option<Response> {
    let stub = || objects::stub(env, binding, &request.tenant, &request.connection).ok();
    let (object, again) = (stub()?, stub()?);
    let turn = turn()?;
    let headers = Headers::new();
    let evidence = serde_json::to_string(evidence).ok()?;
    headers.set(EVIDENCE_FIELD, &evidence).ok()?;
    headers.set(TURN_FIELD, &turn).ok()?;
    let body = Uint8Array::from(accepted.body()).into();
    let call = message(PATH_CALL, headers, Some(body))?;

    // Dropped with this future, or after the answer.
    let (_answered, answer) = oneshot::channel::<()>();
    let signal = caller.signal.clone();
    caller.context.wait_until(async move {
        if let Either::Left(_) = select(pin!(abandoned(signal)), answer).await {
            let headers = Headers::new();
            if headers.set(TURN_FIELD, &turn).is_ok()
                && let Some(message) = message(PATH_ABANDON, headers, None)
            {
                let _ = again.fetch_with_request(message).await;
            }
        }
    });
    object.fetch_with_request(call).await.ok()
}

fn message(path: &str, headers: Headers, body: Option<JsValue>) -> Option<Request> {
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_headers(headers)
        .with_body(body);
    Request::new_with_init(&format!("{ORIGIN}{path}"), &init).ok()
}

/// A name that no other call of the connection has.
fn turn() -> Option<String> {
    let mut bytes = [0; 16];
    random::platform(&mut bytes).ok()?;
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A connector inside an object, with the calls that run there.
pub struct InObject<C> {
    connector: Rc<C>,
    /// Those that somebody waits for.
    turns: RefCell<BTreeMap<String, oneshot::Sender<()>>>,
}

impl<C: Connector + 'static> InObject<C> {
    /// The connector of an object, with what it keeps.
    #[must_use]
    pub fn new(connector: C) -> Self {
        Self {
            connector: Rc::new(connector),
            turns: RefCell::default(),
        }
    }

    /// Serves what the Worker has forwarded.
    ///
    /// # Errors
    /// Only if the platform cannot make a response; every refusal is a response.
    pub async fn serve(&self, mut request: Request, env: &Env) -> worker::Result<Response> {
        panic::report_places_alone();
        let turn = request.headers().get(TURN_FIELD)?.unwrap_or_default();
        if request.path() == PATH_ABANDON {
            // What listens drops the call, and so stops it.
            drop(self.turns.borrow_mut().remove(&turn));
            return Response::empty();
        }
        let (waits, gone) = oneshot::channel();
        self.turns.borrow_mut().insert(turn.clone(), waits);
        let work = pin!(answer(&mut request, env, Rc::clone(&self.connector)));
        let outcome = select(work, gone).await;
        self.turns.borrow_mut().remove(&turn);
        match outcome {
            Either::Left((Ok(response), _)) => Ok(response),
            Either::Left((Err(problem), _)) => problem.into_response(),
            Either::Right(_) => Response::error("nobody waits any more", 499),
        }
    }
}

async fn answer<C: Connector + 'static>(
    request: &mut Request,
    env: &Env,
    connector: Rc<C>,
) -> Result<Response, Problem> {
    let evidence = request.headers().get(EVIDENCE_FIELD).ok().flatten();
    let evidence: Evidence = evidence
        .and_then(|text| serde_json::from_str(&text).ok())
        .ok_or_else(Problem::not_found)?;
    let body = body::read(request).await?;
    let request: CallRequest = serde_json::from_slice(&body)
        .map_err(|_| Problem::bad_request("The body is not a call request in JSON."))?;
    drop(body);
    let resident = residency::resident(&request.residency, evidence)?;
    residency::covers_objects(&resident)?;
    let evidence = resident.finding().evidence.clone();
    let means = Means {
        resident,
        keys: key_ring(env).await?,
        networks: outbound::networks(env)?,
        env: Some(env.clone()),
    };
    let response = serve::call(means, connector, request).await?;
    residency::shown(response, &evidence)
}

/// Ends when nobody waits for the answer any more.
async fn abandoned(signal: JsValue) {
    let is_aborted = |signal: &JsValue| {
        Reflect::get(signal, &JsValue::from_str("aborted")).is_ok_and(|it| it.is_truthy())
    };
    let listen = Reflect::get(&signal, &JsValue::from_str("addEventListener"))
        .ok()
        .and_then(|listen| listen.dyn_into::<Function>().ok());
    let Some(listen) = listen else {
        return std::future::pending().await;
    };
    if is_aborted(&signal) {
        return;
    }
    let aborted = Promise::new(&mut |resolve, _| {
        // A platform that does not take it tells nobody.
        let _ = listen.call2(&signal, &JsValue::from_str("abort"), &resolve);
    });
    let _ = JsFuture::from(aborted).await;
}
