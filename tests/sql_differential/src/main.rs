//! The SQL gate against real database servers.
//!
//! Every statement that the guard lets pass runs with all rights and outside any
//! read-only transaction; the server's complete state is compared before and
//! after. README.md says what that is.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod compare;
mod corpus;
mod files;
mod mysql;
mod postgres;
mod random;
mod report;
mod rows;

use std::{path::PathBuf, process::ExitCode, time::SystemTime};

use anyhow::Result;
use clap::Parser;
use lango_sql_guard::{Dialect, check};

use crate::{
    compare::{Server, Statement},
    mysql::Mysql,
    postgres::{Postgres, catalogue::Catalogue, query, review, sweep},
    random::Random,
    report::Report,
    rows::{Mariadb, READERS, RowLevelSecurity},
};

/// Holds the SQL gate against real servers.
#[derive(Parser)]
struct Arguments {
    /// The scratch folder of a PostgreSQL server.
    #[arg(long)]
    postgres: Vec<PathBuf>,
    /// The scratch folder of a MariaDB server.
    #[arg(long)]
    mariadb: Vec<PathBuf>,
    /// How many random statements each comparison generates.
    #[arg(long, default_value_t = 5_000)]
    statements: u64,
    /// The seed; without one, another each time.
    #[arg(long)]
    seed: Option<u64>,
    /// One comparison alone.
    #[arg(long)]
    only: Option<Comparison>,
    /// Prints every statement that the server refused, by its words.
    #[arg(long)]
    failures: bool,
}

/// What is compared.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Comparison {
    /// The server's state before and after.
    State,
    /// Whose rows an answer shows.
    Rows,
}

/// What one run is asked for.
#[derive(Clone, Copy)]
struct Run {
    statements: u64,
    seed: u64,
    only: Option<Comparison>,
}

impl Run {
    fn random(self, index: u64) -> Random {
        Random::of_statement(self.seed, index)
    }

    fn compares(self, comparison: Comparison) -> bool {
        self.only.is_none_or(|only| only == comparison)
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 4)]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let seed = arguments.seed.unwrap_or_else(seed_of_the_clock);
    println!("seed {seed}: the same statements again with --seed {seed}");
    let run = Run {
        statements: arguments.statements,
        seed,
        only: arguments.only,
    };
    let mut servers = tokio::task::JoinSet::new();
    for folder in arguments.postgres {
        servers.spawn(against_postgres(folder, run));
    }
    for folder in arguments.mariadb {
        servers.spawn(against_mariadb(folder, run));
    }
    let mut passed = true;
    while let Some(report) = servers.join_next().await {
        let report = report??;
        report.print(arguments.failures);
        passed &= report.passed();
    }
    Ok(if passed {
        ExitCode::SUCCESS
    } else {
        eprintln!("There are differences; seed {seed}.");
        ExitCode::FAILURE
    })
}

fn seed_of_the_clock() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(1, |time| time.as_secs() % 1_000_000)
}

async fn against_postgres(folder: PathBuf, run: Run) -> Result<Report> {
    let mut server = Postgres::start(&folder).await?;
    let mut report = Report::new(server.name());
    let catalogue = Catalogue::read(server.observer()).await?;
    report.review(review::reviewed(&catalogue), review::findings(&catalogue));
    let tables = postgres::tables(server.observer()).await?;
    let random = |tables: &[query::Table], repeatable, index| {
        let setting = query::Setting {
            catalogue: &catalogue,
            tables,
            repeatable,
        };
        query::Writer::new(&setting, run.random(index)).statement()
    };
    if run.compares(Comparison::State) {
        try_effects(&mut server, &mut report, &postgres::effects(&folder)).await?;
        let mut generated = corpus::postgres();
        generated.extend(sweep::everything(&catalogue, &mut Random::new(run.seed)));
        let indexes = 0..run.statements;
        generated.extend(indexes.map(|index| ("random", random(&tables, false, index))));
        compare_all(&mut server, &mut report, generated, Dialect::Postgres).await?;
        server.reset().await?;
    }
    if run.compares(Comparison::Rows) {
        let tables = RowLevelSecurity::tables(&tables);
        let indexes = 0..run.statements;
        let statements: Vec<String> = indexes.map(|index| random(&tables, true, index)).collect();
        RowLevelSecurity::prepare(&folder).await?;
        let share = statements.len().div_ceil(READERS.len()).max(1);
        for (reader, own) in READERS.iter().zip(statements.chunks(share)) {
            let mut sides = RowLevelSecurity::of(reader, &folder).await?;
            report.rows(reader.name, rows::compare(&mut sides, own).await?);
        }
    }
    Ok(report)
}

async fn against_mariadb(folder: PathBuf, run: Run) -> Result<Report> {
    let mut server = Mysql::start(&folder).await?;
    let mut report = Report::new(server.name());
    let catalogue = mysql::catalogue::Catalogue::read(server.observer()).await?;
    let tables = mysql::tables(server.observer()).await?;
    // What was asked to learn the functions may have left something behind.
    server.reset().await?;
    let random = |tables: &[mysql::query::Table], repeatable, index| {
        mysql::query::Writer::new(&catalogue, tables, repeatable, run.random(index)).statement()
    };
    if run.compares(Comparison::State) {
        try_effects(&mut server, &mut report, &mysql::effects(&folder)).await?;
        let mut generated = corpus::mysql();
        generated.extend(mysql::sweep::everything(
            &catalogue,
            &mut Random::new(run.seed),
        ));
        let indexes = 0..run.statements;
        generated.extend(indexes.map(|index| ("random", random(&tables, false, index))));
        compare_all(&mut server, &mut report, generated, Dialect::Mysql).await?;
        server.reset().await?;
    }
    if run.compares(Comparison::Rows) {
        let tables = Mariadb::tables(&tables);
        let indexes = 0..run.statements;
        let statements: Vec<String> = indexes.map(|index| random(&tables, true, index)).collect();
        let mut sides = Mariadb::prepare(&folder).await?;
        report.rows("customer", rows::compare(&mut sides, &statements).await?);
    }
    Ok(report)
}

/// Makes sure that the comparison sees what it must.
async fn try_effects<S: Server>(
    server: &mut S,
    report: &mut Report,
    effects: &[(String, String)],
) -> Result<()> {
    report.unseen(effects.len(), compare::unseen(server, effects).await?);
    server.reset().await
}

/// Lets all of it through the guard and what passes run on the server.
async fn compare_all<S: Server>(
    server: &mut S,
    report: &mut Report,
    generated: Vec<(&'static str, String)>,
    dialect: Dialect,
) -> Result<()> {
    let through = report.through_the_guard(generated, |sql| {
        check(sql, dialect).map(|query| query.sql().to_owned())
    });
    for class in report.classes() {
        let own = through.iter().filter(|statement| statement.class == class);
        let own: Vec<Statement> = own.cloned().collect();
        let findings = compare::compare(server, &own).await?;
        report.findings(class, findings);
    }
    Ok(())
}
