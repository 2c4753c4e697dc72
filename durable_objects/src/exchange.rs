//! JSON over an object's `fetch`: the one way in which objects are asked.

use serde::{Serialize, de::DeserializeOwned};
use worker::{Env, Headers, Method, Request, RequestInit, Response, Stub, wasm_bindgen::JsValue};

/// Near the businesses; best effort, ignored on plain workerd.
const LOCATION_HINT: &str = "afr";

/// Objects are addressed by name; the host of the request's URL means nothing.
const ORIGIN: &str = "http://object";

/// An object did not answer, or not in its message's shape.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{class} did not answer: {reason}")]
pub struct Unreachable {
    /// Which class.
    pub class: &'static str,
    /// What the runtime said.
    pub reason: String,
}

/// An object's stub and the class that it is of.
pub(crate) struct Peer {
    class: &'static str,
    stub: Stub,
}

impl Peer {
    pub(crate) fn named(
        env: &Env,
        binding: &str,
        class: &'static str,
        name: &str,
    ) -> Result<Self, Unreachable> {
        let stub = env
            .durable_object(binding)
            .and_then(|namespace| namespace.get_by_name_with_location_hint(name, LOCATION_HINT))
            .map_err(|error| Unreachable {
                class,
                reason: error.to_string(),
            })?;
        Ok(Self { class, stub })
    }

    pub(crate) async fn ask<A: DeserializeOwned>(
        &self,
        path: &str,
        question: &impl Serialize,
    ) -> Result<A, Unreachable> {
        self.try_ask(path, question)
            .await
            .map_err(|error| Unreachable {
                class: self.class,
                reason: error.to_string(),
            })
    }

    /// Asks for a response that is not a message: an event stream.
    pub(crate) async fn send(
        &self,
        path: &str,
        question: &impl Serialize,
    ) -> Result<Response, Unreachable> {
        self.try_send(path, question)
            .await
            .map_err(|error| Unreachable {
                class: self.class,
                reason: error.to_string(),
            })
    }

    async fn try_ask<A: DeserializeOwned>(
        &self,
        path: &str,
        question: &impl Serialize,
    ) -> worker::Result<A> {
        let mut response = self.try_send(path, question).await?;
        let text = response.text().await?;
        if response.status_code() != 200 {
            return Err(worker::Error::RustError(format!(
                "status {}",
                response.status_code()
            )));
        }
        Ok(serde_json::from_str(&text)?)
    }

    async fn try_send(&self, path: &str, question: &impl Serialize) -> worker::Result<Response> {
        let mut init = RequestInit::new();
        init.with_method(Method::Post)
            .with_headers(Headers::new())
            .with_body(Some(JsValue::from_str(&serde_json::to_string(question)?)));
        let request = Request::new_with_init(&format!("{ORIGIN}{path}"), &init)?;
        self.stub.fetch_with_request(request).await
    }
}

/// Reads a message inside an object.
pub(crate) async fn question<Q: DeserializeOwned>(request: &mut Request) -> worker::Result<Q> {
    Ok(serde_json::from_str(&request.text().await?)?)
}

/// Answers a message inside an object.
pub(crate) fn answer(answer: &impl Serialize) -> worker::Result<Response> {
    Response::from_bytes(serde_json::to_vec(answer)?)
}
