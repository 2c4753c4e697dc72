//! What one credential goes through, from the first token to the last.
//!
//! ```text
//!            next ─▶ Use ──────────────▶ the system is called
//! Connected ─┤
//!            └─▶ Request ─▶ store ─▶ send ─▶ answered ─▶ store ─▶ next
//!                  (intent)            │
//!                                      └─ the grant does not hold ─▶ Lost
//! ```
//!
//! The owner stores what `next` has changed before anything is sent, and what
//! `answered` has changed before anything is handed out. So at every moment what is
//! stored says everything that a successor needs: which refresh token is the newest
//! one received, and whether the server may have spent it meanwhile. A successor
//! that finds such an intent sends the same request again, at once: a server that
//! keeps a refresh token for a while after its use, or until its successor is used,
//! answers it. A strict one refuses; then this credential is lost, and says why.

use serde::{Deserialize, Serialize};

use crate::{Answer, Digest, GrantKind, Profile, Refusal, Tokens};

/// The longest pause between two requests of which none was answered.
pub const LONGEST_PAUSE_MS: i64 = 60_000;
/// The first one. The request after the first failure is made without a pause: it is
/// the one that a server's grace is for.
const FIRST_PAUSE_MS: i64 = 2_000;
/// A server that refuses the client is not asked again before this: an administrator
/// has to act.
const REFUSED_PAUSE_MS: i64 = 30_000;

/// One credential, as its owner stores it. `T` is a token as it is kept: sealed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Credential<T> {
    application: Digest,
    grant: GrantKind,
    standing: Standing,
    refresh: Option<T>,
    access: Option<Access<T>>,
    /// A request that has no answer yet, or never will have.
    intent: Option<Intent>,
    /// When tokens were asked for, as far back as the window goes.
    asked_ms: Vec<i64>,
    /// Requests without an answer since the last one with one.
    failures: u32,
    not_before_ms: i64,
    /// What the server said last, when it said no.
    refused: Option<String>,
}

/// An access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access<T> {
    /// The token.
    pub token: T,
    /// What it is recognised by when the system does not take it.
    pub digest: Digest,
    /// Until when it is handed out.
    pub until_ms: i64,
    /// When it ends.
    pub expires_at_ms: i64,
}

/// Whether a credential can be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "standing")]
pub enum Standing {
    /// It holds.
    Connected(Connected),
    /// Whoever it acts for has to connect again.
    Lost {
        /// Since when.
        at_ms: i64,
        /// Why.
        why: Lost,
    },
}

/// Since when a credential holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connected {
    /// When it was allowed.
    pub at_ms: i64,
    /// When a token was issued last.
    pub renewed_ms: i64,
}

/// Why a credential does not hold any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lost {
    /// The server does not take the grant: it has ended, or somebody has ended it.
    Refused,
    /// The server had spent the refresh token, and its answer never arrived.
    AnswerLost,
    /// The connection leads to another client or server now.
    Changed,
    /// The server gave no refresh token, and the access token has ended.
    NoRefresh,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Intent {
    at_ms: i64,
    /// Whether an earlier request with the same refresh token may have been answered.
    is_repeated: bool,
}

/// What a call wants.
#[derive(Debug, Clone, Copy)]
pub struct Ask {
    /// Of which application.
    pub application: Digest,
    /// The access token that the system did not take.
    pub refused: Option<Digest>,
    /// Now.
    pub now_ms: i64,
}

/// What is to happen for a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next<T> {
    /// This token is good.
    Use(Access<T>),
    /// A token is to be asked for: with this refresh token, or as the client itself.
    /// First the credential is to be stored.
    Request(Option<T>),
    /// Not now.
    Wait(Waiting),
    /// Not before the holder has connected again.
    Connect(Lost),
}

/// Why no token is asked for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// When it can be.
    pub until_ms: i64,
    /// What the server said, if it said no; otherwise it did not answer, or enough
    /// tokens have been asked for.
    pub refused: Option<String>,
}

