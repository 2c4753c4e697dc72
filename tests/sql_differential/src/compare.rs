//! Runs statements that the guard let pass and compares the server's whole state
//! before and after. Many at a time; when something differs, the statement that
//! did it is looked for.

use std::{collections::BTreeMap, fmt};

use anyhow::Result;

/// The whole state of a server: what, and what it is like.
pub(crate) type State = BTreeMap<String, String>;

/// What became of a statement on the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It ran to its end.
    Ran,
    /// It ran, and its answer holds what nobody may read: see [`SECRET`].
    ShowedASecret,
    /// The server refused it or stopped it, with these words.
    Failed(String),
}

/// A text that stands only where no query may look: in a file, a large object,
/// another session's statement, a catalogue of passwords.
pub(crate) const SECRET: &str = "OnlyTheServerKnows";
/// The same in hexadecimal.
const SECRET_IN_HEXADECIMAL: &str = "4f6e6c795468655365727665724b6e6f7773";

/// Whether a value of an answer holds [`SECRET`].
pub(crate) fn is_secret(value: &[u8]) -> bool {
    let holds = |text: &str| {
        value
            .windows(text.len())
            .any(|part| part.eq_ignore_ascii_case(text.as_bytes()))
    };
    holds(SECRET) || holds(SECRET_IN_HEXADECIMAL)
}

/// A real server with a scratch database, signed in with all rights.
pub(crate) trait Server {
    /// A name for reports.
    fn name(&self) -> &str;
    /// Runs one statement; what it changes is kept.
    async fn run(&mut self, sql: &str) -> Outcome;
    /// What the connector refuses besides, after it has asked the server, and why.
    async fn refused(&mut self, sql: &str) -> Result<Option<String>>;
    /// The whole state now.
    async fn state(&mut self) -> Result<State>;
    /// Puts the scratch database and the session back to what they were.
    async fn reset(&mut self) -> Result<()>;
    /// A part of the state that also moves by itself, if seldom. It counts when
    /// it moves with the same statements again.
    fn moves_by_itself(&self, part: &str) -> bool;
}

/// A statement on its way: as generated, and as the guard rendered it.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    /// The kind of generator, for the report.
    pub(crate) class: &'static str,
    /// As generated.
    pub(crate) original: String,
    /// As the guard wrote it.
    pub(crate) rendered: String,
}

/// Statements after which the state was another.
#[derive(Debug, Clone)]
pub(crate) struct Difference {
    pub(crate) statements: Vec<Statement>,
    pub(crate) parts: Vec<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for statement in self.statements.iter().take(3) {
            writeln!(formatter, "    original: {}", statement.original)?;
            writeln!(formatter, "    rendered: {}", statement.rendered)?;
        }
        if self.statements.len() > 3 {
            writeln!(formatter, "    … {} in all", self.statements.len())?;
        }
        for part in self.parts.iter().take(8) {
            writeln!(formatter, "    changed: {part}")?;
        }
        Ok(())
    }
}

/// What a comparison found.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// How many ran to their end.
    pub(crate) ran: usize,
    /// How many the server refused or stopped, by its words.
    pub(crate) failed: BTreeMap<String, usize>,
    pub(crate) differences: Vec<Difference>,
}

const BATCH: usize = 250;
/// More differences than these teach nothing new, and each takes time.
const ENOUGH: usize = 12;
const PARTS_OF_A_NARROWING: usize = 8;

/// Runs all statements and compares.
pub(crate) async fn compare<S: Server>(
    server: &mut S,
    statements: &[Statement],
) -> Result<Findings> {
    let mut findings = Findings::default();
    let mut before = server.state().await?;
    for batch in statements.chunks(BATCH) {
        run(server, batch, Some(&mut findings)).await?;
        let after = server.state().await?;
        let changed = differences(&before, &after);
        before = after;
        if changed.is_empty() {
            continue;
        }
        if !only_by_itself(server, &changed) || moves_again(server, batch).await? {
            server.reset().await?;
            narrow(server, batch, &changed, &mut findings.differences).await?;
            server.reset().await?;
        }
        if findings.differences.len() >= ENOUGH {
            break;
        }
        before = server.state().await?;
    }
    Ok(findings)
}

