//! Where a stream stands: a state machine without a clock.
//!
//! **At least once, in order.** The position moves only over entries that the receiver
//! has taken, or that are dead letters: so nothing is skipped, and what was under way
//! when something broke off is sent again.

use serde::{Deserialize, Serialize};

use crate::Delivery;

const LARGEST_BATCH: u32 = 500;
const FIRST_WAIT_MS: u64 = 1_000;
const LONGEST_WAIT_MS: u64 = 15 * 60_000;
/// A receiver may ask for more patience, up to this.
const LONGEST_ASKED_WAIT_MS: u64 = 60 * 60_000;
/// How often something that only somebody can mend is tried all the same.
const PAUSE_MS: u64 = 60 * 60_000;
const FIRST_POLL_MS: u64 = 2_000;
const LONGEST_POLL_MS: u64 = 60_000;
const FIRST_ACK_MS: u64 = 500;
const LONGEST_ACK_MS: u64 = 10_000;
/// Then what was handed over is sent again.
const ACK_TIMEOUT_MS: u64 = 3 * 60_000;
/// So many entries refused one after the other are not the entries' fault.
const REFUSED_IN_A_ROW: u32 = 20;

/// One stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream {
    /// The entry that goes next.
    pub position: u64,
    /// What it is doing.
    pub phase: Phase,
    /// Nothing is done before; in milliseconds since 1970.
    pub due_ms: u64,
    /// How many failures there were in a row.
    pub failures: u32,
    /// How many entries go at once.
    pub at_once: u32,
    /// How many entries were refused in a row.
    pub refused: u32,
    /// How often there was nothing new in a row.
    pub idle: u32,
}

/// What a stream is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum Phase {
    /// Handing over.
    Streaming,
    /// Waiting until the receiver keeps what it has.
    Awaiting {
        /// How many entries it has.
        count: u32,
        /// What to ask with.
        receipt: String,
        /// Since when.
        since_ms: u64,
    },
    /// Trying again.
    Retrying {
        /// What went wrong.
        why: String,
    },
    /// Until somebody changes something.
    Paused {
        /// What is to be changed.
        why: String,
    },
}

/// What is to be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Nothing before then.
    Wait {
        /// In milliseconds since 1970.
        until_ms: u64,
    },
    /// Read entries and hand them over.
    Read {
        /// From this one on.
        from: u64,
        /// So many.
        count: u32,
    },
    /// Ask whether the receiver keeps what it has.
    Ask {
        /// With this.
        receipt: String,
    },
}

/// An entry that the log was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Which.
    pub index: u64,
    /// Whether its content is still there.
    pub has_content: bool,
}

/// What is to be done with what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// What can never be sent.
    pub dead: Vec<DeadLetter>,
    /// How many of the found are skipped with them.
    pub skipped: usize,
    /// How many of those after them are handed over.
    pub count: u32,
}

/// Entries that no receiver has taken, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The first of them.
    pub first: u64,
    /// The one after the last of them.
    pub end: u64,
    /// Why.
    pub why: String,
}

impl Stream {
    /// One that begins there.
    #[must_use]
    pub fn from(position: u64) -> Self {
        Self {
            position,
            phase: Phase::Streaming,
            due_ms: 0,
            failures: 0,
            at_once: LARGEST_BATCH,
            refused: 0,
            idle: 0,
        }
    }

    /// What is to be done now.
    #[must_use]
    pub fn next(&self, now_ms: u64) -> Next {
        if now_ms < self.due_ms {
            return Next::Wait {
                until_ms: self.due_ms,
            };
        }
        match &self.phase {
            Phase::Awaiting { receipt, .. } => Next::Ask {
                receipt: receipt.clone(),
            },
            _ => Next::Read {
                from: self.position,
                count: self.at_once,
            },
        }
    }

