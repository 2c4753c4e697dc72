//! A signed-in connection: statements in, rows out.
//!
//! A caller's text is always prepared, which a server does with exactly one statement;
//! settings of our own alone go as plain text. The connection says itself whether it can
//! serve again: not after rows that nobody read, nor after trouble.

use std::ops::ControlFlow;
use std::time::Duration;

use lango_mysql_protocol::{
    Answer, Column, Command, Flavour, Greeting, Row, RowStep, Violation, answer, prepared,
};

use crate::failure::Failed;
use crate::settings::Who;
use crate::sign_in::sign_in;
use crate::transport::Transport;
use crate::wire::{COLUMN_LIMIT, LIMIT, ROW_LIMIT, Trouble, Wire};

/// MySQL's own limit; a server that says more is none.
const MOST_COLUMNS: u64 = 4096;
/// What is still read of a result after nobody wants more of it, before it is given up.
const LEFTOVERS: usize = 4;

/// See the module's documentation.
pub(crate) struct Connection<S> {
    wire: Wire<S>,
    greeting: Greeting,
    /// The time limit that the server has been told.
    time: Duration,
    /// Whether the server has answered anything since [`Connection::begin_call`].
    is_answered: bool,
    /// Whether it can serve again.
    is_sound: bool,
}

/// A statement that the server has parsed.
pub(crate) struct Statement {
    number: u32,
    /// Its columns as far as they are known before it runs.
    pub(crate) columns: Vec<Column>,
    /// How many placeholders it has.
    pub(crate) parameters: u16,
}

impl<S: Transport> Connection<S> {
    /// Signs in over a stream, and makes every transaction one that only reads.
    pub(crate) async fn sign_in(stream: S, who: &Who<'_>, time: Duration) -> Result<Self, Failed> {
        let (wire, greeting) = sign_in(stream, who).await?;
        let mut connection = Self {
            wire,
            greeting,
            time,
            is_answered: false,
            is_sound: true,
        };
        connection
            .settle()
            .await
            .map_err(crate::failure::while_signing_in)?;
        Ok(connection)
    }

    /// The number by which another connection can stop what runs in this one.
    pub(crate) fn number(&self) -> u32 {
        self.greeting.connection
    }

    /// Whose server it is.
    pub(crate) fn flavour(&self) -> Flavour {
        self.greeting.flavour
    }

    /// Whether the server has answered anything in this call.
    pub(crate) fn has_been_answered(&self) -> bool {
        self.is_answered
    }

    /// Whether it can serve another call.
    pub(crate) fn is_sound(&mut self) -> bool {
        self.is_sound && self.wire.is_between_exchanges()
    }

    /// Before the first statement of a call.
    pub(crate) async fn begin_call(&mut self, time: Duration) -> Result<(), Trouble> {
        self.is_answered = false;
        if self.time == time {
            return Ok(());
        }
        self.time = time;
        let limit = time_limit(self.flavour(), time);
        self.run(&format!("SET SESSION {limit}")).await
    }

    /// As if it had just signed in: no transaction, lock or temporary table is left.
    pub(crate) async fn reset(&mut self) -> bool {
        self.is_sound() && self.try_reset().await.is_ok()
    }

    async fn try_reset(&mut self) -> Result<(), Trouble> {
        self.wire.command(&Command::reset()).await?;
        self.done().await?;
        self.settle().await
    }

    /// Says goodbye.
    pub(crate) async fn quit(mut self) {
        let _ = self.wire.command_without_answer(&Command::quit()).await;
    }

    /// Runs a text of our own that gives no rows.
    pub(crate) async fn run(&mut self, sql: &str) -> Result<(), Trouble> {
        self.wire.command(&Command::run(sql)).await?;
        self.done().await
    }

    /// Lets the server parse a text as one statement, and say what it would give.
    pub(crate) async fn prepare(&mut self, sql: &str) -> Result<Statement, Trouble> {
        self.wire.command(&Command::prepare(sql)).await?;
        let first = self.hear(LIMIT).await?;
        let told = prepared(&first)
            .map_err(|violation| self.spoilt(violation))?
            .map_err(Trouble::Server)?;
        self.pass_over(told.parameters.into()).await?;
        Ok(Statement {
            number: told.statement,
            columns: self.columns(told.columns.into()).await?,
            parameters: told.parameters,
        })
    }

    /// Runs a statement, and hands its columns and then each row to `reader`, until it has
    /// enough.
    pub(crate) async fn execute<R: Reader>(
        &mut self,
        statement: &Statement,
        parameters: &[Option<&str>],
        reader: &mut R,
    ) -> Result<(), Trouble> {
        let execute = Command::execute(statement.number, parameters);
        self.wire.command(&execute).await?;
        let first = self.hear(LIMIT).await?;
        let count = match answer(&first).map_err(|violation| self.spoilt(violation))? {
            Answer::Done => return Ok(()),
            Answer::Failed(error) => return Err(Trouble::Server(error)),
            Answer::Columns(count) if count > MOST_COLUMNS => {
                return Err(self.spoilt(Violation::Malformed));
            }
            Answer::Columns(count) => count,
        };
        let columns = self.columns(count).await?;
        reader.columns(&columns);
        self.rows(&columns, reader).await
    }

    async fn rows<R: Reader>(&mut self, columns: &[Column], reader: &mut R) -> Result<(), Trouble> {
        loop {
            let packet = match self.hear(ROW_LIMIT).await {
                Err(Trouble::Violation(Violation::TooLarge)) => {
                    return reader
                        .too_large()
                        .ok_or(Trouble::Violation(Violation::TooLarge));
                }
                packet => packet?,
            };
            if !self.is_row(&packet)? {
                return Ok(());
            }
            let row = Row::parse(&packet, columns).map_err(|violation| self.spoilt(violation))?;
            let flow = reader
                .row(row)
                .map_err(|violation| self.spoilt(violation))?;
            if flow.is_break() {
                return self.leave().await;
            }
        }
    }

