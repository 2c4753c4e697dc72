//! `lango signing-keys` of a running gateway.

use anyhow::Result;
use lango_api::Operation;
use serde_json::json;

use super::{
    client::Client,
    show::Show,
    table::{Column, column},
};

const COLUMNS: [Column; 5] = [
    column("KEY", "kid"),
    column("STATE", "state"),
    column("OF THE SECRET", "of_secret"),
    column("SIGNS FROM", "signs_from"),
    column("VERIFIES UNTIL", "verifies_until"),
];

/// Shows which key signs, and which ones verify until when.
pub(crate) async fn list(client: &Client, show: Show) -> Result<()> {
    let items = client.list(Operation::ListSigningKeys, &[]).await?;
    show.list(&COLUMNS, &items)
}

/// Makes a new key.
pub(crate) async fn rotate(client: &Client, show: Show, at_once: bool) -> Result<()> {
    let (operation, body) = (Operation::RotateSigningKey, json!({ "at_once": at_once }));
    show.one(&client.post(operation, &[], &body).await?)
}

/// Ends a key that has leaked.
pub(crate) async fn withdraw(client: &Client, show: Show, kid: &str) -> Result<()> {
    let operation = Operation::WithdrawSigningKey;
    client.delete(operation, &[kid]).await?;
    let facts = json!({ "kid": kid, "withdrawn": true });
    show.done(
        &format!("Key {kid} verifies nothing any more, everywhere within a minute."),
        &facts,
    );
    Ok(())
}
