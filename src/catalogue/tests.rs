use super::*;

fn tools() -> impl Iterator<Item = &'static Tool> {
    Catalogue::shipped()
        .connectors
        .iter()
        .flat_map(Connector::tools)
}

#[test]
fn every_manifest_parses_and_compiles() {
    for json in MANIFESTS {
        Connector::parse(json).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn no_two_tools_have_one_name() {
    let mut names: Vec<_> = tools().map(|tool| &tool.definition.name).collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn no_two_prompts_or_resources_have_one_name() {
    let mut names: Vec<_> = Catalogue::shipped()
        .connectors
        .iter()
        .flat_map(|connector| {
            let prompts = connector
                .prompts()
                .iter()
                .map(|it| it.definition().name.as_str());
            prompts.chain(connector.resources().iter().map(Resource::name))
        })
        .collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn every_connector_of_the_tree_is_in_the_catalogue() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/connectors");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.join("connector.json").exists() {
            let kind = path.file_name().unwrap().to_str().unwrap().to_owned();
            assert!(Catalogue::shipped().has(&kind), "{kind}");
        }
    }
}

#[test]
fn schemas_compile() {
    for tool in tools() {
        assert!(tool.input_validator().is_some(), "{}", tool.definition.name);
        if let Some(schema) = &tool.definition.output_schema {
            let schema = Value::Object(schema.clone());
            assert!(
                jsonschema::draft202012::new(&schema).is_ok(),
                "{}",
                tool.definition.name
            );
        }
    }
}
