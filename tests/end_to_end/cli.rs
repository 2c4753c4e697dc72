//! `scripts/admin`: the commands that a person types, against the running gateway.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{Tenant, dev, held, post, rpc};

/// What a command said, and how it ended.
struct Said {
    code: Option<i32>,
    answer: String,
    words: String,
}

/// Runs a command with a token in its environment.
fn run(token: &str, arguments: &[&str]) -> Said {
    let root = env!("CARGO_MANIFEST_DIR");
    let output = Command::new(format!("{root}/scripts/admin"))
        .args(arguments)
        .env("LANGO_TOKEN", token)
        .env("LANGO_URL", &dev().url)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap().trim().to_owned();
    Said {
        code: output.status.code(),
        answer: text(output.stdout),
        words: text(output.stderr),
    }
}

/// The answer of a command that succeeds.
fn done(token: &str, arguments: &[&str]) -> String {
    let said = run(token, arguments);
    assert_eq!(said.code, Some(0), "{arguments:?}: {}", said.words);
    said.answer
}

/// The answer of a command that succeeds, as a program reads it.
fn json(token: &str, arguments: &[&str]) -> Value {
    let answer = done(token, &[arguments, &["--json"]].concat());
    serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{answer}"))
}

/// The words of a command that fails.
fn refused(token: &str, arguments: &[&str]) -> String {
    let said = run(token, arguments);
    assert_eq!(said.code, Some(1), "{arguments:?}: {}", said.words);
    assert_eq!(said.answer, "", "a failure answers nothing");
    said.words
}

async fn works(key: &str) -> bool {
    let answer = post(key, &rpc("tools/list", serde_json::json!({}))).await;
    answer.status() == 200
}

#[tokio::test]
async fn a_key_is_made_changed_rotated_and_revoked() {
    let tenant = Tenant::create("starter").await;
    let admin = tenant.admin.as_str();
    let create = ["key", "create", "--name", "Till 3", "--role", "viewer"];
    let token = done(admin, &create);
    assert!(works(&token).await, "the token alone is the answer");

    let listed = json(admin, &["key", "list"]);
    let items = listed["items"].as_array().unwrap();
    let made = items.iter().find(|key| key["name"] == "Till 3").unwrap();
    let key_id = made["key_id"].as_str().unwrap();
    let table = done(admin, &["key", "list"]);
    assert!(
        table.starts_with("KEY ") && table.contains("Till 3"),
        "{table}"
    );
    assert!(!table.contains(&token));

    let changed = json(admin, &["key", "change", key_id, "--name", "Till 4"]);
    assert_eq!(changed["name"], "Till 4");
    let rotated = json(admin, &["key", "rotate", key_id, "--overlap-hours", "1"]);
    let next = rotated["token"].as_str().unwrap();
    assert!(works(next).await && works(&token).await);
    assert_eq!(
        json(admin, &["key", "get", key_id])["rotated_to"],
        rotated["key_id"]
    );

    done(admin, &["key", "revoke", key_id]);
    assert!(!works(&token).await);
    let gone = refused(admin, &["key", "get", "k_nobody"]);
    assert!(gone.starts_with("404") && gone.contains("list"), "{gone}");
}

#[tokio::test]
async fn people_and_roles_are_administered() {
    let tenant = Tenant::create("starter").await;
    let admin = tenant.admin.as_str();
    let role = ["role", "create", "cashier", "--permission", "tool.read"];
    assert_eq!(json(admin, &role)["built_in"], false);
    let create = ["user", "create", "--name", "Grace", "--role", "cashier"];
    let user = json(admin, &create);
    let user_id = user["user_id"].as_str().unwrap();
    assert_eq!(user["role"], "cashier");

    let suspended = json(admin, &["user", "suspend", user_id]);
    assert!(suspended["suspended_at"].is_string(), "{suspended}");
    let resumed = json(admin, &["user", "resume", user_id]);
    assert!(resumed["suspended_at"].is_null());
    let assigned = json(admin, &["user", "assign-role", user_id, "viewer"]);
    assert_eq!(assigned["role"], "viewer");
    let change = ["user", "change", user_id, "--email", "grace@example.com"];
    assert_eq!(json(admin, &change)["email"], "grace@example.com");
    let change = ["user", "change", user_id, "--email", ""];
    assert_eq!(json(admin, &change)["email"], Value::Null);
    done(admin, &["role", "delete", "cashier"]);
    assert!(!done(admin, &["role", "list"]).contains("cashier"));

    let create = ["customer", "create", "--number", "C-1", "--name", "Amina"];
    let customer = json(admin, &create);
    assert_eq!(customer["customer_number"], "C-1");
    let listed = done(admin, &["customer", "list"]);
    assert!(listed.contains("Amina"), "{listed}");
}

