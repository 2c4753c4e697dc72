//! What is known of an upstream, kept in the isolate from call to call.
//!
//! Plain values only: whatever does I/O belongs to the request that began it.
//! Two calls may find out the same thing at once; the later one's word stays,
//! and both are good.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use lango_connector_kit::Credentials;
use lango_delegation::Digest;
use lango_mcp_upstream::{Definition, Session};
use sha2::{Digest as _, Sha256};

use crate::token::Held;

/// More upstreams than this at once are not worth the isolate's memory: the one
/// that was not used for longest is found out about again.
const CAPACITY: usize = 256;
/// How old a list of tools may be when a call is held to it: how long a change
/// of a definition can go unnoticed.
pub(crate) const LIST_AGE_MS: u64 = 60_000;
/// From this age on one call at a time asks for the list again, so that they do
/// not all wait for it at once when it is too old.
const RENEW_AFTER_MS: u64 = 45_000;

/// Names a connection with the credentials that it has now, and whom it acts as.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key([u8; 32]);

/// What is known of one upstream.
#[derive(Default)]
pub(crate) struct Known {
    session: Option<Session>,
    last_id: u64,
    tools: Option<Tools>,
    token: Option<Rc<Held>>,
    /// The newest token that the server did not take.
    refused: Option<Digest>,
    /// When it was asked for last, to find the one to forget.
    used: u64,
}

struct Tools {
    at_ms: u64,
    /// Whether a call is asking for the next one.
    is_renewed: bool,
    by_name: BTreeMap<String, Rc<Definition>>,
}

pub(crate) type Shared = Rc<RefCell<Known>>;

thread_local! {
    static POOL: RefCell<BTreeMap<Key, Shared>> = const { RefCell::new(BTreeMap::new()) };
}

/// What is known of that upstream.
pub(crate) fn of(key: Key) -> Shared {
    POOL.with_borrow_mut(|pool| {
        let clock = pool
            .values()
            .map(|known| known.borrow().used)
            .max()
            .unwrap_or_default();
        if !pool.contains_key(&key) && pool.len() >= CAPACITY {
            let oldest = pool
                .iter()
                .min_by_key(|(_, known)| known.borrow().used)
                .map(|(key, _)| key.clone());
            if let Some(oldest) = oldest {
                pool.remove(&oldest);
            }
        }
        let known = pool.entry(key).or_default();
        known.borrow_mut().used = clock.wrapping_add(1);
        Rc::clone(known)
    })
}

impl Key {
    /// Each part goes in with its length, so that no two sets of parts make one
    /// text.
    ///
    /// `holder` is whoever the upstream is called as, where that is not the connection.
    pub(crate) fn new(
        tenant: &str,
        connection: &str,
        holder: &str,
        credentials: &Credentials,
    ) -> Self {
        let mut digest = Sha256::new();
        let mut add = |part: &str| {
            digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            digest.update(part);
        };
        add(tenant);
        add(connection);
        add(holder);
        for (field, secret) in credentials {
            add(field);
            add(secret.expose());
        }
        Self(digest.finalize().into())
    }
}

impl Known {
    pub(crate) fn session(&self) -> Option<Session> {
        self.session.clone()
    }

    pub(crate) fn set_session(&mut self, session: Session) {
        self.session = Some(session);
    }

    /// Forgets a session that the server has forgotten, unless another call has
    /// made a new one meanwhile.
    pub(crate) fn forget_session(&mut self, lost: &Session) {
        if self.session.as_ref() == Some(lost) {
            self.session = None;
        }
    }

    /// An identifier that no request in a session of this isolate has had.
    pub(crate) fn next_id(&mut self) -> u64 {
        self.last_id = self.last_id.wrapping_add(1);
        self.last_id
    }

    /// The definition of a tool; `None` when the list is too old to say, and
    /// `Some(None)` when the upstream has no such tool.
    #[allow(clippy::option_option)]
    pub(crate) fn tool(&self, name: &str, now_ms: u64) -> Option<Option<Rc<Definition>>> {
        let tools = self.tools.as_ref()?;
        let age = now_ms.saturating_sub(tools.at_ms);
        (age < LIST_AGE_MS).then(|| tools.by_name.get(name).cloned())
    }

    pub(crate) fn set_tools(&mut self, tools: &[Definition], now_ms: u64) {
        let by_name = tools
            .iter()
            .map(|tool| (tool.name().to_owned(), Rc::new(tool.clone())))
            .collect();
        self.tools = Some(Tools {
            at_ms: now_ms,
            is_renewed: false,
            by_name,
        });
    }

