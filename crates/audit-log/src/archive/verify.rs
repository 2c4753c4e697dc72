//! Whether segments are what the log has signed, and join without gap.

use super::segment::SegmentName;
use crate::{
    checkpoint::{Checkpoint, CheckpointError, CheckpointVerifier},
    export::{ExportVerifier, Misfit, Older, Report},
    hash::TreeHash,
};

/// Verifies the segments of one log, in their order. Memory stays bounded by one line.
pub struct ArchiveVerifier {
    keys: CheckpointVerifier,
    next: u64,
    /// The root at `next`, once there was a segment.
    joint: Option<TreeHash>,
    /// Checkpoints whose size no segment has reached yet.
    ahead: Vec<Ahead>,
    report: ArchiveReport,
}

struct Ahead {
    size: u64,
    note: String,
    /// It was kept by somebody; others come from segments.
    is_kept: bool,
}

/// What was found when everything fits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArchiveReport {
    /// How many segments there were.
    pub segments: u64,
    /// The index of the first entry.
    pub first: u64,
    /// The index after the last one.
    pub end: u64,
    /// The checkpoint of the last segment.
    pub checkpoint: Option<Checkpoint>,
    /// How many entries had no content any more when they were archived.
    pub pruned: u64,
    /// What became of each checkpoint that was given.
    pub older: Vec<Older>,
}

/// The first thing that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("segment {segment}: {problem}")]
pub struct ArchiveMisfit {
    /// The segment that does not fit, or that should be there.
    pub segment: String,
    /// What is wrong with it.
    pub problem: ArchiveProblem,
}

/// What is wrong with a segment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveProblem {
    /// Its own lines do not fit.
    #[error("{0}")]
    Export(#[from] Misfit),
    /// Entries between it and the one before are missing.
    #[error("it is missing: entries {0} to {1} are in no segment")]
    Gap(u64, u64),
    /// It has entries that the one before has as well.
    #[error("it begins with entry {first}, and everything below {next} was in segments before")]
    Overlap {
        /// Where it begins.
        first: u64,
        /// Where it should.
        next: u64,
    },
    /// It has another range than its name says.
    #[error("it has entries {first} to {last}: another range than its name says")]
    Name {
        /// The first that it has.
        first: u64,
        /// The last that it has.
        last: u64,
    },
    /// It is another tree than that of the segments before.
    #[error(
        "the tree below entry {0} is another one than that of the segments before: the log has \
         been changed between the two"
    )]
    Joint(u64),
    /// It shows only some entries, or personal values.
    #[error("it is no segment of an archive: {0}")]
    Kind(&'static str),
}

/// One segment, line by line.
pub struct SegmentVerifier {
    name: SegmentName,
    export: ExportVerifier,
}

impl ArchiveVerifier {
    /// A verifier with a log's keys, of an archive that begins with an entry: 0, unless what
    /// was older has had its time. It will hold kept checkpoints against the segments.
    ///
    /// # Errors
    /// [`CheckpointError`] for a checkpoint that these keys have not signed.
    pub fn new<'a>(
        keys: CheckpointVerifier,
        first: u64,
        kept: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, CheckpointError> {
        let ahead = kept
            .into_iter()
            .map(|note| {
                Ok(Ahead {
                    size: keys.verify(note)?.size,
                    note: note.to_owned(),
                    is_kept: true,
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            keys,
            next: first,
            joint: None,
            ahead,
            report: ArchiveReport {
                first,
                end: first,
                ..ArchiveReport::default()
            },
        })
    }

    /// Begins with the next segment.
    ///
    /// # Errors
    /// [`ArchiveMisfit`] when another one should come.
    pub fn begin(&self, name: SegmentName) -> Result<SegmentVerifier, ArchiveMisfit> {
        let next = self.next;
        if name.first() < next {
            let first = name.first();
            return Err(misfit(name, ArchiveProblem::Overlap { first, next }));
        }
        if name.first() > next {
            let missing = SegmentName::new(next, name.first()).unwrap_or(name);
            let gap = ArchiveProblem::Gap(next, name.first() - 1);
            return Err(misfit(missing, gap));
        }
        let notes = self.ahead.iter().map(|it| it.note.as_str());
        // Each was signed by these keys when it came.
        let export = ExportVerifier::new(self.keys.clone(), notes)
            .map_err(|_| misfit(name, ArchiveProblem::Kind("its checkpoint is unreadable")))?;
        Ok(SegmentVerifier { name, export })
    }

    /// Takes a segment whose lines were all read.
    ///
    /// # Errors
    /// [`ArchiveMisfit`] when it is not whole, or does not join the one before.
    pub fn end(&mut self, segment: SegmentVerifier) -> Result<(), ArchiveMisfit> {
        let SegmentVerifier { name, export } = segment;
        let note = export.note().unwrap_or_default().to_owned();
        let report = export.finish().map_err(|it| misfit(name, it.into()))?;
        self.take(name, &report)
            .map_err(|problem| misfit(name, problem))?;
        self.reached(&report.older);
        if report.checkpoint.size > report.end {
            self.ahead.push(Ahead {
                size: report.checkpoint.size,
                note,
                is_kept: false,
            });
        }
        self.report.checkpoint = Some(report.checkpoint);
        Ok(())
    }

    /// What was found, after the last segment.
    #[must_use]
    pub fn finish(mut self) -> ArchiveReport {
        let left = self.ahead.iter().filter(|it| it.is_kept);
        let left = left.map(|it| Older::NotCovered(it.size));
        self.report.older.extend(left);
        self.report
    }

    /// Checkpoints that a segment was held against go; the others wait for the next one.
    fn reached(&mut self, found: &[Older]) {
        let ahead = core::mem::take(&mut self.ahead);
        for (it, found) in ahead.into_iter().zip(found) {
            match found {
                Older::NotCovered(_) => self.ahead.push(it),
                Older::Consistent(_) if it.is_kept => self.report.older.push(*found),
                Older::Consistent(_) => {}
            }
        }
    }

    fn take(&mut self, name: SegmentName, report: &Report) -> Result<(), ArchiveProblem> {
        let (first, end) = (report.first, report.end);
        let Some((before, after)) = report.edges else {
            return Err(ArchiveProblem::Kind("it is a selection of entries"));
        };
        if (first, end) != (name.first(), name.end()) {
            let last = end.saturating_sub(1);
            return Err(ArchiveProblem::Name { first, last });
        }
        if report.opened > 0 {
            return Err(ArchiveProblem::Kind("it shows personal values"));
        }
        if self.joint.is_some_and(|joint| joint != before) {
            return Err(ArchiveProblem::Joint(first));
        }
        self.joint = Some(after);
        self.next = end;
        self.report.segments += 1;
        self.report.end = end;
        self.report.pruned += report.pruned;
        Ok(())
    }
}

impl SegmentVerifier {
    /// Takes the next line, without its line feed.
    ///
    /// # Errors
    /// The first [`ArchiveMisfit`].
    pub fn line(&mut self, text: &str) -> Result<(), ArchiveMisfit> {
        let name = self.name;
        self.export.line(text).map_err(|it| misfit(name, it.into()))
    }
}

fn misfit(name: SegmentName, problem: ArchiveProblem) -> ArchiveMisfit {
    ArchiveMisfit {
        segment: name.to_string(),
        problem,
    }
}
