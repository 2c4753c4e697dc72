//! What a route is, and which one a request is for.

use lango_identity::Permission;
use schemars::JsonSchema;

use crate::{
    bodies::List,
    body::Body,
    table::{Operation, ROUTES},
};

/// One route of administration.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// What it is called: in the dispatch, in the OpenAPI document.
    pub operation: Operation,
    /// Its method.
    pub method: Method,
    /// Its path, with `{name}` for what varies.
    pub path: &'static str,
    /// Who may use it.
    pub who: Who,
    /// What it does to what is at its path.
    pub kind: Kind,
    /// One sentence.
    pub summary: &'static str,
    /// More members of the query than `limit` and `cursor` of a list.
    pub query: &'static [QueryParameter],
    pub(crate) request: Option<Body>,
    pub(crate) answer: Option<Body>,
}

/// The methods that routes have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "RFC 9110 says it")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Anybody: it is where one signs in.
    Public,
    /// Whoever has signed in, of any kind.
    SignedIn,
    /// An employee of a tenant, or one of its programs, with one of these permissions.
    Tenant(&'static [Permission]),
    /// The holder of the token that makes the first platform admin.
    Bootstrap,
    /// Whoever runs the platform.
    Platform,
}

/// What a route does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Shows a page of a list: 200.
    List,
    /// Shows one thing: 200.
    Read,
    /// Creates one: 201; takes `Idempotency-Key`.
    Create,
    /// Changes one: 200; needs `If-Match`.
    Update,
    /// Takes one away: 204.
    Delete,
    /// Does something else: 200 with a body, or 204 without.
    Action,
    /// Does it later: 202.
    Accept,
    /// Gives a stream of lines of JSON: 200.
    Export,
}

/// A member of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryParameter {
    /// Its name.
    pub name: &'static str,
    /// One sentence.
    pub description: &'static str,
}

/// What a `{name}` in a path stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identifier {
    /// `t_…`.
    Tenant,
    /// `k_…` of an API key.
    Key,
    /// `k_…` of what a user has granted an assistant.
    Assistant,
    /// `p_…` of an employee.
    User,
    /// `p_…` of a customer.
    Customer,
    /// `c_…`.
    Connection,
    /// `i_…`.
    Issuer,
    /// The name of a tenant's own role.
    Role,
    /// The name of a feature flag: the same in every tenant.
    Flag,
    /// `s_…` of a support grant.
    SupportGrant,
    /// `k_…` of a sign-in.
    Session,
    /// `a_…` of a platform admin.
    Admin,
    /// `k_…` of a platform key.
    PlatformKey,
    /// The `kid` of a signing key.
    SigningKey,
    /// `x_…` of an entry of the register of transfers.
    Transfer,
    /// `v_…` of a value that is trusted.
    TrustedValue,
    /// `h_…` of a held call.
    Approval,
    /// A stream of the audit log.
    Stream,
}

impl Route {
    pub(crate) const fn new(method: Method, path: &'static str, kind: Kind, who: Who) -> Self {
        Self {
            operation: Operation::FIRST,
            method,
            path,
            who,
            kind,
            summary: "",
            query: &[],
            request: None,
            answer: None,
        }
    }

    pub(crate) const fn named(self, operation: Operation, summary: &'static str) -> Self {
        Self {
            operation,
            summary,
            ..self
        }
    }

    /// Shows a page of a list.
    pub(crate) const fn list<T: JsonSchema>(path: &'static str, who: Who) -> Self {
        Self {
            answer: Some(Body::of::<List<T>>()),
            ..Self::new(Method::Get, path, Kind::List, who)
        }
    }

    /// Shows one thing.
    pub(crate) const fn read<T: JsonSchema>(path: &'static str, who: Who) -> Self {
        Self {
            answer: Some(Body::of::<T>()),
            ..Self::new(Method::Get, path, Kind::Read, who)
        }
    }

    /// Creates one.
    pub(crate) const fn create<R: JsonSchema, A: JsonSchema>(path: &'static str, who: Who) -> Self {
        Self {
            request: Some(Body::of::<R>()),
            answer: Some(Body::of::<A>()),
            ..Self::new(Method::Post, path, Kind::Create, who)
        }
    }

    /// Changes some members of one.
    pub(crate) const fn update<R: JsonSchema, A: JsonSchema>(path: &'static str, who: Who) -> Self {
        Self {
            request: Some(Body::of::<R>()),
            answer: Some(Body::of::<A>()),
            ..Self::new(Method::Patch, path, Kind::Update, who)
        }
    }

