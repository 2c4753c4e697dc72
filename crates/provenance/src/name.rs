//! Names: capitalised words in a row. They never decide alone.

use crate::{
    print::ValueKind,
    scan::{Class, Found},
};

const MOST_WORDS: usize = 6;
const LONGEST_NAME: usize = 80;

/// The capitalised words since the last thing that was none.
#[derive(Default)]
pub(crate) struct Names {
    start: usize,
    after_first: usize,
    end: usize,
    words: usize,
}

impl Names {
    /// A word; the answer is whether it may be part of a name.
    pub(crate) fn word(
        &mut self,
        text: &str,
        start: usize,
        end: usize,
        is_last: bool,
        found: &mut impl FnMut(Found<'_>),
    ) -> bool {
        let word = text.get(start..end).unwrap_or_default();
        let is_capital = word.chars().next().is_some_and(char::is_uppercase);
        if !is_capital || word.contains('.') {
            return false;
        }
        let joins = self.words > 0 && text.get(self.end..start) == Some(" ");
        if !joins {
            self.finish(text, found);
            self.start = start;
        }
        self.words += 1;
        if self.words == 2 {
            self.after_first = start;
        }
        self.end = end;
        if is_last {
            self.finish(text, found);
        }
        true
    }

    /// The name ends here, if there was one.
    pub(crate) fn finish(&mut self, text: &str, found: &mut impl FnMut(Found<'_>)) {
        if (2..=MOST_WORDS).contains(&self.words) {
            report(text, self.start, self.end, found);
            if self.words > 2 {
                // The first may have begun a sentence.
                report(text, self.after_first, self.end, found);
            }
        }
        self.words = 0;
    }
}

fn report(text: &str, start: usize, end: usize, found: &mut impl FnMut(Found<'_>)) {
    let Some(normal) = text.get(start..end).and_then(normal) else {
        return;
    };
    found(Found {
        kind: ValueKind::Name,
        class: Class::Name,
        normal: &normal,
        start,
        end,
        whole: true,
    });
}

/// The one form of a name: small letters, single spaces. `None` where it is none.
pub(crate) fn normal(text: &str) -> Option<String> {
    let text = text.trim();
    let is_name = (3..=LONGEST_NAME).contains(&text.len())
        && text
            .chars()
            .all(|it| it.is_alphabetic() || matches!(it, ' ' | '\'' | '-' | '’' | '&' | '.'))
        && (2..=MOST_WORDS).contains(&text.split_whitespace().take(MOST_WORDS + 1).count());
    if !is_name {
        return None;
    }
    let words: Vec<_> = text.split_whitespace().map(str::to_lowercase).collect();
    Some(words.join(" "))
}
