//! Which permission opens which route, and which of the five roles has it: as a
//! table for people. A test of the documents holds the one in `docs/` to it.

use lango_identity::{Permission, Role};

use crate::{route::Who, table::ROUTES};

/// The matrix, in Markdown.
#[must_use]
pub fn matrix() -> String {
    let mut text = String::from(
        "# Who may do what\n\n\
         Made from the code (`crates/identity`, `crates/api`); a test holds it to them, and another\n\
         calls every route as every role.\n\n\
         ## Permissions and the five roles\n\n",
    );
    text.push_str("| Permission | Lets its holder |");
    for role in Role::ALL {
        text.push_str(&format!(" {role} |"));
    }
    text.push_str(&format!("\n|---|---|{}\n", ":-:|".repeat(Role::ALL.len())));
    for permission in Permission::ALL {
        text.push_str(&format!("| `{permission}` | {} |", permission.meaning()));
        for role in Role::ALL {
            let mark = if role.permissions().contains(permission) {
                " ✓ |"
            } else {
                "  |"
            };
            text.push_str(mark);
        }
        text.push('\n');
    }
    text.push_str(
        "\n## Routes of a tenant\n\nOne of the permissions is enough where several are named.\n\n",
    );
    text.push_str("| Route | Permission |");
    for role in Role::ALL {
        text.push_str(&format!(" {role} |"));
    }
    text.push_str(&format!("\n|---|---|{}\n", ":-:|".repeat(Role::ALL.len())));
    for route in ROUTES {
        let Who::Tenant(permissions) = route.who else {
            continue;
        };
        let names: Vec<_> = permissions.iter().map(|one| format!("`{one}`")).collect();
        text.push_str(&format!(
            "| `{} {}` | {} |",
            route.method.name(),
            route.path,
            names.join(", ")
        ));
        for role in Role::ALL {
            let may = permissions
                .iter()
                .any(|one| role.permissions().contains(*one));
            text.push_str(if may { " ✓ |" } else { "  |" });
        }
        text.push('\n');
    }
    text.push_str("\n## Other routes\n\n| Route | Who |\n|---|---|\n");
    for route in ROUTES {
        let who = match route.who {
            Who::Tenant(_) => continue,
            Who::Public => "anybody: one signs in here",
            Who::SignedIn => "whoever has signed in",
            Who::Bootstrap => "the holder of the bootstrap token, while there is no platform admin",
            Who::Platform => "platform admins",
        };
        text.push_str(&format!(
            "| `{} {}` | {who} |\n",
            route.method.name(),
            route.path
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_what_the_code_says() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/PERMISSIONS.md");
        if std::env::var_os("LANGO_WRITE_DOCUMENTS").is_some() {
            std::fs::write(path, matrix()).unwrap();
        }
        let document = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            document == matrix(),
            "docs/PERMISSIONS.md is not what the code says: run LANGO_WRITE_DOCUMENTS=1 cargo test -p lango-api"
        );
    }
}
