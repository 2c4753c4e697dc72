//! Every route of administration.

use lango_identity::Permission as P;

use crate::{
    bodies::{
        AskForCode, AssignRole, AssistantView, AuditPage, BrowserSession, BrowserSignIn,
        ChangeCustomer, ChangeKey, ChangeRole, ChangeUser, ConnectionView, CreateConnection,
        CreateCustomer, CreateIssuer, CreateKey, CreateRole, CreateUser, CustomerView, Invitation,
        IssuedKey, IssuerView, KeyView, MapSubject, Me, Nothing, RefreshSignIn, RoleView,
        RotateKey, RotateSigningKey, SetPassword, SignIn, SignInWithCode, SignOutEverywhere,
        SigningKeyView, Tokens, UpstreamDecision, UserView,
    },
    route::{QueryParameter, Route, Who},
};

macro_rules! routes {
    ($($operation:ident $summary:literal = $route:expr;)*) => {
        /// Every route, by what it does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Operation {
            $(#[doc = $summary] $operation,)*
        }

        impl Operation {
            pub(crate) const FIRST: Self = [$(Self::$operation,)*][0];

            /// The name, such as `ListKeys`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$operation => stringify!($operation),)* }
            }
        }

        /// All of them. The gateway dispatches by this table and by nothing else.
        pub const ROUTES: &[Route] = &[
            $($route.named(Operation::$operation, $summary),)*
        ];
    };
}

/// What the audit log's own paging takes.
const AUDIT_QUERY: &[QueryParameter] = &[
    QueryParameter {
        name: "limit",
        description: "How many entries, 1 to 200; 50 when absent.",
    },
    QueryParameter {
        name: "before",
        description: "The `next` of an earlier page.",
    },
];

const KEYS: Who = Who::Tenant(&[P::KeyManageAll, P::KeyCreateOwn]);

