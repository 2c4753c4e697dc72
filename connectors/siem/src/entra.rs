//! Tokens of Microsoft Entra for an application of the business's: client credentials
//! (RFC 6749, section 4.4). The isolate keeps the newest of each.

use std::{cell::RefCell, collections::HashMap};

use lango_siem::Delivery;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use worker::Date;
use zeroize::Zeroizing;

use crate::{exchange, settings::Application};

const SCOPE: &str = "https://monitor.azure.com/.default";
/// A token is not used in its last minutes.
const MARGIN_MS: u64 = 5 * 60_000;
const MOST_KEPT: usize = 100;

struct Kept {
    token: Zeroizing<String>,
    until_ms: u64,
}

type Key = [u8; 32];

thread_local! {
    static TOKENS: RefCell<HashMap<Key, Kept>> = RefCell::new(HashMap::new());
}

#[derive(Deserialize)]
struct Granted {
    access_token: Zeroizing<String>,
    #[serde(default)]
    expires_in: u64,
}

impl Application<'_> {
    /// A token that is still good, or a new one.
    ///
    /// # Errors
    /// What becomes of the entries instead.
    pub(crate) async fn token(&self) -> Result<Zeroizing<String>, Delivery> {
        let (key, now_ms) = (self.key(), Date::now().as_millis());
        let kept = TOKENS.with_borrow(|tokens| {
            let kept = tokens.get(&key).filter(|kept| kept.until_ms > now_ms);
            kept.map(|kept| kept.token.clone())
        });
        if let Some(token) = kept {
            return Ok(token);
        }
        let granted = self.ask().await?;
        let until_ms = now_ms + (granted.expires_in * 1_000).saturating_sub(MARGIN_MS);
        let token = granted.access_token;
        TOKENS.with_borrow_mut(|tokens| {
            if tokens.len() >= MOST_KEPT {
                tokens.clear();
            }
            let token = token.clone();
            tokens.insert(key, Kept { token, until_ms });
        });
        Ok(token)
    }

    /// The receiver does not take it any more.
    pub(crate) fn forget(&self) {
        TOKENS.with_borrow_mut(|tokens| tokens.remove(&self.key()));
    }

    async fn ask(&self) -> Result<Granted, Delivery> {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let secret = Zeroizing::new(encoded(self.client_secret));
        let body = Zeroizing::new(format!(
            "grant_type=client_credentials&client_id={}&client_secret={}&scope={}",
            encoded(self.client_id),
            secret.as_str(),
            encoded(SCOPE),
        ));
        let media_type = "application/x-www-form-urlencoded".to_owned();
        let fields = vec![("content-type", Zeroizing::new(media_type))];
        let received = exchange::post(self.token_endpoint.as_str(), fields, body.as_bytes())
            .await
            .map_err(|_| Delivery::retry("Entra could not be reached."))?;
        match received.status {
            200 => serde_json::from_slice(&received.body)
                .map_err(|_| Delivery::retry("Entra's answer is not one of its kind.")),
            status @ 400..=404 => Err(Delivery::misconfigured(format!(
                "Entra gives the application no token (HTTP {status})."
            ))),
            status => Err(Delivery::retry(format!("Entra answers HTTP {status}."))),
        }
    }

    fn key(&self) -> Key {
        let mut hash = Sha256::new();
        for part in [
            self.token_endpoint.as_str(),
            self.client_id,
            self.client_secret,
        ] {
            hash.update(part.len().to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().into()
    }
}
