//! One-time codes by WhatsApp: the Cloud API's authentication template.
//!
//! The template's text is Meta's own. The code goes with it twice: into the text, and
//! into the button that copies it, which the API stores as one of type `url`.

use lango_durable_objects::CloudApi;
use lango_sign_in::{OneTimeCode, PhoneNumber};
use serde_json::{Value, json};
use worker::Env;

const DEFAULT_LANGUAGE: &str = "en";

/// An account of the Cloud API, and the template that carries codes.
pub(crate) struct WhatsApp {
    api: CloudApi,
    template: String,
    language: String,
}

impl WhatsApp {
    /// Reads the settings; `None` where nothing is configured.
    pub(super) fn read(
        given: &impl Fn(&str) -> Option<String>,
        is_own_machine: bool,
    ) -> Result<Option<Self>, String> {
        let api = CloudApi::read(given, is_own_machine)?;
        let (api, template) = match (api, given("LANGO_WHATSAPP_TEMPLATE")) {
            (None, None) => return Ok(None),
            (Some(api), Some(template)) => (api, template),
            _ => {
                let reason = "LANGO_WHATSAPP_TOKEN, LANGO_WHATSAPP_PHONE_NUMBER_ID and \
                              LANGO_WHATSAPP_TEMPLATE are set together or not at all";
                return Err(reason.to_owned());
            }
        };
        Ok(Some(Self {
            api,
            template,
            language: given("LANGO_WHATSAPP_LANGUAGE").unwrap_or(DEFAULT_LANGUAGE.to_owned()),
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
        self.api.send(env, &self.message(to, code)).await
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