    /// Reads a little on, to where the rows end: the statement's own limit lets only one
    /// more through than anybody wants.
    async fn leave(&mut self) -> Result<(), Trouble> {
        for _ in 0..LEFTOVERS {
            match self.hear(LIMIT).await {
                Ok(packet) if self.is_row(&packet)? => {}
                Ok(_) => return Ok(()),
                // It was enough already, whatever came next.
                Err(_) => return Ok(()),
            }
        }
        self.is_sound = false;
        Ok(())
    }

    fn is_row(&mut self, packet: &[u8]) -> Result<bool, Trouble> {
        let ok_packets = self.greeting.ends_are_ok_packets();
        match RowStep::of(packet, ok_packets).map_err(|violation| self.spoilt(violation))? {
            RowStep::Row => Ok(true),
            RowStep::End => Ok(false),
            RowStep::Failed(error) => Err(Trouble::Server(error)),
        }
    }

    /// What placeholders are is never known before they are filled.
    async fn pass_over(&mut self, parameters: u64) -> Result<(), Trouble> {
        for _ in 0..parameters {
            self.hear(COLUMN_LIMIT).await?;
        }
        self.end_of_columns(parameters).await
    }

    async fn columns(&mut self, count: u64) -> Result<Vec<Column>, Trouble> {
        let mut columns = Vec::new();
        for _ in 0..count {
            let packet = self.hear(COLUMN_LIMIT).await?;
            let column = Column::parse(&packet, &self.greeting);
            columns.push(column.map_err(|violation| self.spoilt(violation))?);
        }
        self.end_of_columns(count).await?;
        Ok(columns)
    }

    async fn end_of_columns(&mut self, count: u64) -> Result<(), Trouble> {
        if count > 0 && !self.greeting.ends_are_ok_packets() {
            let end = self.hear(LIMIT).await?;
            if self.is_row(&end)? {
                return Err(self.spoilt(Violation::Malformed));
            }
        }
        Ok(())
    }

    async fn done(&mut self) -> Result<(), Trouble> {
        let packet = self.hear(LIMIT).await?;
        match answer(&packet).map_err(|violation| self.spoilt(violation))? {
            Answer::Done => Ok(()),
            Answer::Failed(error) => Err(Trouble::Server(error)),
            Answer::Columns(_) => Err(self.spoilt(Violation::Malformed)),
        }
    }

    async fn hear(&mut self, limit: usize) -> Result<Vec<u8>, Trouble> {
        let packet = self.wire.hear(limit).await;
        match &packet {
            Ok(_) => self.is_answered = true,
            Err(_) => self.is_sound = false,
        }
        packet
    }

    fn spoilt(&mut self, violation: Violation) -> Trouble {
        self.is_sound = false;
        Trouble::Violation(violation)
    }

    /// What holds for the whole session. Every transaction only reads, and nothing is ever
    /// committed.
    async fn settle(&mut self) -> Result<(), Trouble> {
        self.run("SET SESSION TRANSACTION READ ONLY").await?;
        self.run(&settings(self.flavour(), self.time)).await
    }
}

/// Takes what a statement gives.
pub(crate) trait Reader {
    /// The columns, before the first row.
    fn columns(&mut self, columns: &[Column]);

    /// A row; a break ends the reading.
    fn row(&mut self, row: Row<'_>) -> Result<ControlFlow<()>, Violation>;

    /// The next row is too large to be looked at. `None` if that is an error.
    fn too_large(&mut self) -> Option<()> {
        None
    }
}

/// The limit that the server keeps, in its own words.
fn time_limit(flavour: Flavour, time: Duration) -> String {
    match flavour {
        Flavour::MySql => format!("max_execution_time = {}", time.as_millis()),
        Flavour::MariaDb => format!("max_statement_time = {}", time.as_secs_f64()),
    }
}

/// Fixed text but for numbers. With these modes `"x"` is a text, a backslash escapes, and
/// `||` is OR: what the guard's text is written for.
fn settings(flavour: Flavour, time: Duration) -> String {
    let modes = match flavour {
        Flavour::MySql => "ONLY_FULL_GROUP_BY,NO_ENGINE_SUBSTITUTION",
        // Its check does not know which columns depend on which.
        Flavour::MariaDb => "NO_ENGINE_SUBSTITUTION",
    };
    let limit = time_limit(flavour, time);
    let seconds = time.as_secs().max(1);
    format!(
        "SET SESSION {limit}, autocommit = 0, sql_mode = '{modes}', time_zone = '+00:00', \
         character_set_client = utf8mb4, character_set_connection = utf8mb4, \
         character_set_results = utf8mb4, lock_wait_timeout = {seconds}, \
         group_concat_max_len = 1048576"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_server_gets_its_own_limit() {
        let time = Duration::from_millis(1500);
        let mysql = settings(Flavour::MySql, time);
        assert!(mysql.starts_with("SET SESSION max_execution_time = 1500, autocommit = 0,"));
        let mariadb = settings(Flavour::MariaDb, time);
        assert!(mariadb.starts_with("SET SESSION max_statement_time = 1.5, autocommit = 0,"));
    }

    #[test]
    fn no_mode_changes_what_a_text_means() {
        for flavour in [Flavour::MySql, Flavour::MariaDb] {
            let text = settings(flavour, Duration::from_secs(30));
            for mode in ["ANSI", "NO_BACKSLASH_ESCAPES", "PIPES_AS_CONCAT", "ORACLE"] {
                assert!(!text.contains(mode), "{text}");
            }
        }
    }
}
