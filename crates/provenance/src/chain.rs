//! Groups of digits that may be one number: `0722 123 456`, `522-533`, and digits
//! that are read out one by one.

use crate::{
    number::{self, FEWEST_DIGITS, MOST_DIGITS, Spoken},
    scan::{Class, Found},
};

/// A longer group is a number by itself.
const LONGEST_GROUP: usize = 6;
/// More separators than this do not join.
const LONGEST_GAP: usize = 3;
/// `triple`.
const MOST_TIMES: usize = 3;
/// No more groups are joined to one number.
const MOST_GROUPS: usize = 16;
/// A chain is cut here: a table of numbers is no number.
const LONGEST_CHAIN: usize = 48;

#[derive(Debug, Clone, Copy)]
struct Group {
    start: usize,
    end: usize,
    /// Where its digits begin and end in the buffer.
    from: usize,
    to: usize,
    has_plus: bool,
}

impl Group {
    const fn length(&self) -> usize {
        self.to - self.from
    }
}

/// So many numbers of several groups are reported of a text: what is nothing but
/// groups is no letter from anybody, and would take long.
const MOST_JOINED: usize = 20_000;

/// The groups since the last thing that was none.
#[derive(Default)]
pub(crate) struct Chain {
    digits: String,
    groups: Vec<Group>,
    times: usize,
    joined: usize,
}

impl Chain {
    /// A group of digits in the text.
    pub(crate) fn group(
        &mut self,
        text: &str,
        start: usize,
        end: usize,
        found: &mut impl FnMut(Found<'_>),
    ) {
        let digits = text.get(start..end).unwrap_or_default();
        let has_plus = text
            .get(..start)
            .is_some_and(|before| before.ends_with('+'));
        self.join(text, start, has_plus, found);
        self.push(start, end, digits, has_plus);
    }

    /// A digit in words.
    pub(crate) fn spoken(
        &mut self,
        text: &str,
        start: usize,
        end: usize,
        spoken: Spoken,
        found: &mut impl FnMut(Found<'_>),
    ) {
        match spoken {
            Spoken::Times(times) => {
                self.times = times;
                if let Some(last) = self.groups.last_mut() {
                    last.end = end;
                }
            }
            Spoken::Digit(digit) => {
                let times = self.times.clamp(1, MOST_TIMES);
                self.join(text, start, false, found);
                let digits = [digit; MOST_TIMES];
                let digits = digits
                    .get(..times)
                    .and_then(|it| std::str::from_utf8(it).ok());
                self.push(start, end, digits.unwrap_or_default(), false);
            }
        }
    }

    /// Whether all numbers of several groups were reported.
    pub(crate) const fn is_complete(&self) -> bool {
        self.joined <= MOST_JOINED
    }

    /// Nothing more comes: reports the numbers.
    pub(crate) fn finish(&mut self, found: &mut impl FnMut(Found<'_>)) {
        self.times = 0;
        if self.groups.is_empty() {
            return;
        }
        self.report(found);
        self.groups.clear();
        self.digits.clear();
    }

    fn join(
        &mut self,
        text: &str,
        start: usize,
        has_plus: bool,
        found: &mut impl FnMut(Found<'_>),
    ) {
        let joins = self.groups.last().is_none_or(|last| {
            let gap = text.get(last.end..start).unwrap_or("\n");
            !has_plus && gap.len() <= LONGEST_GAP && gap.bytes().all(is_joint)
        });
        if !joins || self.groups.len() >= LONGEST_CHAIN {
            self.finish(found);
        }
    }

    fn push(&mut self, start: usize, end: usize, digits: &str, has_plus: bool) {
        self.times = 0;
        let from = self.digits.len();
        self.digits.push_str(digits);
        let to = self.digits.len();
        self.groups.push(Group {
            start,
            end,
            from,
            to,
            has_plus,
        });
    }

    fn report(&mut self, found: &mut impl FnMut(Found<'_>)) {
        let count = self.groups.len();
        for (index, first) in self.groups.iter().enumerate() {
            if first.length() >= FEWEST_DIGITS {
                self.number(first, first, true, found);
            }
            if first.length() > LONGEST_GROUP || self.joined > MOST_JOINED {
                continue;
            }
            let others = self.groups.iter().enumerate().skip(index + 1);
            for (last_index, last) in others.take(MOST_GROUPS - 1) {
                if last.length() > LONGEST_GROUP || last.to - first.from > MOST_DIGITS {
                    break;
                }
                if last.to - first.from >= FEWEST_DIGITS {
                    self.joined += 1;
                    let is_all = index == 0 && last_index + 1 == count;
                    self.number(first, last, is_all, found);
                }
            }
        }
    }

    fn number(&self, first: &Group, last: &Group, whole: bool, found: &mut impl FnMut(Found<'_>)) {
        let digits = self.digits.get(first.from..last.to).unwrap_or_default();
        if digits.len() > MOST_DIGITS {
            return;
        }
        found(Found {
            kind: number::kind(digits, first.has_plus),
            class: Class::Digits,
            normal: number::normal(digits),
            start: first.start,
            end: last.end,
            whole,
        });
    }
}

fn is_joint(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'-' | b'.' | b',' | b'/' | b'(' | b')' | b'_' | b'*' | b'\''
    )
}
