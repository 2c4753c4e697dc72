//! Whether a schema of somebody else's can be used to check arguments.
//!
//! References lead inside the schema: none is fetched (the protocol forbids it),
//! and no other document is there. Following all of them must not take long:
//! forty definitions that each name the next one twice are a million million
//! checks.

use std::collections::BTreeMap;

use serde_json::Value;

/// What a schema may come to when every reference is followed, in JSON values.
const LARGEST: u64 = 20_000;
/// How many references may lead from one to the next: whoever follows them does
/// so on a small stack.
const LONGEST_CHAIN: usize = 32;
/// Keywords that refer to a schema.
const REFERENCES: [&str; 3] = ["$ref", "$dynamicRef", "$recursiveRef"];

/// A schema that is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It refers to something that is not in it.
    Elsewhere,
    /// Checking arguments against it could take for ever.
    TooComplex,
}

/// Holds a schema to both.
pub(crate) fn check(schema: &Value) -> Result<(), Unfit> {
    let mut measures = Measures {
        root: schema,
        known: BTreeMap::new(),
        on_their_way: 0,
    };
    measures.of(schema).map(drop)
}

/// What following the references in a part of a schema comes to.
#[derive(Debug, Clone, Copy)]
struct Measure {
    size: u64,
    chain: usize,
}

struct Measures<'a> {
    root: &'a Value,
    /// By the pointer of a reference; one on its way counts once, as a checker
    /// that meets it again stops.
    known: BTreeMap<&'a str, Measure>,
    on_their_way: usize,
}

const ONE: Measure = Measure { size: 1, chain: 0 };

impl<'a> Measures<'a> {
    /// The depth of parsed JSON, and the references on their way, bound the
    /// recursion.
    fn of(&mut self, value: &'a Value) -> Result<Measure, Unfit> {
        match value {
            Value::Array(items) => self.sum(items.iter()),
            Value::Object(members) => {
                let mut measure = self.sum(members.values())?;
                for keyword in REFERENCES {
                    match members.get(keyword) {
                        // A parameter may have this name.
                        None | Some(Value::Object(_)) => {}
                        Some(Value::String(reference)) => {
                            measure = measure.and(self.referred(reference)?)?;
                        }
                        Some(_) => return Err(Unfit::Elsewhere),
                    }
                }
                Ok(measure)
            }
            _ => Ok(ONE),
        }
    }

    fn sum(&mut self, values: impl Iterator<Item = &'a Value>) -> Result<Measure, Unfit> {
        let mut sum = ONE;
        for value in values {
            sum = sum.and(self.of(value)?)?;
        }
        Ok(sum)
    }

    fn referred(&mut self, reference: &'a str) -> Result<Measure, Unfit> {
        if let Some(measure) = self.known.get(reference) {
            return Ok(*measure);
        }
        let pointer = reference.strip_prefix('#').ok_or(Unfit::Elsewhere)?;
        // Percent-encoding and anchors are legal and rare; what is not a plain
        // pointer is taken for a reference elsewhere.
        let target = self.root.pointer(pointer).ok_or(Unfit::Elsewhere)?;
        if self.on_their_way >= LONGEST_CHAIN {
            return Err(Unfit::TooComplex);
        }
        self.known.insert(reference, ONE);
        self.on_their_way += 1;
        let found = self.of(target)?;
        self.on_their_way -= 1;
        let measure = Measure {
            chain: found.chain + 1,
            ..found
        };
        if measure.chain > LONGEST_CHAIN {
            return Err(Unfit::TooComplex);
        }
        self.known.insert(reference, measure);
        Ok(measure)
    }
}

impl Measure {
    fn and(self, other: Self) -> Result<Self, Unfit> {
        let size = self.size.saturating_add(other.size);
        if size > LARGEST {
            return Err(Unfit::TooComplex);
        }
        Ok(Self {
            size,
            chain: self.chain.max(other.chain),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, json};

    #[test]
    fn ordinary_schemas_are_fit() {
        for schema in [
            json!({"type": "object"}),
            json!({"type": "object", "properties": {"$ref": {"type": "string"}}}),
            json!({"type": "object", "$defs": {"node": {"properties": {
                "children": {"items": {"$ref": "#/$defs/node"}}
            }}}, "properties": {"root": {"$ref": "#/$defs/node"}, "again": {"$ref": "#/$defs/node"}}}),
            json!({"type": "object", "properties": {"self": {"$ref": "#"}}}),
        ] {
            assert_eq!(check(&schema), Ok(()), "{schema}");
        }
    }

    #[test]
    fn references_lead_inside() {
        for reference in [
            json!("https://example.com/schema"),
            json!("other.json"),
            json!("#/$defs/none"),
            json!("#anchor"),
            json!(7),
        ] {
            let schema = json!({"properties": {"a": {"$ref": reference}}});
            assert_eq!(check(&schema), Err(Unfit::Elsewhere), "{schema}");
        }
    }

    #[test]
    fn references_do_not_multiply() {
        let level = |number: usize| {
            let next = json!({ "$ref": format!("#/$defs/d{}", number + 1) });
            (format!("d{number}"), json!({ "allOf": [next, next] }))
        };
        let mut definitions: Map<_, _> = (0..40).map(level).collect();
        definitions.insert("d40".to_owned(), json!({"type": "object"}));
        let schema = json!({"$defs": definitions, "$ref": "#/$defs/d0"});
        assert_eq!(check(&schema), Err(Unfit::TooComplex));
    }

    #[test]
    fn references_do_not_lead_on_for_long() {
        // In the order of the names each definition leads to the one before it,
        // or to the one after it: neither order hides the chain.
        for step in [1, usize::MAX] {
            let chain = |length: usize| {
                let level = |number: usize| {
                    let next = 1_000 + number.wrapping_add(step);
                    let next = json!({ "$ref": format!("#/$defs/d{next}") });
                    (format!("d{}", 1_000 + number), next)
                };
                let mut definitions: Map<_, _> = (1..length).map(level).collect();
                for end in [1_000, 1_000 + length] {
                    definitions.insert(format!("d{end}"), json!({"type": "object"}));
                }
                json!({ "$defs": definitions })
            };
            assert_eq!(check(&chain(LONGEST_CHAIN)), Ok(()), "{step}");
            assert_eq!(check(&chain(500)), Err(Unfit::TooComplex), "{step}");
        }
    }
}
