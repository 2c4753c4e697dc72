//! `scripts/audit-verify`: see the crate's README.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod archive;
mod consistency;
mod lines;
mod sample;
mod verify;
mod words;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use verify::Failure;

/// Verifies exports of Lango's audit log. Needs no network, only the export and the
/// log's public key.
#[derive(Parser)]
#[command(name = "lango-audit", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Says whether an export is what the log has signed, and names the first entry that
    /// does not fit. Ends with 0 if everything fits, 1 if something does not, 2 if it
    /// could not be read, 3 if all fits but a checkpoint could not be held against it.
    Verify {
        /// The export (NDJSON), - for standard input, or the folder of an archive: one log's
        /// segments, whether of a self-hosted deployment or downloaded from its bucket.
        export: PathBuf,
        /// The log's verifier key, `name+hash+key`. May be given several times; one of
        /// them must have signed.
        #[arg(long, required = true, value_name = "VKEY")]
        key: Vec<String>,
        /// Checkpoints that were kept from before, as files: the log must have grown from
        /// each of them.
        #[arg(long, num_args = 1.., value_name = "NOTE")]
        checkpoint: Vec<PathBuf>,
        /// The verifier key of a witness, which must have signed the export's checkpoint.
        /// May be given several times: then each of them.
        #[arg(long, value_name = "VKEY")]
        witness_key: Vec<String>,
        /// The index of the first entry that an archive must have: what is older has had its
        /// time, and was removed.
        #[arg(long, default_value_t = 0, value_name = "INDEX")]
        first: u64,
    },
    /// Says whether a log has grown from a checkpoint that was kept from before, by a
    /// proof of the gateway's (`/admin/v1/audit/proofs/consistency`).
    Consistency {
        /// The checkpoint that was kept, as a file.
        older: PathBuf,
        /// The gateway's answer (JSON): a checkpoint and a proof.
        proof: PathBuf,
        /// The log's verifier key. May be given several times.
        #[arg(long, required = true, value_name = "VKEY")]
        key: Vec<String>,
    },
    /// Writes an export of invented entries, signed with a key that everybody knows: for
    /// whoever writes a verifier.
    Sample {
        /// How many entries the log has.
        #[arg(long, default_value_t = 1_000)]
        entries: u64,
        /// The index of the first entry to export.
        #[arg(long, default_value_t = 0)]
        first: u64,
        /// The index after the last entry to export; all, if it is not given.
        #[arg(long)]
        end: Option<u64>,
        /// Exports only every so many entries, each with its proof.
        #[arg(long)]
        every: Option<u64>,
        /// Writes the checkpoint at a size instead of an export.
        #[arg(long, conflicts_with_all = ["first", "end", "every"])]
        checkpoint: Option<u64>,
        /// Writes the verifier key instead of an export.
        #[arg(long, conflicts_with_all = ["first", "end", "every", "checkpoint"])]
        key: bool,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(failure) => {
            let _ = writeln!(io::stderr(), "lango-audit: {failure}");
            failure.code()
        }
    }
}

fn run(command: Command) -> Result<ExitCode, Failure> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match command {
        Command::Verify {
            export,
            key,
            checkpoint,
            witness_key,
            first,
        } => {
            if export.is_dir() {
                if !witness_key.is_empty() {
                    return Err(Failure::WitnessOfArchive);
                }
                let report = archive::verify(&export, &key, &checkpoint, first)?;
                write!(out, "{}", words::of_archive(&report))?;
                out.flush()?;
                return Ok(words::code(&report.older));
            }
            let report = verify::verify(&export, &key, &checkpoint, &witness_key)?;
            write!(out, "{}", words::of(&report))?;
            out.flush()?;
            Ok(words::code(&report.older))
        }
        Command::Consistency { older, proof, key } => {
            let (older, newer) = consistency::verify(&older, &proof, &key)?;
            writeln!(
                out,
                "The log of {newer} entries has grown from its checkpoint of {older}."
            )?;
            out.flush()?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Sample {
            entries,
            first,
            end,
            every,
            checkpoint,
            key,
        } => {
            let log = sample::Log::of(entries)?;
            match (checkpoint, key, every) {
                (_, true, _) => writeln!(out, "{}", log.key())?,
                (Some(size), ..) => write!(out, "{}", log.note(size)?)?,
                (.., Some(every)) => log.selection(every, &mut out)?,
                _ => log.range(first, end.unwrap_or(entries), &mut out)?,
            }
            out.flush()?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