    /// Whether it has sent everything that there was when it last looked.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.phase == Phase::Streaming && self.idle > 0
    }

    /// There is something new: whoever waits for that need not any longer.
    pub fn nudge(&mut self, now_ms: u64) {
        if self.is_idle() {
            self.idle = 0;
            self.due_ms = self.due_ms.min(now_ms);
        }
    }

    /// Somebody wants it to go on: from there, or from where it stands.
    pub fn resume(&mut self, from: Option<u64>) {
        *self = Self::from(from.unwrap_or(self.position));
    }

    /// What was found, in order, from the position on. What is not there any more is a
    /// dead letter.
    pub fn take(&mut self, found: &[Found], now_ms: u64) -> Taken {
        let mut taken = Taken {
            dead: Vec::new(),
            skipped: 0,
            count: 0,
        };
        for entry in found {
            if entry.index < self.position || entry.has_content && entry.index == self.position {
                break;
            }
            let end = entry.index + u64::from(!entry.has_content);
            taken.dead.push(DeadLetter {
                first: self.position,
                end,
                why: "the log has pruned the content".to_owned(),
            });
            self.position = end;
            taken.skipped += usize::from(!entry.has_content);
        }
        taken.dead = merged(std::mem::take(&mut taken.dead));
        let rest = found.get(taken.skipped..).unwrap_or_default();
        taken.count = (self.position..)
            .zip(rest)
            .take_while(|(index, entry)| entry.has_content && entry.index == *index)
            .map(|_| 1)
            .sum();
        if taken.count == 0 && taken.dead.is_empty() {
            self.phase = Phase::Streaming;
            self.failures = 0;
            self.due_ms = now_ms + grown(FIRST_POLL_MS, self.idle, LONGEST_POLL_MS);
            self.idle = self.idle.saturating_add(1);
        }
        taken
    }

    /// What came of handing `handed` entries over from the position on. `jitter` is any
    /// number: it keeps streams from trying again together.
    pub fn apply(
        &mut self,
        delivery: Delivery,
        handed: u32,
        now_ms: u64,
        jitter: u8,
    ) -> Vec<DeadLetter> {
        match delivery {
            Delivery::Settled { count, refused } => {
                let count = match &self.phase {
                    Phase::Awaiting { count, .. } => *count,
                    _ => count.min(handed),
                };
                let letters: Vec<_> = refused
                    .into_iter()
                    .filter(|refusal| refusal.offset < count)
                    .map(|refusal| self.letter(refusal.offset, refusal.why))
                    .collect();
                self.settled(count, letters, now_ms, jitter)
            }
            Delivery::Pending { count, receipt } => {
                self.phase = Phase::Awaiting {
                    count: count.min(handed),
                    receipt,
                    since_ms: now_ms,
                };
                self.due_ms = now_ms + FIRST_ACK_MS;
                self.idle = 0;
                Vec::new()
            }
            Delivery::NotYet => {
                self.not_yet(now_ms, jitter);
                Vec::new()
            }
            // What the receiver has is not sent again because a question failed.
            Delivery::Retry { .. } if matches!(self.phase, Phase::Awaiting { .. }) => {
                self.not_yet(now_ms, jitter);
                Vec::new()
            }
            Delivery::Retry { after_s, why } => {
                self.retry(after_s, why, now_ms, jitter);
                Vec::new()
            }
            Delivery::Rejected { count, why } => self.rejected(count.min(handed), why, now_ms),
            Delivery::Misconfigured { why } => {
                self.pause(why, now_ms);
                Vec::new()
            }
        }
    }

    fn settled(
        &mut self,
        count: u32,
        letters: Vec<DeadLetter>,
        now_ms: u64,
        jitter: u8,
    ) -> Vec<DeadLetter> {
        if count == 0 {
            self.retry(
                None,
                "The receiver took nothing.".to_owned(),
                now_ms,
                jitter,
            );
            return Vec::new();
        }
        let all_refused = letters.len() == usize::try_from(count).unwrap_or(usize::MAX);
        if let (true, Some(first)) = (all_refused, letters.first()) {
            let why = first.why.clone();
            return self.rejected(count, why, now_ms);
        }
        self.position += u64::from(count);
        self.phase = Phase::Streaming;
        self.due_ms = now_ms;
        self.failures = 0;
        self.refused = 0;
        self.idle = 0;
        self.at_once = self.at_once.saturating_mul(2).clamp(1, LARGEST_BATCH);
        merged(letters)
    }

    /// Half as many, until it is one alone that is refused.
    fn rejected(&mut self, count: u32, why: String, now_ms: u64) -> Vec<DeadLetter> {
        if count > 1 {
            self.at_once = (count / 2).max(1);
            self.phase = Phase::Streaming;
            self.due_ms = now_ms;
            return Vec::new();
        }
        if self.refused >= REFUSED_IN_A_ROW {
            let why =
                format!("The receiver has refused {REFUSED_IN_A_ROW} entries in a row: {why}");
            self.pause(why, now_ms);
            return Vec::new();
        }
        let letter = self.letter(0, why);
        self.refused += 1;
        self.position += 1;
        self.phase = Phase::Streaming;
        self.failures = 0;
        self.due_ms = now_ms;
        vec![letter]
    }

    fn retry(&mut self, after_s: Option<u64>, why: String, now_ms: u64, jitter: u8) {
        let own = grown(FIRST_WAIT_MS, self.failures, LONGEST_WAIT_MS);
        let own = own + own * u64::from(jitter) / 1024;
        let asked = after_s.unwrap_or(0).saturating_mul(1_000);
        self.due_ms = now_ms + own.max(asked.min(LONGEST_ASKED_WAIT_MS));
        self.failures = self.failures.saturating_add(1);
        self.phase = Phase::Retrying { why };
    }

    fn not_yet(&mut self, now_ms: u64, jitter: u8) {
        let Phase::Awaiting { since_ms, .. } = &self.phase else {
            return;
        };
        let waited = now_ms.saturating_sub(*since_ms);
        if waited >= ACK_TIMEOUT_MS {
            let why = "The receiver did not acknowledge what it took.".to_owned();
            self.retry(None, why, now_ms, jitter);
        } else {
            self.due_ms = now_ms + waited.clamp(FIRST_ACK_MS, LONGEST_ACK_MS);
        }
    }

    fn pause(&mut self, why: String, now_ms: u64) {
        self.phase = Phase::Paused { why };
        self.due_ms = now_ms + PAUSE_MS;
    }

    fn letter(&self, offset: u32, why: String) -> DeadLetter {
        let first = self.position + u64::from(offset);
        DeadLetter {
            first,
            end: first + 1,
            why,
        }
    }
}

fn grown(first: u64, times: u32, longest: u64) -> u64 {
    first.saturating_mul(1 << times.min(20)).min(longest)
}

/// Neighbours of one reason are one letter.
fn merged(letters: Vec<DeadLetter>) -> Vec<DeadLetter> {
    let mut merged: Vec<DeadLetter> = Vec::new();
    for letter in letters {
        match merged.last_mut() {
            Some(last) if last.end == letter.first && last.why == letter.why => {
                last.end = letter.end;
            }
            _ => merged.push(letter),
        }
    }
    merged
}
