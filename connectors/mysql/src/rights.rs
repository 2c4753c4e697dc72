//! What a login may do, from the lines of `SHOW GRANTS`.

use std::collections::BTreeSet;

use lango_connector_kit::StepOutcome;

/// What a login may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rights {
    reads: bool,
    is_administrator: bool,
    reads_files: bool,
    /// What else it may do than read.
    more: BTreeSet<String>,
}

/// What a login may have without a word.
const HARMLESS: [&str; 4] = ["SELECT", "USAGE", "SHOW VIEW", "SHOW DATABASES"];
const ALL: &str = "ALL PRIVILEGES";
/// Names of rights are the server's words; more than that is not shown.
const SHOWN: usize = 12;

impl Rights {
    /// Reads the lines.
    pub(crate) fn of<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        let mut rights = Self::default();
        for line in lines {
            rights.add(line);
        }
        rights
    }

    /// `GRANT <rights> ON <what> TO <whom>`. A role that is granted has no `ON`, and its
    /// own lines beside it.
    fn add(&mut self, line: &str) {
        let granted = line
            .strip_prefix("GRANT ")
            .and_then(|it| it.split_once(" ON "));
        let Some((names, what)) = granted else {
            return;
        };
        let is_everywhere = what.starts_with("*.*");
        for name in without_columns(names).split(',').map(str::trim) {
            let is_all = name == ALL;
            self.reads |= is_all || name == "SELECT";
            self.is_administrator |= is_everywhere && (is_all || name == "SUPER");
            self.reads_files |= is_everywhere && (is_all || name == "FILE");
            if !HARMLESS.contains(&name) && !name.is_empty() {
                self.more.insert(name.to_owned());
            }
        }
        if line.contains("WITH GRANT OPTION") {
            self.more.insert("GRANT OPTION".to_owned());
        }
    }

    /// The worst of it in words.
    pub(crate) fn finding(&self) -> (StepOutcome, String) {
        if self.is_administrator {
            return warning("The login is an administrator of the server, and may read its files.");
        }
        if !self.reads {
            let text = "The login may SELECT from no table.";
            return (StepOutcome::Failed, text.to_owned());
        }
        if self.reads_files {
            return warning("The login may read and write files of the server (FILE).");
        }
        if self.more.is_empty() {
            return (StepOutcome::Passed, String::new());
        }
        let names: Vec<_> = self.more.iter().take(SHOWN).map(String::as_str).collect();
        warning(&format!(
            "The login may do more than read: {}.",
            names.join(", ")
        ))
    }
}

fn warning(text: &str) -> (StepOutcome, String) {
    (StepOutcome::Warning, text.to_owned())
}

/// `SELECT (id, name), UPDATE (name)` without what is in parentheses.
fn without_columns(names: &str) -> String {
    let mut depth = 0_u32;
    let outside = |character: &char| {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    };
    names.chars().filter(outside).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(lines: &[&str]) -> (StepOutcome, String) {
        Rights::of(lines.iter().copied()).finding()
    }

    #[test]
    fn who_only_reads_passes() {
        let lines = [
            "GRANT USAGE ON *.* TO `reader`@`%` IDENTIFIED BY PASSWORD '*X' REQUIRE SSL",
            "GRANT SELECT, SHOW VIEW ON `shop`.* TO `reader`@`%`",
            "GRANT SELECT (`id`, `INSERT`) ON `shop`.`orders` TO `reader`@`%`",
            "GRANT `readers`@`%` TO `reader`@`%`",
        ];
        assert_eq!(outcome(&lines), (StepOutcome::Passed, String::new()));
    }

    #[test]
    fn what_is_too_much_is_named() {
        for (line, outcome_expected, word) in [
            (
                "GRANT ALL PRIVILEGES ON *.* TO `a`@`%` WITH GRANT OPTION",
                StepOutcome::Warning,
                "administrator",
            ),
            (
                "GRANT SELECT, FILE ON *.* TO `a`@`%`",
                StepOutcome::Warning,
                "FILE",
            ),
            (
                "GRANT SELECT, INSERT, UPDATE (`a`) ON `shop`.* TO `a`@`%`",
                StepOutcome::Warning,
                "INSERT, UPDATE",
            ),
            (
                "GRANT ALL PRIVILEGES ON `shop`.* TO `a`@`%`",
                StepOutcome::Warning,
                "ALL PRIVILEGES",
            ),
            (
                "GRANT SELECT ON `shop`.* TO `a`@`%` WITH GRANT OPTION",
                StepOutcome::Warning,
                "GRANT OPTION",
            ),
            (
                "GRANT USAGE ON *.* TO `a`@`%`",
                StepOutcome::Failed,
                "no table",
            ),
        ] {
            let (outcome, text) = outcome(&[line]);
            assert_eq!(outcome, outcome_expected, "{line}");
            assert!(text.contains(word), "{line}: {text}");
        }
    }
}
