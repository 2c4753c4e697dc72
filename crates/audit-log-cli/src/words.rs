//! What was found, in words.

use std::fmt::Write as _;
use std::process::ExitCode;

use lango_audit_log::{
    archive::ArchiveReport,
    export::{Older, Report},
};

pub(crate) fn of(report: &Report) -> String {
    let mut text = String::new();
    let checkpoint = &report.checkpoint;
    let _ = writeln!(text, "The export fits.");
    let _ = writeln!(text, "log         {}", checkpoint.origin);
    let _ = writeln!(
        text,
        "checkpoint  {} entries, root {}",
        checkpoint.size, checkpoint.root
    );
    let _ = writeln!(text, "entries     {}", entries(report));
    let _ = writeln!(
        text,
        "content     {} pruned; {} personal values shown, {} erased",
        report.pruned, report.opened, report.shut
    );
    for (witness, at_s) in &report.witnessed {
        let _ = writeln!(
            text,
            "witness     {witness} has signed this checkpoint, in second {at_s} since 1970, UTC"
        );
    }
    write_older(&mut text, &report.older);
    text
}

pub(crate) fn of_archive(report: &ArchiveReport) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "The archive fits.");
    let Some(checkpoint) = &report.checkpoint else {
        let _ = writeln!(text, "segments    0");
        write_older(&mut text, &report.older);
        return text;
    };
    let _ = writeln!(text, "log         {}", checkpoint.origin);
    let _ = writeln!(
        text,
        "segments    {}: all entries from {} up to {}",
        report.segments, report.first, report.end
    );
    let _ = writeln!(
        text,
        "checkpoint  {} entries, root {}",
        checkpoint.size, checkpoint.root
    );
    let _ = writeln!(text, "content     {} pruned", report.pruned);
    write_older(&mut text, &report.older);
    text
}

fn write_older(text: &mut String, found: &[Older]) {
    for older in found {
        let _ = match older {
            Older::Consistent(size) => {
                writeln!(
                    text,
                    "older       the log has grown from its checkpoint of {size} entries"
                )
            }
            Older::NotCovered(size) => writeln!(
                text,
                "older       NOT held against the checkpoint of {size} entries: the entries around \
                 it are not here"
            ),
        };
    }
}

fn entries(report: &Report) -> String {
    let Report {
        entries,
        first,
        end,
        ..
    } = report;
    if report.filtered {
        format!("{entries} of {first} up to {end}, selected: nothing shows that none was left out")
    } else {
        format!("{entries}: all from {first} up to {end}")
    }
}

pub(crate) fn code(found: &[Older]) -> ExitCode {
    let held = |older: &Older| matches!(older, Older::Consistent(_));
    if found.iter().all(held) {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(3)
    }
}