impl<T: Clone> Credential<T> {
    /// A client of its own: nothing has been asked for yet.
    #[must_use]
    pub fn of_client(application: Digest, now_ms: i64) -> Self {
        Self {
            application,
            grant: GrantKind::ClientCredentials,
            standing: Standing::Connected(Connected {
                at_ms: now_ms,
                renewed_ms: now_ms,
            }),
            refresh: None,
            access: None,
            intent: None,
            asked_ms: Vec::new(),
            failures: 0,
            not_before_ms: 0,
            refused: None,
        }
    }

    /// A person has connected: the first tokens are there.
    #[must_use]
    pub fn connected(
        application: Digest,
        tokens: Tokens<T>,
        digest: Digest,
        profile: &Profile,
        now_ms: i64,
    ) -> Self {
        let mut credential = Self {
            grant: GrantKind::AuthorizationCode,
            asked_ms: vec![now_ms],
            ..Self::of_client(application, now_ms)
        };
        credential.take(tokens, digest, profile, now_ms);
        credential
    }

    /// Whether it holds.
    #[must_use]
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// What to do for a call. On [`Next::Request`] the credential has changed and is to
    /// be stored before anything is sent; the owner sees to it that one request at a
    /// time is on its way. An intent that is found here is thus nobody's: whoever sent
    /// it has crashed.
    pub fn next(&mut self, ask: &Ask, profile: &Profile) -> Next<T> {
        if self.application != ask.application {
            self.change(ask);
        }
        if let Standing::Lost { why, .. } = self.standing {
            return Next::Connect(why);
        }
        let usable = self
            .access
            .clone()
            .filter(|access| ask.refused != Some(access.digest));
        if let Some(access) = &usable
            && ask.now_ms < access.until_ms
        {
            return Next::Use(access.clone());
        }
        if self.grant == GrantKind::AuthorizationCode && self.refresh.is_none() {
            return match usable.filter(|access| ask.now_ms < access.expires_at_ms) {
                Some(access) => Next::Use(access),
                None => self.lose(Lost::NoRefresh, ask.now_ms),
            };
        }
        match self.earliest(profile, ask.now_ms) {
            Some(until_ms) => match usable.filter(|access| ask.now_ms < access.expires_at_ms) {
                // Its last seconds are better than none.
                Some(access) => Next::Use(access),
                None => Next::Wait(Waiting {
                    until_ms,
                    refused: self.refused.clone(),
                }),
            },
            None => self.request(ask),
        }
    }

    /// What a request has come to. The credential has changed and is to be stored
    /// before anything is handed out. `digest` is that of the access token.
    pub fn answered(
        &mut self,
        answer: Answer<T>,
        digest: Option<Digest>,
        profile: &Profile,
        now_ms: i64,
    ) {
        let was_repeated = self.intent.as_ref().is_some_and(|it| it.is_repeated);
        match answer {
            Answer::Issued(tokens) => {
                let digest = digest.unwrap_or(self.application);
                self.take(tokens, digest, profile, now_ms);
            }
            Answer::Refused(Refusal::Grant) if self.grant == GrantKind::AuthorizationCode => {
                let why = if was_repeated {
                    Lost::AnswerLost
                } else {
                    Lost::Refused
                };
                self.lose(why, now_ms);
            }
            Answer::Refused(refusal) => {
                // The refresh token was not looked at; an earlier request's fate is as
                // unknown as before.
                self.settle(was_repeated);
                self.refused = Some(refusal.to_string());
                self.not_before_ms = now_ms + REFUSED_PAUSE_MS;
            }
            Answer::Busy(seconds) => {
                self.settle(was_repeated);
                self.not_before_ms = now_ms + i64::from(seconds) * 1_000;
            }
            // The intent stays: the server may have acted.
            Answer::Unknown => {
                self.failures = self.failures.saturating_add(1);
                self.not_before_ms = now_ms + pause_ms(self.failures);
            }
        }
    }

