//! Cosigning by a witness, where one is configured (C2SP tlog-witness): it is sent the
//! newest checkpoint with the proof that it has grown from the one before, and signs what
//! it has never seen contradicted. Its signature stands beside the checkpoint and is given
//! out with it. A witness that is away, or refuses, holds nothing up: what is the matter
//! stands beside the checkpoint too, until it has signed a newer one.

use std::time::Duration;

use futures_util::future::{Either, select};
use lango_audit_log::witness::{WitnessKey, add_checkpoint, known_size};
use worker::{
    AbortController, Date, Delay, Env, Method, Request, RequestInit, RequestRedirect,
    console_error, wasm_bindgen::JsValue,
};

use super::{client::WitnessState, log::Log, rows::first};
use crate::{development, sql::integer};

/// Where the witness takes checkpoints, and its verifier key.
const URL: &str = "LANGO_WITNESS_URL";
const KEY: &str = "LANGO_WITNESS_KEY";
/// How many seconds a checkpoint waits for the witness at most, unless that is away.
const EVERY: &str = "LANGO_WITNESS_SECONDS";
const EVERY_SECONDS: u64 = 60;
const LIMIT: Duration = Duration::from_secs(10);
const LONGEST_ANSWER: usize = 16 * 1024;
/// Once with the size that it was sent last, once with the one that it says it knows.
const TRIES: usize = 2;

/// A witness.
struct Witness {
    url: String,
    key: WitnessKey,
}

impl Log {
    /// How often the witness is asked at most; `None` where there is none.
    pub(super) fn witnessed_every_ms(&self) -> Option<u64> {
        self.env.var(URL).ok()?;
        let seconds = self.env.var(EVERY).ok();
        let seconds = seconds.and_then(|seconds| seconds.to_string().parse().ok());
        Some(seconds.unwrap_or(EVERY_SECONDS).max(1) * 1_000)
    }

    /// Has the newest checkpoint signed, unless it is. Says whether to try again.
    pub(super) async fn be_witnessed(&self) -> worker::Result<bool> {
        if self.witnessed_every_ms().is_none() {
            return Ok(false);
        }
        let problem = self.ask_witness().await.err();
        if let Some(problem) = &problem {
            console_error!("the log of {} is not witnessed: {problem}", self.name);
        }
        self.set_problem(problem.as_deref())?;
        Ok(problem.is_some())
    }

    /// How it stands with the witness; `None` where there is none.
    pub(super) fn witness(&self) -> worker::Result<Option<WitnessState>> {
        if self.witnessed_every_ms().is_none() {
            return Ok(None);
        }
        let query = "SELECT since_ms, problem FROM witness_problem WHERE only = 1";
        let (since_ms, problem) = match first(&self.sql, query, vec![])? {
            Some(mut row) => (Some(row.signed()?), row.text()?),
            None => (None, None),
        };
        Ok(Some(WitnessState {
            name: Witness::of(&self.env)
                .ok()
                .map(|it| it.key.name().to_owned()),
            size: self.cosigned()?.map(|(size, _)| size),
            problem,
            since_ms,
        }))
    }

    /// The line with which a witness has signed the checkpoint of a size.
    pub(super) fn cosignature(&self, size: u64) -> worker::Result<String> {
        let cosigned = self.cosigned()?.filter(|(at, _)| *at == size);
        Ok(cosigned.map(|(_, line)| line).unwrap_or_default())
    }

