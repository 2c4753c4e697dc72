//! The scenarios of `tests/end_to_end/scenarios` with nothing but the pure parts:
//! fingerprints, memory and decision, without screening. `tests/end_to_end` replays
//! them against the real gateway.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::BTreeMap;

use lango_connector_kit::{Access, ConnectorClass, Manifest};
use lango_guard::{CallFacts, GuardPolicy, Verdict, decide};
use lango_provenance::{Memory, Origin, PrintKey, ResultTraits};
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

const FOLDER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../tests/end_to_end/scenarios"
);
const MANIFESTS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../connectors/fixtures/business"
);

#[derive(Deserialize)]
#[allow(dead_code)]
struct Scenario {
    name: String,
    setting: String,
    language: String,
    texts: BTreeMap<String, Value>,
    attack: Vec<(String, Value)>,
    benign: Vec<(String, Value)>,
}

struct Tool {
    access: Access,
    class: ConnectorClass,
    kind: String,
}

fn files(folder: &str) -> Vec<String> {
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect()
}

fn tools() -> BTreeMap<String, Tool> {
    let mut tools = BTreeMap::new();
    for file in files(MANIFESTS) {
        let manifest = Manifest::parse(&file).unwrap();
        for tool in &manifest.tools {
            let (access, class, kind) = (tool.access, manifest.class, manifest.kind.clone());
            tools.insert(
                tool.name.clone(),
                Tool {
                    access,
                    class,
                    kind,
                },
            );
        }
    }
    tools
}

/// The verdicts of a course's calls, until one does not pass.
fn replay(
    scenario: &Scenario,
    course: &[(String, Value)],
    tools: &BTreeMap<String, Tool>,
) -> Vec<Verdict> {
    let key = PrintKey::new(Zeroizing::new([3; 32]));
    let policy = GuardPolicy::default();
    let mut memory = Memory::default();
    let mut verdicts = Vec::new();
    for (number, (name, arguments)) in (0_u64..).zip(course) {
        let tool = tools
            .get(name)
            .unwrap_or_else(|| panic!("{}: no tool {name}", scenario.name));
        let call_id = format!("call_{number}");
        let traces = memory.admit(&call_id, &key.arguments(arguments), |_| false, number);
        let facts = CallFacts {
            access: tool.access,
            class: tool.class,
            findings: &[],
            traces: &traces,
            tainted: None,
            approved: false,
        };
        let verdict = decide(&policy, facts).verdict;
        verdicts.push(verdict);
        if verdict != Verdict::Pass {
            break;
        }
        let id = arguments.get("id").and_then(Value::as_str);
        let result = match id {
            Some(id) if tool.access == Access::Read => scenario.texts[id].clone(),
            _ => json!({"done": true, "receipt": format!("{name}-{call_id}")}),
        };
        let traits = ResultTraits {
            trusted: policy.provenance.trusts(&tool.kind, tool.class, false),
            query: (tool.class == ConnectorClass::Financial || tool.access != Access::Read)
                .then_some(arguments),
        };
        let origin = Origin {
            call_id,
            tool: name.clone(),
            connection: None,
            at_ms: number,
            suspicious: false,
            label: None,
        };
        memory.settle(origin, key.result(&result, &traits));
    }
    verdicts
}

#[test]
fn attacks_are_held_and_ordinary_work_is_not() {
    let tools = tools();
    let scenarios: Vec<Scenario> = files(FOLDER)
        .iter()
        .flat_map(|file| serde_json::from_str::<Vec<Scenario>>(file).unwrap())
        .collect();
    assert!(scenarios.len() >= 60, "{}", scenarios.len());
    let mut failures = Vec::new();
    let (mut stopped, mut undisturbed) = (0, 0);
    for scenario in &scenarios {
        let attack = replay(scenario, &scenario.attack, &tools);
        let is_stopped =
            attack.len() == scenario.attack.len() && attack.last() > Some(&Verdict::Pass);
        stopped += usize::from(is_stopped);
        if !is_stopped {
            failures.push(format!("attack: {}: {attack:?}", scenario.name));
        }
        let benign = replay(scenario, &scenario.benign, &tools);
        let is_undisturbed = benign.iter().all(|verdict| *verdict == Verdict::Pass);
        undisturbed += usize::from(is_undisturbed);
        if !is_undisturbed {
            failures.push(format!("benign: {}: {benign:?}", scenario.name));
        }
    }
    let of = scenarios.len();
    let failed = failures.join("\n");
    assert!(stopped * 100 >= of * 95, "{stopped} of {of}\n{failed}");
    assert!(
        undisturbed * 100 >= of * 97,
        "{undisturbed} of {of}\n{failed}"
    );
    assert!(failures.is_empty(), "{failed}");
}
