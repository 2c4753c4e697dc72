//! Stretches to replace.

use crate::kind::Kind;

/// A stretch of text that is a secret, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) kind: Kind,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize, kind: Kind) -> Option<Self> {
        (start < end).then_some(Self { start, end, kind })
    }
}

/// Puts spans in order and joins those that overlap.
pub(crate) fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    if spans.len() < 2 {
        return spans;
    }
    spans.sort_unstable_by_key(|span| (span.start, span.end));
    let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start < last.end => {
                last.end = last.end.max(span.end);
                if last.kind.is_by_context() && !span.kind.is_by_context() {
                    last.kind = span.kind;
                }
            }
            _ => merged.push(span),
        }
    }
    merged
}

/// `text` with what `replacement` says for each span. A span that does not fall
/// on character boundaries is left, which no scanner makes.
pub(crate) fn replaced(
    text: &str,
    spans: &[Span],
    mut replacement: impl FnMut(Kind, &str) -> String,
) -> String {
    if let [whole] = spans
        && (whole.start, whole.end) == (0, text.len())
    {
        return replacement(whole.kind, text);
    }
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for span in spans {
        if let (Some(before), Some(found)) =
            (text.get(copied..span.start), text.get(span.start..span.end))
        {
            out.push_str(before);
            out.push_str(&replacement(span.kind, found));
            copied = span.end;
        }
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    out
}
