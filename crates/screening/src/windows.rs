//! Stretches of text worth a closer look.

/// How far before an anchor a match may begin.
const BEFORE: usize = 256;

/// How far after the start of an anchor a match may end.
const AFTER: usize = 512;

/// Stretches around anchors, merged where they overlap, so that no byte is
/// looked at twice by one rule however many anchors a text holds.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Windows {
    ranges: Vec<(usize, usize)>,
}

impl Windows {
    /// Adds the stretch around an anchor. Anchors come in rising order of their
    /// ends, so starts may step back a little, by less than `BEFORE`.
    pub(crate) fn add(&mut self, anchor_start: usize) {
        let start = anchor_start.saturating_sub(BEFORE);
        let end = anchor_start.saturating_add(AFTER);
        match self.ranges.last_mut() {
            Some((last_start, last_end)) if start <= *last_end => {
                *last_start = start.min(*last_start);
                *last_end = end.max(*last_end);
            }
            _ => self.ranges.push((start, end)),
        }
    }

    /// Where to begin searching, and the text up to where to search. The text
    /// before the start stays, so that `\b` and `^` see what stands there.
    pub(crate) fn slices<'t>(&self, text: &'t str) -> impl Iterator<Item = (usize, &'t str)> {
        self.ranges.iter().map(move |&(start, end)| {
            (
                boundary_before(text, start),
                text.get(..word_end(text, end)).unwrap_or(text),
            )
        })
    }
}

fn boundary_before(text: &str, mut index: usize) -> usize {
    while index > 0 && !text.is_char_boundary(index) {
        index -= 1;
    }
    index.min(text.len())
}

/// The end of the word at `index`, so that a cut makes no word boundary where
/// there is none; at most 64 bytes on.
fn word_end(text: &str, index: usize) -> usize {
    let limit = text.len().min(index.saturating_add(64));
    let mut end = index.min(text.len());
    while end < limit
        && text
            .as_bytes()
            .get(end)
            .is_some_and(|b| b.is_ascii_alphanumeric() || *b >= 0x80)
    {
        end += 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    end
}
