//! The rules file's own examples and counter-examples.

use crate::rule::{self, Rule, Strength};
use crate::screener::lexicon;
use crate::{Context, Screener, Screening};

fn rules() -> Vec<Rule> {
    rule::parse(rule::SHIPPED, &mut lexicon().unwrap()).unwrap()
}

fn screen(text: &str, context: Context) -> Screening {
    Screener::shipped().screen(&text.replace("\\n", "\n"), context)
}

fn sets_off(rule: &Rule, text: &str) -> bool {
    let screening = screen(text, Context::Document);
    screening.findings().iter().any(|it| it.rule == rule.id)
}

#[test]
fn the_form_is_kept() {
    let mut ids = std::collections::BTreeSet::new();
    for rule in rules() {
        assert!(ids.insert(rule.id), "{} twice", rule.id);
        assert!(!rule.patterns.is_empty(), "{}", rule.id);
        assert!(!rule.examples.is_empty(), "{}", rule.id);
        assert!(!rule.counter_examples.is_empty(), "{}", rule.id);
        assert!(!rule.languages.is_empty() && !rule.about.is_empty());
    }
}

#[test]
fn examples_set_their_rule_off() {
    let mut missed = Vec::new();
    for rule in rules() {
        for example in &rule.examples {
            if !sets_off(&rule, example) {
                missed.push(format!("{}: {example}", rule.id));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn counter_examples_do_not() {
    let mut hit = Vec::new();
    for rule in rules() {
        for counter in &rule.counter_examples {
            if sets_off(&rule, counter) {
                hit.push(format!("{}: {counter}", rule.id));
            }
        }
    }
    assert!(hit.is_empty(), "{hit:#?}");
}

#[test]
fn rules_decide_where_they_should() {
    for rule in rules() {
        for example in &rule.examples {
            let argument = screen(example, Context::UserArgument).is_suspicious();
            let document = screen(example, Context::Email).is_suspicious();
            let tool = screen(example, Context::ToolDescription).is_suspicious();
            match rule.strength {
                Strength::Certain => assert!(argument && document && tool, "{example}"),
                Strength::Data => assert!(document, "{example}"),
                Strength::Tool => assert!(tool, "{example}"),
                Strength::Hint => {}
            }
        }
    }
}
