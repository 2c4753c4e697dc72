//! Where archives lie: a bucket of R2, or a folder of the machine behind a service that
//! creates files and changes none. Either refuses to write what is there.

use std::time::Duration;

use futures_util::future::{Either, select};
use worker::{
    Bucket, Conditional, Delay, Env, Fetcher, Headers, Method, Request, RequestInit,
    wasm_bindgen::JsValue,
};

const BUCKET: &str = "AUDIT_ARCHIVE";
const FOLDER: &str = "LANGO_ARCHIVE_FOLDER";
/// A binding decides who is reached, not the host.
const ORIGIN: &str = "http://archive";
const CONTENT_TYPE: &str = "application/x-ndjson";
/// How long a segment may take.
const LIMIT: Duration = Duration::from_secs(30);

/// The place of this deployment.
pub(super) enum Place {
    Bucket(Bucket),
    Folder(Fetcher),
}

/// What became of a segment that was to be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Created {
    New,
    /// Something was there and is as it was.
    IsThere,
}

impl Place {
    /// The bucket, or the folder; `None` where neither is bound.
    pub(super) fn bound(env: &Env) -> Option<Self> {
        if let Ok(bucket) = env.bucket(BUCKET) {
            return Some(Self::Bucket(bucket));
        }
        env.service(FOLDER).ok().map(Self::Folder)
    }

    pub(super) fn is_bound(env: &Env) -> bool {
        Self::bound(env).is_some()
    }

    /// Whether what it has taken may be gone after a loss of power: workerd's disk service
    /// does not wait for the disk.
    pub(super) const fn forgets(&self) -> bool {
        matches!(self, Self::Folder(_))
    }

    /// Writes an object unless there is one.
    ///
    /// # Errors
    /// Why it may not be there.
    pub(super) async fn create(&self, path: &str, text: &str) -> Result<Created, String> {
        in_time(async {
            match self {
                Self::Bucket(bucket) => {
                    let is_absent = Conditional {
                        etag_does_not_match: Some("*".to_owned()),
                        ..Conditional::default()
                    };
                    let put = bucket.put(path, text.to_owned()).only_if(is_absent);
                    Ok(match put.execute().await? {
                        Some(_) => Created::New,
                        None => Created::IsThere,
                    })
                }
                Self::Folder(folder) => {
                    let headers = Headers::new();
                    headers.set("Content-Type", CONTENT_TYPE)?;
                    headers.set("If-None-Match", "*")?;
                    let mut init = RequestInit::new();
                    init.with_method(Method::Put)
                        .with_headers(headers)
                        .with_body(Some(JsValue::from_str(text)));
                    let request = Request::new_with_init(&format!("{ORIGIN}/{path}"), &init)?;
                    match folder.fetch_request(request).await?.status_code() {
                        201 => Ok(Created::New),
                        412 => Ok(Created::IsThere),
                        status => Err(format!("the folder answers {status}").into()),
                    }
                }
            }
        })
        .await
    }

    /// What is there.
    ///
    /// # Errors
    /// Why that cannot be said.
    pub(super) async fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        in_time(async {
            match self {
                Self::Bucket(bucket) => match bucket.get(path).execute().await? {
                    Some(object) => match object.body() {
                        Some(body) => body.bytes().await.map(Some),
                        None => Err("the bucket gave no body".into()),
                    },
                    None => Ok(None),
                },
                Self::Folder(folder) => {
                    let request = Request::new(&format!("{ORIGIN}/{path}"), Method::Get)?;
                    let mut response = folder.fetch_request(request).await?;
                    match response.status_code() {
                        200 => response.bytes().await.map(Some),
                        404 => Ok(None),
                        status => Err(format!("the folder answers {status}").into()),
                    }
                }
            }
        })
        .await
    }
}

async fn in_time<T>(work: impl Future<Output = worker::Result<T>>) -> Result<T, String> {
    match select(Box::pin(work), Box::pin(Delay::from(LIMIT))).await {
        Either::Left((done, _)) => done.map_err(|error| error.to_string()),
        Either::Right(_) => Err("it took too long".to_owned()),
    }
}
