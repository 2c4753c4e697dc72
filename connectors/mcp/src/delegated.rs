//! What Lango is at the authorization server of an upstream: a client of its own, or one
//! that acts as the person who is signed in.

use lango_connector_kit::CredentialError;
use lango_delegation::{Application, ClientAuthentication, GrantKind, ProfileName};
use lango_mcp_upstream::Endpoint;

/// The fields of the credentials that make it, as texts; empty ones were left out.
pub(crate) struct Fields<'a> {
    pub(crate) resource: &'a Endpoint,
    pub(crate) token_endpoint: Endpoint,
    pub(crate) authorization_endpoint: Option<Endpoint>,
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) client_authentication: &'a str,
    pub(crate) scope: &'a str,
    pub(crate) rules: &'a str,
}

impl Fields<'_> {
    /// The application. Whether it acts as somebody is decided by whether there is a
    /// place where they allow it.
    ///
    /// # Errors
    /// [`CredentialError`] names the field that does not fit.
    pub(crate) fn application(&self) -> Result<Application, CredentialError> {
        let grant = match self.authorization_endpoint {
            Some(_) => GrantKind::AuthorizationCode,
            None => GrantKind::ClientCredentials,
        };
        Ok(Application {
            grant,
            token_endpoint: self.token_endpoint.as_str().to_owned(),
            authorization_endpoint: self
                .authorization_endpoint
                .as_ref()
                .map(|endpoint| endpoint.as_str().to_owned()),
            issuer: Some(self.issuer)
                .filter(|issuer| !issuer.is_empty())
                .map(str::to_owned),
            client_id: self.client_id.to_owned(),
            client_authentication: match self.client_authentication {
                "basic" => ClientAuthentication::Basic,
                "post" => ClientAuthentication::Post,
                _ => {
                    return Err(CredentialError::new(
                        "client_authentication",
                        "is not basic or post",
                    ));
                }
            },
            scope: self.scope.to_owned(),
            resource: Some(self.resource.as_str().to_owned()),
            profile: self.profile()?,
        })
    }

    fn profile(&self) -> Result<ProfileName, CredentialError> {
        Ok(match self.rules {
            // Connections from before this field have none.
            "" | "standard" => ProfileName::Standard,
            "daraja" => ProfileName::Daraja,
            "kra" => ProfileName::Kra,
            "microsoft" => ProfileName::Microsoft,
            "sage" => ProfileName::Sage,
            "zoho" => ProfileName::Zoho,
            _ => {
                return Err(CredentialError::new(
                    "token_rules",
                    "is not the name of rules that are known",
                ));
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lango_egress::{Egress, Networks};

    fn endpoint(url: &str) -> Endpoint {
        Endpoint::parse(url, &Egress::of_operator(Networks::public())).unwrap()
    }

    fn fields(resource: &Endpoint) -> Fields<'_> {
        Fields {
            resource,
            token_endpoint: endpoint("https://auth.example.com/token"),
            authorization_endpoint: None,
            issuer: "",
            client_id: "lango",
            client_authentication: "basic",
            scope: "",
            rules: "",
        }
    }

    #[test]
    fn it_acts_as_somebody_where_there_is_a_place_to_allow_it() {
        let resource = endpoint("https://mcp.example.com/mcp");
        let own = fields(&resource).application().unwrap();
        assert_eq!(own.grant, GrantKind::ClientCredentials);
        assert_eq!(own.resource.as_deref(), Some("https://mcp.example.com/mcp"));
        let delegated = Fields {
            authorization_endpoint: Some(endpoint("https://auth.example.com/authorize")),
            rules: "zoho",
            ..fields(&resource)
        };
        let delegated = delegated.application().unwrap();
        assert_eq!(delegated.grant, GrantKind::AuthorizationCode);
        assert_eq!(delegated.profile, ProfileName::Zoho);
        let unknown = Fields {
            rules: "x",
            ..fields(&resource)
        };
        assert_eq!(unknown.application().unwrap_err().field, "token_rules");
    }
}
