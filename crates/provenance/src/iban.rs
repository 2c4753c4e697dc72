//! International account numbers, which are written in groups: `SN08 SN01 0015 …`.

use crate::{
    print::ValueKind,
    scan::{Class, Found},
};

const SHORTEST: usize = 15;
const LONGEST: usize = 34;

/// The groups since one that an account number can begin with.
#[derive(Default)]
pub(crate) struct Iban {
    joined: String,
    start: usize,
    end: usize,
}

impl Iban {
    /// A token with a digit, or of capitals. Where it ends is not said, so every
    /// length that it can have is reported.
    pub(crate) fn token(
        &mut self,
        text: &str,
        start: usize,
        end: usize,
        found: &mut impl FnMut(Found<'_>),
    ) {
        let token = text.get(start..end).unwrap_or_default();
        let is_group = token
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        let joins = !self.joined.is_empty()
            && text.get(self.end..start) == Some(" ")
            && self.joined.len() + token.len() <= LONGEST;
        if is_group && joins {
            self.joined.push_str(token);
            self.end = end;
            self.report(found);
        } else if is_group && begins(token) {
            self.joined.clear();
            self.joined.push_str(token);
            (self.start, self.end) = (start, end);
        } else {
            self.joined.clear();
        }
    }

    fn report(&self, found: &mut impl FnMut(Found<'_>)) {
        if self.joined.len() < SHORTEST {
            return;
        }
        found(Found {
            kind: ValueKind::Account,
            class: Class::Code,
            normal: &self.joined,
            start: self.start,
            end: self.end,
            whole: true,
        });
    }
}

fn begins(token: &str) -> bool {
    let [a, b, c, d, ..] = token.as_bytes() else {
        return false;
    };
    token.len() <= LONGEST
        && a.is_ascii_uppercase()
        && b.is_ascii_uppercase()
        && c.is_ascii_digit()
        && d.is_ascii_digit()
}
