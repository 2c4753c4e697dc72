//! Which columns a statement has, as far as a login has seen it before.
//!
//! A statement is asked for in the forms of its columns, so they have to be known first,
//! which costs a round trip of its own. What is known from the last time is a guess, held
//! to what the server says this time; and a text that is known has been parsed by the
//! server, alone and as one statement.

use std::collections::VecDeque;

use sha2::{Digest, Sha256};

use crate::{projection::Form, session::Names};

/// How many statements a login remembers.
const AT_MOST: usize = 32;

/// A digest of a statement, which may hold what should not be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StatementKey([u8; 32]);

impl StatementKey {
    /// Of a text, and of where its names are looked for.
    pub(crate) fn of(names: Names, sql: &str) -> Self {
        let names: u8 = match names {
            Names::OfTheLogin => 0,
            Names::OfTheServer => 1,
        };
        let digest = Sha256::new().chain_update([names]).chain_update(sql);
        Self(digest.finalize().into())
    }
}

/// The statements that a login remembers.
#[derive(Debug, Default)]
pub(crate) struct KnownStatements(VecDeque<(StatementKey, Vec<Form>)>);

impl KnownStatements {
    /// The forms of a statement's columns the last time.
    pub(crate) fn forms(&self, key: StatementKey) -> Option<&[Form]> {
        let known = self.0.iter().find(|(known, _)| *known == key)?;
        Some(&known.1)
    }

    /// Remembers a statement, and forgets the one that was used longest ago.
    pub(crate) fn learn(&mut self, key: StatementKey, forms: Vec<Form>) {
        self.forget(key);
        self.0.truncate(AT_MOST - 1);
        self.0.push_front((key, forms));
    }

    /// Forgets a statement.
    pub(crate) fn forget(&mut self, key: StatementKey) {
        self.0.retain(|(known, _)| *known != key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_its_text_and_where_its_names_are_found() {
        let mut known = KnownStatements::default();
        let key = StatementKey::of(Names::OfTheLogin, "SELECT 1");
        known.learn(key, vec![Form::Int4]);
        assert_eq!(known.forms(key), Some(&[Form::Int4][..]));
        for other in [
            StatementKey::of(Names::OfTheServer, "SELECT 1"),
            StatementKey::of(Names::OfTheLogin, "SELECT 2"),
        ] {
            assert_eq!(known.forms(other), None);
        }
        known.learn(key, vec![Form::Int8]);
        assert_eq!(known.forms(key), Some(&[Form::Int8][..]));
        known.forget(key);
        assert_eq!(known.forms(key), None);
    }

    #[test]
    fn the_ones_used_last_are_remembered() {
        let mut known = KnownStatements::default();
        let key = |number: usize| StatementKey::of(Names::OfTheLogin, &number.to_string());
        for number in 0..=AT_MOST {
            known.learn(key(0), Vec::new());
            known.learn(key(number), Vec::new());
        }
        assert_eq!(known.0.len(), AT_MOST);
        assert!(known.forms(key(0)).is_some());
        assert!(known.forms(key(AT_MOST)).is_some());
        assert!(known.forms(key(1)).is_none());
    }
}
