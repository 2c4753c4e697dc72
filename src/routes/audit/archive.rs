//! `GET /admin/v1/audit/archive`: how far the archive of the log is.

use lango_api::{
    AuditArchiveProblem, AuditArchiveStatus, AuditArchiveView, AuditCheckpoint, Timestamp,
};
use lango_durable_objects::ArchiveState;
use worker::Response;

use super::{asked::require_archive, log, unavailable};
use crate::{
    denial::Denial,
    routes::{call::Call, json},
};

const NOT_CONFIGURED: &str = "This deployment has no place for archives, so nothing is archived: \
                              its operator binds a bucket or a folder (docs/OPERATIONS.md).";

pub(in crate::routes) async fn read(call: Call<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let permitted = call.look().await?;
    require_archive(permitted.plan())?;
    let log = log(&gateway.env, permitted.scope())?;
    json(200, &view(log.archive().await.map_err(unavailable)?))
}

fn view(state: ArchiveState) -> AuditArchiveView {
    let waiting = state.size.saturating_sub(state.position);
    let problem = state.problem.map(|problem| AuditArchiveProblem {
        code: problem.code,
        detail: problem.detail,
    });
    let not_configured = || AuditArchiveProblem {
        code: "not_configured".to_owned(),
        detail: NOT_CONFIGURED.to_owned(),
    };
    let (status, problem) = if !state.is_configured {
        let problem = problem.unwrap_or_else(not_configured);
        (AuditArchiveStatus::NotConfigured, Some(problem))
    } else if problem.is_some() {
        (AuditArchiveStatus::Failing, problem)
    } else if waiting > 0 {
        (AuditArchiveStatus::Archiving, None)
    } else {
        (AuditArchiveStatus::UpToDate, None)
    };
    AuditArchiveView {
        status,
        position: state.position,
        size: state.size,
        waiting,
        waiting_since: state.waiting_since_ms.map(Timestamp::from_millis),
        segments: state.segments,
        bytes: state.bytes,
        archived_at: state.archived_ms.map(Timestamp::from_millis),
        checkpoint: state.checkpoint.map(|it| AuditCheckpoint {
            size: it.size,
            note: it.note,
            witness: None,
        }),
        failures: state.failures,
        retried_at: state
            .due_ms
            .and_then(|ms| i64::try_from(ms).ok())
            .map(Timestamp::from_millis),
        problem,
    }
}

#[cfg(test)]
mod tests {
    use lango_durable_objects::ArchiveProblem;

    use super::*;

    #[test]
    fn nothing_is_silent() {
        let nowhere = view(ArchiveState::default());
        assert_eq!(nowhere.status, AuditArchiveStatus::NotConfigured);
        assert_eq!(nowhere.problem.unwrap().code, "not_configured");
        let state = ArchiveState {
            is_configured: true,
            size: 7,
            position: 5,
            ..ArchiveState::default()
        };
        let waiting = view(state.clone());
        assert_eq!(
            (waiting.status, waiting.waiting),
            (AuditArchiveStatus::Archiving, 2)
        );
        let failing = view(ArchiveState {
            problem: Some(ArchiveProblem {
                code: "differs".to_owned(),
                detail: String::new(),
            }),
            due_ms: Some(0),
            ..state.clone()
        });
        assert_eq!(failing.status, AuditArchiveStatus::Failing);
        let done = view(ArchiveState {
            position: 7,
            ..state
        });
        assert_eq!(done.status, AuditArchiveStatus::UpToDate);
        assert!(done.problem.is_none());
    }
}
