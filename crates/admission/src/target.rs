//! Which of a tenant's connections a call goes to.

use lango_connector_kit::Access;
use lango_residency::Promise;
use serde::{Deserialize, Serialize};

use crate::{
    message::SealedConnection,
    snapshot::{ConnectionState, UpstreamToolState},
    tool_name::Slug,
};

/// What a call names: as much of it as can be known without the tenant's
/// connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The slug that the name begins with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// The kind of connector that declares the name; `None` when none does, so
    /// that only an upstream's tool can be meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connector: Option<String>,
    /// The name without its prefix.
    pub name: String,
}

/// What a [`Target`] turned out to be.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolved {
    /// Nothing that this key can reach.
    Nothing,
    /// Several connections have it; the slugs to choose from.
    Ambiguous(Vec<Slug>),
    /// One connection has it.
    Connection(Box<ResolvedConnection>),
}

/// The connection that a call uses.
#[derive(Clone, Serialize, Deserialize)]
pub struct ResolvedConnection {
    /// The connection, sealed.
    pub connection: SealedConnection,
    /// The upstream's tool, where the connection's tools are an upstream's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<UpstreamToolState>,
}

impl Target {
    /// Looks the target up among the connections that the key may use.
    #[must_use]
    pub fn resolve<'a>(
        &self,
        mut connections: impl Iterator<Item = &'a ConnectionState>,
        upstream_tools: &[UpstreamToolState],
    ) -> Resolved {
        match &self.prefix {
            Some(prefix) => connections
                .find(|connection| connection.slug.as_str() == prefix)
                .map_or(Resolved::Nothing, |it| self.on_named(it, upstream_tools)),
            None => self.on_only(connections.filter(|it| self.is_of_kind(it)).collect()),
        }
    }

    fn is_of_kind(&self, connection: &ConnectionState) -> bool {
        self.connector.as_ref() == Some(&connection.connector)
    }

    /// An upstream may call a tool of its own as a connector here does.
    fn on_named(
        &self,
        connection: &ConnectionState,
        upstream_tools: &[UpstreamToolState],
    ) -> Resolved {
        if self.is_of_kind(connection) {
            return on(connection, None);
        }
        upstream_tools
            .iter()
            .find(|tool| tool.connection_id == connection.connection_id && tool.name == self.name)
            .map_or(Resolved::Nothing, |tool| on(connection, Some(tool.clone())))
    }

    fn on_only(&self, found: Vec<&ConnectionState>) -> Resolved {
        match found.as_slice() {
            [] => Resolved::Nothing,
            [connection] => on(connection, None),
            several => Resolved::Ambiguous(several.iter().map(|it| it.slug.clone()).collect()),
        }
    }
}

impl Resolved {
    /// The same, with what the tenant is promised about where its calls run.
    #[must_use]
    pub(crate) fn promised(mut self, residency: &Promise) -> Self {
        if let Self::Connection(resolved) = &mut self {
            resolved.connection.residency = residency.clone();
        }
        self
    }

    /// The connection, where there is exactly one.
    #[must_use]
    pub fn connection(&self) -> Option<&SealedConnection> {
        match self {
            Self::Connection(resolved) => Some(&resolved.connection),
            _ => None,
        }
    }
}

impl UpstreamToolState {
    /// Whether it may be called: what the upstream says now is what was approved.
    #[must_use]
    pub fn is_approved(&self) -> bool {
        self.access.is_some()
            && self.class.is_some()
            && self.approved_sha256.as_deref() == Some(self.sha256.as_str())
    }

    /// What calling it can change; `None` until an administrator has said it.
    #[must_use]
    pub fn approved_access(&self) -> Option<Access> {
        self.access.filter(|_| self.is_approved())
    }
}