#[tokio::test]
async fn the_log_is_searched_exported_and_held_against_its_checkpoints() {
    let tenant = Tenant::create("business").await;
    let admin = tenant.admin.as_str();
    let create = ["key", "create", "--name", "Till 3", "--role", "viewer"];
    done(admin, &create);
    tenant
        .log_until(|log| log.iter().any(|entry| entry["action"] == "key.create"))
        .await;
    let found = done(admin, &["audit", "search", "--limit", "20"]);
    assert!(found.contains("key.create"), "{found}");

    let file = std::env::temp_dir().join(format!("lango-cli-{}.ndjson", tenant.tenant_id));
    let path = file.to_str().unwrap();
    done(admin, &["audit", "export", path]);
    let verified = run(admin, &["audit", "verify", path]);
    assert_eq!(verified.code, Some(0), "{}", verified.words);
    let export = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, export.replace("key.create", "key.revoke")).unwrap();
    refused(admin, &["audit", "verify", path]);
    std::fs::remove_file(&file).unwrap();

    // The signed note as it is: C2SP tlog-checkpoint.
    let note = done(admin, &["audit", "checkpoint"]);
    let lines: Vec<_> = note.lines().collect();
    assert!(lines[0].ends_with(&tenant.tenant_id), "{note}");
    assert!(lines[1].parse::<u64>().is_ok_and(|size| size > 0), "{note}");
    assert!(lines[3].is_empty() && lines[4].starts_with("— "), "{note}");
    let refusal = refused(admin, &["audit", "archive"]);
    assert!(refusal.starts_with("403 (plan_required)"), "{refusal}");
}

#[tokio::test]
async fn a_list_has_every_page() {
    let tenant = Tenant::create("enterprise").await;
    let admin = tenant.admin.as_str();
    for number in 0..3 {
        let name = format!("Number {number}");
        done(
            admin,
            &["user", "create", "--name", &name, "--role", "viewer"],
        );
    }
    let listed = json(admin, &["user", "list"]);
    assert_eq!(listed["items"].as_array().unwrap().len(), 3);
}

/// A tenant from its creation to its reopening, by commands alone.
#[tokio::test]
async fn a_tenant_is_run() {
    let platform = dev().platform_admin.as_str();
    let create = ["tenant", "create", "--name", "Duka", "--plan", "starter"];
    let created = run(platform, &create);
    assert_eq!(created.code, Some(0), "{}", created.words);
    let token = created.answer;
    assert!(works(&token).await, "the admin's token alone is the answer");
    let tenant_id = crate::support::claims(&token)["tenant"].clone();
    let tenant_id = tenant_id.as_str().unwrap();

    let change = ["tenant", "change", tenant_id, "--plan", "business"];
    assert_eq!(json(platform, &change)["plan"], "business");
    assert_eq!(
        json(platform, &["tenant", "get", tenant_id])["name"],
        "Duka"
    );
    let suspended = json(platform, &["tenant", "suspend", tenant_id]);
    assert_eq!(suspended["status"], "suspended");
    assert!(!works(&token).await);
    done(platform, &["tenant", "activate", tenant_id]);
    assert!(works(&token).await);
    let closed = json(platform, &["tenant", "close", tenant_id]);
    assert!(closed["erase_at"].is_string(), "{closed}");
    done(platform, &["tenant", "reopen", tenant_id]);
    assert!(done(platform, &["tenant", "list"]).contains(tenant_id));

    let words = refused(&token, &["tenant", "list"]);
    assert!(words.starts_with("401"), "{words}");
}