    /// Every token in another form: sealed anew.
    ///
    /// # Errors
    /// What `change` says; the credential is as it was.
    pub fn reseal<E>(&mut self, mut change: impl FnMut(&T) -> Result<T, E>) -> Result<(), E> {
        let refresh = self.refresh.as_ref().map(&mut change).transpose()?;
        let access = self
            .access
            .as_ref()
            .map(|access| change(&access.token))
            .transpose()?;
        self.refresh = refresh;
        if let (Some(access), Some(token)) = (&mut self.access, access) {
            access.token = token;
        }
        Ok(())
    }

    /// The tokens that are kept.
    pub fn tokens(&self) -> impl Iterator<Item = &T> {
        self.refresh
            .iter()
            .chain(self.access.iter().map(|access| &access.token))
    }

    /// The connection leads elsewhere now. A client of its own starts afresh; what a
    /// person has allowed, they have allowed the other one.
    fn change(&mut self, ask: &Ask) {
        match self.grant {
            GrantKind::ClientCredentials => {
                *self = Self::of_client(ask.application, ask.now_ms);
            }
            GrantKind::AuthorizationCode => {
                if !matches!(self.standing, Standing::Lost { .. }) {
                    self.lose(Lost::Changed, ask.now_ms);
                }
            }
        }
    }

    fn request(&mut self, ask: &Ask) -> Next<T> {
        // Whoever sent the earlier one may have got an answer and died with it.
        let is_repeated = self.intent.is_some();
        if self.access.as_ref().map(|access| access.digest) == ask.refused {
            self.access = None;
        }
        self.intent = Some(Intent {
            at_ms: ask.now_ms,
            is_repeated,
        });
        self.asked_ms.push(ask.now_ms);
        Next::Request(self.refresh.clone())
    }

    fn take(&mut self, tokens: Tokens<T>, digest: Digest, profile: &Profile, now_ms: i64) {
        let lifetime_ms = i64::from(tokens.lifetime_s.unwrap_or(profile.lifetime_s)) * 1_000;
        self.access = Some(Access {
            token: tokens.access,
            digest,
            until_ms: now_ms + lifetime_ms - profile.margin_ms(lifetime_ms),
            expires_at_ms: now_ms + lifetime_ms,
        });
        // A server that gives no new one goes on with the old one (RFC 6749 §6).
        if let Some(refresh) = tokens.refresh {
            self.refresh = Some(refresh);
        }
        self.settle(false);
        self.refused = None;
        self.failures = 0;
        self.not_before_ms = 0;
        if let Standing::Connected(connected) = &mut self.standing {
            connected.renewed_ms = now_ms;
        }
    }

    /// The request is over, and has changed nothing at the server.
    fn settle(&mut self, earlier_is_open: bool) {
        self.intent = self.intent.take().filter(|_| earlier_is_open);
    }

    fn lose(&mut self, why: Lost, now_ms: i64) -> Next<T> {
        self.standing = Standing::Lost { at_ms: now_ms, why };
        self.refresh = None;
        self.access = None;
        self.intent = None;
        Next::Connect(why)
    }

    /// When a token can be asked for, if not now.
    fn earliest(&mut self, profile: &Profile, now_ms: i64) -> Option<i64> {
        let window_ms = i64::from(profile.window.seconds) * 1_000;
        // A clock that was set back must not shut the window for longer than it is.
        self.asked_ms
            .retain(|at_ms| (now_ms - window_ms..=now_ms).contains(at_ms));
        let requests = usize::try_from(profile.window.requests).unwrap_or(usize::MAX);
        let free_ms = self
            .asked_ms
            .len()
            .checked_sub(requests)
            .and_then(|index| self.asked_ms.get(index))
            .map_or(0, |oldest| oldest + window_ms + 1);
        let longest = now_ms + i64::from(u32::MAX);
        let earliest = free_ms.max(self.not_before_ms.min(longest));
        (earliest > now_ms).then_some(earliest)
    }
}

fn pause_ms(failures: u32) -> i64 {
    match failures {
        0 | 1 => 0,
        more => FIRST_PAUSE_MS
            .saturating_mul(1 << (more - 2).min(10))
            .min(LONGEST_PAUSE_MS),
    }
}

#[cfg(test)]
#[path = "credential_tests.rs"]
mod tests;
