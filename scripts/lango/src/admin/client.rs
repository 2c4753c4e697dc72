//! Routes of the table, asked over HTTP: their methods, preconditions and keys of
//! repetition come from what the table says of them.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use lango_api::{Kind, Method, Operation, ROUTES, Route};
use reqwest::{
    Response, StatusCode, Url,
    header::{ETAG, HeaderMap, IF_MATCH, RETRY_AFTER},
};
use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::problem::Problem;

/// So often something is asked that may be asked again.
const ATTEMPTS: u32 = 3;
/// Longer than this nobody waits at a terminal.
const MAXIMUM_WAIT: Duration = Duration::from_secs(10);
/// The largest page that a list gives.
const PAGE: &str = "200";

/// A gateway and the token with which it is asked, if there is one already.
pub(crate) struct Client {
    http: reqwest::Client,
    origin: Url,
    token: Option<Zeroizing<String>>,
}

/// One request to a route.
struct Ask<'a> {
    route: &'static Route,
    url: Url,
    body: Option<&'a Value>,
    if_match: Option<&'a str>,
    /// The same in each attempt.
    idempotency_key: Option<String>,
}

impl Client {
    /// Nothing is sent yet.
    pub(crate) fn new(origin: Url, token: Option<Zeroizing<String>>) -> Result<Self> {
        Ok(Self {
            // What a proxy of the system would see is none of its business, and a
            // redirect would carry the token elsewhere.
            http: reqwest::Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .build()?,
            origin,
            token,
        })
    }

    /// Every entry of a list, page by page.
    pub(crate) async fn list(&self, operation: Operation, captured: &[&str]) -> Result<Vec<Value>> {
        self.list_of(operation, captured, &[]).await
    }

    /// The same with more members of the query.
    pub(crate) async fn list_of(
        &self,
        operation: Operation,
        captured: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Vec<Value>> {
        let (mut items, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let mut ask = self.ask(operation, captured)?;
            ask.url.query_pairs_mut().append_pair("limit", PAGE);
            ask.url.query_pairs_mut().extend_pairs(query);
            if let Some(cursor) = &cursor {
                ask.url.query_pairs_mut().append_pair("cursor", cursor);
            }
            let mut page = self.send(&ask).await?.1;
            match page["items"].take() {
                Value::Array(more) => items.extend(more),
                _ => bail!("the gateway's list has no items"),
            }
            match page["next"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return Ok(items),
            }
        }
    }

    /// One thing.
    pub(crate) async fn read(&self, operation: Operation, captured: &[&str]) -> Result<Value> {
        let ask = self.ask(operation, captured)?;
        Ok(self.send(&ask).await?.1)
    }

    /// One thing, with members of the query.
    pub(crate) async fn read_of(
        &self,
        operation: Operation,
        query: &[(&str, String)],
    ) -> Result<Value> {
        let mut ask = self.ask(operation, &[])?;
        if !query.is_empty() {
            ask.url.query_pairs_mut().extend_pairs(query);
        }
        Ok(self.send(&ask).await?.1)
    }

    /// An answer that is read as it comes.
    pub(crate) async fn stream(
        &self,
        operation: Operation,
        query: &[(&str, String)],
    ) -> Result<Response> {
        let mut ask = self.ask(operation, &[])?;
        ask.url.query_pairs_mut().extend_pairs(query);
        let answer = self
            .request(&ask)
            .send()
            .await
            .context("no answer from the gateway")?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        read(ask.route, answer).await?;
        bail!("the gateway's refusal is not readable")
    }

    /// What a route without precondition makes of a body.
    pub(crate) async fn post(
        &self,
        operation: Operation,
        captured: &[&str],
        body: &impl Serialize,
    ) -> Result<Value> {
        let body = serde_json::to_value(body)?;
        let mut ask = self.ask(operation, captured)?;
        ask.body = ask.route.has_body().then_some(&body);
        Ok(self.send(&ask).await?.1)
    }

    /// Changes what `read` shows, unless somebody else changes it meanwhile.
    pub(crate) async fn change(
        &self,
        read: Operation,
        operation: Operation,
        captured: &[&str],
        body: &impl Serialize,
    ) -> Result<Value> {
        let (headers, _) = self.send(&self.ask(read, captured)?).await?;
        let version = headers.get(ETAG).and_then(|version| version.to_str().ok());
        let version = version.context("the gateway did not say which version it has")?;
        let body = serde_json::to_value(body)?;
        let mut ask = self.ask(operation, captured)?;
        ask.body = Some(&body);
        ask.if_match = Some(version);
        Ok(self.send(&ask).await?.1)
    }

    /// Takes one away.
    pub(crate) async fn delete(&self, operation: Operation, captured: &[&str]) -> Result<()> {
        let ask = self.ask(operation, captured)?;
        self.send(&ask).await.map(drop)
    }

    fn ask(&self, operation: Operation, captured: &[&str]) -> Result<Ask<'_>> {
        let route = ROUTES.iter().find(|route| route.operation == operation);
        let route = route.context("there is no such route")?;
        let idempotency_key = match route.kind {
            Kind::Create => Some(random_key()?),
            _ => None,
        };
        Ok(Ask {
            route,
            url: place(&self.origin, route.path, captured)?,
            body: None,
            if_match: None,
            idempotency_key,
        })
    }

