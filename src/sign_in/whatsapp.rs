//! One-time codes by WhatsApp: the Cloud API's authentication template.
//!
//! The template's text is Meta's own. The code goes with it twice: into the text, and
//! into the button that copies it, which the API stores as one of type `url`.

use std::time::Duration;

use futures_util::future::{Either, select};
use lango_sign_in::{OneTimeCode, PhoneNumber};
use serde_json::{Value, json};
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
const DEFAULT_LANGUAGE: &str = "en";

/// An account of the Cloud API, and the template that carries codes.
pub(crate) struct WhatsApp {
    token: Zeroizing<String>,
    phone_number_id: String,
    template: String,
    language: String,
    /// A server of this machine takes the messages: nobody's telephone rings.
    is_development: bool,
}

impl WhatsApp {
    /// Reads the settings; `None` where nothing is configured.
    pub(super) fn read(
        given: &impl Fn(&str) -> Option<String>,
        is_own_machine: bool,
    ) -> Result<Option<Self>, String> {
        let token = given("LANGO_WHATSAPP_TOKEN").map(Zeroizing::new);
        let phone_number_id = given("LANGO_WHATSAPP_PHONE_NUMBER_ID");
        let template = given("LANGO_WHATSAPP_TEMPLATE");
        let is_development = given("LANGO_DEVELOPMENT_WHATSAPP").is_some();
        if is_development && !is_own_machine {
            return Err("LANGO_DEVELOPMENT_… settings need LANGO_PLAINTEXT=loopback".to_owned());
        }
        let (token, phone_number_id, template) = match (token, phone_number_id, template) {
            (None, None, None) => return Ok(None),
            (Some(token), Some(number), Some(template)) => (token, number, template),
            _ => {
                let reason = "LANGO_WHATSAPP_TOKEN, LANGO_WHATSAPP_PHONE_NUMBER_ID and \
                              LANGO_WHATSAPP_TEMPLATE are set together or not at all";
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
            template,
            language: given("LANGO_WHATSAPP_LANGUAGE").unwrap_or(DEFAULT_LANGUAGE.to_owned()),
            is_development,
        }))
    }

    /// Sends a code. The error is for the log: it has Meta's code, and neither the
    /// number nor the code that was sent.
    pub(super) async fn send(
        &self,
        env: &Env,
        to: &PhoneNumber,
        code: &OneTimeCode,
    ) -> Result<(), String> {
        let sending = async {
            let request = self.request(to, code).map_err(|error| error.to_string())?;
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

    fn request(&self, to: &PhoneNumber, code: &OneTimeCode) -> worker::Result<Request> {
        let headers = Headers::new();
        let authorization = Zeroizing::new(format!("Bearer {}", *self.token));
        headers.set("Authorization", &authorization)?;
        headers.set("Content-Type", "application/json")?;
        let body = Zeroizing::new(self.message(to, code).to_string());
        let mut init = RequestInit::new();
        init.with_method(Method::Post)
            .with_headers(headers)
            .with_redirect(RequestRedirect::Manual)
            .with_body(Some(JsValue::from_str(&body)));
        let url = format!("{API}/{}/messages", self.phone_number_id);
        Request::new_with_init(&url, &init)
    }

    fn message(&self, to: &PhoneNumber, code: &OneTimeCode) -> Value {
        let text = json!([{ "type": "text", "text": code.expose() }]);
        json!({
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": to.digits(),
            "type": "template",
            "template": {
                "name": self.template,
                "language": { "code": self.language },
                "components": [
                    { "type": "body", "parameters": text },
                    { "type": "button", "sub_type": "url", "index": "0", "parameters": text },
                ],
            },
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_the_authentication_template_with_the_code_twice() {
        let given = |name: &str| {
            Some(
                match name {
                    "LANGO_WHATSAPP_TOKEN" => "token",
                    "LANGO_WHATSAPP_PHONE_NUMBER_ID" => "106540352242922",
                    "LANGO_WHATSAPP_TEMPLATE" => "lango_code",
                    "LANGO_WHATSAPP_LANGUAGE" => "sw",
                    _ => return None,
                }
                .to_owned(),
            )
        };
        let whatsapp = WhatsApp::read(&given, false).unwrap().unwrap();
        let to = PhoneNumber::parse("+254712345678").unwrap();
        let code = OneTimeCode::parse("012345").unwrap();
        assert_eq!(
            whatsapp.message(&to, &code),
            json!({
                "messaging_product": "whatsapp",
                "recipient_type": "individual",
                "to": "254712345678",
                "type": "template",
                "template": {
                    "name": "lango_code",
                    "language": { "code": "sw" },
                    "components": [
                        { "type": "body", "parameters": [{ "type": "text", "text": "012345" }] },
                        {
                            "type": "button", "sub_type": "url", "index": "0",
                            "parameters": [{ "type": "text", "text": "012345" }],
                        },
                    ],
                },
            })
        );
    }
}
