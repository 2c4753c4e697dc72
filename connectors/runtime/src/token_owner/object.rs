//! The `TokenOwner` object: everybody's tokens in one connection. Only it asks the
//! authorization server for tokens.
//!
//! **Atomicity.** A step (load → `lango_delegation::Credential` → save) is synchronous.
//! Whether a request is on its way for a holder is decided in the same step, so there is
//! one at most, and whoever comes meanwhile waits for it. What a step has written is
//! durable before the request that follows leaves the object, and before an access token
//! does (output gates): the intent before the request, the new refresh token before the
//! new access token is handed out. A request that is on its way does not end with the
//! call that began it: its answer is stored even if nobody waits any more. After a crash
//! the intent is there and nobody is on the way: the next call repeats the request. An
//! answer that comes for a credential which was replaced or forgotten meanwhile is
//! dropped: credentials are numbered.
//!
//! **Tables.** `credentials(number, holder, since_ms, state)`,
//! `pending(holder, expires_at_ms, state)`, `data_keys(version, wrapped, seals)`: see
//! `journal.rs`. Every token and verifier in them is sealed under the tenant's data key,
//! which is kept wrapped alone.
//!
//! **Messages.** `POST /token`: `TokenAsk` → `TokenAnswer`. `POST /begin`: `Begin` →
//! `Option<String>`. `POST /complete`: `Complete` → `Completed`. `POST /holders`: `()` →
//! `Vec<HolderRow>`. `POST /forget`: holder → `bool`. `POST /reseal`: `Reseal` →
//! `Resealed`. `POST /erase`: `()` → `()`. There is no alarm: without a request there is
//! no key that opens anything here.

use std::{cell::RefCell, rc::Rc, time::Duration};

use futures_channel::oneshot;
use lango_delegation::{
    Answer, Ask, Digest, Grant, Next, PENDING_MS, Pending, PendingError, Profile, TokenRequest,
    Verifier, authorization_url,
};
use lango_vault::{KeyRing, Secret};
use serde::{Serialize, de::DeserializeOwned};
use worker::{DurableObject, Env, Request, Response, State, durable_object};
use zeroize::Zeroizing;

use super::{
    exchange,
    flight::{Luggage, Opened, Step, failed, now_ms},
    journal::{Journal, Kind},
    keys::KeyFailure,
    message::{
        Begin, Complete, Completed, PATH_BEGIN, PATH_COMPLETE, PATH_ERASE, PATH_FORGET,
        PATH_HOLDERS, PATH_RESEAL, PATH_TOKEN, Reseal, Resealed, TokenAnswer, TokenAsk,
    },
};
use crate::{key_ring::key_ring, random, within};

/// A call that finds a request on its way waits for it, and for the next ones: when one
/// came to nothing, the call after it makes another.
const ROUNDS: usize = 4;
/// How long an isolate may keep what it was given: how long it takes until somebody who
/// has disconnected is called as nowhere.
const KEPT_MS: i64 = 60_000;
const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// See the module's documentation.
#[durable_object(fetch)]
pub struct TokenOwner {
    state: State,
    env: Env,
    opened: Result<Rc<Opened>, String>,
}

impl DurableObject for TokenOwner {
    fn new(state: State, env: Env) -> Self {
        let opened = Journal::open(state.storage().sql())
            .map(|journal| {
                Rc::new(Opened {
                    journal,
                    flights: RefCell::default(),
                })
            })
            .map_err(|error| error.to_string());
        Self { state, env, opened }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        match request.path().as_str() {
            PATH_TOKEN => answer(&self.token(&question(&mut request).await?).await?),
            PATH_BEGIN => answer(&self.begin(&question(&mut request).await?).await?),
            PATH_COMPLETE => answer(&self.complete(&question(&mut request).await?).await?),
            PATH_HOLDERS => answer(&self.opened()?.holders()?),
            PATH_FORGET => {
                let holder: String = question(&mut request).await?;
                answer(&self.opened()?.journal.forget(&holder)?)
            }
            PATH_RESEAL => answer(&self.reseal(&question(&mut request).await?).await?),
            PATH_ERASE => answer(&self.erase().await?),
            _ => Response::error("no such message", 404),
        }
    }
}

