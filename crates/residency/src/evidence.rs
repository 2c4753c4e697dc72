//! What shows where a call ran. Nothing of it comes from a client: the shell of the
//! connectors gathers it from its own variables and from what the platform says of the
//! request that reached the connector.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    country::Country,
    places::{country_of_colo, country_of_region},
    site::Site,
};

/// The pieces, each of which may be missing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Evidence {
    /// The cloud region that the connector is to run close to: a wish of whoever
    /// deployed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configured_region: Option<String>,
    /// Where the connector's code ran, as Cloudflare's placement says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<Placement>,
    /// The data centre that the request hit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colo: Option<Colo>,
    /// The site that whoever runs the deployment has signed for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<Site>,
}

/// What `cf-placement` says: `remote-JNB`, `local-LHR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Placement {
    /// Whether it ran where the request hit.
    pub execution: Execution,
    /// Where it ran.
    pub colo: Colo,
}

/// Whether a Worker ran where its request hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Execution {
    /// It did.
    Local,
    /// It ran elsewhere.
    Remote,
}

/// A data centre of Cloudflare's, by the code of the nearest airport.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colo([u8; 3]);

/// A text that names no data centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a data centre is three capital letters")]
pub struct ColoError;

/// A text that says no placement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a placement is remote- or local- and a data centre")]
pub struct PlacementError;

/// One piece of evidence, as the decision looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Where it points to, if Lango knows that.
    pub(crate) country: Option<Country>,
    /// Whether it shows where the connector ran, rather than where it was to run or
    /// what it went through.
    pub(crate) shows_execution: bool,
}

impl Evidence {
    /// What there is.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = Piece> + '_ {
        let piece = |country, shows_execution| Piece {
            country,
            shows_execution,
        };
        let region = self.configured_region.as_deref();
        [
            region.map(|region| piece(country_of_region(region), false)),
            self.placement
                .map(|placement| piece(country_of_colo(placement.colo), true)),
            self.colo.map(|colo| piece(country_of_colo(colo), false)),
            self.site
                .as_ref()
                .map(|site| piece(Some(site.country), true)),
        ]
        .into_iter()
        .flatten()
    }

    /// Each piece in words: its name, what it says, and the country that this means.
    #[must_use]
    pub fn described(&self) -> Vec<(&'static str, String)> {
        let with = |text: &str, country: Option<Country>| match country {
            Some(country) => format!("{text} ({country})"),
            None => format!("{text} (country not known)"),
        };
        let region = self.configured_region.as_deref();
        [
            region.map(|region| ("configured_region", with(region, country_of_region(region)))),
            self.placement.map(|placement| {
                let country = country_of_colo(placement.colo);
                ("placement", with(&placement.to_string(), country))
            }),
            self.colo
                .map(|colo| ("colo", with(&colo.to_string(), country_of_colo(colo)))),
            self.site
                .as_ref()
                .map(|site| ("site", with(site.name.as_str(), Some(site.country)))),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl Colo {
    /// Reads a code.
    ///
    /// # Errors
    /// [`ColoError`] for what is not three capital letters.
    pub fn parse(text: &str) -> Result<Self, ColoError> {
        let code = <[u8; 3]>::try_from(text.as_bytes()).map_err(|_| ColoError)?;
        if code.iter().all(u8::is_ascii_uppercase) {
            Ok(Self(code))
        } else {
            Err(ColoError)
        }
    }
}

impl Placement {
    /// The header field in which Cloudflare says it.
    pub const FIELD: &'static str = "cf-placement";

    /// Reads the header's value.
    ///
    /// # Errors
    /// [`PlacementError`] for any other form: what cannot be read is missing.
    pub fn parse(text: &str) -> Result<Self, PlacementError> {
        let (execution, colo) = match text.split_once('-') {
            Some(("local", colo)) => (Execution::Local, colo),
            Some(("remote", colo)) => (Execution::Remote, colo),
            _ => return Err(PlacementError),
        };
        let colo = Colo::parse(colo).map_err(|_| PlacementError)?;
        Ok(Self { execution, colo })
    }
}

impl fmt::Display for Colo {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|letter| write!(formatter, "{}", char::from(*letter)))
    }
}

impl fmt::Display for Placement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let execution = match self.execution {
            Execution::Local => "local",
            Execution::Remote => "remote",
        };
        write!(formatter, "{execution}-{}", self.colo)
    }
}

macro_rules! as_text {
    ($name:ident, $error:ident) => {
        impl TryFrom<String> for $name {
            type Error = $error;
            fn try_from(text: String) -> Result<Self, $error> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    };
}

as_text!(Colo, ColoError);
as_text!(Placement, PlacementError);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::SiteName;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn reading_never_panics(text in ".{0,12}") {
            if let Ok(placement) = Placement::parse(&text) {
                prop_assert_eq!(placement.to_string(), text);
            }
        }
    }

    #[test]
    fn evidence_has_this_form() {
        let evidence = Evidence {
            configured_region: Some("aws:af-south-1".to_owned()),
            placement: Placement::parse("remote-JNB").ok(),
            colo: Colo::parse("LHR").ok(),
            site: Some(Site {
                name: SiteName::parse("nairobi-1").unwrap(),
                country: Country::parse("KE").unwrap(),
            }),
        };
        let json = serde_json::json!({
            "configured_region": "aws:af-south-1", "placement": "remote-JNB", "colo": "LHR",
            "site": {"name": "nairobi-1", "country": "KE"},
        });
        assert_eq!(serde_json::to_value(&evidence).unwrap(), json);
        assert_eq!(serde_json::from_value::<Evidence>(json).unwrap(), evidence);
        assert_eq!(
            evidence.described(),
            [
                ("configured_region", "aws:af-south-1 (ZA)".to_owned()),
                ("placement", "remote-JNB (ZA)".to_owned()),
                ("colo", "LHR (country not known)".to_owned()),
                ("site", "nairobi-1 (KE)".to_owned()),
            ]
        );
        let nothing = serde_json::to_value(Evidence::default()).unwrap();
        assert_eq!(nothing, serde_json::json!({}));
    }

    #[test]
    fn what_is_not_a_placement_is_none() {
        for text in [
            "",
            "remote",
            "remote-",
            "remote-jnb",
            "near-JNB",
            "remote-JNBX",
            "remote-JNB ",
        ] {
            assert_eq!(Placement::parse(text), Err(PlacementError), "{text}");
        }
    }
}
