//! One attempt at delivering an alert.

use std::time::Duration;

use futures_util::future::{Either, select};
use lango_metrics::Channel;
use lango_webhooks::{
    Answer, HEADER_ID, HEADER_SIGNATURE, HEADER_TIMESTAMP, Message, TIMEOUT_MS, retry_after_ms,
};
use worker::{
    AbortController, Delay, Env, Headers, Method, Request, RequestInit, RequestRedirect,
    wasm_bindgen::JsValue,
};

use super::{
    body,
    client::{StoredAlert, StoredAlertPolicy},
    rows::{Due, Ended},
    secrets::Secrets,
};
use crate::{cloud_api::CloudApi, development};

const TEMPLATE: &str = "LANGO_WHATSAPP_ALERT_TEMPLATE";
const LANGUAGE: &str = "LANGO_WHATSAPP_LANGUAGE";
const DEFAULT_LANGUAGE: &str = "en";

/// What an attempt needs.
pub(super) struct Courier<'a> {
    pub(super) env: &'a Env,
    pub(super) tenant: &'a str,
    pub(super) policy: &'a StoredAlertPolicy,
    pub(super) secrets: &'a Secrets,
    pub(super) now_ms: i64,
}

impl Courier<'_> {
    /// Tries once.
    pub(super) async fn deliver(&self, due: &Due, alert: &StoredAlert) -> Ended {
        let sent = match due.channel {
            Channel::Webhook => self.webhook(&due.target, alert).await,
            Channel::Whatsapp => self.whatsapp(&due.target, alert).await,
        };
        let (not_before_ms, problem) = match sent {
            Ok(Answer::Delivered) => return Ended::Delivered,
            Ok(Answer::Gone) => {
                let problem = "the receiver wants nothing more".to_owned();
                return Ended::Failed {
                    next_ms: None,
                    problem,
                };
            }
            Ok(Answer::Again { not_before_ms }) => {
                (not_before_ms, "the receiver did not take it".to_owned())
            }
            Err(problem) => (None, problem),
        };
        let mut jitter = [0];
        // Without it, what failed together is tried together.
        let _ = getrandom::fill(&mut jitter);
        let wait = retry_after_ms(due.attempts + 1, not_before_ms, jitter[0]);
        let wait = wait.and_then(|wait| i64::try_from(wait).ok());
        Ended::Failed {
            next_ms: wait.map(|wait| self.now_ms + wait),
            problem,
        }
    }

    async fn webhook(&self, url: &str, alert: &StoredAlert) -> Result<Answer, String> {
        let secrets = self.secrets.signing(self.env, self.tenant, self.now_ms)?;
        let id = body::identifier(self.tenant, alert.id);
        let body = body::webhook(self.tenant, alert).to_string();
        let message = Message {
            id: &id,
            timestamp: self.now_ms / 1_000,
            body: &body,
        };
        let request = request(url, &message, &message.signatures(&secrets));
        let request = request.map_err(|error| error.to_string())?;
        let controller = AbortController::default();
        let signal = controller.signal();
        let sending = development::fetch(self.env, url, request, &signal);
        let limit = Delay::from(Duration::from_millis(TIMEOUT_MS));
        match select(Box::pin(sending), Box::pin(limit)).await {
            // What a network says may name what is inside it: it is not kept.
            Either::Left((Err(_), _)) => Err("the receiver was not reached".to_owned()),
            Either::Left((Ok(response), _)) => {
                let retry_after = response.headers().get("Retry-After").ok().flatten();
                controller.abort();
                Ok(Answer::read(response.status_code(), retry_after.as_deref()))
            }
            Either::Right(_) => {
                controller.abort();
                Err("the receiver took too long".to_owned())
            }
        }
    }

    async fn whatsapp(&self, to: &str, alert: &StoredAlert) -> Result<Answer, String> {
        // The gateway has held these settings against its rules at its start.
        let api = CloudApi::read(&|name| variable(self.env, name), true)?;
        let (Some(api), Some(template)) = (api, variable(self.env, TEMPLATE)) else {
            return Err("this deployment has no template for alerts".to_owned());
        };
        let language = variable(self.env, LANGUAGE).unwrap_or(DEFAULT_LANGUAGE.to_owned());
        let of = (alert, self.policy.policy.utc_offset_minutes);
        let message = body::whatsapp(&template, &language, to, self.tenant, of);
        api.send(self.env, &message)
            .await
            .map(|()| Answer::Delivered)
    }
}

fn request(url: &str, message: &Message<'_>, signatures: &str) -> worker::Result<Request> {
    let headers = Headers::new();
    headers.set("Content-Type", "application/json")?;
    headers.set("User-Agent", "Lango-Webhooks/1")?;
    headers.set(HEADER_ID, message.id)?;
    headers.set(HEADER_TIMESTAMP, &message.timestamp.to_string())?;
    headers.set(HEADER_SIGNATURE, signatures)?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual)
        .with_body(Some(JsValue::from_str(message.body)));
    Request::new_with_init(url, &init)
}

fn variable(env: &Env, name: &str) -> Option<String> {
    let value = env.var(name).ok()?.to_string();
    (!value.is_empty()).then_some(value)
}
