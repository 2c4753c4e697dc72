//! What an instance of the owner has in memory, and the steps on what it has stored. No
//! function here has an `await`: see the atomicity argument of [`super::object`].

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use futures_channel::oneshot;
use lango_delegation::{Answer, Credential, Digest, GrantKind, Profile, Tokens as Issued};
use lango_vault::{KeyRing, Secret};
use worker::Date;
use zeroize::Zeroizing;

use super::{
    journal::{Journal, Kind, SealedToken, Stored},
    keys::{KeyFailure, Keys},
    message::{Complete, Completed, HolderRow, KeyMaterial, Resealed, TokenAnswer, TokenAsk},
};
use crate::random;

pub(super) struct Opened {
    pub(super) journal: Journal,
    /// Whose request is on its way, and who waits for it.
    pub(super) flights: RefCell<BTreeMap<String, Vec<oneshot::Sender<()>>>>,
}

/// What a request takes along, so that its answer can be stored without waiting for
/// anything.
pub(super) struct Luggage {
    pub(super) ring: Rc<KeyRing>,
    pub(super) material: KeyMaterial,
    pub(super) keys: Keys,
    /// The credential's.
    pub(super) number: i64,
}

/// A request on its way. However it ends, those who wait are told.
pub(super) struct Flight {
    pub(super) opened: Rc<Opened>,
    pub(super) holder: String,
}

pub(super) enum Step {
    Answer(TokenAnswer),
    Wait(oneshot::Receiver<()>),
}

impl Step {
    pub(super) fn sealed(failure: KeyFailure) -> Self {
        Self::Answer(TokenAnswer::Sealed(failure.into_words()))
    }
}

impl Opened {
    /// The holder's credential. A client of its own has one from its first call on.
    pub(super) fn stored(&self, ask: &TokenAsk) -> worker::Result<Option<Stored>> {
        let application = &ask.client.application;
        if let Some(stored) = self.journal.load(&ask.holder)? {
            return Ok(Some(stored));
        }
        if application.grant == GrantKind::AuthorizationCode {
            return Ok(None);
        }
        let credential = Credential::of_client(application.digest(), now_ms());
        self.journal.begin(&ask.holder, now_ms(), &credential)?;
        self.journal.load(&ask.holder)
    }

    pub(super) fn connect(
        &self,
        keys: &Keys,
        complete: &Complete,
        issued: Issued<Zeroizing<String>>,
        profile: &Profile,
    ) -> worker::Result<Completed> {
        let digest = Digest::of(&issued.access);
        let sealed = match self.seal(keys, &complete.holder, issued)? {
            Ok(sealed) => sealed,
            Err(failure) => return Ok(Completed::Sealed(failure.into_words())),
        };
        let now_ms = now_ms();
        let application = complete.client.application.digest();
        let credential = Credential::connected(application, sealed, digest, profile, now_ms);
        self.journal.begin(&complete.holder, now_ms, &credential)?;
        Ok(Completed::Connected)
    }

    pub(super) fn seal(
        &self,
        keys: &Keys,
        holder: &str,
        issued: Issued<Zeroizing<String>>,
    ) -> worker::Result<Result<Issued<SealedToken>, KeyFailure>> {
        let seal = |kind, text: Zeroizing<String>| {
            let text = Secret::new(text.as_str().to_owned());
            keys.seal(&self.journal, holder, kind, &text)
        };
        let access = match seal(Kind::Access, issued.access)? {
            Ok(access) => access,
            Err(failure) => return Ok(Err(failure)),
        };
        let refresh = match issued
            .refresh
            .map(|it| seal(Kind::Refresh, it))
            .transpose()?
        {
            None => None,
            Some(Ok(refresh)) => Some(refresh),
            Some(Err(failure)) => return Ok(Err(failure)),
        };
        Ok(Ok(Issued {
            access,
            lifetime_s: issued.lifetime_s,
            refresh,
        }))
    }

    pub(super) fn holders(&self) -> worker::Result<Vec<HolderRow>> {
        let rows = self.journal.all()?.into_iter().map(|stored| HolderRow {
            standing: stored.credential.standing().clone(),
            since_ms: stored.since_ms,
            holder: stored.holder,
        });
        Ok(rows.collect())
    }

    pub(super) fn keys(
        &self,
        ring: &KeyRing,
        material: &KeyMaterial,
    ) -> worker::Result<Result<Keys, KeyFailure>> {
        Keys::open(ring, &self.journal, material, random::platform)
    }