    async fn ask_witness(&self) -> Result<(), String> {
        let witness = Witness::of(&self.env)?;
        let (mut known, _) = self.cosigned().map_err(own)?.unwrap_or_default();
        let Some(newest) = self.checkpoint(None).map_err(own)? else {
            return Ok(());
        };
        if known >= newest.size {
            return Ok(());
        }
        for _ in 0..TRIES {
            let proof = self.consistency(known, newest.size).map_err(own)?;
            let body = add_checkpoint(known, &proof, &newest.note).map_err(text)?;
            let (status, answer) = witness.ask(&self.env, &body).await?;
            match status {
                200 => {
                    let cosignature = witness.key.read(&answer, &newest.note).map_err(text)?;
                    return self
                        .set_cosigned(newest.size, &cosignature.line)
                        .map_err(own);
                }
                409 => known = known_size(&answer).ok_or("the witness answers 409 and no size")?,
                422 => break,
                _ => return Err(format!("the witness answers {status}")),
            }
            if known > newest.size {
                return Err(format!(
                    "the witness has seen {known} entries: some are missing"
                ));
            }
        }
        Err("the witness has seen another history".to_owned())
    }

    fn cosigned(&self) -> worker::Result<Option<(u64, String)>> {
        let query = "SELECT size, line FROM cosignature WHERE only = 1";
        let row = first(&self.sql, query, vec![])?;
        row.map(|mut row| Ok((row.number()?, row.text()?.unwrap_or_default())))
            .transpose()
    }

    fn set_cosigned(&self, size: u64, line: &str) -> worker::Result<()> {
        self.write(
            "INSERT OR REPLACE INTO cosignature (only, size, line) VALUES (1, ?1, ?2)",
            vec![integer(size)?, line.into()],
        )?;
        Ok(())
    }

    /// Writes only what is new: a witness that is away for a day is one row.
    fn set_problem(&self, problem: Option<&str>) -> worker::Result<()> {
        let Some(problem) = problem else {
            self.write("DELETE FROM witness_problem", vec![])?;
            return Ok(());
        };
        self.write(
            "INSERT INTO witness_problem (only, since_ms, problem) VALUES (1, ?1, ?2) \
             ON CONFLICT (only) DO UPDATE SET problem = excluded.problem \
             WHERE problem <> excluded.problem",
            vec![integer(Date::now().as_millis())?, problem.into()],
        )?;
        Ok(())
    }
}

impl Witness {
    fn of(env: &Env) -> Result<Self, String> {
        let (Ok(url), Ok(key)) = (env.var(URL), env.var(KEY)) else {
            return Err(format!("{URL} and {KEY} belong together"));
        };
        let url = url.to_string();
        if !url.starts_with("https://") {
            return Err(format!("{URL} must begin with https://"));
        }
        Ok(Self {
            url: format!("{}/add-checkpoint", url.trim_end_matches('/')),
            key: WitnessKey::parse(&key.to_string()).map_err(|error| format!("{KEY}: {error}"))?,
        })
    }

    async fn ask(&self, env: &Env, body: &str) -> Result<(u16, String), String> {
        let mut init = RequestInit::new();
        init.with_method(Method::Post)
            .with_redirect(RequestRedirect::Manual)
            .with_body(Some(JsValue::from_str(body)));
        let request = Request::new_with_init(&self.url, &init).map_err(own)?;
        let controller = AbortController::default();
        let signal = controller.signal();
        let answer = async {
            let mut response = development::fetch(env, &self.url, request, &signal).await?;
            let status = response.status_code();
            let mut text = response.text().await?;
            if text.len() > LONGEST_ANSWER {
                text.clear();
            }
            worker::Result::Ok((status, text))
        };
        match select(Box::pin(answer), Delay::from(LIMIT)).await {
            // What a network says may name what is inside it: it is not kept.
            Either::Left((answer, _)) => {
                answer.map_err(|_: worker::Error| "the witness was not reached".to_owned())
            }
            Either::Right(_) => {
                controller.abort();
                Err("the witness did not answer in time".to_owned())
            }
        }
    }
}

fn text(error: impl core::fmt::Display) -> String {
    error.to_string()
}

/// What is the matter is this object's, and not for everybody who looks at a checkpoint.
fn own(error: worker::Error) -> String {
    console_error!("a witness could not be asked: {error}");
    "the log could not ask".to_owned()
}
