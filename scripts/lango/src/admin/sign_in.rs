//! `lango sign-in`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use lango_api::Operation;
use serde_json::json;

use super::{given::secret_from, target::Target};

/// Who signs in, and where.
#[derive(Args)]
pub(crate) struct SignIn {
    /// The tenant's slug or identifier; without one, whoever runs the platform signs
    /// in.
    #[arg(long)]
    tenant: Option<String>,
    /// Their e-mail address.
    #[arg(long)]
    email: String,
    /// A file with their password; - for standard input.
    #[arg(long, value_name = "FILE", default_value = "-")]
    password_file: PathBuf,
    #[command(flatten)]
    target: Target,
}

/// Signs in: the access token is the answer, as LANGO_TOKEN takes it.
pub(crate) async fn run(options: &SignIn) -> Result<()> {
    let client = options.target.guest()?;
    let password = secret_from(&options.password_file)?;
    let (operation, body) = match &options.tenant {
        Some(tenant) => (
            Operation::SignIn,
            json!({ "tenant": tenant, "email": options.email, "password": password.as_str() }),
        ),
        None => (
            Operation::PlatformSignIn,
            json!({ "email": options.email, "password": password.as_str() }),
        ),
    };
    let mut tokens = client.post(operation, &[], &body).await?;
    if !options.target.is_for_programs()
        && let Some(members) = tokens.as_object_mut()
    {
        // Nobody reads it from a terminal; programs ask for --json.
        members.remove("refresh_token");
    }
    options.target.show().secret(&tokens, "access_token")
}