#[tokio::test]
async fn settings_and_features_are_changed_and_set_back() {
    let tenant = Tenant::create("starter").await;
    let admin = tenant.admin.as_str();
    let set = ["setting", "set", "password_minimum_length=14"];
    assert_eq!(json(admin, &set)["password_minimum_length"], 14);
    let reset = ["setting", "reset", "password_minimum_length"];
    assert_eq!(json(admin, &reset)["password_minimum_length"], 12);
    let words = refused(admin, &["setting", "set", "password_minimum_length=3"]);
    assert!(words.contains("password_minimum_length"), "{words}");
    assert!(done(admin, &["setting", "schema"]).contains("\"properties\""));

    let off = json(admin, &["flag", "set", "rest_tools", "off"]);
    assert_eq!(
        (&off["enabled"], &off["origin"]),
        (&false.into(), &"tenant".into())
    );
    assert!(done(admin, &["flag", "list"]).contains("rest_tools"));
    let reset = json(admin, &["flag", "reset", "rest_tools"]);
    assert_eq!(reset["origin"], "default");
}

#[tokio::test]
async fn calls_are_limited_by_a_tenant_and_by_the_platform() {
    let tenant = Tenant::create("starter").await;
    let admin = tenant.admin.as_str();
    let set = [
        "limits",
        "set",
        "--all-keys",
        "600/50",
        "--tool",
        "crm_echo=5/2",
        "--tool",
        "pay_till=3",
    ];
    let shown = json(admin, &set);
    let rate = |per_minute: u32, burst: u32| serde_json::json!({ "per_minute": per_minute, "burst": burst });
    assert_eq!(shown["tenant"], rate(600, 50));
    assert_eq!(shown["tools"]["pay_till"], rate(3, 1));
    let remove = ["limits", "remove", "--all-keys", "--tool", "pay_till"];
    let shown = json(admin, &remove);
    assert_eq!(shown["tenant"], Value::Null);
    assert_eq!(
        shown["tools"],
        serde_json::json!({ "crm_echo": rate(5, 2) })
    );
    assert!(refused(admin, &remove).contains("pay_till"));

    let platform = dev().platform_admin.as_str();
    let tenant_id = tenant.tenant_id.as_str();
    let set = [
        "limits",
        "set",
        "--tenant-id",
        tenant_id,
        "--each-key",
        "7/3",
    ];
    let shown = json(platform, &set);
    assert_eq!(
        (&shown["key"], &shown["own"]["tools"]["crm_echo"]),
        (&rate(7, 3), &rate(5, 2))
    );
    assert!(done(admin, &["limits", "show"]).contains('7'));
    let words = refused(admin, &["limits", "show", "--tenant-id", tenant_id]);
    assert!(words.starts_with("401"), "{words}");
    let words = refused(admin, &["limits", "set", "--all-keys", "0/1"]);
    assert!(words.starts_with("422"), "{words}");
}

#[tokio::test]
async fn the_platform_has_admins_keys_and_support() {
    let platform = dev().platform_admin.as_str();
    let file = std::env::temp_dir().join(format!("lango-password-{}", std::process::id()));
    std::fs::write(&file, "correct horse battery staple 7\n").unwrap();
    let email = format!("ops-{}@example.com", std::process::id());
    let file_name = file.to_str().unwrap();
    let create = ["admin", "create", "--name", "Ops", "--email", &email];
    let admin = json(
        platform,
        &[&create[..], &["--password-file", file_name]].concat(),
    );
    let admin_id = admin["admin_id"].as_str().unwrap();

    let sign_in = ["sign-in", "--email", &email, "--password-file", file_name];
    let token = done("", &sign_in);
    let key = done(&token, &["platform-key", "create", "--name", "ci"]);
    assert!(done(&key, &["platform-key", "list"]).contains("ci"));
    let suspended = json(platform, &["admin", "suspend", admin_id]);
    assert!(suspended["suspended_at"].is_string());
    assert!(refused(&key, &["tenant", "list"]).starts_with("401"));
    std::fs::remove_file(&file).unwrap();

    let tenant = Tenant::create("starter").await;
    let grant = [
        "support-grant",
        "create",
        "--permission",
        "user.view",
        "--reason",
        "a call",
        "--minutes",
        "30",
    ];
    let granted = json(&tenant.admin, &grant);
    let session = done(platform, &["tenant", "support-session", &tenant.tenant_id]);
    done(&session, &["user", "list"]);
    let grant_id = granted["support_grant_id"].as_str().unwrap();
    done(&tenant.admin, &["support-grant", "revoke", grant_id]);
    assert!(refused(&session, &["user", "list"]).starts_with("401"));
}