impl TokenOwner {
    async fn token(&self, ask: &TokenAsk) -> worker::Result<TokenAnswer> {
        let opened = self.opened()?;
        let profile = ask.client.application.profile.profile();
        for _ in 0..ROUNDS {
            let ring = match self.ring().await {
                Ok(ring) => Rc::new(ring),
                Err(failure) => return Ok(TokenAnswer::Sealed(failure.into_words())),
            };
            let landing = match opened.landing(&ask.holder) {
                Some(landing) => landing,
                None => match self.step(opened, &ring, ask, &profile)? {
                    Step::Answer(answer) => return Ok(answer),
                    Step::Wait(landing) => landing,
                },
            };
            // Told or not: what is stored says what has become of it.
            let _ = within(LONGEST_WAIT, landing).await;
        }
        Ok(TokenAnswer::Wait {
            until_ms: now_ms(),
            refused: None,
        })
    }

    /// One step of the state machine, with no `await`.
    fn step(
        &self,
        opened: &Rc<Opened>,
        ring: &Rc<KeyRing>,
        ask: &TokenAsk,
        profile: &Profile,
    ) -> worker::Result<Step> {
        let keys = match opened.keys(ring, &ask.keys)? {
            Ok(keys) => keys,
            Err(failure) => return Ok(Step::sealed(failure)),
        };
        opened.bring_up(&keys)?;
        let Some(mut stored) = opened.stored(ask)? else {
            return Ok(Step::Answer(TokenAnswer::NotConnected));
        };
        let before = stored.credential.clone();
        let now_ms = now_ms();
        let next = stored.credential.next(
            &Ask {
                application: ask.client.application.digest(),
                refused: ask.refused,
                now_ms,
            },
            profile,
        );
        if stored.credential != before {
            opened.journal.save(&stored)?;
        }
        Ok(match next {
            Next::Use(access) => match keys.open_token(&ask.holder, &access.token) {
                Ok(token) => Step::Answer(TokenAnswer::Token {
                    token: Zeroizing::new(token.expose().to_owned()),
                    digest: access.digest,
                    until_ms: access.until_ms.min(now_ms + KEPT_MS),
                }),
                Err(failure) => opened.does_not_open(&ask.holder, failure)?,
            },
            Next::Wait(waiting) => Step::Answer(TokenAnswer::Wait {
                until_ms: waiting.until_ms,
                refused: waiting.refused,
            }),
            Next::Connect(why) => Step::Answer(TokenAnswer::Lost(why)),
            Next::Request(refresh) => {
                let refresh = match refresh.map(|token| keys.open_token(&ask.holder, &token)) {
                    None => None,
                    Some(Ok(token)) => Some(token),
                    Some(Err(failure)) => return opened.does_not_open(&ask.holder, failure),
                };
                if !keys.has_room(&opened.journal)? {
                    return Ok(Step::sealed(KeyFailure::spent()));
                }
                let luggage = Luggage {
                    ring: Rc::clone(ring),
                    material: ask.keys.clone(),
                    keys,
                    number: stored.number,
                };
                Step::Wait(self.send(opened, ask, luggage, refresh))
            }
        })
    }

    /// Sends a token request. It goes on when the call that began it does not.
    fn send(
        &self,
        opened: &Rc<Opened>,
        ask: &TokenAsk,
        luggage: Luggage,
        refresh: Option<Secret>,
    ) -> oneshot::Receiver<()> {
        let flight = opened.take_off(&ask.holder);
        let landing = opened.wait(&ask.holder);
        let client = ask.client.clone();
        self.state.wait_until(async move {
            let profile = client.application.profile.profile();
            let grant = refresh.as_ref().map_or(Grant::ClientCredentials, |token| {
                Grant::Refresh(token.expose())
            });
            let request = TokenRequest::new(&client.application, &client.secret, &grant);
            let came = exchange::send(&request, &profile).await;
            if let Err(error) = flight.land(luggage, came, &profile) {
                worker::console_error!("an answer was not stored: {error}");
            }
        });
        landing
    }

    /// Keeps what the answer will have to fit, and says where the holder is to go.
    async fn begin(&self, begin: &Begin) -> worker::Result<Option<String>> {
        let opened = self.opened()?;
        let ring = self.ring().await.map_err(failed)?;
        let keys = opened.keys(&ring, &begin.keys)?.map_err(failed)?;
        let mut random = Zeroizing::new([0; 32]);
        random::platform(random.as_mut_slice())
            .map_err(|_| worker::Error::RustError("there is no randomness".to_owned()))?;
        let verifier = Verifier::of(&random);
        let Some(url) = authorization_url(
            &begin.application,
            &verifier,
            &begin.state,
            &begin.redirect_uri,
        ) else {
            return Ok(None);
        };
        let text = Secret::new(verifier.expose().to_owned());
        let sealed = keys
            .seal(&opened.journal, &begin.holder, Kind::Verifier, &text)?
            .map_err(failed)?;
        let now_ms = now_ms();
        let pending = Pending {
            state: Digest::of(&begin.state),
            application: begin.application.digest(),
            verifier: sealed,
            redirect_uri: begin.redirect_uri.clone(),
            expires_at_ms: now_ms + PENDING_MS,
        };
        opened
            .journal
            .await_answer(&begin.holder, &pending, now_ms)?;
        Ok(Some(url))
    }

