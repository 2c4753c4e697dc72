//! What a run of entries is about: enough to know which runs a search may skip.

use std::collections::BTreeSet;

use crate::{
    query::Query,
    record::Record,
    words::{words, words_of},
};

/// Bits a token. With [`PROBES`], one run in seven hundred is looked into in vain. A filter
/// says itself how long it is: those of ten bits a token, of earlier versions, are read too.
const BITS_A_TOKEN: usize = 14;
const PROBES: u64 = 7;
/// Bytes of the filter, at least and at most.
const SMALLEST: usize = 64;
const LARGEST: usize = 16 * 1024;

/// The times and the tokens of a run of entries: a Bloom filter, so it may take a run
/// for one that has an entry, and never misses one.
///
/// Its tokens are of what the record says in full. After openings are erased, the
/// summary of their run is to be made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// When the earliest entry began.
    pub earliest_ms: i64,
    /// When the latest entry began.
    pub latest_ms: i64,
    bits: Vec<u8>,
}

/// Collects the records of a run.
#[derive(Debug, Clone, Default)]
pub struct SummaryBuilder {
    times: Option<(i64, i64)>,
    tokens: BTreeSet<u64>,
}

/// Bytes that no summary is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are no summary")]
pub struct SummaryError;

impl SummaryBuilder {
    /// Takes a record in.
    pub fn add(&mut self, record: &Record) {
        let at = record.at_ms;
        let (earliest, latest) = self.times.unwrap_or((at, at));
        self.times = Some((earliest.min(at), latest.max(at)));
        self.tokens.extend(tokens_of(record));
    }

    /// The summary of what was taken in.
    #[must_use]
    pub fn finish(self) -> Summary {
        let (earliest_ms, latest_ms) = self.times.unwrap_or((i64::MAX, i64::MIN));
        let bytes = (self.tokens.len() * BITS_A_TOKEN / 8).clamp(SMALLEST, LARGEST);
        let mut bits = vec![0; bytes];
        for token in self.tokens {
            for (byte, bit) in places(token, bytes) {
                if let Some(byte) = bits.get_mut(byte) {
                    *byte |= bit;
                }
            }
        }
        Summary {
            earliest_ms,
            latest_ms,
            bits,
        }
    }
}

impl Summary {
    /// The summary of these records.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let mut builder = SummaryBuilder::default();
        records.into_iter().for_each(|record| builder.add(record));
        builder.finish()
    }

    /// Whether an entry of the run may be what is searched for. `false` is certain.
    #[must_use]
    pub fn may_match(&self, query: &Query) -> bool {
        query.from_ms.is_none_or(|from| self.latest_ms >= from)
            && query.to_ms.is_none_or(|to| self.earliest_ms < to)
            && tokens_sought(query).into_iter().all(|it| self.has(it))
    }

    /// As it is stored: the two times, eight bytes each, and the filter.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.earliest_ms.to_be_bytes().to_vec();
        bytes.extend(self.latest_ms.to_be_bytes());
        bytes.extend(&self.bits);
        bytes
    }

    /// Reads what was stored.
    ///
    /// # Errors
    /// [`SummaryError`] for what no summary is.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SummaryError> {
        let (earliest, rest) = bytes.split_first_chunk().ok_or(SummaryError)?;
        let (latest, bits) = rest.split_first_chunk().ok_or(SummaryError)?;
        if bits.is_empty() {
            return Err(SummaryError);
        }
        Ok(Self {
            earliest_ms: i64::from_be_bytes(*earliest),
            latest_ms: i64::from_be_bytes(*latest),
            bits: bits.to_vec(),
        })
    }

    fn has(&self, token: u64) -> bool {
        places(token, self.bits.len())
            .all(|(byte, bit)| self.bits.get(byte).is_some_and(|there| there & bit != 0))
    }
}

fn tokens_of(record: &Record) -> impl Iterator<Item = u64> {
    let subject = &record.intent.subject;
    let connector = subject.place().and_then(|place| place.connector.as_deref());
    let fields = [
        token("principal", &record.intent.principal),
        token("key_id", &record.key_id),
        token("tool", subject.name()),
        token("connector", connector.unwrap_or_default()),
        token("status", record.outcome.status.name()),
    ];
    let words = words_of(record).into_iter();
    fields
        .into_iter()
        .chain(words.map(|word| token("text", &word)))
}

