//! The policy document.

use std::collections::BTreeSet;

use lango_tenancy::Within;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::alert::Rule;

const MS_PER_MINUTE: i64 = 60_000;

/// What a tenant wants to be told of, and where. Every member has a default; a stored
/// document holds what was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AlertPolicy {
    /// Many refusals of one actor in a short time.
    pub refusal_burst: RefusalBurst,
    /// A country that an actor never came from.
    pub new_country: NewCountry,
    /// An hour of the day at which an actor never works.
    pub unusual_hour: UnusualHour,
    /// A tool that an actor never used.
    pub new_tool: NewTool,
    /// Keys, people, connections and tools that nobody has a reason to use.
    pub canary: Canaries,
    /// A checkpoint of the audit log that does not verify.
    pub checkpoint: Checkpoint,
    /// An archive of the audit log that does not go on.
    pub archive: Archive,
    /// After an alert, how long the same rule is silent about the same actor, in minutes.
    pub quiet_minutes: Within<1, 1440>,
    /// What the tenant's clocks are ahead of UTC, in minutes: 180 in Nairobi.
    #[schemars(range(min = -720, max = 840))]
    pub utc_offset_minutes: i32,
    /// The https URL that alerts are sent to.
    pub webhook: Option<String>,
    /// The telephones that alerts are sent to by WhatsApp, as `+254…`.
    #[schemars(length(max = 5))]
    pub whatsapp: Vec<String>,
}

/// So many refusals in so many minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RefusalBurst {
    /// Whether it is looked for.
    pub enabled: bool,
    /// How many refusals raise an alert. Calls over the rate and calls that wait for an
    /// approval are not counted.
    pub count: Within<3, 500>,
    /// In how many minutes.
    pub minutes: Within<1, 60>,
}

macro_rules! learned {
    ($($name:ident, $days:literal;)*) => {$(
        /// What an actor does for the first time after a time of learning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            /// Whether it is looked for.
            pub enabled: bool,
            /// For how many days an actor is watched before anything of theirs is unusual.
            pub learn_days: Within<1, 90>,
        }

        impl Default for $name {
            fn default() -> Self {
                Self {
                    enabled: true,
                    learn_days: Within::constant::<$days>(),
                }
            }
        }
    )*};
}

learned! {
    NewCountry, 7;
    UnusualHour, 14;
    NewTool, 14;
}

/// What nobody has a reason to use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Canaries {
    /// Whether their use raises an alert.
    pub enabled: bool,
    /// Keys, by their identifiers.
    #[schemars(length(max = 50))]
    pub keys: BTreeSet<String>,
    /// Employees, customers and programs, by their identifiers.
    #[schemars(length(max = 50))]
    pub principals: BTreeSet<String>,
    /// Connections, by their identifiers.
    #[schemars(length(max = 50))]
    pub connections: BTreeSet<String>,
    /// Tools, by their names.
    #[schemars(length(max = 50))]
    pub tools: BTreeSet<String>,
}

/// Whether the audit log is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Checkpoint {
    /// Whether an alert is raised when it does not verify.
    pub enabled: bool,
}

/// Whether the archive of the audit log is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Archive {
    /// Whether an alert is raised when it does not go on.
    pub enabled: bool,
}

impl AlertPolicy {
    /// Whether a rule may raise an alert.
    #[must_use]
    pub fn is_on(&self, rule: Rule) -> bool {
        match rule {
            Rule::RefusalBurst => self.refusal_burst.enabled,
            Rule::NewCountry => self.new_country.enabled,
            Rule::UnusualHour => self.unusual_hour.enabled,
            Rule::NewTool => self.new_tool.enabled,
            Rule::Canary => self.canary.enabled,
            Rule::Checkpoint => self.checkpoint.enabled,
            Rule::Archive => self.archive.enabled,
            Rule::Test => true,
        }
    }

    /// The JSON Schema (2020-12) that a policy document fits.
    #[must_use]
    pub fn schema() -> Value {
        SchemaSettings::draft2020_12()
            .into_generator()
            .into_root_schema_for::<Self>()
            .to_value()
    }

    pub(crate) fn quiet_ms(&self) -> i64 {
        i64::from(self.quiet_minutes.get()) * MS_PER_MINUTE
    }

    pub(crate) fn local_ms(&self, at_ms: i64) -> i64 {
        at_ms.saturating_add(i64::from(self.utc_offset_minutes) * MS_PER_MINUTE)
    }
}

impl RefusalBurst {
    pub(crate) fn window_ms(self) -> i64 {
        i64::from(self.minutes.get()) * MS_PER_MINUTE
    }
}

impl Default for AlertPolicy {
    fn default() -> Self {
        Self {
            refusal_burst: RefusalBurst::default(),
            new_country: NewCountry::default(),
            unusual_hour: UnusualHour::default(),
            new_tool: NewTool::default(),
            canary: Canaries::default(),
            checkpoint: Checkpoint::default(),
            archive: Archive::default(),
            quiet_minutes: Within::constant::<60>(),
            utc_offset_minutes: 180,
            webhook: None,
            whatsapp: Vec::new(),
        }
    }
}

impl Default for RefusalBurst {
    fn default() -> Self {
        Self {
            enabled: true,
            count: Within::constant::<20>(),
            minutes: Within::constant::<5>(),
        }
    }
}

impl Default for Canaries {
    fn default() -> Self {
        Self {
            enabled: true,
            keys: BTreeSet::new(),
            principals: BTreeSet::new(),
            connections: BTreeSet::new(),
            tools: BTreeSet::new(),
        }
    }
}

impl Default for Archive {
    fn default() -> Self {
        Self { enabled: true }
    }
}

impl Default for Checkpoint {
    fn default() -> Self {
        Self { enabled: true }
    }
}