    async fn complete(&self, complete: &Complete) -> worker::Result<Completed> {
        let opened = self.opened()?;
        let ring = match self.ring().await {
            Ok(ring) => ring,
            Err(failure) => return Ok(Completed::Sealed(failure.into_words())),
        };
        let Some(pending) = opened.journal.pending(&complete.holder)? else {
            return Ok(Completed::NotPending(PendingError::Unknown));
        };
        let taken = pending.take(
            Digest::of(&complete.state),
            complete.client.application.digest(),
            now_ms(),
        );
        let pending = match taken {
            Ok(pending) => pending,
            // Somebody else's guess does not take the place away from who is waited for.
            Err(PendingError::Unknown) => {
                return Ok(Completed::NotPending(PendingError::Unknown));
            }
            Err(other) => {
                opened.journal.answered(&complete.holder)?;
                return Ok(Completed::NotPending(other));
            }
        };
        // Once, whatever follows; durable before the code leaves.
        opened.journal.answered(&complete.holder)?;
        let Some(code) = &complete.code else {
            return Ok(Completed::Declined);
        };
        let keys = match opened.keys(&ring, &complete.keys)? {
            Ok(keys) => keys,
            Err(failure) => return Ok(Completed::Sealed(failure.into_words())),
        };
        let verifier = match keys.open_token(&complete.holder, &pending.verifier) {
            Ok(verifier) => verifier,
            Err(failure) => return Ok(Completed::Sealed(failure.into_words())),
        };
        let application = &complete.client.application;
        let profile = application.profile.profile();
        let grant = Grant::Code {
            code,
            verifier: verifier.expose(),
            redirect_uri: &pending.redirect_uri,
        };
        let request = TokenRequest::new(application, &complete.client.secret, &grant);
        match exchange::send(&request, &profile).await {
            Answer::Issued(issued) => opened.connect(&keys, complete, issued, &profile),
            Answer::Refused(refusal) => Ok(Completed::Refused(refusal.to_string())),
            Answer::Busy(_) | Answer::Unknown => Ok(Completed::NoAnswer),
        }
    }

    /// Seals everything under the new data key and forgets the old one.
    async fn reseal(&self, reseal: &Reseal) -> worker::Result<Resealed> {
        let opened = self.opened()?;
        let ring = match self.ring().await {
            Ok(ring) => ring,
            Err(failure) => return Ok(Resealed::Failed(failure.into_words())),
        };
        for keys in [&reseal.old, &reseal.new] {
            if let Err(failure) = opened.keys(&ring, keys)? {
                return Ok(Resealed::Failed(failure.into_words()));
            }
        }
        let keys = match opened.keys(&ring, &reseal.new)? {
            Ok(keys) => keys,
            Err(failure) => return Ok(Resealed::Failed(failure.into_words())),
        };
        opened.reseal(&keys, reseal.old.data_key.version)
    }

    async fn erase(&self) -> worker::Result<()> {
        let opened = self.opened()?;
        opened.journal.clear()?;
        self.state.storage().delete_all().await?;
        // The tables went too; this instance may live on.
        Journal::open(self.state.storage().sql()).map(drop)
    }

    /// Read before each step: what follows it has no `await`.
    async fn ring(&self) -> Result<KeyRing, KeyFailure> {
        key_ring(&self.env).await.map_err(|_| {
            let words = "the connector's key-encryption keys are missing or not valid";
            KeyFailure::Keys(words.to_owned())
        })
    }

    fn opened(&self) -> worker::Result<&Rc<Opened>> {
        self.opened
            .as_ref()
            .map_err(|error| worker::Error::RustError(format!("the owner cannot open: {error}")))
    }
}

/// What a call comes to.
async fn question<Q: DeserializeOwned>(request: &mut Request) -> worker::Result<Q> {
    let text = Zeroizing::new(request.text().await?);
    Ok(serde_json::from_str(&text)?)
}

fn answer(answer: &impl Serialize) -> worker::Result<Response> {
    Response::from_bytes(serde_json::to_vec(answer)?)
}
