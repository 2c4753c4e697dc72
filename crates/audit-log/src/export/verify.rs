//! Whether an export is what its log has signed. Line by line, in bounded memory.

use super::{
    Header, Line, ProvenEntry, VERSION,
    misfit::{Misfit, Problem, Where},
    older::{Older, OlderCheckpoints},
    range::Range,
};
use crate::{
    checkpoint::{Checkpoint, CheckpointError, CheckpointVerifier},
    hash::{LeafHash, TreeHash},
    leaf::{commitments, open},
    tree::verify_inclusion,
    witness::WitnessKey,
};

/// Verifies an export, which it is given line by line.
pub struct ExportVerifier {
    keys: CheckpointVerifier,
    witnesses: Vec<WitnessKey>,
    older: OlderCheckpoints,
    line: u64,
    note: Option<String>,
    state: State,
}

/// What was found when everything fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The checkpoint that the entries were held against.
    pub checkpoint: Checkpoint,
    /// The index of the first entry of the range.
    pub first: u64,
    /// The index after its last.
    pub end: u64,
    /// Of a range the roots of the tree at `first` and at `end`: what comes before and
    /// after it joins there.
    pub edges: Option<(TreeHash, TreeHash)>,
    /// Whether the entries are a selection, of which nobody can say that it is whole.
    pub filtered: bool,
    /// How many entries there were.
    pub entries: u64,
    /// How many had no content any more.
    pub pruned: u64,
    /// How many personal values were shown, and fit.
    pub opened: u64,
    /// How many commitments stayed shut, because what opens them was erased.
    pub shut: u64,
    /// What became of each older checkpoint.
    pub older: Vec<Older>,
    /// The witnesses that had to sign the checkpoint, and when they did, in seconds since
    /// 1970.
    pub witnessed: Vec<(String, u64)>,
}

enum State {
    Start,
    Entries(Box<Progress>),
    Over(Box<Report>),
}

struct Progress {
    report: Report,
    last: Option<u64>,
    /// `None` in a filtered export.
    range: Option<Range>,
}

impl ExportVerifier {
    /// A verifier with a log's keys, which will also hold older checkpoints of the log
    /// against the export.
    ///
    /// # Errors
    /// [`CheckpointError`] for an older checkpoint that these keys have not signed.
    pub fn new<'a>(
        keys: CheckpointVerifier,
        older: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, CheckpointError> {
        let older = older
            .into_iter()
            .map(|note| keys.verify(note))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            keys,
            witnesses: Vec::new(),
            older: OlderCheckpoints::new(older),
            line: 0,
            note: None,
            state: State::Start,
        })
    }

    /// The same, which takes an export only if each of these witnesses has signed its
    /// checkpoint.
    #[must_use]
    pub fn witnessed_by(self, witnesses: Vec<WitnessKey>) -> Self {
        Self { witnesses, ..self }
    }

    /// Takes the next line, without its line feed.
    ///
    /// # Errors
    /// The first [`Misfit`]. What comes after it says nothing more.
    pub fn line(&mut self, text: &str) -> Result<(), Misfit> {
        self.line += 1;
        let line = Line::parse(text)
            .map_err(|error| self.misfit(self.expected(), Problem::Line(error.to_string())))?;
        match (&mut self.state, line) {
            (State::Start, Line::Header(header)) => self.header(&header),
            (State::Entries(progress), Line::Entry(entry)) => progress
                .entry(&entry, &mut self.older)
                .map_err(|(place, problem)| self.misfit(place, problem)),
            (State::Entries(progress), Line::End(end)) => {
                let report = progress
                    .end(end.entries)
                    .map_err(|(place, problem)| self.misfit(place, problem))?;
                self.state = State::Over(Box::new(report));
                Ok(())
            }
            (State::Start, _) => Err(self.misfit(Where::Header, Problem::Kind("header"))),
            (State::Entries(_), _) => Err(self.misfit(self.expected(), Problem::Kind("entry"))),
            (State::Over(_), _) => {
                Err(self.misfit(self.expected(), Problem::Line("after the end".to_owned())))
            }
        }
    }

    /// The note that the entries are held against, once the header was read.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// What was found, after the last line.
    ///
    /// # Errors
    /// [`Problem::Truncated`] when the last line was not there.
    pub fn finish(self) -> Result<Report, Misfit> {
        match self.state {
            State::Over(report) => Ok(Report {
                older: self.older.found(&report.checkpoint),
                ..*report
            }),
            State::Start | State::Entries(_) => Err(Misfit {
                line: self.line + 1,
                place: self.expected(),
                problem: Problem::Truncated,
            }),
        }
    }

    fn header(&mut self, header: &Header) -> Result<(), Misfit> {
        let progress = Progress::begin(header, (&self.keys, &self.witnesses), &mut self.older)
            .map_err(|problem| self.misfit(Where::Header, problem))?;
        self.note = Some(header.checkpoint.clone());
        self.state = State::Entries(Box::new(progress));
        Ok(())
    }

    fn misfit(&self, place: Where, problem: Problem) -> Misfit {
        let place = match problem {
            Problem::Older(size) => Where::Entries(0, size),
            _ => place,
        };
        Misfit {
            line: self.line,
            place,
            problem,
        }
    }

    /// What should stand on this line.
    fn expected(&self) -> Where {
        match &self.state {
            State::Start => Where::Header,
            State::Entries(progress) => progress.expected(),
            State::Over(report) => Where::After(report.entries.checked_sub(1)),
        }
    }
}

