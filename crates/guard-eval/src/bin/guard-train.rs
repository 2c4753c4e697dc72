//! `scripts/guard-train`: see `crates/screening/MODEL.md`.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use lango_guard_eval::EvalError;
use lango_guard_eval::tally::Tally;
use lango_guard_eval::train::corpus::{self, Example};
use lango_guard_eval::train::fit::{self, Sample};
use lango_guard_eval::train::hold_out::{self, Judged};
use lango_guard_eval::train::network;
use lango_screening::training;

/// Trains the screening model and says how it does on sources that it had not seen.
#[derive(Parser)]
#[command(name = "scripts/guard-train")]
struct Arguments {
    /// Folder with `injection`, `pii` and `secrets`
    #[arg(long, value_name = "DIR")]
    shared: PathBuf,
    /// Folder of our own texts
    #[arg(long, value_name = "DIR")]
    own: PathBuf,
    /// Where the weights of the linear model go
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    /// Where the network goes
    #[arg(long, value_name = "FILE")]
    network: PathBuf,
    /// Write the benign texts that scored highest, and the attacks that scored lowest
    #[arg(long, value_name = "FILE")]
    worst: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "guard-train: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), EvalError> {
    let examples = corpus::read(&arguments.shared, &arguments.own)?;
    let mut samples = hold_out::samples(&examples);
    if samples.iter().all(|it| it.segments.is_empty()) {
        return Err(EvalError::Unfit);
    }
    let judged = hold_out::judge(&examples, &mut samples);
    let chosen = hold_out::CLASSES.map(|class| hold_out::threshold(&examples, &judged, class));
    let [argument, document, tool] = chosen.each_ref().map(|(threshold, _)| *threshold);
    let sources = chosen.each_ref().map(|(_, source)| source.as_str());
    report(&examples, &judged, [argument, document, tool], sources)?;
    if let Some(path) = &arguments.worst {
        worst(&examples, &judged, path)?;
    }
    let all: Vec<&Sample> = samples.iter().collect();
    let thresholds = [argument, document, tool, document];
    fs::write(
        &arguments.weights,
        training::file(&fit::fit(&all), thresholds),
    )?;
    let network = training::network_file(&network::fit(&all).layers());
    fs::write(&arguments.network, network)?;
    Ok(())
}

/// One line a source, benign ones with most false alarms first, then attacks with
/// the least recall first.
fn report(
    examples: &[Example],
    judged: &[Judged],
    thresholds: [f32; 3],
    set_by: [&str; 3],
) -> Result<(), EvalError> {
    let mut out = std::io::stdout().lock();
    for ((threshold, source), name) in
        thresholds
            .iter()
            .zip(set_by)
            .zip(["arguments", "documents", "tools"])
    {
        writeln!(
            out,
            "threshold for {name}: {threshold:.3} (set by {source})"
        )?;
    }
    writeln!(out)?;
    let mut sources: BTreeMap<(&str, bool), [Tally; 3]> = BTreeMap::new();
    for (example, judged) in examples.iter().zip(judged) {
        let tallies = sources
            .entry((hold_out::family(&example.source), example.attack))
            .or_default();
        let ways = judged.decided.into_iter().zip(thresholds);
        for (tally, (decided, threshold)) in tallies.iter_mut().zip(ways) {
            tally.add(example.attack, decided || judged.logit >= threshold);
        }
    }
    let mut rows: Vec<_> = sources.into_iter().collect();
    rows.sort_by(|((_, attack), one), ((_, other_attack), other)| {
        let rate = |tallies: &[Tally; 3]| {
            let [argument, document, _] = tallies;
            argument
                .recall()
                .or(document.false_positive_rate().map(|it| -it))
                .unwrap_or(0.0)
        };
        attack
            .cmp(other_attack)
            .then(rate(one).total_cmp(&rate(other)))
    });
    writeln!(
        out,
        "| source held out | texts | as an argument | as a document | as a tool's definition |\n|---|---|---|---|---|"
    )?;
    for ((source, attack), tallies) in rows {
        let texts = tallies.first().map_or(0, |it| it.positives + it.negatives);
        write!(
            out,
            "| {source}{} | {texts} |",
            if attack { " (attacks)" } else { "" }
        )?;
        for tally in tallies {
            let rate = tally.recall().or(tally.false_positive_rate());
            write!(out, " {:.1} % |", rate.unwrap_or(0.0) * 100.0)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn worst(examples: &[Example], judged: &[Judged], path: &PathBuf) -> Result<(), EvalError> {
    let mut file = fs::File::create(path)?;
    let mut rows: Vec<_> = examples.iter().zip(judged).collect();
    rows.sort_by(|(_, one), (_, other)| other.logit.total_cmp(&one.logit));
    for (example, judged) in rows {
        let text: String = example.text.chars().take(300).collect();
        writeln!(
            file,
            "{}\t{:.2}\t{:?}\t{}\t{:?}",
            u8::from(example.attack),
            judged.logit,
            judged.decided,
            example.source,
            text
        )?;
    }
    Ok(())
}
