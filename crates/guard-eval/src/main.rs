//! `scripts/guard-eval`: see the crate's README.
#![forbid(unsafe_code)]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use lango_guard_eval::{EvalError, injection, pii, secrets, table};
use serde_json::{Map, Value};

/// Scores folders of labelled texts with the content guard as it is shipped.
#[derive(Parser)]
#[command(name = "scripts/guard-eval")]
struct Arguments {
    /// Folder of prompt injections and benign texts
    #[arg(long, value_name = "DIR")]
    injection: Option<PathBuf>,
    /// Folder of texts with and without secrets
    #[arg(long, value_name = "DIR")]
    secrets: Option<PathBuf>,
    /// Folder of documents with marked personal data
    #[arg(long, value_name = "DIR")]
    pii: Option<PathBuf>,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
    /// Write one line per text: its score and the rules that fired
    #[arg(long, value_name = "FILE")]
    scores: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "guard-eval: {error}");
            ExitCode::FAILURE
        }
    }
}

type Evaluate = fn(&Path, Option<&mut dyn Write>) -> Result<Value, EvalError>;

fn run(arguments: &Arguments) -> Result<(), EvalError> {
    let mut scores = match &arguments.scores {
        Some(path) => Some(BufWriter::new(File::create(path)?)),
        None => None,
    };
    let kinds: [(&str, &Option<PathBuf>, Evaluate); 3] = [
        ("injection", &arguments.injection, injection::evaluate),
        ("secrets", &arguments.secrets, secrets::evaluate),
        ("pii", &arguments.pii, pii::evaluate),
    ];
    let mut report = Map::new();
    for (kind, folder, evaluate) in kinds {
        if let Some(folder) = folder {
            let scores = scores.as_mut().map(|it| it as &mut dyn Write);
            report.insert(kind.to_owned(), evaluate(folder, scores)?);
        }
    }
    if let Some(mut scores) = scores {
        scores.flush()?;
    }
    let mut out = std::io::stdout().lock();
    if arguments.json {
        writeln!(out, "{:#}", Value::Object(report))?;
    } else {
        write!(out, "{}", table::render(&report))?;
    }
    Ok(())
}
