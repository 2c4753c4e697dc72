//! WhatsApp's Cloud API: the account that the gateway sends templates from.

use std::time::Duration;

use futures_util::future::{Either, select};
use serde_json::Value;
use worker::{
    Delay, Env, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, Response,
    wasm_bindgen::JsValue,
};
use zeroize::Zeroizing;

/// The version whose description was read.
const API: &str = "https://graph.facebook.com/v23.0";
/// From the first byte sent to the last one read.
const LIMIT: Duration = Duration::from_secs(10);
/// How much of an error is read, in bytes.
const ERROR_LENGTH: usize = 16 * 1024;
/// Leads to a server of a developer's own, on loopback alone.
const DEVELOPMENT_BINDING: &str = "DEVELOPMENT_WHATSAPP";

/// An account of the Cloud API.
pub struct CloudApi {
    token: Zeroizing<String>,
    phone_number_id: String,
    /// A server of this machine takes the messages: nobody's telephone rings.
    is_development: bool,
}

impl CloudApi {
    /// Reads the settings; `None` where nothing is configured.
    ///
    /// # Errors
    /// One sentence for the operator's log.
    pub fn read(
        given: &impl Fn(&str) -> Option<String>,
        is_own_machine: bool,
    ) -> Result<Option<Self>, String> {
        let token = given("LANGO_WHATSAPP_TOKEN").map(Zeroizing::new);
        let phone_number_id = given("LANGO_WHATSAPP_PHONE_NUMBER_ID");
        let is_development = given("LANGO_DEVELOPMENT_WHATSAPP").is_some();
        if is_development && !is_own_machine {
            return Err("LANGO_DEVELOPMENT_… settings need LANGO_PLAINTEXT=loopback".to_owned());
        }
        let (token, phone_number_id) = match (token, phone_number_id) {
            (None, None) => return Ok(None),
            (Some(token), Some(number)) => (token, number),
            _ => {
                let reason = "LANGO_WHATSAPP_TOKEN and LANGO_WHATSAPP_PHONE_NUMBER_ID are set \
                              together or not at all";
                return Err(reason.to_owned());
            }
        };
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(&phone_number_id) || phone_number_id.len() > 32 {
            let reason = "LANGO_WHATSAPP_PHONE_NUMBER_ID must be the number's identifier: digits";
            return Err(reason.to_owned());
        }
        Ok(Some(Self {
            token,
            phone_number_id,
            is_development,
        }))
    }

    /// Sends a message. The error is for the log: it has Meta's code, and neither the
    /// number nor what was sent.
    ///
    /// # Errors
    /// One sentence: it was not taken, as far as is known.
    pub async fn send(&self, env: &Env, message: &Value) -> Result<(), String> {
        let sending = async {
            let request = self.request(message).map_err(|error| error.to_string())?;
            let response = if self.is_development {
                let service = env.service(DEVELOPMENT_BINDING);
                let service = service.map_err(|error| error.to_string())?;
                service.fetch_request(request).await
            } else {
                Fetch::Request(request).send().await
            };
            accepted(response.map_err(|error| error.to_string())?).await
        };
        match select(Box::pin(sending), Box::pin(Delay::from(LIMIT))).await {
            Either::Left((sent, _)) => sent,
            Either::Right(_) => Err("it took too long".to_owned()),
        }
    }

    fn request(&self, message: &Value) -> worker::Result<Request> {
        let headers = Headers::new();
        let authorization = Zeroizing::new(format!("Bearer {}", *self.token));
        headers.set("Authorization", &authorization)?;
        headers.set("Content-Type", "application/json")?;
        let body = Zeroizing::new(message.to_string());
        let mut init = RequestInit::new();
        init.with_method(Method::Post)
            .with_headers(headers)
            .with_redirect(RequestRedirect::Manual)
            .with_body(Some(JsValue::from_str(&body)));
        let url = format!("{API}/{}/messages", self.phone_number_id);
        Request::new_with_init(&url, &init)
    }
}

/// Whether the API has taken the message. Which error it was stands in `code`; its
/// words may repeat the number and are left out.
async fn accepted(mut response: Response) -> Result<(), String> {
    let status = response.status_code();
    let body = response.bytes().await.map_err(|error| error.to_string())?;
    if status == 200 {
        return Ok(());
    }
    let document: Value = body
        .get(..ERROR_LENGTH.min(body.len()))
        .and_then(|text| serde_json::from_slice(text).ok())
        .unwrap_or_default();
    let error = &document["error"];
    let (code, subcode) = (error["code"].as_i64(), error["error_subcode"].as_i64());
    Err(format!(
        "WhatsApp answered {status}, error {code:?}, subcode {subcode:?}"
    ))
}
