//! What was measured, as a table for people and as JSON for tools.

use std::{fmt::Write as _, time::Duration};

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::{load::Side, statistics::percentile};

/// A whole run.
#[derive(Serialize)]
pub(super) struct Report {
    pub(super) levels: Vec<LevelReport>,
    /// workerd's, at the end.
    pub(super) memory_mib: u64,
}

/// All kinds of call at one number of connections.
#[derive(Serialize)]
pub(super) struct LevelReport {
    pub(super) connections: usize,
    /// A tool of Lango's own, beside the bare Worker.
    pub(super) tool: Comparison,
    /// A tool of an MCP server, beside the server itself.
    pub(super) upstream: Comparison,
}

/// One kind of call, with Lango and without.
#[derive(Serialize)]
pub(super) struct Comparison {
    baseline: Measured,
    governed: Measured,
    /// Governed calls a second, in percent of the others.
    ratio_percent: f64,
    /// What governing adds to a call's processor time in workerd.
    added_cpu_ms_per_call: f64,
}

/// One side.
#[derive(Serialize)]
struct Measured {
    calls: usize,
    calls_per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    cpu_ms_per_call: f64,
}

impl Comparison {
    pub(super) fn of(baseline: &mut Side, governed: &mut Side) -> Result<Self> {
        let (baseline, governed) = (Measured::of(baseline)?, Measured::of(governed)?);
        Ok(Self {
            ratio_percent: 100.0 * governed.calls_per_second / baseline.calls_per_second,
            added_cpu_ms_per_call: governed.cpu_ms_per_call - baseline.cpu_ms_per_call,
            baseline,
            governed,
        })
    }

    /// Two lines for the sides and one for the distance between them.
    fn rows(&self, text: &mut String, connections: usize, names: [&str; 2]) {
        let ratio = format!("{:.0} %", self.ratio_percent);
        let sides = [
            (names[0], &self.baseline, "100 %"),
            (names[1], &self.governed, ratio.as_str()),
        ];
        for (name, measured, ratio) in sides {
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "\n{connections:>11}  {name:<8}  {:>7}  {:>8.0}  {ratio:>6}  {:>8.2}  {:>8.2}  {:>11.2}",
                measured.calls,
                measured.calls_per_second,
                measured.p50_ms,
                measured.p99_ms,
                measured.cpu_ms_per_call,
            );
        }
        let _ = write!(
            text,
            "\n{:>11}  {:<8}  {:>58.2}",
            "", "added", self.added_cpu_ms_per_call
        );
    }
}

impl Measured {
    fn of(side: &mut Side) -> Result<Self> {
        let calls = u32::try_from(side.times.len())?;
        let mut at = |percent| {
            percentile(&mut side.times, percent)
                .map(milliseconds)
                .context("nothing was measured")
        };
        Ok(Self {
            p50_ms: at(50)?,
            p99_ms: at(99)?,
            calls: side.times.len(),
            calls_per_second: f64::from(calls) / side.elapsed.as_secs_f64(),
            cpu_ms_per_call: milliseconds(side.cpu) / f64::from(calls),
        })
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

impl Report {
    /// The comparisons of each level, and one line for the memory.
    pub(super) fn table(&self) -> String {
        let mut text = format!(
            "{:>11}  {:<8}  {:>7}  {:>8}  {:>6}  {:>8}  {:>8}  {:>11}",
            "connections", "call", "calls", "calls/s", "ratio", "p50 ms", "p99 ms", "CPU ms/call"
        );
        for level in &self.levels {
            level
                .tool
                .rows(&mut text, level.connections, ["bare", "governed"]);
            level
                .upstream
                .rows(&mut text, level.connections, ["direct", "upstream"]);
        }
        let _ = write!(
            text,
            "\n\nMemory of workerd at the end: {} MiB",
            self.memory_mib
        );
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(calls_per_second: f64, cpu_ms_per_call: f64) -> Measured {
        Measured {
            calls: 2000,
            calls_per_second,
            p50_ms: 1.5,
            p99_ms: 12.25,
            cpu_ms_per_call,
        }
    }

    fn comparison() -> Comparison {
        Comparison {
            baseline: measured(1234.4, 0.5),
            governed: measured(432.1, 1.75),
            ratio_percent: 35.0,
            added_cpu_ms_per_call: 1.25,
        }
    }

    fn report() -> Report {
        let level = LevelReport {
            connections: 32,
            tool: comparison(),
            upstream: comparison(),
        };
        Report {
            levels: vec![level],
            memory_mib: 210,
        }
    }

    #[test]
    fn the_columns_of_a_table_end_together() {
        let table = report().table();
        let rows: Vec<_> = table.lines().take_while(|line| !line.is_empty()).collect();
        assert_eq!(rows.len(), 7);
        assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{table}");
        assert!(
            rows[1].contains("bare") && rows[1].contains("1234"),
            "{table}"
        );
        assert!(
            rows[2].contains("35 %") && rows[2].contains("12.25"),
            "{table}"
        );
        assert!(rows[3].ends_with("1.25"), "{table}");
        assert!(rows[4].contains("direct") && rows[5].contains("upstream"));
        assert!(table.ends_with("210 MiB"), "{table}");
    }

    #[test]
    fn the_json_has_the_same_numbers() {
        let json = serde_json::to_value(report()).unwrap();
        assert_eq!(json["levels"][0]["tool"]["governed"]["p99_ms"], 12.25);
        assert_eq!(json["levels"][0]["upstream"]["ratio_percent"], 35.0);
        assert_eq!(json["memory_mib"], 210);
    }
}
