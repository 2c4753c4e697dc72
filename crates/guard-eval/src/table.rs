//! The report for people.

use std::fmt::Write;

use serde_json::{Map, Value};

/// The report as text: for each kind one line a source, one column a number.
#[must_use]
pub fn render(report: &Map<String, Value>) -> String {
    let mut text = String::new();
    for (kind, sources) in report {
        let _ = writeln!(text, "{kind}");
        let rows: Vec<_> = sources.as_object().into_iter().flatten().collect();
        let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (source, numbers) in rows {
            let _ = write!(text, "  {source:width$}");
            write_numbers(&mut text, numbers);
            text.push('\n');
        }
    }
    text
}

/// A tally in two shares; whatever else there is by its name. Objects within a
/// source (the thresholds, the types of personal data) follow their name.
fn write_numbers(text: &mut String, numbers: &Value) {
    let is_tally = numbers.get("true_positives").is_some();
    if is_tally {
        write_share(text, "recall", numbers, "recall", "positives");
        write_share(text, "false", numbers, "false_positive_rate", "negatives");
    }
    for (name, value) in numbers.as_object().into_iter().flatten() {
        match value {
            Value::Object(_) => {
                let _ = write!(text, "  | {name}:");
                write_numbers(text, value);
            }
            Value::Number(number) if !is_tally && number.is_f64() => {
                let percent = number.as_f64().unwrap_or_default() * 100.0;
                let _ = write!(text, "  {name} {percent:.1} %");
            }
            Value::Number(number) if !is_tally => {
                let _ = write!(text, "  {name} {number}");
            }
            _ => {}
        }
    }
}

fn write_share(text: &mut String, name: &str, numbers: &Value, share: &str, whole: &str) {
    if let Some(share) = numbers.get(share).and_then(Value::as_f64) {
        let whole = numbers.get(whole).and_then(Value::as_u64).unwrap_or(0);
        let percent = share * 100.0;
        let _ = write!(text, "  {name} {percent:.1} % of {whole}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_source_is_a_line() {
        let report = json!({"secrets": {"a": {
            "positives": 4, "true_positives": 2, "recall": 0.5, "negatives": 0,
        }}});
        assert_eq!(
            render(report.as_object().unwrap()),
            "secrets\n  a  recall 50.0 % of 4\n"
        );
    }
}