fn on(connection: &ConnectionState, upstream: Option<UpstreamToolState>) -> Resolved {
    Resolved::Connection(Box::new(ResolvedConnection {
        connection: SealedConnection {
            connection_id: connection.connection_id.clone(),
            connector: connection.connector.clone(),
            slug: Some(connection.slug.clone()),
            allowed_hosts: connection.allowed_hosts.clone(),
            data_key: connection.data_key.clone(),
            sealed: connection.sealed.clone(),
            sql_policy: connection.sql_policy.clone(),
            erasure_key: connection.erasure_key.clone(),
            // Of the tenant, not of the connection: see `promised`.
            residency: Promise::default(),
        },
        upstream,
    }))
}

#[cfg(test)]
mod tests {
    use lango_connector_kit::ConnectorClass;

    use super::*;

    fn connection(id: &str, kind: &str, slug: &str) -> ConnectionState {
        ConnectionState {
            connection_id: id.into(),
            connector: kind.into(),
            slug: Slug::parse(slug).unwrap(),
            name: slug.into(),
            allowed_hosts: None,
            data_key: "{}".into(),
            sealed: "{}".into(),
            sql_policy: None,
            erasure_key: None,
        }
    }

    fn tool(connection: &str, name: &str, approved: &str) -> UpstreamToolState {
        UpstreamToolState {
            connection_id: connection.into(),
            name: name.into(),
            definition: "{}".into(),
            sha256: "now".into(),
            approved_sha256: Some(approved.into()),
            access: Some(Access::Read),
            class: Some(ConnectorClass::Documents),
        }
    }

    fn target(prefix: Option<&str>, connector: Option<&str>, name: &str) -> Target {
        Target {
            prefix: prefix.map(str::to_owned),
            connector: connector.map(str::to_owned),
            name: name.into(),
        }
    }

    fn resolve(target: &Target) -> Resolved {
        let connections = [
            connection("c_1", "postgres", "shop"),
            connection("c_2", "postgres", "hr"),
            connection("c_3", "crm", "crm"),
            connection("c_4", "mcp", "wiki"),
        ];
        let tools = [tool("c_4", "search", "now"), tool("c_4", "edit", "before")];
        target.resolve(connections.iter(), &tools)
    }

    fn id(resolved: &Resolved) -> Option<&str> {
        resolved.connection().map(|it| it.connection_id.as_str())
    }

    #[test]
    fn a_bare_name_needs_one_connection_of_its_kind() {
        assert_eq!(
            id(&resolve(&target(None, Some("crm"), "find"))),
            Some("c_3")
        );
        let Resolved::Ambiguous(slugs) = resolve(&target(None, Some("postgres"), "query")) else {
            panic!("not ambiguous");
        };
        assert_eq!(
            slugs.iter().map(Slug::as_str).collect::<Vec<_>>(),
            ["shop", "hr"]
        );
    }

    #[test]
    fn a_prefix_always_works_and_only_with_its_kind() {
        let of =
            |prefix, kind| id(&resolve(&target(Some(prefix), Some(kind), "x"))).map(str::to_owned);
        assert_eq!(of("hr", "postgres").as_deref(), Some("c_2"));
        assert_eq!(of("crm", "crm").as_deref(), Some("c_3"));
        assert_eq!(of("crm", "postgres"), None);
        assert_eq!(of("nobody", "postgres"), None);
    }

    #[test]
    fn an_upstreams_tool_has_a_prefix_and_says_whether_it_is_approved() {
        let upstream = |target: &Target| match resolve(target) {
            Resolved::Connection(it) => it.upstream,
            _ => None,
        };
        assert!(
            upstream(&target(Some("wiki"), None, "search"))
                .unwrap()
                .is_approved()
        );
        assert!(
            !upstream(&target(Some("wiki"), None, "edit"))
                .unwrap()
                .is_approved()
        );
        assert!(upstream(&target(Some("wiki"), None, "other")).is_none());
        // Another connector here has a tool of that name, too.
        assert!(upstream(&target(Some("wiki"), Some("crm"), "search")).is_some());
        assert!(matches!(
            resolve(&target(None, None, "search")),
            Resolved::Nothing
        ));
    }
}
