//! The register of transfers: what a tenant writes down about each system that gets
//! data of its, and on which ground of the Kenya Data Protection Act, 2019, ss. 48–50.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::country::Country;

/// Which kinds of data a system gets.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum DataClass {
    /// About a person who can be told by it (s. 2).
    Personal,
    /// What s. 2 calls sensitive: health, belief, property, family, biometrics, …
    SensitivePersonal,
    /// Accounts, payments, tax.
    Financial,
    /// The business's own, about nobody.
    Business,
}

/// On which ground data leaves the country.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum LegalGround {
    /// Appropriate safeguards, of which the Commissioner has had proof (s. 48).
    Safeguards,
    /// The country's law protects it as Kenya's does (s. 48).
    Adequacy,
    /// It is necessary: for a contract, a claim, a life, the public interest (s. 48).
    Necessity,
    /// The person consents, having been told of the risks (ss. 48 and 49).
    Consent,
}

/// Grounds that do not carry a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GroundsError {
    /// Nothing is said of what is transferred.
    #[error("name at least one data class")]
    NoData,
    /// Data leaves the country on no ground.
    #[error("a transfer out of Kenya needs a legal ground (Data Protection Act, s. 48)")]
    NoGround,
    /// Sensitive data needs two at once.
    #[error(
        "sensitive personal data leaves Kenya with consent and with safeguards alone (Data Protection Act, s. 49): name both"
    )]
    SensitiveData,
}

/// Whether these grounds carry these data to this country.
///
/// # Errors
/// [`GroundsError`] says what is missing.
pub fn check_grounds(
    country: Country,
    data: &BTreeSet<DataClass>,
    grounds: &BTreeSet<LegalGround>,
) -> Result<(), GroundsError> {
    if data.is_empty() {
        return Err(GroundsError::NoData);
    }
    if country == Country::KENYA {
        return Ok(());
    }
    if grounds.is_empty() {
        return Err(GroundsError::NoGround);
    }
    let has = |ground| grounds.contains(&ground);
    let is_carried = has(LegalGround::Consent) && has(LegalGround::Safeguards);
    if data.contains(&DataClass::SensitivePersonal) && !is_carried {
        return Err(GroundsError::SensitiveData);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_the_country_needs_its_grounds() {
        use DataClass::{Business, Personal, SensitivePersonal};
        use LegalGround::{Adequacy, Consent, Safeguards};
        let check = |country, data: &[DataClass], grounds: &[LegalGround]| {
            check_grounds(
                Country::parse(country).unwrap(),
                &data.iter().copied().collect(),
                &grounds.iter().copied().collect(),
            )
        };
        assert_eq!(check("KE", &[SensitivePersonal], &[]), Ok(()));
        assert_eq!(check("KE", &[], &[]), Err(GroundsError::NoData));
        assert_eq!(check("IE", &[Personal], &[]), Err(GroundsError::NoGround));
        assert_eq!(check("IE", &[Personal, Business], &[Adequacy]), Ok(()));
        for grounds in [&[Consent][..], &[Safeguards], &[Adequacy]] {
            let sensitive = check("IE", &[SensitivePersonal], grounds);
            assert_eq!(sensitive, Err(GroundsError::SensitiveData));
        }
        let both = check("IE", &[SensitivePersonal], &[Consent, Safeguards]);
        assert_eq!(both, Ok(()));
    }
}
