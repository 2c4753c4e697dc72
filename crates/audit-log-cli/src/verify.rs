//! `lango-audit verify`.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use lango_audit_log::{
    Checkpoint, CheckpointError, CheckpointVerifier,
    archive::{ArchiveMisfit, SegmentName},
    export::{ExportVerifier, Misfit, Report},
    tree::Misproof,
    witness::{WitnessError, WitnessKey},
};

use crate::lines;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("the export does NOT fit: {0}")]
    Misfit(#[from] Misfit),
    #[error("the export does NOT fit: line {0} is not UTF-8")]
    Text(u64),
    #[error("--checkpoint {0}: {1}")]
    Older(String, CheckpointError),
    #[error("--key: {0}")]
    Key(CheckpointError),
    #[error("--witness-key: {0}")]
    Witness(WitnessError),
    #[error("--witness-key goes with an export, not with an archive's folder")]
    WitnessOfArchive,
    #[error("the log has NOT grown from this checkpoint: {0}")]
    Misproof(Misproof),
    #[error("the checkpoint of the proof: {0}")]
    Newer(CheckpointError),
    #[error("the archive does NOT fit: {0}")]
    Archive(#[from] ArchiveMisfit),
    #[error("the archive does NOT fit: segment {0}: line {1} is not UTF-8")]
    SegmentText(SegmentName, u64),
    #[error("the archive does NOT fit: {0} is no segment's name")]
    Stray(String),
    #[error("{0}: {1}")]
    File(String, io::Error),
    #[error("{0}")]
    Output(#[from] io::Error),
    #[error("{0}")]
    Sample(String),
}

impl Failure {
    /// 1 for what does not fit, 2 for what could not be read.
    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Self::Misfit(_)
            | Self::Text(_)
            | Self::Archive(_)
            | Self::SegmentText(..)
            | Self::Stray(_)
            | Self::Older(..)
            | Self::Misproof(_)
            | Self::Newer(_) => ExitCode::FAILURE,
            Self::Key(_)
            | Self::Witness(_)
            | Self::WitnessOfArchive
            | Self::File(..)
            | Self::Output(_)
            | Self::Sample(_) => ExitCode::from(2),
        }
    }
}

pub(crate) fn verify(
    export: &Path,
    keys: &[String],
    checkpoints: &[PathBuf],
    witnesses: &[String],
) -> Result<Report, Failure> {
    let keys = read_keys(keys)?;
    let witnesses = witnesses
        .iter()
        .map(|key| WitnessKey::parse(key))
        .collect::<Result<_, _>>()
        .map_err(Failure::Witness)?;
    let notes = read_notes(&keys, checkpoints)?;
    let verifier = ExportVerifier::new(keys, notes.iter().map(String::as_str))
        .map_err(Failure::Key)?
        .witnessed_by(witnesses);
    let failed = |error| unreadable(export, error);
    if export == Path::new("-") {
        return run(verifier, &mut io::stdin().lock(), failed);
    }
    let file = File::open(export).map_err(failed)?;
    run(
        verifier,
        &mut BufReader::with_capacity(1 << 16, file),
        failed,
    )
}

fn run(
    mut verifier: ExportVerifier,
    input: &mut dyn BufRead,
    failed: impl Fn(io::Error) -> Failure,
) -> Result<Report, Failure> {
    let (mut line, mut number) = (Vec::new(), 0);
    while lines::next(input, &mut line).map_err(&failed)? {
        number += 1;
        let text = str::from_utf8(&line).map_err(|_| Failure::Text(number))?;
        verifier.line(text)?;
    }
    Ok(verifier.finish()?)
}

/// The checkpoints that somebody has kept, each signed by the keys.
pub(crate) fn read_notes(
    keys: &CheckpointVerifier,
    files: &[PathBuf],
) -> Result<Vec<String>, Failure> {
    let note = |path: &PathBuf| {
        let note = text(path)?;
        read_older(keys, path, &note)?;
        Ok(note)
    };
    files.iter().map(note).collect()
}

pub(crate) fn read_keys(keys: &[String]) -> Result<CheckpointVerifier, Failure> {
    CheckpointVerifier::parse(keys.iter().map(String::as_str)).map_err(Failure::Key)
}

pub(crate) fn read_older(
    keys: &CheckpointVerifier,
    path: &Path,
    note: &str,
) -> Result<Checkpoint, Failure> {
    keys.verify(note)
        .map_err(|error| Failure::Older(path.display().to_string(), error))
}

pub(crate) fn text(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| unreadable(path, error))
}

pub(crate) fn unreadable(path: &Path, error: io::Error) -> Failure {
    Failure::File(path.display().to_string(), error)
}
