//! What may not be read makes no difference.
//!
//! Two databases that differ in hidden rows, hidden columns, masked values and a
//! hidden table, and in nothing else. Statements that try to learn of the
//! difference, by answers and by errors, in every place of a query, are rewritten
//! for a customer and run on both: they must answer the same, word for word.
//! Rewrites with something left out show that the comparison would notice.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod attacks;
mod mariadb;
mod postgres;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::Parser;
use lango_sql_guard::{Access, Dialect, Policy, Principal, check_within};
use serde_json::json;

/// Tries to learn what may not be read.
#[derive(Parser)]
struct Arguments {
    /// The scratch folder of a PostgreSQL server.
    #[arg(long)]
    postgres: Vec<PathBuf>,
    /// The scratch folder of a MariaDB server.
    #[arg(long)]
    mariadb: Vec<PathBuf>,
    /// Prints what was refused, and why.
    #[arg(long)]
    refusals: bool,
}

/// Both databases, side by side.
trait Pair {
    fn name(&self) -> &str;

    fn dialect(&self) -> Dialect;

    /// What each of the two answers, in one order; or the error's words.
    async fn run(&mut self, sql: &str) -> [String; 2];
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let mut passed = true;
    for folder in &arguments.postgres {
        let mut pair = postgres::Postgres::start(folder).await?;
        passed &= hold(&mut pair, arguments.refusals).await?;
    }
    for folder in &arguments.mariadb {
        let mut pair = mariadb::Mariadb::start(folder).await?;
        passed &= hold(&mut pair, arguments.refusals).await?;
    }
    Ok(if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn hold(pair: &mut impl Pair, refusals: bool) -> Result<bool> {
    let dialect = pair.dialect();
    let access = access(dialect)?;
    let attempts = attacks::attempts(dialect);
    let (mut run, mut answered, mut told) = (0, 0, Vec::new());
    for attempt in &attempts {
        let query = match check_within(attempt, &access) {
            Ok(query) => query,
            Err(refusal) => {
                if refusals {
                    println!("refused: {attempt}\n  {refusal}");
                }
                continue;
            }
        };
        let [one, other] = pair.run(query.sql()).await;
        run += 1;
        answered += usize::from(!one.starts_with("error"));
        if one != other {
            told.push(format!("{attempt}\n  {}\n  {one}\n  {other}", query.sql()));
        }
    }
    println!(
        "{}: {} attempts, {run} let through, {answered} answered, {} told something",
        pair.name(),
        attempts.len(),
        told.len()
    );
    for told in &told {
        eprintln!("TOLD {told}");
    }
    let mut noticed = true;
    for (words, source) in attacks::lesser_rewrites(dialect) {
        let mut differing = 0;
        for attempt in attacks::without_the_guard(dialect, source) {
            let [one, other] = pair.run(&attempt).await;
            differing += usize::from(one != other);
        }
        println!("  with {words}: {differing} told something");
        noticed &= differing > 0;
    }
    if !noticed {
        eprintln!("The comparison does not notice what it must.");
    }
    Ok(told.is_empty() && noticed && answered > 0)
}

fn access(dialect: Dialect) -> Result<Access> {
    let document = json!({ "tables": [
        { "table": "orders", "rows": { "customer": "customer = :principal.customer_number" } },
        { "table": "details", "rows": {
            "customer": "order_id IN (SELECT id FROM orders WHERE customer = :principal.customer_number)" } },
        { "table": "people", "columns": ["id", "name"],
          "masked": { "phone": "last_four", "email": "null", "note": "redacted", "total": "null" },
          "rows": { "customer": "TRUE" } },
        { "table": "products", "rows": { "customer": "TRUE" } }
    ] });
    let policy = Policy::parse(&document, dialect)?;
    let principal: Principal = serde_json::from_value(json!({
        "kind": "customer", "id": "customer-1", "customer_number": "C1"
    }))?;
    Ok(Access::of(Some(&policy), &principal, dialect, 500)?)
}
