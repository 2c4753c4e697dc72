//! The client of a connection's [`TokenOwner`](super::TokenOwner).

use serde::{Serialize, de::DeserializeOwned};
use worker::{Env, Headers, Method, Request, RequestInit, Stub, wasm_bindgen::JsValue};
use zeroize::Zeroizing;

use crate::objects;

use super::message::{
    Begin, Complete, Completed, HolderRow, KeyMaterial, PATH_BEGIN, PATH_COMPLETE, PATH_ERASE,
    PATH_FORGET, PATH_HOLDERS, PATH_RESEAL, PATH_TOKEN, Reseal, Resealed, TokenAnswer, TokenAsk,
};

const BINDING: &str = "TOKEN_OWNER";
/// Objects are addressed by name; the host of the request's URL means nothing.
const ORIGIN: &str = "http://object";
/// An owner that was replaced under our hands (a deployment, a move) answers the next
/// request; what was on its way then is repeated at once.
const ATTEMPTS: usize = 3;

/// One connection's owner.
pub(crate) struct TokenOwnerClient(Stub);

impl TokenOwnerClient {
    /// The owner of a connection.
    pub(crate) fn named(env: &Env, tenant: &str, connection: &str) -> worker::Result<Self> {
        objects::stub(env, BINDING, tenant, connection).map(Self)
    }

    pub(super) async fn token(&self, ask: &TokenAsk) -> worker::Result<TokenAnswer> {
        self.ask(PATH_TOKEN, ask, ATTEMPTS).await
    }

    /// Where the holder is to go, as the URL of the authorization endpoint.
    pub(crate) async fn begin(&self, begin: &Begin) -> worker::Result<Option<String>> {
        self.ask(PATH_BEGIN, begin, ATTEMPTS).await
    }

    /// Once: a code that was sent is not sent again.
    pub(crate) async fn complete(&self, complete: &Complete) -> worker::Result<Completed> {
        self.ask(PATH_COMPLETE, complete, 1).await
    }

    pub(crate) async fn holders(&self) -> worker::Result<Vec<HolderRow>> {
        self.ask(PATH_HOLDERS, &(), ATTEMPTS).await
    }

    /// Says whether there was something.
    pub(crate) async fn forget(&self, holder: &str) -> worker::Result<bool> {
        self.ask(PATH_FORGET, &holder, ATTEMPTS).await
    }

    pub(crate) async fn reseal(&self, reseal: &Reseal) -> worker::Result<Resealed> {
        self.ask(PATH_RESEAL, reseal, ATTEMPTS).await
    }

    pub(crate) async fn erase(&self) -> worker::Result<()> {
        self.ask(PATH_ERASE, &(), ATTEMPTS).await
    }

    async fn ask<A: DeserializeOwned>(
        &self,
        path: &str,
        question: &impl Serialize,
        attempts: usize,
    ) -> worker::Result<A> {
        let body = Zeroizing::new(serde_json::to_string(question)?);
        for _ in 1..attempts {
            if let Ok(answer) = self.send(path, &body).await {
                return Ok(answer);
            }
        }
        self.send(path, &body).await
    }

    async fn send<A: DeserializeOwned>(&self, path: &str, body: &str) -> worker::Result<A> {
        let mut init = RequestInit::new();
        init.with_method(Method::Post)
            .with_headers(Headers::new())
            .with_body(Some(JsValue::from_str(body)));
        let request = Request::new_with_init(&format!("{ORIGIN}{path}"), &init)?;
        let mut response = self.0.fetch_with_request(request).await?;
        let text = Zeroizing::new(response.text().await?);
        if response.status_code() != 200 {
            // Its words may hold anything.
            return Err(worker::Error::RustError(
                "the owner of the tokens did not answer".to_owned(),
            ));
        }
        Ok(serde_json::from_str(&text)?)
    }
}

/// Seals a connection's tokens anew, before the connection itself is: when this says how
/// many there were, nothing of the connection's owner is under the old data key any more.
///
/// # Errors
/// Words for the log; the tokens are as they were, or all under the new key.
pub(crate) async fn reseal_tokens(
    env: &Env,
    old: KeyMaterial,
    new: KeyMaterial,
) -> Result<u32, String> {
    // A connector without the binding keeps no tokens.
    let Ok(owner) = TokenOwnerClient::named(env, &new.tenant, &new.connection) else {
        return Ok(0);
    };
    match owner.reseal(&Reseal { old, new }).await {
        Ok(Resealed::Done(count)) => Ok(count),
        Ok(Resealed::Failed(why)) => Err(why),
        Err(error) => Err(error.to_string()),
    }
}
