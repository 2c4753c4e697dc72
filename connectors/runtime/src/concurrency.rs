//! How much of one system is asked at once.

use std::{cell::RefCell, collections::BTreeMap, time::Duration};

use lango_connector_kit::{CallError, CallErrorCode};
use worker::Delay;

/// How many calls of one connection an isolate runs at once: a system of a business is
/// not to be filled with connections by its assistants.
const AT_ONCE: u32 = 32;
/// How long a call waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it looks. A wake-up from another request would run in that one's context,
/// where this one's sockets cannot be used; so each looks for itself.
const LOOK_EVERY: Duration = Duration::from_millis(10);

type Key = (String, String);

thread_local! {
    static RUNNING: RefCell<BTreeMap<Key, u32>> = const { RefCell::new(BTreeMap::new()) };
}

/// A place among the calls of a connection; it is free again when this is dropped.
pub(crate) struct Place(Key);

/// Waits for a place.
pub(crate) async fn place(tenant: &str, connection: &str) -> Result<Place, CallError> {
    let key = (tenant.to_owned(), connection.to_owned());
    let mut waited = Duration::ZERO;
    loop {
        if let Some(place) = Place::take(&key) {
            return Ok(place);
        }
        if waited >= PATIENCE {
            return Err(CallError::new(
                CallErrorCode::Unreachable,
                format!("{AT_ONCE} calls of this connection are running. Try again in a moment."),
            ));
        }
        Delay::from(LOOK_EVERY).await;
        waited += LOOK_EVERY;
    }
}

impl Place {
    fn take(key: &Key) -> Option<Self> {
        RUNNING.with_borrow_mut(|running| {
            let count = running.entry(key.clone()).or_default();
            (*count < AT_ONCE).then(|| {
                *count += 1;
                Self(key.clone())
            })
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        RUNNING.with_borrow_mut(|running| {
            if let Some(count) = running.get_mut(&self.0) {
                *count -= 1;
                if *count == 0 {
                    running.remove(&self.0);
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_has_so_many_places_and_gets_them_back() {
        let key = |connection: &str| ("t".to_owned(), connection.to_owned());
        let mut places: Vec<_> = (0..AT_ONCE)
            .map(|_| Place::take(&key("c")).unwrap())
            .collect();
        assert!(Place::take(&key("c")).is_none());
        assert!(Place::take(&key("d")).is_some());
        places.pop();
        assert!(Place::take(&key("c")).is_some());
        drop(places);
        assert!(RUNNING.with_borrow(BTreeMap::is_empty));
    }
}
