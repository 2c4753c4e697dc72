//! The `Announcements` object: the open streams of one tenant's assistants.
//!
//! **Atomicity.** Who listens is in memory alone: a stream does not survive the
//! object, and clients open it again. What a session watches is one row for each
//! resource, written before the request is answered.
//!
//! **Tables.** `watched(session, uri, expires_at_ms)`.
//!
//! **Messages.** `POST /listen`: `Listener` → event stream. `POST /announce`:
//! `[Changed]` → `()`. `POST /watch`: `Watch` → `bool`. `POST /close`: the key's
//! identifier → `()`. `POST /erase`: `()` → `()`. The alarm ends streams whose time has come.

use std::cell::RefCell;

use lango_connector_kit::Changed;
use lango_mcp_state::{Listener, MAXIMUM_SUBSCRIPTIONS, Manner, SseEvent};
use serde::Deserialize;
use worker::{
    Date, DurableObject, Env, Request, Response, ScheduledTime, SqlStorage, SqlStorageValue, State,
    durable_object,
};

use super::client::{PATH_ANNOUNCE, PATH_CLOSE, PATH_ERASE, PATH_LISTEN, PATH_WATCH, Watch};
use crate::{
    exchange::{answer, question},
    sql::integer,
    sse::SseWriter,
};

/// A key has no more open streams than this: the oldest makes way.
const MAXIMUM_STREAMS_OF_A_KEY: usize = 16;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS watched (
      session       TEXT NOT NULL,
      uri           TEXT NOT NULL,
      expires_at_ms INTEGER NOT NULL,
      PRIMARY KEY (session, uri)
    ) STRICT, WITHOUT ROWID;
";

/// See the module's documentation.
#[durable_object(alarm)]
pub struct Announcements {
    state: State,
    sql: SqlStorage,
    created: Result<(), String>,
    open: RefCell<Vec<(Listener, SseWriter)>>,
}

#[derive(Deserialize)]
struct Uri {
    uri: String,
}

impl DurableObject for Announcements {
    fn new(state: State, _env: Env) -> Self {
        let sql = state.storage().sql();
        let created = sql
            .exec(SCHEMA, None)
            .map(drop)
            .map_err(|error| error.to_string());
        Self {
            state,
            sql,
            created,
            open: RefCell::default(),
        }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        self.created.clone().map_err(worker::Error::RustError)?;
        match request.path().as_str() {
            PATH_LISTEN => self.listen(question(&mut request).await?).await,
            PATH_ANNOUNCE => {
                let changes: Vec<Changed> = question(&mut request).await?;
                answer(&self.announce(&changes))
            }
            PATH_WATCH => answer(&self.watch(&question(&mut request).await?)?),
            PATH_CLOSE => {
                let key_id: String = question(&mut request).await?;
                answer(&self.open.borrow_mut().retain(|(it, _)| it.key_id != key_id))
            }
            PATH_ERASE => answer(&self.erase().await?),
            _ => Response::error("no such message", 404),
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        let now = now_ms();
        self.open
            .borrow_mut()
            .retain(|(listener, writer)| listener.ends_at_ms > now && !writer.is_closed());
        self.wake_for_the_next_end().await?;
        Response::empty()
    }
}

impl Announcements {
    async fn listen(&self, mut listener: Listener) -> worker::Result<Response> {
        if let Manner::Session(session) = &listener.manner {
            listener.uris = self.watched(session)?;
        }
        let (writer, response) = SseWriter::open()?;
        // The first bytes tell the client that the stream stands.
        match listener.acknowledgement() {
            Some(message) => writer.write(event(&message)),
            None => writer.write(": listening\n\n".to_owned()),
        };
        self.make_way(&listener.key_id);
        self.open.borrow_mut().push((listener, writer));
        self.wake_for_the_next_end().await?;
        Ok(response)
    }

    async fn erase(&self) -> worker::Result<()> {
        self.open.borrow_mut().clear();
        let storage = self.state.storage();
        storage.delete_alarm().await?;
        storage.delete_all().await?;
        self.sql.exec(SCHEMA, None).map(drop)
    }

    fn make_way(&self, key_id: &str) {
        let mut open = self.open.borrow_mut();
        open.retain(|(_, writer)| !writer.is_closed());
        let of_key = |(listener, _): &(Listener, SseWriter)| listener.key_id == key_id;
        if open.iter().filter(|it| of_key(it)).count() >= MAXIMUM_STREAMS_OF_A_KEY
            && let Some(oldest) = open.iter().position(of_key)
        {
            open.remove(oldest);
        }
    }

    fn announce(&self, changes: &[Changed]) {
        let now = now_ms();
        self.open.borrow_mut().retain(|(listener, writer)| {
            listener.ends_at_ms > now
                && changes
                    .iter()
                    .filter_map(|change| listener.told(change))
                    .all(|message| writer.write(event(&message)))
        });
    }

    fn watch(&self, watch: &Watch) -> worker::Result<bool> {
        let session = || SqlStorageValue::from(watch.session.as_str());
        let uri = || SqlStorageValue::from(watch.uri.as_str());
        self.sql.exec(
            "DELETE FROM watched WHERE expires_at_ms <= ?1",
            vec![integer(now_ms())?],
        )?;
        if watch.watched {
            let known = self.watched(&watch.session)?;
            if known.len() >= MAXIMUM_SUBSCRIPTIONS && !known.contains(&watch.uri) {
                return Ok(false);
            }
            self.sql.exec(
                "INSERT OR REPLACE INTO watched (session, uri, expires_at_ms) VALUES (?1, ?2, ?3)",
                vec![session(), uri(), integer(watch.expires_at_ms)?],
            )?;
        } else {
            self.sql.exec(
                "DELETE FROM watched WHERE session = ?1 AND uri = ?2",
                vec![session(), uri()],
            )?;
        }
        let watched = self.watched(&watch.session)?;
        for (listener, _) in self.open.borrow_mut().iter_mut() {
            if listener.manner == Manner::Session(watch.session.clone()) {
                listener.uris.clone_from(&watched);
            }
        }
        Ok(true)
    }

    fn watched(&self, session: &str) -> worker::Result<std::collections::BTreeSet<String>> {
        let rows: Vec<Uri> = self
            .sql
            .exec(
                "SELECT uri FROM watched WHERE session = ?1",
                vec![session.into()],
            )?
            .to_array()?;
        Ok(rows.into_iter().map(|row| row.uri).collect())
    }

    async fn wake_for_the_next_end(&self) -> worker::Result<()> {
        let next = self
            .open
            .borrow()
            .iter()
            .map(|(listener, _)| listener.ends_at_ms)
            .min();
        let Some(next) = next else { return Ok(()) };
        let delay = std::time::Duration::from_millis(next.saturating_sub(now_ms()));
        self.state
            .storage()
            .set_alarm(ScheduledTime::from(delay))
            .await
    }
}

fn event(message: &serde_json::Value) -> String {
    SseEvent {
        id: None,
        retry_ms: None,
        data: &message.to_string(),
    }
    .to_string()
}

fn now_ms() -> u64 {
    Date::now().as_millis()
}
