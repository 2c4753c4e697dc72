//! What the Model Context Protocol says, and what it needs remembered between
//! requests.
//!
//! In scope: reading JSON-RPC messages; resumable event streams and the questions on them (the 2025
//! revisions), tasks (the extension `io.modelcontextprotocol/tasks`), and who
//! wants to hear of which change; as pure steps over stored state, and the
//! messages to the objects that store it.
//! Out of scope: storage, sockets and the clock (the Durable Objects), the
//! protocol's requests and results (the gateway's routes), and whether a call
//! may be made at all (the seven layers).
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod event;
mod message;
mod subscription;
mod task;

pub use event::{EventId, EventIdError, SseEvent};
pub use message::{ClientAnswer, Message, MessageError, Notification, RequestId, RpcRequest};
pub use subscription::{Listener, MAXIMUM_SUBSCRIPTIONS, Manner};
pub use task::{
    APPROVAL_POLL_INTERVAL_MS, AwaitedApproval, Delivered, NewTask, POLL_INTERVAL_MS, Report,
    Round, STALLED_AFTER_MS, TASK_TTL_MS, Task, TaskStatus,
};
