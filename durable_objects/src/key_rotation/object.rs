//! The `KeyRotation` object: moves what one tenant has sealed to newer keys, step by
//! step, while calls go on.
//!
//! **Atomicity.** The store says what is to be done: a data key that is not wrapped as a
//! new one would be, a connection that is sealed under a data key which no longer seals,
//! a data key that nothing refers to. Each is moved by itself, by a statement that
//! changes the very row that was read, so a step may be broken off anywhere and done
//! again, and credentials that somebody sets meanwhile stay. Both the old row and the
//! new one open at every moment. The pass is a row before its first step, the alarm is
//! set before a step begins, and the row goes when a whole round found nothing.
//!
//! **Tables.** `pass(only, since_ms, behind, asked, waited, problem)`: see [`super::pass`].
//!
//! **Messages.** `POST /start`: `()` → `()`. `POST /state`: `()` → `RotationState`.
//! `POST /erase`: `()` → `()`, when the tenant is erased. The alarm does a step.

use lango_identity::TenantScope;
use worker::{
    Date, DurableObject, Env, Request, Response, ScheduledTime, State, console_error,
    durable_object,
};

use super::{
    client::{PATH_ERASE, PATH_START, PATH_STATE},
    pass::{Pass, Under},
    steps::{Round, Steps},
};
use crate::exchange::answer;

/// How long to wait after something went wrong before it is tried again: twice as long
/// each time, up to ten minutes.
const RETRY_AFTER_MS: i64 = 5_000;
const LONGEST_WAIT_MS: i64 = 600_000;

/// See the module's documentation.
#[durable_object(alarm)]
pub struct KeyRotation {
    state: State,
    env: Env,
    opened: Result<Opened, String>,
}

struct Opened {
    scope: TenantScope,
    pass: Pass,
}

impl DurableObject for KeyRotation {
    fn new(state: State, env: Env) -> Self {
        let opened = Opened::new(&state).map_err(|error| error.to_string());
        Self { state, env, opened }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        match request.path().as_str() {
            PATH_START => answer(&self.start().await?),
            PATH_STATE => answer(&self.opened()?.pass.state()?),
            PATH_ERASE => answer(&self.erase().await?),
            _ => Response::error("no such message", 404),
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        if let Some(under) = self.opened()?.pass.under_way()? {
            // Before anything can fail: what fails is tried again.
            self.wake_in(under.wait_ms()).await?;
            self.go_on(under).await?;
        }
        Response::empty()
    }
}

impl KeyRotation {
    async fn start(&self) -> worker::Result<()> {
        self.opened()?.pass.ask(now_ms())?;
        self.wake_in(0).await
    }

    async fn erase(&self) -> worker::Result<()> {
        let storage = self.state.storage();
        storage.delete_alarm().await?;
        storage.delete_all().await?;
        // The table went too; this instance may live on.
        Pass::open(storage.sql()).map(drop)
    }

    async fn go_on(&self, under: Under) -> worker::Result<()> {
        let opened = self.opened()?;
        let steps = Steps {
            env: &self.env,
            scope: &opened.scope,
        };
        let wait_ms = under.wait_ms();
        // A new round forgets what went wrong in the one before.
        let earlier = under.problem.clone().filter(|_| !under.behind.is_empty());
        match steps.take(&under.behind).await {
            Ok(Round::GoesOn { behind, problem }) => {
                let problem = problem.or(earlier);
                opened.pass.set(&behind, problem.as_deref())?;
                self.wake_in(0).await
            }
            Ok(Round::Left { problem }) => {
                // Something could not be moved now, or came in while the round went.
                let problem = problem.or(earlier);
                opened.pass.wait("", problem.as_deref())?;
                self.wake_in(wait_ms).await
            }
            Ok(Round::Nothing) if opened.pass.end(&under)? => {
                self.state.storage().delete_alarm().await
            }
            Ok(Round::Nothing) => self.wake_in(0).await,
            Err(problem) => {
                console_error!("a key rotation waits: {problem}");
                opened.pass.wait(&under.behind, Some(&problem))
            }
        }
    }

    async fn wake_in(&self, delay_ms: i64) -> worker::Result<()> {
        let delay = std::time::Duration::from_millis(delay_ms.unsigned_abs());
        self.state
            .storage()
            .set_alarm(ScheduledTime::from(delay))
            .await
    }

    fn opened(&self) -> worker::Result<&Opened> {
        self.opened
            .as_ref()
            .map_err(|error| worker::Error::RustError(format!("the object cannot open: {error}")))
    }
}

impl Under {
    fn wait_ms(&self) -> i64 {
        let doubled = RETRY_AFTER_MS.checked_shl(self.waited.min(10));
        doubled.unwrap_or(LONGEST_WAIT_MS).min(LONGEST_WAIT_MS)
    }
}

impl Opened {
    fn new(state: &State) -> worker::Result<Self> {
        let name = state.id().name().unwrap_or_default();
        let scope = TenantScope::of_running_object(&name)
            .map_err(|error| worker::Error::RustError(error.to_string()))?;
        Ok(Self {
            scope,
            pass: Pass::open(state.storage().sql())?,
        })
    }
}

fn now_ms() -> i64 {
    i64::try_from(Date::now().as_millis()).unwrap_or(i64::MAX)
}