#[tokio::test]
async fn an_employee_is_invited() {
    let tenant = Tenant::create("starter").await;
    let create = [
        "user",
        "create",
        "--name",
        "Grace",
        "--role",
        "viewer",
        "--email",
        "grace@example.com",
    ];
    let user = json(&tenant.admin, &create);
    let user_id = user["user_id"].as_str().unwrap();
    let invited = json(&tenant.admin, &["user", "invite", user_id]);
    assert!(invited["invitation"].is_string(), "{invited}");
}

#[tokio::test]
async fn whoever_runs_the_platform_sees_the_signing_keys_and_no_tenants_admin_does() {
    let listed = json(&dev().platform_admin, &["signing-keys", "list"]);
    let items = listed["items"].as_array().unwrap();
    assert!(items.iter().any(|key| key["state"] == "signing"));
    let words = refused(dev().key("admin"), &["signing-keys", "list"]);
    assert!(
        words.starts_with("401") && words.contains("platform"),
        "{words}"
    );
}

#[tokio::test]
async fn keys_of_credentials_are_shown_rotated_and_destroyed() {
    let tenant = Tenant::create("free").await;
    let token = serde_json::json!({ "token": "right" });
    tenant.connect("fixtures", token).await;
    let shown = json(&tenant.admin, &["vault", "show"]);
    assert_eq!(shown["data_keys"][0]["version"], 1, "{shown}");
    let rotated = json(&tenant.admin, &["vault", "rotate", "fixtures", "--wait"]);
    let keys = rotated["data_keys"].as_array().unwrap();
    assert_eq!(
        (keys.len(), &keys[0]["version"]),
        (1, &2.into()),
        "{rotated}"
    );

    let platform = &dev().platform_admin;
    let listed = json(platform, &["vault", "keys"]);
    let items = listed["items"].as_array().unwrap();
    let wraps = |key: &&Value| key["connector"] == "fixtures" && key["wraps"] == true;
    assert!(items.iter().any(|key| wraps(&key)), "{listed}");
    done(platform, &["vault", "rewrap", "fixtures", "--wait"]);
    assert!(refused(&tenant.admin, &["vault", "keys"]).starts_with("401"));

    let other = ["vault", "destroy", "--confirm", "t_00000000000000000000"];
    assert!(refused(&tenant.admin, &other).starts_with("422"));
    let own = ["vault", "destroy", "--confirm", &tenant.tenant_id];
    let destroyed = json(&tenant.admin, &own);
    assert_eq!(destroyed["erasure_generation"], 1, "{destroyed}");
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    let viewer = dev().key("viewer");
    let create = ["user", "create", "--name", "Grace", "--role", "viewer"];
    let words = refused(viewer, &create);
    assert!(
        words.starts_with("403") && words.contains("user.manage"),
        "{words}"
    );
    let words = refused("nonsense", &["key", "list"]);
    assert!(words.starts_with("401") && words.contains('→'), "{words}");
    let words = refused(viewer, &["key", "list", "--token", "abc"]);
    assert!(
        words.contains("LANGO_TOKEN") && !words.contains("abc"),
        "{words}"
    );
    let elsewhere = ["key", "list", "--url", "http://gateway.example.com"];
    assert!(refused(viewer, &elsewhere).contains("https://"));
}

