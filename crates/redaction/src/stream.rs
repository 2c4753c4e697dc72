//! A text that arrives in chunks.

use crate::marker::Marks;
use crate::redactor::Redactor;
use crate::span::Span;

/// How much of what was handed out is kept, so that a name in it still speaks for
/// the value behind it.
const BEHIND: usize = 2 * 1024;

/// How much is held back, so that a secret which ends in a later chunk is seen
/// whole.
const AHEAD: usize = 8 * 1024;

/// A text is looked at again when this much has come.
const STEP: usize = 16 * 1024;

/// A secret longer than this is not waited for: its marker goes out, and what
/// belongs to it is dropped as it comes.
const LONGEST_WAIT: usize = 32 * 1024;

/// How much of the beginning of such a secret is kept, which tells how it ends.
const OPENING: usize = 1024;

/// Redacts a text that arrives in chunks, wherever it is cut. At most 64 KiB and
/// one chunk are held at any time.
#[derive(Debug)]
pub struct Stream<'r> {
    redactor: &'r Redactor,
    marks: Marks,
    /// What is still needed of the text.
    held: String,
    /// How much of `held` was handed out or stands behind a marker.
    done: usize,
    /// Where the secret begins whose marker is out and which still goes on.
    inside: Option<usize>,
}

impl<'r> Stream<'r> {
    pub(crate) fn new(redactor: &'r Redactor) -> Self {
        Self {
            redactor,
            marks: Marks::default(),
            held: String::new(),
            done: 0,
            inside: None,
        }
    }

    /// Takes the next chunk; answers what is certain by now.
    #[must_use]
    pub fn push(&mut self, chunk: &str) -> String {
        self.held.push_str(chunk);
        if self.held.len() - self.done < AHEAD + STEP {
            return String::new();
        }
        let certain = self.held.floor_char_boundary(self.held.len() - AHEAD);
        self.advance(certain)
    }

    /// Ends the text; answers the rest.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.advance(self.held.len())
    }

    /// Hands out the text up to `certain`, or up to the secret that stands there.
    fn advance(&mut self, certain: usize) -> String {
        let last = certain == self.held.len();
        let mut out = String::new();
        let spans = self.redactor.spans(&self.held);
        let still = |inside: usize| spans.iter().any(|s| s.start <= inside && s.end > self.done);
        self.inside = self.inside.filter(|inside| still(*inside));
        for span in spans {
            if span.end <= self.done {
                continue;
            }
            if span.start >= certain {
                break;
            }
            let waits = certain - span.start.max(self.done) < LONGEST_WAIT;
            if span.end > certain && waits && !last && self.inside.is_none() {
                out.push_str(self.clear(span.start));
                return self.settled(out);
            }
            self.replace(span, certain, &mut out);
        }
        if self.done < certain {
            out.push_str(self.clear(certain));
        }
        self.settled(out)
    }

    /// The text from what is done up to `end`, which then is done too.
    fn clear(&mut self, end: usize) -> &str {
        let start = self.done;
        self.done = self.done.max(end);
        self.held.get(start..end).unwrap_or_default()
    }

    /// Puts a marker for `span`, unless it is out already.
    fn replace(&mut self, span: Span, certain: usize, out: &mut String) {
        if self.inside.is_none() {
            let secret = self.held.get(span.start..span.end).unwrap_or_default();
            let marker = self.marks.of(span.kind, secret);
            let before = self.clear(span.start).to_owned();
            out.push_str(&before);
            out.push_str(&marker);
        }
        self.inside = (span.end > certain).then_some(span.start);
        self.done = self.done.max(span.end.min(certain));
    }

    /// Ends a step: lets go of what is no longer needed.
    fn settled(&mut self, out: String) -> String {
        if let Some(start) = self.inside {
            let opening = self.held.ceil_char_boundary(start + OPENING);
            if opening < self.done {
                self.held.replace_range(opening..self.done, "");
                self.done = opening;
            }
        }
        let anchor = self.inside.unwrap_or(self.done);
        let from = self.held.floor_char_boundary(anchor.saturating_sub(BEHIND));
        // Not inside a word, whose rest might look like something else.
        let near = self.held.get(from..anchor).unwrap_or_default();
        let cut = match near.find(char::is_whitespace) {
            Some(space) if from > 0 => from + space,
            _ => from,
        };
        self.held.replace_range(..cut, "");
        self.done -= cut;
        self.inside = self.inside.map(|start| start - cut);
        match self.redactor.redact_counting(&out, &mut self.marks) {
            std::borrow::Cow::Borrowed(_) => out,
            std::borrow::Cow::Owned(out) => out,
        }
    }
}