    /// Everybody's tokens under the newest data key, once one is seen: the older ones may
    /// end at any time. What cannot be brought up now stays as it is.
    pub(super) fn bring_up(&self, keys: &Keys) -> worker::Result<()> {
        for older in keys.older().collect::<Vec<_>>() {
            if let Resealed::Failed(why) = self.reseal(keys, older)? {
                worker::console_error!("tokens stay under an older data key: {why}");
            }
        }
        Ok(())
    }

    /// All or nothing: what is written here commits together.
    pub(super) fn reseal(&self, keys: &Keys, old: u32) -> worker::Result<Resealed> {
        let mut done = 0;
        let mut changed = Vec::new();
        for mut stored in self.journal.all()? {
            if !stored
                .credential
                .tokens()
                .any(|it| it.data_key_version == old)
            {
                continue;
            }
            let holder = stored.holder.clone();
            let resealed = stored.credential.reseal(|token| {
                done += 1;
                keys.reseal(&self.journal, keys.newest(), &holder, token)
                    .unwrap_or_else(|error| Err(KeyFailure::Keys(error.to_string())))
            });
            match resealed {
                Ok(()) => changed.push(stored),
                Err(failure) => return Ok(Resealed::Failed(failure.into_words())),
            }
        }
        for stored in &changed {
            self.journal.save(stored)?;
        }
        // A verifier under it ends within minutes; the key stays for as long, wrapped.
        if old != keys.newest() && !self.journal.is_awaited_under(old, now_ms())? {
            self.journal.drop_data_key(old)?;
        }
        Ok(Resealed::Done(done))
    }

    /// What never opens any more is of no use: the holder has to connect, or the client
    /// asks anew. Keys that are missing now are no reason to throw anything away.
    pub(super) fn does_not_open(&self, holder: &str, failure: KeyFailure) -> worker::Result<Step> {
        if let KeyFailure::Sealed(_) = failure {
            self.journal.forget(holder)?;
        }
        Ok(Step::sealed(failure))
    }

    /// Where to wait, if a request is on its way for a holder.
    pub(super) fn landing(&self, holder: &str) -> Option<oneshot::Receiver<()>> {
        let is_flying = self.flights.borrow().contains_key(holder);
        is_flying.then(|| self.wait(holder))
    }

    pub(super) fn wait(&self, holder: &str) -> oneshot::Receiver<()> {
        let (told, landing) = oneshot::channel();
        if let Some(waiting) = self.flights.borrow_mut().get_mut(holder) {
            waiting.push(told);
        }
        landing
    }

    pub(super) fn take_off(self: &Rc<Self>, holder: &str) -> Flight {
        self.flights
            .borrow_mut()
            .insert(holder.to_owned(), Vec::new());
        Flight {
            opened: Rc::clone(self),
            holder: holder.to_owned(),
        }
    }
}

impl Flight {
    /// Stores what came, before anybody is told: from here to the end there is no
    /// `await`.
    pub(super) fn land(
        self,
        luggage: Luggage,
        came: Answer<Zeroizing<String>>,
        profile: &Profile,
    ) -> worker::Result<()> {
        let journal = &self.opened.journal;
        let Some(mut stored) = journal
            .load(&self.holder)?
            .filter(|stored| stored.number == luggage.number)
        else {
            return Ok(());
        };
        // The data key may have been rotated meanwhile. If the new one does not open with
        // what was taken along, the old one is kept once more, and the next call brings
        // everything up to date.
        let Luggage {
            ring,
            material,
            keys,
            ..
        } = luggage;
        let keys = self.opened.keys(&ring, &material)?.unwrap_or(keys);
        let (answer, digest) = match came {
            Answer::Issued(issued) => {
                let digest = Digest::of(&issued.access);
                match self.opened.seal(&keys, &self.holder, issued)? {
                    Ok(sealed) => (Answer::Issued(sealed), Some(digest)),
                    Err(failure) => return Err(failed(failure)),
                }
            }
            Answer::Refused(refusal) => (Answer::Refused(refusal), None),
            Answer::Busy(seconds) => (Answer::Busy(seconds), None),
            Answer::Unknown => (Answer::Unknown, None),
        };
        stored
            .credential
            .answered(answer, digest, profile, now_ms());
        journal.save(&stored)
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let waiting = self.opened.flights.borrow_mut().remove(&self.holder);
        for told in waiting.into_iter().flatten() {
            // Whoever has gone meanwhile is not told.
            let _ = told.send(());
        }
    }
}

pub(super) fn failed(failure: KeyFailure) -> worker::Error {
    worker::Error::RustError(failure.into_words())
}

pub(super) fn now_ms() -> i64 {
    i64::try_from(Date::now().as_millis()).unwrap_or(i64::MAX)
}