#[test]
fn shells_complete_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let script = done("", &["completions", shell]);
        for word in ["signing-keys", "assign-role", "expires-in-days"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[tokio::test]
async fn where_calls_may_run_is_said_and_shown() {
    let tenant = Tenant::create("starter").await;
    let token = &tenant.admin;
    assert!(done(token, &["residency", "show"]).contains("any"));
    let promise = [
        "residency",
        "promise",
        "--residency",
        "country:KE country:TZ",
        "--enforcement",
        "prefer",
    ];
    assert_eq!(json(token, &promise)["residency"], "country:KE country:TZ");
    done(token, &["residency", "report"]);
    let create = [
        "transfer",
        "create",
        "--system",
        "Mail",
        "--vendor",
        "Vendor Ltd",
        "--region",
        "West Europe",
        "--country",
        "NL",
        "--data-class",
        "personal",
        "--ground",
        "adequacy",
    ];
    let entry = json(token, &create);
    let id = entry["transfer_id"].as_str().unwrap();
    let changed = json(token, &["transfer", "change", id, "--country", "IE"]);
    assert_eq!(
        (&changed["vendor_country"], &changed["system"]),
        (&"IE".into(), &"Mail".into())
    );
    assert!(done(token, &["transfer", "list"]).contains("Vendor Ltd"));
    assert!(done(token, &["transfer", "get", id]).contains("West Europe"));
    done(token, &["transfer", "delete", id]);
    assert!(refused(token, &["transfer", "get", id]).starts_with("404"));
}

#[tokio::test]
async fn a_content_guard_is_run() {
    let tenant = Tenant::connected("starter").await;
    let token = &tenant.admin;
    let set = [
        "guard-policy",
        "set",
        "approval.always=money",
        "results=log",
    ];
    assert_eq!(json(token, &set)["approval"]["always"], "money");
    let reset = json(token, &["guard-policy", "reset", "results"]);
    assert_eq!(reset["results"], "neutralise");
    assert!(done(token, &["guard-policy", "show"]).contains("money"));
    assert!(done(token, &["guard-policy", "schema"]).contains("four_eyes"));

    let create = [
        "trusted-value",
        "create",
        "0722903118",
        "--label",
        "Transport",
    ];
    let trusted = json(token, &create);
    let id = trusted["value_id"].as_str().unwrap();
    let listed = done(token, &["trusted-value", "list"]);
    assert!(listed.contains("Transport") && !listed.contains("903118"));
    done(token, &["trusted-value", "delete", id]);

    let refund = serde_json::json!({ "order_id": "o1", "amount": 1 });
    let approval = held(token, "crm_refund_order", refund).await;
    let pending = ["approval", "list", "--status", "pending"];
    assert!(done(token, &pending).contains(&approval));
    let own = refused(token, &["approval", "approve", &approval]);
    assert!(own.contains("person"), "{own}");
    let person = tenant.account("manager").await.sign_in().await.access;
    assert!(done(&person, &["approval", "get", &approval]).contains("o1"));
    let refuse = ["approval", "refuse", &approval, "--note", "not now"];
    assert_eq!(json(&person, &refuse)["status"], "refused");
    assert!(!done(token, &pending).contains(&approval));
}

#[tokio::test]
async fn what_of_a_database_may_be_seen_is_reviewed_tried_and_set() {
    let tenant = Tenant::connected("business").await;
    let token = &tenant.admin;
    let connection = &tenant.connection_of("postgres").await;
    let file = std::env::temp_dir().join(format!("lango-policy-{}.json", std::process::id()));
    let policy = r#"{ "tables": [{ "table": "orders", "columns": ["id", "status"],
        "rows": { "customer": "customer_id = :principal.customer_number" } }] }"#;
    std::fs::write(&file, policy).unwrap();
    let path = file.to_str().unwrap();

    let attempt = ["sql-policy", "try", connection, "select * from orders"];
    let customer = ["--for", "customer", "--customer-number", "7"];
    let none = refused(token, &[&attempt[..], &customer].concat());
    assert!(none.contains("policy"), "{none}");
    let reviewed = [&attempt[..], &customer, &["--policy", path]].concat();
    let tried = json(token, &reviewed);
    assert!(tried["sql"].as_str().unwrap().contains("'7'"), "{tried}");

    let set = json(token, &["sql-policy", "set", connection, path]);
    assert_eq!(set["policy"]["tables"][0]["table"], "public.orders");
    let shown = json(token, &["sql-policy", "show", connection]);
    assert_eq!(shown["policy"], set["policy"]);
    let staff = ["sql-policy", "try", connection, "select * from staff"];
    let refused = refused(token, &staff);
    assert!(refused.contains("line 1, column 15"), "{refused}");
    let schema = done(token, &["sql-policy", "schema"]);
    assert!(schema.contains("last_four"));
    let removed = json(token, &["sql-policy", "remove", connection]);
    assert_eq!(removed["policy"], Value::Null);
    let _ = std::fs::remove_file(file);
}
