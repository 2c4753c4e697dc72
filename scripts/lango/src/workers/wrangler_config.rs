//! A copy of a `wrangler.toml` that works from another folder: absolute paths,
//! no build command, and whatever a stack or a deployment adds. wrangler reads
//! JSON as well.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};

use crate::data_folder::{create_private_folder, write_private};

/// The copy.
pub(crate) struct WranglerConfig {
    fields: Map<String, Value>,
}

impl WranglerConfig {
    /// Reads the `wrangler.toml` of a folder.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("wrangler.toml");
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut fields: Map<String, Value> =
            toml::from_str(&text).with_context(|| format!("{} is not valid", path.display()))?;
        fields.remove("build");
        if let Some(main) = fields.get("main").and_then(Value::as_str) {
            let main = folder.join(main);
            fields.insert("main".to_owned(), json!(main));
        }
        let mut config = Self { fields };
        for database in config.databases() {
            if let Some(migrations) = database["migrations_dir"].as_str() {
                database["migrations_dir"] = json!(folder.join(migrations));
            }
        }
        Ok(config)
    }

    /// Replaces a field.
    pub(crate) fn set(&mut self, name: &str, value: Value) {
        self.fields.insert(name.to_owned(), value);
    }

    /// Removes a field.
    pub(crate) fn remove(&mut self, name: &str) {
        self.fields.remove(name);
    }

    /// Replaces a variable.
    pub(crate) fn set_variable(&mut self, name: &str, value: &str) {
        let variables = self.fields.entry("vars").or_insert_with(|| json!({}));
        variables[name] = json!(value);
    }

    /// Tells a Worker which region it is placed near: a wish, and evidence of no more.
    pub(crate) fn say_placement(&mut self) {
        let region = self.fields.get("placement").map(|it| &it["region"]);
        if let Some(region) = region.and_then(Value::as_str).map(str::to_owned) {
            self.set_variable("LANGO_PLACEMENT_REGION", &region);
        }
    }

    /// Binds the bucket that audit logs are archived to.
    pub(crate) fn bind_archive(&mut self, bucket: &str, jurisdiction: Option<&str>) {
        let mut binding = json!({ "binding": "AUDIT_ARCHIVE", "bucket_name": bucket });
        if let Some(jurisdiction) = jurisdiction {
            binding["jurisdiction"] = json!(jurisdiction);
        }
        self.set("r2_buckets", json!([binding]));
    }

    /// Says which D1 database is meant.
    pub(crate) fn set_database_id(&mut self, id: &str) {
        for database in self.databases() {
            database["database_id"] = json!(id);
        }
    }

    /// Writes the copy into a folder of its own and answers its path.
    pub(crate) fn write(&self, folder: &Path) -> Result<PathBuf> {
        create_private_folder(folder)?;
        let path = folder.join("wrangler.json");
        write_private(&path, &serde_json::to_vec_pretty(&self.fields)?)?;
        Ok(path)
    }

    fn databases(&mut self) -> impl Iterator<Item = &mut Value> {
        let databases = self.fields.get_mut("d1_databases");
        databases
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_connector_is_told_the_region_that_it_is_placed_near() {
        let connectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../connectors");
        for kind in ["postgres", "mcp"] {
            let mut config = WranglerConfig::read(&connectors.join(kind)).unwrap();
            config.say_placement();
            let region = &config.fields["placement"]["region"];
            assert!(region.is_string());
            assert_eq!(&config.fields["vars"]["LANGO_PLACEMENT_REGION"], region);
        }
    }

    #[test]
    fn paths_become_absolute_and_the_build_command_goes() {
        let folder = std::env::temp_dir().join(format!("lango-config-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let toml = "name = \"x\"\nmain = \"build/index.js\"\n[build]\ncommand = \"false\"\n\
                    [vars]\nA = \"1\"\n[[d1_databases]]\nbinding = \"DB\"\nmigrations_dir = \"m\"\n";
        fs::write(folder.join("wrangler.toml"), toml).unwrap();
        let mut config = WranglerConfig::read(&folder).unwrap();
        config.set_variable("B", "2");
        config.set_database_id("id");
        let written = config.write(&folder.join("copy")).unwrap();
        let written: Value = serde_json::from_slice(&fs::read(written).unwrap()).unwrap();
        assert_eq!(
            written,
            json!({
                "name": "x",
                "main": folder.join("build/index.js"),
                "vars": { "A": "1", "B": "2" },
                "d1_databases": [{ "binding": "DB", "migrations_dir": folder.join("m"), "database_id": "id" }],
            })
        );
        fs::remove_dir_all(folder).unwrap();
    }
}