    /// Takes one away.
    pub(crate) const fn delete(path: &'static str, who: Who) -> Self {
        Self::new(Method::Delete, path, Kind::Delete, who)
    }

    /// Does something else.
    pub(crate) const fn action<R: JsonSchema, A: JsonSchema>(path: &'static str, who: Who) -> Self {
        Self {
            request: Some(Body::of::<R>()),
            answer: Some(Body::of::<A>()),
            ..Self::new(Method::Post, path, Kind::Action, who)
        }
    }

    /// Gives a stream of lines of JSON, each of this shape.
    pub(crate) const fn export<T: JsonSchema>(path: &'static str, who: Who) -> Self {
        Self {
            answer: Some(Body::of::<T>()),
            ..Self::new(Method::Get, path, Kind::Export, who)
        }
    }

    /// With more members in the query.
    pub(crate) const fn with_query(self, query: &'static [QueryParameter]) -> Self {
        Self { query, ..self }
    }

    /// It is done after the answer.
    pub(crate) const fn later(self) -> Self {
        Self {
            kind: Kind::Accept,
            ..self
        }
    }

    /// By PUT: the whole of it is given.
    pub(crate) const fn by_put(self) -> Self {
        Self {
            method: Method::Put,
            ..self
        }
    }

    /// Without a body in the answer.
    pub(crate) const fn without_answer(self) -> Self {
        Self {
            answer: None,
            ..self
        }
    }

    /// The names in the path, in their order.
    pub fn parameters(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.path.split('/').filter_map(parameter)
    }

    /// Whether the request has a body.
    #[must_use]
    pub fn has_body(&self) -> bool {
        self.request.is_some()
    }

    /// Whether a good answer has a body.
    #[must_use]
    pub fn has_answer(&self) -> bool {
        self.answer.is_some()
    }

    /// What the paths to this route match.
    fn captures(&self, segments: &[&str]) -> Option<Vec<(&'static str, String)>> {
        let mut template = self.path.split('/').skip(1);
        let mut captured = Vec::new();
        for segment in segments {
            let expected = template.next()?;
            match parameter(expected) {
                Some(name) if !segment.is_empty() => captured.push((name, (*segment).to_owned())),
                None if expected == *segment => {}
                _ => return None,
            }
        }
        template.next().is_none().then_some(captured)
    }
}

fn parameter(segment: &'static str) -> Option<&'static str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

impl Identifier {
    /// What a name in a path stands for.
    #[must_use]
    pub fn named(parameter: &str) -> Option<Self> {
        Some(match parameter {
            "tenant_id" => Self::Tenant,
            "key_id" => Self::Key,
            "grant_id" => Self::Assistant,
            "user_id" => Self::User,
            "customer_id" => Self::Customer,
            "connection_id" => Self::Connection,
            "issuer_id" => Self::Issuer,
            "role" => Self::Role,
            "flag" => Self::Flag,
            "support_grant_id" => Self::SupportGrant,
            "session_id" => Self::Session,
            "admin_id" => Self::Admin,
            "platform_key_id" => Self::PlatformKey,
            "kid" => Self::SigningKey,
            "transfer_id" => Self::Transfer,
            "value_id" => Self::TrustedValue,
            "approval_id" => Self::Approval,
            "stream_id" => Self::Stream,
            _ => return None,
        })
    }
}

impl Method {
    /// As it stands in a request.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// Which route a request is for.
#[derive(Debug)]
pub enum Found {
    /// This one, with what stands in its path.
    Route(&'static Route, Vec<(&'static str, String)>),
    /// There is something at the path, for these methods alone.
    Methods(Vec<&'static str>),
    /// Nothing is at the path.
    Nothing,
}

/// Finds the route of a method and the segments of a path. A segment that is written
/// out comes before one that varies.
#[must_use]
pub fn find(method: &str, segments: &[&str]) -> Found {
    let mut matching: Vec<_> = ROUTES
        .iter()
        .filter_map(|route| Some((route, route.captures(segments)?)))
        .collect();
    let Some(fewest) = matching.iter().map(|(_, captured)| captured.len()).min() else {
        return Found::Nothing;
    };
    matching.retain(|(_, captured)| captured.len() == fewest);
    let methods = matching
        .iter()
        .map(|(route, _)| route.method.name())
        .collect();
    matching
        .into_iter()
        .find(|(route, _)| route.method.name() == method)
        .map_or(Found::Methods(methods), |(route, captured)| {
            Found::Route(route, captured)
        })
}
