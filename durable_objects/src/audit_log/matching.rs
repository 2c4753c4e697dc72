//! What can be told of a leaf's text before it is read: most entries of a run are not what
//! is searched for, and reading JSON costs a hundred times as much as looking for a word.

use lango_audit_log::{Opening, Query};

/// Longer words count by their beginning: they are left to whoever reads the entry.
const LONGEST_WORD: usize = 64;

/// Says which texts cannot be of an entry that is searched for.
pub(super) struct Sieve {
    /// Texts that stand in the leaf, in quotes.
    values: Vec<String>,
    /// Words that stand in it, or in what opens it, in whatever case. Only those whose
    /// case ASCII knows.
    words: Vec<String>,
    from_ms: Option<i64>,
    to_ms: Option<i64>,
    needs_summaries: bool,
}

impl Sieve {
    pub(super) fn of(query: &Query) -> worker::Result<Self> {
        let status = query.status.map(|status| status.name().to_owned());
        let named = [
            &query.principal,
            &query.key_id,
            &query.tool,
            &query.connector,
            &status,
        ];
        let values: Vec<_> = named
            .into_iter()
            .flatten()
            .map(serde_json::to_string)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            needs_summaries: !values.is_empty() || query.text.is_some(),
            values,
            words: words(query.text.as_deref().unwrap_or_default()),
            from_ms: query.from_ms,
            to_ms: query.to_ms,
        })
    }

    /// Whether anything but the time is asked for.
    pub(super) fn needs_summaries(&self) -> bool {
        self.needs_summaries
    }

    /// `false` is certain.
    pub(super) fn may_match(&self, leaf: &str) -> bool {
        self.values
            .iter()
            .all(|value| leaf.contains(value.as_str()))
            && self.is_in_time(leaf)
    }

    /// The same with what opens it. `false` is certain.
    pub(super) fn may_say(&self, leaf: &str, openings: &[Opening]) -> bool {
        if self.words.is_empty() {
            return true;
        }
        let said = leaf.to_ascii_lowercase();
        let opened: Vec<_> = openings
            .iter()
            .map(|opening| opening.value.to_string().to_ascii_lowercase())
            .collect();
        self.words.iter().all(|word| {
            said.contains(word.as_str()) || opened.iter().any(|text| text.contains(word.as_str()))
        })
    }

    fn is_in_time(&self, leaf: &str) -> bool {
        if self.from_ms.is_none() && self.to_ms.is_none() {
            return true;
        }
        moment_of(leaf).is_none_or(|at_ms| {
            self.from_ms.is_none_or(|from| at_ms >= from) && self.to_ms.is_none_or(|to| at_ms < to)
        })
    }
}

/// When the entry began. `at_ms` is the first member of a leaf, for they are sorted.
fn moment_of(leaf: &str) -> Option<i64> {
    let rest = leaf.split_once("\"at_ms\":")?.1;
    let end = rest.find(|character: char| character != '-' && !character.is_ascii_digit())?;
    rest.get(..end)?.parse().ok()
}

fn words(text: &str) -> Vec<String> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty() && word.is_ascii() && word.len() <= LONGEST_WORD)
        .map(str::to_ascii_lowercase)
        .collect()
}
