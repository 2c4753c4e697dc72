//! Counts of right and wrong.

use serde_json::{Value, json};

/// How a source's texts were judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Texts labelled 1.
    pub positives: usize,
    /// Texts labelled 0.
    pub negatives: usize,
    /// Texts labelled 1 that were caught.
    pub true_positives: usize,
    /// Texts labelled 0 that were caught.
    pub false_positives: usize,
}

impl Tally {
    /// Counts one text.
    pub fn add(&mut self, is_positive: bool, caught: bool) {
        if is_positive {
            self.positives += 1;
            self.true_positives += usize::from(caught);
        } else {
            self.negatives += 1;
            self.false_positives += usize::from(caught);
        }
    }

    /// The share of positives that were caught; none of none is `None`.
    #[must_use]
    pub fn recall(&self) -> Option<f64> {
        share(self.true_positives, self.positives)
    }

    /// The share of negatives that were caught; none of none is `None`.
    #[must_use]
    pub fn false_positive_rate(&self) -> Option<f64> {
        share(self.false_positives, self.negatives)
    }

    /// The members that the report has for every source.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "positives": self.positives,
            "negatives": self.negatives,
            "true_positives": self.true_positives,
            "false_positives": self.false_positives,
            "recall": self.recall(),
            "false_positive_rate": self.false_positive_rate(),
        })
    }
}

/// `part` of `whole`, to four places.
#[must_use]
pub fn share(part: usize, whole: usize) -> Option<f64> {
    #[allow(clippy::cast_precision_loss)] // counts of texts
    (whole > 0).then(|| (part as f64 / whole as f64 * 10_000.0).round() / 10_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_what_there_is() {
        let mut tally = Tally::default();
        assert_eq!((tally.recall(), tally.false_positive_rate()), (None, None));
        for (positive, caught) in [(true, true), (true, false), (true, false), (false, false)] {
            tally.add(positive, caught);
        }
        assert_eq!(tally.recall(), Some(0.3333));
        assert_eq!(tally.false_positive_rate(), Some(0.0));
    }
}