async fn run<S: Server>(
    server: &mut S,
    batch: &[Statement],
    mut findings: Option<&mut Findings>,
) -> Result<()> {
    for statement in batch {
        let outcome = match server.refused(&statement.rendered).await? {
            Some(words) => Outcome::Failed(words),
            None => server.run(&statement.rendered).await,
        };
        let Some(findings) = findings.as_mut() else {
            continue;
        };
        match outcome {
            Outcome::Ran => findings.ran += 1,
            Outcome::ShowedASecret => findings.differences.push(Difference {
                statements: vec![statement.clone()],
                parts: vec!["its answer shows what nobody may read".to_owned()],
            }),
            Outcome::Failed(words) => *findings.failed.entry(words).or_default() += 1,
        }
    }
    Ok(())
}

fn only_by_itself<S: Server>(server: &S, changed: &[String]) -> bool {
    changed
        .iter()
        .all(|part| server.moves_by_itself(part.split(':').next().unwrap_or(part)))
}

/// Whether the state moves each of two more times.
async fn moves_again<S: Server>(server: &mut S, batch: &[Statement]) -> Result<bool> {
    for _ in 0..2 {
        let before = server.state().await?;
        run(server, batch, None).await?;
        if differences(&before, &server.state().await?).is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Finds the statements of a batch that change something, each by itself.
async fn narrow<S: Server>(
    server: &mut S,
    batch: &[Statement],
    changed_by_all: &[String],
    found: &mut Vec<Difference>,
) -> Result<()> {
    let known = found.len();
    for part in batch.chunks(batch.len().div_ceil(PARTS_OF_A_NARROWING).max(1)) {
        let before = server.state().await?;
        run(server, part, None).await?;
        let changed = differences(&before, &server.state().await?);
        if changed.is_empty() || only_by_itself(server, &changed) {
            continue;
        }
        server.reset().await?;
        if part.len() == 1 {
            found.push(Difference {
                statements: part.to_vec(),
                parts: changed,
            });
        } else {
            Box::pin(narrow(server, part, &changed, found)).await?;
        }
        if found.len() >= ENOUGH {
            return Ok(());
        }
    }
    if found.len() == known {
        // Something changed, and no statement changes it alone: that counts too.
        found.push(Difference {
            statements: batch.to_vec(),
            parts: changed_by_all.to_vec(),
        });
    }
    Ok(())
}

/// The parts that differ, in words.
pub(crate) fn differences(before: &State, after: &State) -> Vec<String> {
    let short = |value: Option<&String>| match value {
        None => "absent".to_owned(),
        Some(value) => value.chars().take(160).collect(),
    };
    let mut parts: Vec<&String> = before.keys().chain(after.keys()).collect();
    parts.sort_unstable();
    parts.dedup();
    parts
        .into_iter()
        .filter(|part| before.get(*part) != after.get(*part))
        .map(|part| {
            format!(
                "{part}: {} → {}",
                short(before.get(part)),
                short(after.get(part))
            )
        })
        .collect()
}

/// Runs statements that do have effects, past the guard: a comparison that does
/// not see them is worth nothing. Answers those that went unseen.
pub(crate) async fn unseen<S: Server>(
    server: &mut S,
    effects: &[(String, String)],
) -> Result<Vec<String>> {
    let mut unseen = Vec::new();
    for (name, sql) in effects {
        let before = server.state().await?;
        let outcome = server.run(sql).await;
        let changed = differences(&before, &server.state().await?);
        let showed = outcome == Outcome::ShowedASecret;
        let seen = showed
            || changed
                .iter()
                .any(|part| !server.moves_by_itself(part.split(':').next().unwrap_or(part)));
        if !seen {
            unseen.push(format!("{name}: {sql} ({outcome:?}; {changed:?})"));
        }
        server.reset().await?;
    }
    Ok(unseen)
}
