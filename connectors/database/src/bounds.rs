//! How much may come back, and lists that keep to it.

use std::io;
use std::ops::ControlFlow;
use std::time::Duration;

use lango_connector_kit::CallLimits;
use serde::Serialize;
use serde_json::Value;

/// What one call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// On the server; a call may take a little longer.
    pub time: Duration,
    /// How many rows come back.
    pub rows: u32,
    /// How large the result may be as JSON.
    pub bytes: u32,
}

/// The tools' descriptions promise these; the gateway may set lower ones.
const CEILING: Bounds = Bounds {
    time: Duration::from_secs(30),
    rows: 500,
    bytes: 1024 * 1024,
};

impl Bounds {
    /// The gateway's limits, within this connector's own. A time of zero would
    /// mean "no limit" to a server.
    pub fn of(limits: CallLimits) -> Self {
        Self {
            time: Duration::from_millis(limits.timeout_ms.max(1)).min(CEILING.time),
            rows: limits.max_rows.min(CEILING.rows),
            bytes: limits.max_bytes.min(CEILING.bytes),
        }
    }
}

/// What cut a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Truncation {
    reason: Reason,
    limit: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Reason {
    Rows,
    Bytes,
}

/// A list that takes items up to a number and a size as JSON.
pub struct BoundedList {
    items: Vec<Value>,
    bytes: usize,
    bounds: Bounds,
    truncated: Option<Truncation>,
}

/// Room for the members around the list: names, braces, `truncated`, counts.
const FRAME_BYTES: usize = 256;

impl BoundedList {
    /// A list in a result that has `beside` next to it.
    pub fn new(bounds: &Bounds, beside: &Value) -> Self {
        Self {
            items: Vec::new(),
            bytes: FRAME_BYTES + json_length(beside),
            bounds: *bounds,
            truncated: None,
        }
    }

    /// Takes an item, or notes what cut the list. Nothing more is then taken.
    pub fn push(&mut self, item: Value) -> ControlFlow<()> {
        let bytes = self.bytes + json_length(&item) + 1;
        if self.truncated.is_some() {
            return ControlFlow::Break(());
        }
        if self.items.len() >= self.bounds.rows as usize {
            return self.cut(Reason::Rows, self.bounds.rows);
        }
        if bytes > self.bounds.bytes as usize {
            return self.cut_by_size();
        }
        self.bytes = bytes;
        self.items.push(item);
        ControlFlow::Continue(())
    }

    /// Notes that the next item is too large to be looked at.
    pub fn cut_by_size(&mut self) -> ControlFlow<()> {
        self.cut(Reason::Bytes, self.bounds.bytes)
    }

    /// The items and what cut them.
    pub fn finish(self) -> (Vec<Value>, Option<Truncation>) {
        (self.items, self.truncated)
    }

    fn cut(&mut self, reason: Reason, limit: u32) -> ControlFlow<()> {
        self.truncated = Some(Truncation { reason, limit });
        ControlFlow::Break(())
    }
}

fn json_length(value: &Value) -> usize {
    struct Count(usize);
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // A counter takes everything and JSON values have text keys: cannot fail.
    let _ = serde_json::to_writer(&mut count, value);
    count.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{prop_assert, proptest};
    use serde_json::json;

    fn bounds(rows: u32, bytes: u32) -> Bounds {
        Bounds {
            time: Duration::from_secs(1),
            rows,
            bytes,
        }
    }

    #[test]
    fn limits_only_tighten() {
        let limits = |timeout_ms, max_rows, max_bytes| {
            Bounds::of(CallLimits {
                timeout_ms,
                max_rows,
                max_bytes,
            })
        };
        assert_eq!(limits(u64::MAX, u32::MAX, u32::MAX), CEILING);
        let low = limits(0, 3, 100);
        assert_eq!(
            (low.time, low.rows, low.bytes),
            (Duration::from_millis(1), 3, 100)
        );
    }

    #[test]
    fn exactly_the_limit_is_not_cut() {
        let mut list = BoundedList::new(&bounds(2, 10_000), &Value::Null);
        assert!(list.push(json!([1])).is_continue());
        assert!(list.push(json!([2])).is_continue());
        let (items, truncated) = list.finish();
        assert_eq!((items.len(), truncated), (2, None));
    }

    #[test]
    fn one_more_row_is_cut() {
        let mut list = BoundedList::new(&bounds(1, 10_000), &Value::Null);
        assert!(list.push(json!([1])).is_continue());
        assert!(list.push(json!([2])).is_break());
        let (items, truncated) = list.finish();
        assert_eq!(items, [json!([1])]);
        assert_eq!(
            serde_json::to_value(truncated).unwrap(),
            json!({"reason": "rows", "limit": 1})
        );
    }

    #[test]
    fn nothing_is_taken_after_a_cut() {
        let mut list = BoundedList::new(&bounds(10, 1000), &Value::Null);
        assert!(list.push(json!("x".repeat(2000))).is_break());
        assert!(list.push(json!(1)).is_break());
        let (items, truncated) = list.finish();
        assert!(items.is_empty());
        assert_eq!(
            serde_json::to_value(truncated).unwrap(),
            json!({"reason": "bytes", "limit": 1000})
        );
    }

    proptest! {
        #[test]
        fn the_whole_result_fits(texts: Vec<String>, names: Vec<String>, bytes in 256_u32..4000) {
            let beside = json!(names);
            let mut list = BoundedList::new(&bounds(500, bytes), &beside);
            for text in texts {
                if list.push(json!([text])).is_break() { break; }
            }
            let (rows, truncated) = list.finish();
            let result = json!({"columns": beside, "row_count": rows.len(), "rows": rows, "truncated": truncated});
            let beside_alone = json_length(&beside) + FRAME_BYTES;
            prop_assert!(result.to_string().len() <= (bytes as usize).max(beside_alone));
        }
    }
}