    /// Whether the caller is the one to ask for the list again ahead of its end.
    pub(crate) fn is_to_renew(&mut self, now_ms: u64) -> bool {
        let Some(tools) = &mut self.tools else {
            return false;
        };
        let is_old = now_ms.saturating_sub(tools.at_ms) >= RENEW_AFTER_MS;
        is_old && !std::mem::replace(&mut tools.is_renewed, is_old)
    }

    /// The upstream has said that its tools are different now.
    pub(crate) fn forget_tools(&mut self) {
        self.tools = None;
    }

    pub(crate) fn token(&self, now_ms: u64) -> Option<Rc<Held>> {
        self.token.clone().filter(|token| now_ms < token.until_ms)
    }

    pub(crate) fn set_token(&mut self, token: Rc<Held>) {
        self.refused = None;
        self.token = Some(token);
    }

    /// The server did not take it. Another call may have a newer one meanwhile, which
    /// stays.
    pub(crate) fn refuse_token(&mut self, refused: Digest) {
        if self
            .token
            .as_ref()
            .is_none_or(|token| token.digest == refused)
        {
            self.token = None;
            self.refused = Some(refused);
        }
    }

    pub(crate) fn refused(&self) -> Option<Digest> {
        self.refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lango_vault::Secret;

    fn credentials(pairs: &[(&str, &str)]) -> Credentials {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Secret::new((*value).to_owned())))
            .collect()
    }

    #[test]
    fn a_connection_is_known_by_tenant_name_and_credentials() {
        let one = credentials(&[("url", "u"), ("header_value", "v")]);
        let other = credentials(&[("url", "u"), ("header_value", "w")]);
        let key = Key::new("t", "c", "h", &one);
        assert!(key == Key::new("t", "c", "h", &one));
        for different in [
            Key::new("u", "c", "h", &one),
            Key::new("t", "d", "h", &one),
            Key::new("t", "c", "i", &one),
            Key::new("t", "c", "h", &other),
            Key::new("tc", "", "h", &one),
        ] {
            assert!(key != different);
        }
    }

    #[test]
    fn a_list_and_a_token_grow_old() {
        let mut known = Known::default();
        assert!(known.tool("echo", 0).is_none());
        let echo = Definition::parse(r#"{"name":"echo","inputSchema":{"type":"object"}}"#).unwrap();
        known.set_tools(std::slice::from_ref(&echo), 1_000);
        assert!(
            known
                .tool("echo", 1_000 + LIST_AGE_MS - 1)
                .unwrap()
                .is_some()
        );
        assert!(known.tool("other", 1_000).unwrap().is_none());
        assert!(known.tool("echo", 1_000 + LIST_AGE_MS).is_none());
        assert!(!known.is_to_renew(1_000));
        assert!(known.is_to_renew(1_000 + RENEW_AFTER_MS), "one call does");
        assert!(!known.is_to_renew(1_000 + RENEW_AFTER_MS), "and no other");
        known.forget_tools();
        assert!(known.tool("echo", 1_000).is_none());

        let held = |name: &str| {
            Rc::new(Held {
                authorization: zeroize::Zeroizing::new(format!("Bearer {name}")),
                digest: Digest::of(name),
                until_ms: 30_000,
            })
        };
        known.set_token(held("a"));
        assert!(known.token(29_999).is_some());
        assert!(known.token(30_000).is_none());
        known.set_token(held("b"));
        known.refuse_token(Digest::of("a"));
        assert!(known.token(0).is_some(), "a newer one stays");
        known.refuse_token(Digest::of("b"));
        assert!(known.token(0).is_none() && known.refused() == Some(Digest::of("b")));
        known.set_token(held("c"));
        assert!(known.refused().is_none());
    }

    #[test]
    fn the_pool_is_bounded() {
        for number in 0..CAPACITY + 10 {
            let key = Key::new("t", &number.to_string(), "", &Credentials::new());
            of(key).borrow_mut().next_id();
        }
        POOL.with_borrow(|pool| assert_eq!(pool.len(), CAPACITY));
        let last = Key::new("t", &(CAPACITY + 9).to_string(), "", &Credentials::new());
        assert_eq!(of(last).borrow_mut().next_id(), 2);
    }

    #[test]
    fn a_new_session_is_not_forgotten_for_an_old_one() {
        use lango_mcp_upstream::{Negotiation, Next, Reply, Response};
        let session = || {
            let result = r#"{"supportedVersions":["2026-07-28"]}"#.to_owned();
            let reply = Reply::Result(serde_json::value::RawValue::from_string(result).unwrap());
            let response = Response {
                status: 200,
                session: None,
                reply: Some(&reply),
            };
            match Negotiation::start().answered(&response).unwrap() {
                Next::Ready(session) => session,
                Next::Step(step) => panic!("{step:?}"),
            }
        };
        let mut known = Known::default();
        known.set_session(session());
        known.forget_session(&session());
        assert!(known.session().is_none());
    }
}