    /// Header fields and body of a success; again where that does no harm and the
    /// gateway, or the way to it, has failed for the moment.
    async fn send(&self, ask: &Ask<'_>) -> Result<(HeaderMap, Value)> {
        for attempt in 1.. {
            let may_repeat = attempt < ATTEMPTS && ask.is_repeatable();
            let wait = match self.request(ask).send().await {
                Ok(answer) if answer.status() == StatusCode::SERVICE_UNAVAILABLE && may_repeat => {
                    wait_of(&answer)
                }
                Ok(answer) => return read(ask.route, answer).await,
                Err(error) if may_repeat && (error.is_connect() || error.is_request()) => {
                    Duration::from_millis(500)
                }
                Err(error) => {
                    let origin = self.origin.as_str();
                    return Err(error).context(format!("no answer from the gateway at {origin}"));
                }
            };
            tokio::time::sleep(wait).await;
        }
        bail!("the gateway did not answer")
    }

    fn request(&self, ask: &Ask<'_>) -> reqwest::RequestBuilder {
        let mut request = self.http.request(method(ask.route.method), ask.url.clone());
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.as_str());
        }
        if let Some(body) = ask.body {
            request = request.json(body);
        }
        if let Some(version) = ask.if_match {
            request = request.header(IF_MATCH, version);
        }
        if let Some(key) = &ask.idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        request
    }
}

impl Ask<'_> {
    /// What only shows something, or happens once however often it is asked for.
    fn is_repeatable(&self) -> bool {
        match self.route.kind {
            Kind::List | Kind::Read | Kind::Export | Kind::Delete => true,
            Kind::Create => self.idempotency_key.is_some(),
            // A change that has happened would be refused as stale.
            Kind::Update | Kind::Action | Kind::Accept => false,
        }
    }
}

/// The path of a route with what varies, each as one segment.
fn place(origin: &Url, path: &str, captured: &[&str]) -> Result<Url> {
    let mut url = origin.clone();
    let mut captured = captured.iter();
    {
        let mut segments = url.path_segments_mut().ok().context("no web address")?;
        segments.clear();
        for segment in path.split('/').skip(1) {
            if segment.starts_with('{') {
                let value = captured.next().context("the path lacks a name")?;
                // These would be taken for steps in the path.
                if matches!(*value, "" | "." | "..") {
                    bail!("{value:?} is no name of anything.");
                }
                segments.push(value);
            } else {
                segments.push(segment);
            }
        }
    }
    Ok(url)
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}

fn random_key() -> Result<String> {
    let mut bytes = [0; 18];
    getrandom::fill(&mut bytes).context("the system has no randomness")?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

fn wait_of(answer: &Response) -> Duration {
    let field = answer.headers().get(RETRY_AFTER);
    let seconds = field.and_then(|field| field.to_str().ok()?.parse().ok());
    Duration::from_secs(seconds.unwrap_or(1)).min(MAXIMUM_WAIT)
}

async fn read(route: &Route, answer: Response) -> Result<(HeaderMap, Value)> {
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = answer.bytes().await.context("the answer broke off")?;
    if !status.is_success() {
        let problem = Problem::read(status.as_u16(), &headers, &body);
        bail!("{}", problem.words(route));
    }
    let body = if body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&body).context("the gateway's answer is not JSON")?
    };
    Ok((headers, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_varies_is_one_segment_of_the_path() {
        let origin = Url::parse("https://g.example.com").unwrap();
        let place = |value: &str| place(&origin, "/admin/v1/keys/{key_id}/rotate", &[value]);
        assert_eq!(place("k_1").unwrap().path(), "/admin/v1/keys/k_1/rotate");
        assert_eq!(
            place("a/b?c").unwrap().path(),
            "/admin/v1/keys/a%2Fb%3Fc/rotate"
        );
        for odd in ["", ".", ".."] {
            assert!(place(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn every_attempt_to_create_has_one_key_and_no_two_creations_share_it() {
        let origin = Url::parse("https://g.example.com").unwrap();
        let client = Client::new(origin, None).unwrap();
        let key = || {
            client
                .ask(Operation::CreateKey, &[])
                .unwrap()
                .idempotency_key
        };
        assert!(key().is_some());
        assert_ne!(key(), key());
        let shown = client.ask(Operation::ListKeys, &[]).unwrap();
        assert!(shown.idempotency_key.is_none() && shown.is_repeatable());
    }
}
