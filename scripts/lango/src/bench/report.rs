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

/// Both kinds of call at one number of connections.
#[derive(Serialize)]
pub(super) struct LevelReport {
    connections: usize,
    bare: Measured,
    governed: Measured,
    /// Governed calls a second, in percent of the bare ones.
    ratio_percent: f64,
    /// What governing adds to a call's processor time.
    added_cpu_ms_per_call: f64,
}

/// One kind of call.
#[derive(Serialize)]
struct Measured {
    calls: usize,
    calls_per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    cpu_ms_per_call: f64,
}

impl LevelReport {
    pub(super) fn of(connections: usize, bare: &mut Side, governed: &mut Side) -> Result<Self> {
        let (bare, governed) = (Measured::of(bare)?, Measured::of(governed)?);
        Ok(Self {
            connections,
            ratio_percent: 100.0 * governed.calls_per_second / bare.calls_per_second,
            added_cpu_ms_per_call: governed.cpu_ms_per_call - bare.cpu_ms_per_call,
            bare,
            governed,
        })
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
    /// Two lines for each level, and one for the memory.
    pub(super) fn table(&self) -> String {
        let mut text = format!(
            "{:>11}  {:<8}  {:>7}  {:>8}  {:>6}  {:>8}  {:>8}  {:>11}",
            "connections", "call", "calls", "calls/s", "ratio", "p50 ms", "p99 ms", "CPU ms/call"
        );
        for level in &self.levels {
            let ratio = format!("{:.0} %", level.ratio_percent);
            let rows = [
                ("bare", &level.bare, "100 %"),
                ("governed", &level.governed, ratio.as_str()),
            ];
            for (name, measured, ratio) in rows {
                // Writing to a string cannot fail.
                let _ = write!(
                    text,
                    "\n{:>11}  {name:<8}  {:>7}  {:>8.0}  {ratio:>6}  {:>8.2}  {:>8.2}  {:>11.2}",
                    level.connections,
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
                "", "added", level.added_cpu_ms_per_call
            );
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

    fn report() -> Report {
        let level = LevelReport {
            connections: 32,
            bare: measured(1234.4, 0.5),
            governed: measured(432.1, 1.75),
            ratio_percent: 35.0,
            added_cpu_ms_per_call: 1.25,
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
        assert_eq!(rows.len(), 4);
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
        assert!(table.ends_with("210 MiB"), "{table}");
    }

    #[test]
    fn the_json_has_the_same_numbers() {
        let json = serde_json::to_value(report()).unwrap();
        assert_eq!(json["levels"][0]["governed"]["p99_ms"], 12.25);
        assert_eq!(json["levels"][0]["ratio_percent"], 35.0);
        assert_eq!(json["memory_mib"], 210);
    }
}
