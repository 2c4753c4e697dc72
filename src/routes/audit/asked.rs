//! What a query asks of the log, and which plan it takes.

use lango_admission::Plan;
use lango_audit_log::{Layer, Query};

use super::invalid;
use crate::denial::Denial;

/// An export as it was asked for.
pub(super) struct Asked {
    pub(super) format: Format,
    /// Where it begins, or goes on.
    pub(super) first: u64,
    /// The size of the checkpoint that it is held against; the newest without one.
    pub(super) size: Option<u64>,
    pub(super) query: Query,
}

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// With proofs.
    Ndjson,
    /// For spreadsheets.
    Csv,
}

/// A search.
pub(super) fn search(pairs: Vec<(String, String)>) -> Result<Query, Denial> {
    let pairs = pairs.iter().map(|(name, value)| (&**name, &**value));
    Query::parse(pairs).map_err(|error| invalid(&error))
}

/// An export.
pub(super) fn export(pairs: Vec<(String, String)>) -> Result<Asked, Denial> {
    let (own, of_query): (Vec<_>, Vec<_>) = pairs
        .into_iter()
        .partition(|(name, _)| ["format", "first", "tree_size"].contains(&name.as_str()));
    if of_query
        .iter()
        .any(|(name, _)| ["limit", "cursor"].contains(&name.as_str()))
    {
        let detail = "an export gives everything: it has no `limit`, and goes on by `first`";
        return Err(invalid(&detail));
    }
    let query = search(of_query)?;
    let format = match own_value(&own, "format")? {
        None | Some("ndjson") => Format::Ndjson,
        Some("csv") => Format::Csv,
        Some(_) => return Err(invalid(&"`format` must be ndjson or csv")),
    };
    let first = own_value(&own, "first")?;
    let size = own_value(&own, "tree_size")?;
    Ok(Asked {
        format,
        first: first
            .map(|text| number("first", text))
            .transpose()?
            .unwrap_or(0),
        size: size.map(|text| number("tree_size", text)).transpose()?,
        query,
    })
}

/// A number that stands once in a query, if at all.
pub(super) fn number_of(name: &str, text: Option<String>) -> Result<Option<u64>, Denial> {
    text.map(|text| number(name, &text)).transpose()
}

/// Whether a plan has the search of the log.
pub(super) fn require_search(plan: Plan) -> Result<(), Denial> {
    if plan.has_audit_search() {
        return Ok(());
    }
    let detail = "Searching the audit log takes the Business plan. Without these filters it can \
                  be read on every plan.";
    Err(plan_required(Plan::Business, detail))
}

/// Whether a plan has an archive of the log.
pub(super) fn require_archive(plan: Plan) -> Result<(), Denial> {
    if plan.has_audit_archive() {
        return Ok(());
    }
    let detail = "An archive of the audit log takes the Enterprise plan. It can be exported from \
                  the Starter plan up.";
    Err(plan_required(Plan::Enterprise, detail))
}

/// Whether a plan has exports of the log, with these filters: a stretch of time is no
/// search.
pub(super) fn require_export(plan: Plan, query: &Query) -> Result<(), Denial> {
    if !plan.has_audit_export() {
        let detail = "Exporting the audit log takes the Starter plan.";
        return Err(plan_required(Plan::Starter, detail));
    }
    let of_any_time = Query {
        from_ms: None,
        to_ms: None,
        ..query.clone()
    };
    if of_any_time.is_filtered() {
        return require_search(plan);
    }
    Ok(())
}

fn plan_required(plan: Plan, detail: &str) -> Denial {
    Denial::new(Layer::Access, "plan_required", 403, detail).with_member("plan", plan.name())
}

fn own_value<'a>(own: &'a [(String, String)], name: &str) -> Result<Option<&'a str>, Denial> {
    let mut values = own.iter().filter(|(known, _)| known == name);
    let value = values.next().map(|(_, value)| value.as_str());
    match values.next() {
        Some(_) => Err(invalid(&format!("`{name}` is given twice"))),
        None => Ok(value),
    }
}

fn number(name: &str, text: &str) -> Result<u64, Denial> {
    text.parse()
        .ok()
        .filter(|number| *number <= lango_audit_log::tree::MAXIMUM_SIZE)
        .ok_or_else(|| invalid(&format!("`{name}` must be a whole number from 0 up")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Result<Asked, Denial> {
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap());
        export(
            pairs
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }

    #[test]
    fn an_export_says_how_it_goes_on() {
        let by_default = asked("").unwrap();
        assert_eq!((by_default.format, by_default.first), (Format::Ndjson, 0));
        let on = asked("format=csv&first=7&tree_size=9").unwrap();
        assert_eq!((on.format, on.first, on.size), (Format::Csv, 7, Some(9)));
        assert!(asked("tool=t&first=5&tree_size=9").is_ok());
        for odd in [
            "format=xml",
            "first=-1",
            "first=x",
            "limit=5",
            "cursor=e5",
            "first=1&first=1",
            "odd=1",
            "from=2026-01-02&to=2026-01-01",
        ] {
            assert_eq!(asked(odd).err().map(|it| it.code), Some("query"), "{odd}");
        }
    }

    #[test]
    fn a_stretch_of_time_is_no_search() {
        let may = |plan, query: &str| require_export(plan, &asked(query).unwrap().query).is_ok();
        assert!(!may(Plan::Free, ""));
        assert!(may(Plan::Starter, "from=2026-01-01"));
        assert!(!may(Plan::Starter, "tool=t"));
        assert!(may(Plan::Business, "tool=t"));
        let denial = require_search(Plan::Starter).unwrap_err();
        assert_eq!(denial.members["plan"], "business");
        let denial = require_archive(Plan::Business).unwrap_err();
        assert_eq!(denial.members["plan"], "enterprise");
        assert!(require_archive(Plan::Enterprise).is_ok());
    }
}
