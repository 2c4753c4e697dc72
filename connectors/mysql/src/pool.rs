//! The object that serves the calls of one connection, and keeps its logins from one to
//! the next. It stores nothing: when it goes, so do they.
#![allow(
    missing_docs,
    reason = "the durable_object macro adds methods for the runtime, without documentation"
)]

use std::rc::Rc;

use lango_connector_database::Pool;
use lango_connector_runtime::InObject;
use worker::{DurableObject, Env, Request, Response, State, durable_object};

use crate::connector::Mysql;

/// See the module's documentation.
#[durable_object(fetch)]
pub struct ConnectionPool {
    env: Env,
    served: InObject<Mysql>,
}

impl DurableObject for ConnectionPool {
    fn new(state: State, env: Env) -> Self {
        let pool = Pool::new(Rc::new(Rc::new(state)));
        Self {
            env,
            served: InObject::new(Mysql::with_pool(pool)),
        }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        self.served.serve(request, &self.env).await
    }
}
