//! The routes: which path is answered by what.

mod administration;
mod alerts;
mod approvals;
mod asked;
mod assistants;
mod audit;
mod audit_streams;
mod auth;
pub(crate) mod call;
pub(crate) mod connections;
mod customers;
mod delegation;
mod export;
mod flags;
mod guard_policy;
pub(crate) mod incoming;
mod issuers;
mod keys;
mod limits;
mod lists;
pub(crate) mod mcp;
mod metrics;
mod oauth;
mod once;
mod own_tenant;
mod people;
mod platform;
pub(crate) mod pushing;
mod quotas;
pub(crate) mod residency;
mod roles;
mod settings;
mod signing_keys;
mod sql_policy;
mod support;
mod tools;
mod transfers;
mod trusted_values;
mod upstream_tools;
mod users;
mod vault;
mod well_known;

use std::{cell::Cell, rc::Rc};

use worker::{Context, Env, Request, Response, console_error, console_log};

use crate::{
    denial::Denial,
    gateway::Gateway,
    layers::{admission::rate_fields, transport::Expectation},
    problem,
    settings::Settings,
};

/// Answers a request. Whatever happens, the answer has the security header
/// fields, and a refusal is logged.
pub(crate) async fn answer(
    request: Request,
    env: Env,
    context: Context,
) -> worker::Result<Response> {
    let (colo, country) = (incoming::colo(&request), incoming::country(&request));
    let answered = match Settings::of(&env, &context).await {
        Ok(settings) => {
            dispatch(
                request,
                Rc::new(Gateway {
                    env,
                    context,
                    settings,
                    colo,
                    country,
                    rate: Cell::default(),
                }),
            )
            .await
        }
        Err(denial) => Err(denial),
    };
    answered.or_else(|denial| {
        log(&denial);
        problem::refused(&denial)
    })
}

/// What is left of the rate stands on the answer to a call, as it does on a refusal.
async fn dispatch(request: Request, gateway: Rc<Gateway>) -> Result<Response, Denial> {
    let routed = route(request, Rc::clone(&gateway)).await;
    let fields = gateway.rate.get().as_ref().map(rate_fields);
    let fields = fields.into_iter().flatten();
    match routed {
        Ok(mut response) => {
            for (name, value) in fields {
                response
                    .headers_mut()
                    .set(name, &value)
                    .map_err(|error| Denial::internal(error.to_string()))?;
            }
            Ok(response)
        }
        Err(denial) => Err(fields.fold(denial, |denial, (name, value)| {
            denial.with_header(name, value)
        })),
    }
}

async fn route(request: Request, gateway: Rc<Gateway>) -> Result<Response, Denial> {
    let path = request.path();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    match segments.as_slice() {
        ["mcp"] => mcp::answer(request, &gateway).await,
        ["v1", "tools"] => tools::list(request, &gateway).await,
        ["v1", "tools", name] => tools::call(request, &gateway, name).await,
        ["openapi.json"] => tools::openapi(request, &gateway).await,
        ["metrics"] => metrics::scrape(request, &gateway).await,
        ["healthz"] => well_known::health(request, &gateway),
        [".well-known", "jwks.json"] => well_known::jwks(request, &gateway),
        ["admin", "v1", "openapi.json"] => administration::openapi(request, &gateway),
        path if oauth::is_route(path) => oauth::route(path, request, &gateway).await,
        segments => match administration::answer(request, &gateway, segments).await? {
            Ok(response) => Ok(response),
            Err(request) => not_found(request, &gateway),
        },
    }
}

/// What is at the path takes other methods. The transport says so, after whatever
/// else is wrong with how the request came.
fn method_not_allowed(request: Request, gateway: &Gateway, methods: &[&'static str]) -> Denial {
    let refused = incoming::head(request).and_then(|(head, _)| {
        let expectation = Expectation { methods };
        crate::layers::transport::accept(head, expectation, &gateway.settings.transport)
    });
    match refused {
        Err(denial) => denial,
        Ok(_) => Denial::internal("a method was allowed that has no route"),
    }
}

/// Even a path that is not there is not said over plaintext.
fn not_found(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    const ANY: Expectation<'_> = Expectation { methods: &["GET"] };
    let (mut head, _) = incoming::head(request)?;
    if head.method != "GET" {
        // The method is not what is wrong here; https still is to be demanded.
        head.content_type = Some("application/json".to_owned());
        head.content_length = None;
    }
    match crate::layers::transport::accept(head, ANY, &gateway.settings.transport) {
        Err(denial) if denial.code != "method" => Err(denial),
        _ => Err(no_such_thing("There is nothing at this path.")),
    }
}

/// The 404 of a path, and of an identifier that the caller's tenant does not
/// have: the same for one that another tenant has.
fn no_such_thing(detail: &str) -> Denial {
    Denial::new(lango_audit_log::Layer::Transport, "not_found", 404, detail)
}

/// Reads a JSON body. The error names the place, never the content.
fn parse<'a, T: serde::Deserialize<'a>>(body: &'a [u8]) -> Result<T, Denial> {
    serde_json::from_slice(body).map_err(|error| {
        let detail = match error.classify() {
            serde_json::error::Category::Data => {
                format!("The body does not fit: {}.", data(&error))
            }
            _ => format!(
                "The body is not JSON (line {}, column {}).",
                error.line(),
                error.column()
            ),
        };
        Denial::new(lango_audit_log::Layer::Transport, "body", 400, detail)
    })
}

/// serde's words without the values that it quotes for some errors.
fn data(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let safe = ["missing field", "unknown field", "duplicate field"];
    if safe.iter().any(|start| text.starts_with(start)) {
        text
    } else {
        format!(
            "a value at line {}, column {} is not of the right kind",
            error.line(),
            error.column()
        )
    }
}

/// Serialises an answer.
fn json(status: u16, body: &impl serde::Serialize) -> Result<Response, Denial> {
    problem::json(status, body).map_err(|error| Denial::internal(error.to_string()))
}

/// An answer without a body.
fn empty(status: u16) -> Result<Response, Denial> {
    problem::empty(status).map_err(|error| Denial::internal(error.to_string()))
}

/// One line of JSON for each refusal that no tenant's audit log can hold.
fn log(denial: &Denial) {
    let line = serde_json::json!({
        "event": "refused",
        "layer": denial.layer,
        "code": denial.code,
        "status": denial.status,
        "reason": denial.internal,
    });
    if denial.status >= 500 {
        console_error!("{line}");
    } else {
        console_log!("{line}");
    }
}