impl Progress {
    fn begin(
        header: &Header,
        (keys, witnesses): (&CheckpointVerifier, &[WitnessKey]),
        older: &mut OlderCheckpoints,
    ) -> Result<Self, Problem> {
        if header.version != VERSION {
            return Err(Problem::Version(header.version));
        }
        let checkpoint = keys.verify(&header.checkpoint)?;
        let witnessed = witnessed(&header.checkpoint, witnesses)?;
        older.compare(checkpoint.size, checkpoint.root)?;
        let contradiction = if header.origin != checkpoint.origin {
            Some("the log's origin")
        } else if header.tree_size != checkpoint.size {
            Some("the size of the tree")
        } else if header.first > header.end || header.end > header.tree_size {
            Some("the range")
        } else {
            None
        };
        if let Some(about) = contradiction {
            return Err(Problem::Contradiction(about));
        }
        let range = match &header.filter {
            None => Some(Range::begin(header, &checkpoint, older)?),
            Some(_) if header.left.len() + header.runs.len() + header.right.len() == 0 => None,
            Some(_) => return Err(Problem::Contradiction("the range")),
        };
        Ok(Self {
            report: Report {
                checkpoint,
                first: header.first,
                end: header.end,
                edges: range.as_ref().map(|range| range.edges),
                filtered: range.is_none(),
                entries: 0,
                pruned: 0,
                opened: 0,
                shut: 0,
                older: Vec::new(),
                witnessed,
            },
            last: None,
            range,
        })
    }

    fn next(&self) -> u64 {
        self.last.map_or(self.report.first, |last| last + 1)
    }

    fn expected(&self) -> Where {
        match self.range {
            Some(_) if self.next() < self.report.end => Where::Entry(self.next()),
            _ => Where::After(self.last),
        }
    }

    fn entry(
        &mut self,
        entry: &ProvenEntry,
        older: &mut OlderCheckpoints,
    ) -> Result<(), (Where, Problem)> {
        self.place(entry.index)?;
        let here = Where::Entry(entry.index);
        self.content(entry).map_err(|problem| (here, problem))?;
        match (&mut self.range, &entry.proof) {
            (Some(range), None) => range.entry(entry.index, entry.hash, older)?,
            (None, Some(proof)) => self
                .proof(entry.index, entry.hash, proof)
                .map_err(|problem| (here, problem))?,
            _ => return Err((here, Problem::Proof)),
        }
        self.report.entries += 1;
        self.last = Some(entry.index);
        Ok(())
    }

    /// Entries stand in the order of their indexes, and in a range without gap.
    fn place(&self, index: u64) -> Result<(), (Where, Problem)> {
        let (next, end) = (self.next(), self.report.end);
        let whole = self.range.is_some();
        if whole && next < end && index != next {
            let instead = format!("entry {index}");
            return Err((Where::Entry(next), Problem::Missing(instead)));
        }
        if index < next || index >= end {
            return Err((Where::Entry(index), Problem::Stray(next, end)));
        }
        Ok(())
    }

    fn content(&mut self, entry: &ProvenEntry) -> Result<(), Problem> {
        let Some(leaf) = &entry.leaf else {
            self.report.pruned += 1;
            return match entry.openings.first() {
                None => Ok(()),
                Some(_) => Err(Problem::Leaf),
            };
        };
        if LeafHash::of_leaf(leaf) != entry.hash {
            return Err(Problem::Leaf);
        }
        let value = open(leaf, &entry.openings)?;
        self.report.opened += entry.openings.len() as u64;
        self.report.shut += commitments(&value);
        Ok(())
    }

    fn proof(&self, index: u64, leaf: LeafHash, proof: &[TreeHash]) -> Result<(), Problem> {
        let Checkpoint { size, root, .. } = self.report.checkpoint;
        verify_inclusion(proof, index, leaf, (size, root)).map_err(|_| Problem::Proof)
    }

    fn end(&self, said: u64) -> Result<Report, (Where, Problem)> {
        let there = self.report.entries;
        if self.range.is_some() && self.next() < self.report.end {
            let instead = "the end".to_owned();
            return Err((Where::Entry(self.next()), Problem::Missing(instead)));
        }
        if said != there {
            return Err((Where::After(self.last), Problem::Count { said, there }));
        }
        Ok(self.report.clone())
    }
}

/// When each witness has signed a note.
fn witnessed(note: &str, witnesses: &[WitnessKey]) -> Result<Vec<(String, u64)>, Problem> {
    witnesses
        .iter()
        .map(|key| match key.read(note, note) {
            Ok(signed) => Ok((key.name().to_owned(), signed.at_s)),
            Err(error) => Err(Problem::Witness(key.name().to_owned(), error)),
        })
        .collect()
}
