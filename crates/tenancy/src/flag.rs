//! Features that can be switched for one tenant.

use core::fmt;
use std::{borrow::Cow, collections::BTreeMap};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A name that is not a feature's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a feature")]
pub struct UnknownFlag;

macro_rules! flags {
    ($($variant:ident $name:literal $default:literal $description:literal,)*) => {
        /// A feature. Each has an effect in the gateway, which asks for it in every
        /// call that it concerns.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
            JsonSchema,
        )]
        #[repr(u8)]
        pub enum Flag {
            $(#[doc = $description] #[serde(rename = $name)] $variant,)*
        }

        impl Flag {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it switches.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => $description,)* }
            }

            /// Whether it is on where a tenant has not switched it.
            #[must_use]
            pub const fn default_state(self) -> bool {
                match self { $(Self::$variant => $default,)* }
            }
        }
    };
}

flags! {
    RestTools "rest_tools" true "Tools over plain HTTP at /v1/tools.",
    UpstreamTools "upstream_tools" true "Tools of other MCP servers.",
    McpTasks "mcp_tasks" true "Calls over MCP that run on as tasks.",
    McpResources "mcp_resources" true "Resources over MCP.",
    McpPrompts "mcp_prompts" true "Prompts over MCP.",
}

impl core::str::FromStr for Flag {
    type Err = UnknownFlag;

    fn from_str(name: &str) -> Result<Self, UnknownFlag> {
        Self::ALL
            .iter()
            .copied()
            .find(|flag| flag.name() == name)
            .ok_or(UnknownFlag)
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Which features are on for a tenant: one bit each.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct FlagSet(u32);

/// Where a feature's state comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FlagOrigin {
    /// The code's default.
    Default,
    /// The tenant has switched it.
    Tenant,
}

/// A feature as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FlagState {
    /// The feature.
    pub flag: Flag,
    /// What it switches.
    pub description: Cow<'static, str>,
    /// Whether it is on.
    pub enabled: bool,
    /// Whether it would be on if the tenant had not switched it.
    pub default: bool,
    /// Where its state comes from.
    pub origin: FlagOrigin,
}

impl FlagState {
    /// A feature's state, with what the tenant has switched it to.
    #[must_use]
    pub fn of(flag: Flag, switched: Option<bool>) -> Self {
        Self {
            flag,
            description: flag.description().into(),
            enabled: switched.unwrap_or(flag.default_state()),
            default: flag.default_state(),
            origin: switched.map_or(FlagOrigin::Default, |_| FlagOrigin::Tenant),
        }
    }

    /// All features, with what a tenant has switched.
    #[must_use]
    pub fn all(switched: &BTreeMap<Flag, bool>) -> Vec<Self> {
        Flag::ALL
            .iter()
            .map(|flag| Self::of(*flag, switched.get(flag).copied()))
            .collect()
    }
}

impl FlagSet {
    /// Every feature in its default state.
    pub const DEFAULT: Self = {
        let mut bits = 0;
        let mut index = 0;
        while index < Flag::ALL.len() {
            let flag = Flag::ALL[index];
            bits |= (flag.default_state() as u32) << flag as u32;
            index += 1;
        }
        Self(bits)
    };

    /// Whether the feature is on.
    #[must_use]
    pub const fn has(self, flag: Flag) -> bool {
        self.0 & (1 << flag as u32) != 0
    }

    /// The set with a feature switched.
    #[must_use]
    pub const fn with(self, flag: Flag, enabled: bool) -> Self {
        let bit = 1 << flag as u32;
        Self(if enabled { self.0 | bit } else { self.0 & !bit })
    }

    /// Whether no feature differs from its default: then messages leave it out.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::DEFAULT
    }

    /// The features that are on.
    pub fn iter(self) -> impl Iterator<Item = Flag> {
        Flag::ALL
            .iter()
            .copied()
            .filter(move |flag| self.has(*flag))
    }
}

impl Default for FlagSet {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The defaults with what a tenant has switched.
impl FromIterator<(Flag, bool)> for FlagSet {
    fn from_iter<I: IntoIterator<Item = (Flag, bool)>>(switched: I) -> Self {
        switched
            .into_iter()
            .fold(Self::DEFAULT, |set, (flag, enabled)| {
                set.with(flag, enabled)
            })
    }
}

impl fmt::Debug for FlagSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_set()
            .entries(self.iter().map(Flag::name))
            .finish()
    }
}

impl Serialize for FlagSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Flag::name))
    }
}

impl<'de> Deserialize<'de> for FlagSet {
    /// A feature that this version does not know has no effect in it.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names: Vec<Cow<'de, str>> = Deserialize::deserialize(deserializer)?;
        let on = names.iter().filter_map(|name| name.parse().ok());
        Ok(on.fold(Self(0), |set, flag| set.with(flag, true)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn flag() -> impl Strategy<Value = Flag> {
        proptest::sample::select(Flag::ALL)
    }

    proptest! {
        #[test]
        fn only_what_is_switched_differs_from_the_defaults(
            switched in proptest::collection::btree_map(flag(), any::<bool>(), 0..5),
        ) {
            let set: FlagSet = switched.clone().into_iter().collect();
            for state in FlagState::all(&switched) {
                prop_assert_eq!(state.enabled, set.has(state.flag));
                let is_own = state.origin == FlagOrigin::Tenant;
                prop_assert_eq!(is_own, switched.contains_key(&state.flag));
                prop_assert!(is_own || state.enabled == state.default);
            }
            let json = serde_json::to_string(&set).unwrap();
            prop_assert_eq!(serde_json::from_str::<FlagSet>(&json).unwrap(), set);
        }
    }

    #[test]
    fn names_are_the_wire_format() {
        for flag in Flag::ALL {
            assert_eq!(serde_json::to_value(flag).unwrap(), flag.name());
            assert_eq!(flag.name().parse(), Ok(*flag));
        }
        assert_eq!("free_money".parse::<Flag>(), Err(UnknownFlag));
        let set = FlagSet::DEFAULT.with(Flag::RestTools, false);
        assert_eq!(
            serde_json::to_string(&set).unwrap(),
            r#"["upstream_tools","mcp_tasks","mcp_resources","mcp_prompts"]"#
        );
        assert!(FlagSet::default().is_default() && !set.is_default());
    }

    #[test]
    fn a_feature_of_another_version_is_passed_over() {
        let set: FlagSet = serde_json::from_str(r#"["rest_tools","teleport"]"#).unwrap();
        assert_eq!(set.iter().collect::<Vec<_>>(), [Flag::RestTools]);
    }
}
