//! Stretches of text worth a closer look.

/// How far before an anchor a match may begin.
const BEFORE: usize = 160;

/// How far after the start of an anchor a match may end.
const AFTER: usize = 320;

/// Anchors of the other groups closer together than this count as one, which
/// bounds what is remembered of a text full of them.
const GRAIN: usize = 32;

/// Where one rule may match: stretches around the anchors of its first group,
/// merged where they overlap, so that no byte is looked at twice however many
/// anchors a text holds; and where the anchors of its other groups stand.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Windows {
    ranges: Vec<(usize, usize)>,
    others: Vec<Vec<usize>>,
}

impl Windows {
    pub(crate) fn new(groups: usize) -> Self {
        Self {
            ranges: Vec::new(),
            others: vec![Vec::new(); groups.saturating_sub(1)],
        }
    }

    /// Adds an anchor of `group`. Anchors come in rising order of their ends.
    pub(crate) fn add(&mut self, group: usize, start: usize, end: usize) {
        match group.checked_sub(1) {
            None => self.add_range(start),
            Some(other) => {
                if let Some(ends) = self.others.get_mut(other)
                    && ends.last().is_none_or(|last| end >= last + GRAIN)
                {
                    ends.push(end);
                }
            }
        }
    }

    fn add_range(&mut self, anchor_start: usize) {
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
        self.ranges
            .iter()
            .filter(|(start, end)| self.others.iter().all(|ends| holds_one(ends, *start, *end)))
            .map(move |&(start, end)| {
                let slice = text.get(..word_end(text, end)).unwrap_or(text);
                (boundary_before(text, start), slice)
            })
    }
}

/// Whether an anchor that ends within the stretch is among `ends`, give or take
/// what [`GRAIN`] leaves out.
fn holds_one(ends: &[usize], start: usize, end: usize) -> bool {
    let first = ends.partition_point(|anchor| anchor.saturating_add(GRAIN) < start);
    ends.get(first)
        .is_some_and(|anchor| *anchor <= end.saturating_add(GRAIN))
}

fn boundary_before(text: &str, index: usize) -> usize {
    let mut index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
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
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80)
    {
        end += 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    end
}
