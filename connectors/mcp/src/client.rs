//! Requests to one upstream: with a token where one is needed, in a session
//! that is made when there is none and made again when it is lost.

use std::{cell::RefCell, rc::Rc, time::Duration};

use lango_connector_runtime::{Tokens, within};
use lango_mcp_upstream::{Bounds, Negotiation, NegotiationError, Next, Reply, Response, Session};
use serde_json::{Map, Value, value::RawValue};
use worker::Date;

use crate::{
    exchange::{Exchange, Received},
    failure::Failure,
    pool::Shared,
    scrub::Secrets,
    settings::{Authentication, Settings},
    token::{Held, Source},
};

/// What the answers of a negotiation may hold.
const NEGOTIATION_BOUNDS: Bounds = Bounds {
    message: 256 * 1024,
    stream: 512 * 1024,
};

/// A session may be lost, a token may have ended, and both at once.
const ATTEMPTS: usize = 3;
/// How long an upstream may take to hear that nobody waits any more.
const FAREWELL: Duration = Duration::from_secs(1);

/// One upstream, for the time of one call.
pub(crate) struct Client<'a> {
    settings: &'a Settings<'a>,
    /// Where tokens come from, where the upstream takes any.
    source: Option<Source<'a>>,
    known: Shared,
    /// The request that has no answer yet.
    open: RefCell<Option<(Session, u64)>>,
}

/// A request in the words of both eras.
pub(crate) struct Question {
    pub(crate) method: &'static str,
    pub(crate) params: Map<String, Value>,
    /// Header fields of mirrored parameters.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) bounds: Bounds,
}

impl<'a> Client<'a> {
    pub(crate) fn new(settings: &'a Settings<'a>, tokens: &'a Tokens<'a>, known: Shared) -> Self {
        Self {
            settings,
            source: settings.tokens().map(|(application, secret)| Source {
                tokens,
                application,
                secret,
            }),
            known,
            open: RefCell::default(),
        }
    }

    /// What is known of the upstream.
    pub(crate) fn known(&self) -> &Shared {
        &self.known
    }

    /// What the upstream must not send back.
    pub(crate) fn secrets(&self) -> Secrets {
        let token = self.known.borrow().token(now_ms());
        Secrets::of(
            self.settings,
            token.as_ref().map(|token| token.authorization.as_str()),
        )
    }

    /// Asks, and gives the result as it was sent.
    ///
    /// It is asked again only where the upstream has refused by its session or its
    /// token, that is, before doing anything.
    pub(crate) async fn ask(&self, question: &Question) -> Result<Box<RawValue>, Failure> {
        for _ in 1..ATTEMPTS {
            match self.attempt(question).await {
                Ok(attempt) if attempt.refused_before_it_began => {}
                Err(Failure::Negotiation(NegotiationError::Unauthorized(401)))
                    if self.source.is_some() => {}
                other => return other?.result(),
            }
        }
        self.attempt(question).await?.result()
    }

    /// Tells the upstream that nobody waits for the open request any more, after
    /// the call was given up.
    pub(crate) async fn give_up(&self) {
        let Some((session, id)) = self.open.take() else {
            return;
        };
        let Some(outgoing) = session.cancelled(id) else {
            return;
        };
        // The token is there: the request was sent with it.
        let token = self.known.borrow().token(now_ms());
        let credential = self.credential(token.as_deref());
        let exchange = self.exchange(credential, NEGOTIATION_BOUNDS);
        // Whether it hears or not makes no difference here.
        let _ = within(FAREWELL, exchange.post(&outgoing, None, None)).await;
    }

    async fn attempt(&self, question: &Question) -> Result<Attempt, Failure> {
        let token = self.token().await?;
        let credential = self.credential(token.as_deref());
        let session = self.session(credential, token.as_deref()).await?;
        let id = self.known.borrow_mut().next_id();
        let outgoing = session.request(
            id,
            question.method,
            question.params.clone(),
            question.headers.clone(),
        );
        let exchange = self.exchange(credential, question.bounds);
        self.open.replace(Some((session.clone(), id)));
        let received = exchange.post(&outgoing, Some(id), Some(&session)).await;
        self.open.replace(None);
        let received = received?;
        Ok(self.learn(received, &session, token.as_deref()))
    }

    /// What an answer says about session, token and tools.
    fn learn(&self, received: Received, session: &Session, token: Option<&Held>) -> Attempt {
        let mut known = self.known.borrow_mut();
        if received.tools_changed {
            known.forget_tools();
        }
        let is_lost = session.is_lost(received.status);
        if is_lost {
            known.forget_session(session);
        }
        let refused = token.filter(|_| received.status == 401);
        if let Some(token) = refused {
            known.refuse_token(token.digest);
        }
        Attempt {
            status: received.status,
            reply: received.reply,
            refused_before_it_began: is_lost || refused.is_some(),
        }
    }

    async fn token(&self) -> Result<Option<Rc<Held>>, Failure> {
        match &self.source {
            None => Ok(None),
            Some(source) => source.token(&self.known, now_ms()).await.map(Some),
        }
    }

    fn credential<'b>(&'b self, token: Option<&'b Held>) -> Option<(&'b str, &'b str)> {
        match (&self.settings.authentication, token) {
            (Authentication::Header { name, value }, _) => Some((name, value)),
            (Authentication::Tokens { application, .. }, Some(token)) => Some((
                application.profile.profile().header,
                token.authorization.as_str(),
            )),
            _ => None,
        }
    }

    /// The session there is, or a new one.
    async fn session(
        &self,
        credential: Option<(&str, &str)>,
        token: Option<&Held>,
    ) -> Result<Session, Failure> {
        if let Some(session) = self.known.borrow().session() {
            return Ok(session);
        }
        let exchange = self.exchange(credential, NEGOTIATION_BOUNDS);
        let mut step = Negotiation::start();
        loop {
            let received = exchange.post(&step.outgoing(), step.id(), None).await?;
            let response = Response {
                status: received.status,
                session: received.session.as_deref(),
                reply: received.reply.as_ref(),
            };
            match step.answered(&response) {
                Ok(Next::Step(next)) => step = next,
                Ok(Next::Ready(session)) => {
                    self.known.borrow_mut().set_session(session.clone());
                    return Ok(session);
                }
                Err(error) => {
                    // A token that is no longer good must not outlive this.
                    if let (NegotiationError::Unauthorized(401), Some(token)) = (&error, token) {
                        self.known.borrow_mut().refuse_token(token.digest);
                    }
                    return Err(error.into());
                }
            }
        }
    }

    fn exchange<'b>(
        &'b self,
        credential: Option<(&'b str, &'b str)>,
        bounds: Bounds,
    ) -> Exchange<'b> {
        Exchange {
            endpoint: &self.settings.endpoint,
            credential,
            bounds,
        }
    }
}

struct Attempt {
    status: u16,
    reply: Option<Reply>,
    refused_before_it_began: bool,
}

impl Attempt {
    fn result(self) -> Result<Box<RawValue>, Failure> {
        match self.reply {
            Some(Reply::Result(result)) => Ok(result),
            Some(Reply::Error(error)) => Err(Failure::rpc(&error)),
            None if self.status >= 300 => Err(Failure::Status(self.status)),
            None => Err(Failure::NoReply),
        }
    }
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    Date::now().as_millis()
}
