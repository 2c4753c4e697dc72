//! `lango stream`: the streams of a tenant's audit log to its SIEM.

use anyhow::Result;
use clap::{Args, Subcommand};
use lango_api::Operation;
use serde_json::{Value, json};

use super::{
    client::Client,
    given::Given,
    show::Show,
    table::{Column, column},
};

const COLUMNS: [Column; 5] = [
    column("STREAM", "stream_id"),
    column("NAME", "name"),
    column("CONNECTION", "connection_id"),
    column("FORMAT", "format"),
    column("ENABLED", "enabled"),
];

const LETTER_COLUMNS: [Column; 4] = [
    column("FIRST", "first"),
    column("END", "end"),
    column("AT", "at"),
    column("REASON", "reason"),
];

/// What `lango stream` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show the streams.
    List,
    /// Show a stream and where it stands.
    Get {
        /// The stream.
        stream_id: String,
    },
    /// Stream the log over a connection to a SIEM receiver.
    Create {
        /// What people call it.
        #[arg(long)]
        name: String,
        /// The connection to its receiver.
        #[arg(long)]
        connection: String,
        /// ocsf or cef.
        #[arg(long)]
        format: Option<String>,
        /// The index of the first entry; 0 when it is not given.
        #[arg(long)]
        from: Option<u64>,
    },
    /// Change a stream; it goes on where it stands.
    Change {
        /// The stream.
        stream_id: String,
        #[command(flatten)]
        stream: Changed,
    },
    /// End a stream.
    Delete {
        /// The stream.
        stream_id: String,
    },
    /// Find out whether the receiver can be reached and takes the credentials.
    Test {
        /// The stream.
        stream_id: String,
    },
    /// Have a stream go on at once.
    Resume {
        /// The stream.
        stream_id: String,
        /// The index of an entry to go on from.
        #[arg(long)]
        from: Option<u64>,
    },
    /// Show the entries that the receiver did not take.
    DeadLetters {
        /// The stream.
        stream_id: String,
    },
}

/// What of a stream is to change.
#[derive(Args)]
pub(crate) struct Changed {
    /// What people call it.
    #[arg(long)]
    name: Option<String>,
    /// The connection to its receiver.
    #[arg(long)]
    connection: Option<String>,
    /// ocsf or cef.
    #[arg(long)]
    format: Option<String>,
    /// Whether it goes on.
    #[arg(long)]
    enabled: Option<bool>,
}

impl Changed {
    fn body(&self) -> Result<Value> {
        Given::default()
            .with("name", self.name.as_deref())
            .with("connection_id", self.connection.as_deref())
            .with("format", self.format.as_deref())
            .with("enabled", self.enabled)
            .change()
    }
}

/// Does what it is told.
pub(crate) async fn run(command: &Command, client: &Client, show: Show) -> Result<()> {
    match command {
        Command::List => {
            let items = client.list(Operation::ListStreams, &[]).await?;
            show.list(&COLUMNS, &items)
        }
        Command::Get { stream_id } => {
            show.one(&client.read(Operation::ReadStream, &[stream_id]).await?)
        }
        Command::Create {
            name,
            connection,
            format,
            from,
        } => {
            let body = Given::default()
                .with("name", Some(name.as_str()))
                .with("connection_id", Some(connection.as_str()))
                .with("format", format.as_deref())
                .with("from", *from)
                .body();
            show.one(&client.post(Operation::CreateStream, &[], &body).await?)
        }
        Command::Change { stream_id, stream } => {
            let (read, change) = (Operation::ReadStream, Operation::ChangeStream);
            let body = stream.body()?;
            show.one(&client.change(read, change, &[stream_id], &body).await?)
        }
        Command::Delete { stream_id } => {
            let operation = Operation::DeleteStream;
            client.delete(operation, &[stream_id]).await?;
            let facts = json!({ "stream_id": stream_id, "deleted": true });
            show.done(&format!("The stream {stream_id} is ended."), &facts);
            Ok(())
        }
        Command::Test { stream_id } => {
            let nothing = json!({});
            let operation = Operation::TestStream;
            show.one(&client.post(operation, &[stream_id], &nothing).await?)
        }
        Command::Resume { stream_id, from } => {
            let body = Given::default().with("from", *from).body();
            let operation = Operation::ResumeStream;
            show.one(&client.post(operation, &[stream_id], &body).await?)
        }
        Command::DeadLetters { stream_id } => {
            let letters = client
                .read(Operation::ListDeadLetters, &[stream_id])
                .await?;
            let items = letters["items"].as_array().cloned().unwrap_or_default();
            show.list(&LETTER_COLUMNS, &items)
        }
    }
}