routes! {
    ListKeys "List the API keys; those of one's own where one may not manage all." =
        Route::list::<KeyView>("/admin/v1/keys", KEYS);
    CreateKey "Make an API key. Its token is shown this once." =
        Route::create::<CreateKey, IssuedKey>("/admin/v1/keys", KEYS);
    ReadKey "Show an API key." =
        Route::read::<KeyView>("/admin/v1/keys/{key_id}", KEYS);
    ChangeKey "Change an API key; it holds for the next call." =
        Route::update::<ChangeKey, KeyView>("/admin/v1/keys/{key_id}", KEYS);
    RevokeKey "Revoke an API key; it holds for the next call." =
        Route::delete("/admin/v1/keys/{key_id}", KEYS);
    RotateKey "Make the key that follows another, which passes a while longer." =
        Route::create::<RotateKey, IssuedKey>("/admin/v1/keys/{key_id}/rotate", KEYS);

    ListUsers "List the employees." =
        Route::list::<UserView>("/admin/v1/users", Who::Tenant(&[P::UserView]));
    CreateUser "Register an employee." =
        Route::create::<CreateUser, UserView>("/admin/v1/users", Who::Tenant(&[P::UserManage]));
    ReadUser "Show an employee." =
        Route::read::<UserView>("/admin/v1/users/{user_id}", Who::Tenant(&[P::UserView]));
    ChangeUser "Change or suspend an employee; it holds for the next call." =
        Route::update::<ChangeUser, UserView>("/admin/v1/users/{user_id}", Who::Tenant(&[P::UserManage]));
    AssignRole "Give an employee another role; it holds for the next call." =
        Route::update::<AssignRole, UserView>("/admin/v1/users/{user_id}/role", Who::Tenant(&[P::RoleAssign])).by_put();

    ListRoles "List the roles: the five, and the tenant's own." =
        Route::list::<RoleView>("/admin/v1/roles", Who::Tenant(&[P::UserView]));
    CreateRole "Define a role." =
        Route::create::<CreateRole, RoleView>("/admin/v1/roles", Who::Tenant(&[P::RoleAssign]));
    ReadRole "Show a role." =
        Route::read::<RoleView>("/admin/v1/roles/{role}", Who::Tenant(&[P::UserView]));
    ChangeRole "Change a role of the tenant's own; it holds for the next call." =
        Route::update::<ChangeRole, RoleView>("/admin/v1/roles/{role}", Who::Tenant(&[P::RoleAssign]));
    DeleteRole "Delete a role that nobody has." =
        Route::delete("/admin/v1/roles/{role}", Who::Tenant(&[P::RoleAssign]));

    ListCustomers "List the customers." =
        Route::list::<CustomerView>("/admin/v1/customers", Who::Tenant(&[P::UserView]));
    CreateCustomer "Register a customer." =
        Route::create::<CreateCustomer, CustomerView>("/admin/v1/customers", Who::Tenant(&[P::UserManage]));
    ReadCustomer "Show a customer." =
        Route::read::<CustomerView>("/admin/v1/customers/{customer_id}", Who::Tenant(&[P::UserView]));
    ChangeCustomer "Change or suspend a customer; it holds for the next call." =
        Route::update::<ChangeCustomer, CustomerView>("/admin/v1/customers/{customer_id}", Who::Tenant(&[P::UserManage]));

    ListConnections "List the connections." =
        Route::list::<ConnectionView>("/admin/v1/connections", Who::Tenant(&[P::ConnectionView]));
    CreateConnection "Connect a system. Its credentials are sealed and never shown." =
        Route::create::<CreateConnection, ConnectionView>("/admin/v1/connections", Who::Tenant(&[P::ConnectionManage]));
    DeleteConnection "Disconnect a system." =
        Route::delete("/admin/v1/connections/{connection_id}", Who::Tenant(&[P::ConnectionManage]));
    ListUpstreamTools "List the tools of another MCP server and what was decided about them." =
        Route::read::<serde_json::Value>("/admin/v1/connections/{connection_id}/tools", Who::Tenant(&[P::ConnectionView]));
    RefreshUpstreamTools "Ask another MCP server for its tools again." =
        Route::action::<serde_json::Value, serde_json::Value>("/admin/v1/connections/{connection_id}/tools/refresh", Who::Tenant(&[P::ConnectionManage]));
    ApproveUpstreamTools "Approve tools of another MCP server." =
        Route::action::<UpstreamDecision, serde_json::Value>("/admin/v1/connections/{connection_id}/tools/approve", Who::Tenant(&[P::ConnectionManage]));
    WithdrawUpstreamTools "Withdraw the approval of tools of another MCP server." =
        Route::action::<UpstreamDecision, serde_json::Value>("/admin/v1/connections/{connection_id}/tools/withdraw", Who::Tenant(&[P::ConnectionManage]));

    ListAssistants "List what users have allowed assistants." =
        Route::list::<AssistantView>("/admin/v1/assistants", Who::Tenant(&[P::AgentView]));
    RevokeAssistant "End what a user has allowed an assistant." =
        Route::delete("/admin/v1/assistants/{grant_id}", Who::Tenant(&[P::AgentManage]));

    ListIssuers "List the identity providers that are trusted." =
        Route::list::<IssuerView>("/admin/v1/issuers", Who::Tenant(&[P::SettingsView]));
    TrustIssuer "Trust an identity provider." =
        Route::create::<CreateIssuer, IssuerView>("/admin/v1/issuers", Who::Tenant(&[P::SettingsManage]));
    DistrustIssuer "Trust an identity provider no more." =
        Route::delete("/admin/v1/issuers/{issuer_id}", Who::Tenant(&[P::SettingsManage]));
    MapSubject "Say which user a provider's subject is." =
        Route::action::<MapSubject, ()>("/admin/v1/issuers/{issuer_id}/subjects", Who::Tenant(&[P::UserManage])).without_answer();

    ListSigningKeys "List the keys that sign tokens." =
        Route::list::<SigningKeyView>("/platform/v1/signing-keys", Who::Platform);
    RotateSigningKey "Make a new signing key; the tokens of the old ones stay valid." =
        Route::create::<RotateSigningKey, SigningKeyView>("/platform/v1/signing-keys", Who::Platform);
    WithdrawSigningKey "Withdraw a signing key that has leaked: its tokens are refused." =
        Route::delete("/platform/v1/signing-keys/{kid}", Who::Platform);

    ReadAudit "Read the audit log, newest first." =
        Route::read::<AuditPage>("/admin/v1/audit", Who::Tenant(&[P::AuditView])).with_query(AUDIT_QUERY);

    SignIn "Sign in with an e-mail address and a password." =
        Route::action::<SignIn, Tokens>("/auth/v1/sign-in", Who::Public);
    AskForCode "Have a one-time code sent to a telephone. The answer is the same whether or not the number is anybody's." =
        Route::action::<AskForCode, ()>("/auth/v1/codes", Who::Public).without_answer().later();
    SignInWithCode "Sign in with a telephone number and its one-time code." =
        Route::action::<SignInWithCode, Tokens>("/auth/v1/codes/verify", Who::Public);
    RefreshSignIn "Get the next tokens of a sign-in. A refresh token that comes twice ends it." =
        Route::action::<RefreshSignIn, Tokens>("/auth/v1/refresh", Who::Public);
    StartBrowserSession "Sign in with a browser: the session is a cookie." =
        Route::action::<BrowserSignIn, BrowserSession>("/auth/v1/browser-session", Who::Public);
    SetPassword "Set a password: the first or a new one with an invitation, another one with the one until now." =
        Route::action::<SetPassword, ()>("/auth/v1/password", Who::Public).without_answer();
    SignOut "End this sign-in; it holds for the next call." =
        Route::action::<Nothing, ()>("/auth/v1/sign-out", Who::SignedIn).without_answer();
    SignOutEverywhere "End every sign-in of one's own; it holds for the next call." =
        Route::action::<SignOutEverywhere, ()>("/auth/v1/sign-out-everywhere", Who::SignedIn).without_answer();
    ReadMe "Show who has signed in, and what they may do." =
        Route::read::<Me>("/auth/v1/me", Who::SignedIn);
    InviteUser "Make an invitation with which an employee sets a password. It is shown this once." =
        Route::create::<Nothing, Invitation>("/admin/v1/users/{user_id}/invitation", Who::Tenant(&[P::UserManage]));
    InviteCustomer "Make an invitation with which a customer sets a password. It is shown this once." =
        Route::create::<Nothing, Invitation>("/admin/v1/customers/{customer_id}/invitation", Who::Tenant(&[P::UserManage]));
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