fn tokens_sought(query: &Query) -> Vec<u64> {
    let fields = [
        ("principal", query.principal.as_deref()),
        ("key_id", query.key_id.as_deref()),
        ("tool", query.tool.as_deref()),
        ("connector", query.connector.as_deref()),
        ("status", query.status.map(crate::record::Status::name)),
    ];
    let text = query.text.as_deref().unwrap_or_default();
    fields
        .into_iter()
        .filter_map(|(field, value)| value.map(|value| token(field, value)))
        .chain(words(text).iter().map(|word| token("text", word)))
        .collect()
}

/// FNV-1a over the field, a zero byte and the value, and then mixed. It is stored, and
/// therefore pinned in tests.
fn token(field: &str, value: &str) -> u64 {
    let bytes = field.bytes().chain([0]).chain(value.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mixed = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    mixed ^ (mixed >> 33)
}

/// The bits of a token, by double hashing.
fn places(token: u64, bytes: usize) -> impl Iterator<Item = (usize, u8)> {
    let bits = (bytes as u64).saturating_mul(8).max(1);
    let step = token.rotate_left(32) | 1;
    (0..PROBES).map(move |probe| {
        let bit = token.wrapping_add(step.wrapping_mul(probe)) % bits;
        (usize::try_from(bit / 8).unwrap_or(0), 1 << (bit % 8))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_records::{any_record, call};
    use proptest::prelude::*;

    #[test]
    fn what_is_stored_is_pinned() {
        assert_eq!(token("text", "push"), 4292693646545362895);
        let summary = Summary::of([&call()]);
        let bytes = summary.to_bytes();
        assert_eq!(bytes.len(), 16 + SMALLEST);
        assert_eq!(Summary::from_bytes(&bytes), Ok(summary));
        assert_eq!(Summary::from_bytes(&bytes[..16]), Err(SummaryError));
        assert_eq!(Summary::from_bytes(&[]), Err(SummaryError));
    }

    #[test]
    fn most_runs_are_skipped() {
        let runs: Vec<Summary> = (0..200)
            .map(|run| {
                let records: Vec<_> = (0..256)
                    .map(|index| {
                        let mut record = call();
                        record.intent.call_id = format!("call_{run}x{index}");
                        record
                    })
                    .collect();
                Summary::of(&records)
            })
            .collect();
        let query = Query {
            text: Some("call_7x200".into()),
            ..Query::default()
        };
        let found = runs.iter().filter(|run| run.may_match(&query)).count();
        assert!(runs[7].may_match(&query) && found < 5, "{found}");
        assert!(runs[0].to_bytes().len() < 600);
    }

    proptest! {
        #[test]
        fn no_entry_is_missed(
            records in prop::collection::vec(any_record(), 1..20),
            which in any::<prop::sample::Index>(),
            parts in 0_u8..64,
        ) {
            let record = which.get(&records);
            let part = |bit: u8| parts & (1 << bit) != 0;
            let place = record.intent.subject.place().cloned().unwrap_or_default();
            let some_words: Vec<_> = words_of(record).into_iter().step_by(2).take(8).collect();
            let query = Query {
                from_ms: part(0).then_some(record.at_ms),
                to_ms: part(0).then_some(record.at_ms + 1),
                principal: part(1).then(|| record.intent.principal.clone()),
                key_id: part(2).then(|| record.key_id.clone()),
                tool: part(3).then(|| record.intent.subject.name().to_owned()),
                connector: place.connector.filter(|_| part(4)),
                status: part(4).then_some(record.outcome.status),
                text: part(5).then(|| some_words.join(" ")),
                ..Query::default()
            };
            prop_assert!(query.matches(record));
            prop_assert!(Summary::of(&records).may_match(&query));
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(summary) = Summary::from_bytes(&bytes) {
                let _ = summary.may_match(&Query { text: Some("x".into()), ..Query::default() });
                prop_assert_eq!(summary.to_bytes(), bytes);
            }
        }
    }
}
