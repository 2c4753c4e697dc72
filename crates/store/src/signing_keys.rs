//! The keys that sign tokens, beside those of the deployment's secret.

use lango_identity::{PlatformScope, RingSeal, Rotation, StoredSigningKey, Withdrawal};

use crate::{
    port::{Rows, Sql, Statement, StoreError, run},
    statements,
};

/// Every stored key, for whoever has what they are sealed under.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn load_signing_keys(
    sql: &impl Sql,
    _seal: &RingSeal,
) -> Result<Vec<StoredSigningKey>, StoreError> {
    run(sql, Statement::new(statements::LIST_SIGNING_KEYS, []))
        .await
        .and_then(Rows::decode)
}

/// Stores a new key, gives every other one an end, and forgets those whose end is
/// past, in one transaction.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked; nothing has changed then.
pub async fn rotate_signing_keys(
    sql: &impl Sql,
    _scope: &PlatformScope,
    rotation: &Rotation,
) -> Result<(), StoreError> {
    let limit = |(kid, public_key): &(String, String)| {
        let values = [
            kid.as_str().into(),
            public_key.as_str().into(),
            rotation.others_verify_until.into(),
        ];
        Statement::new(statements::LIMIT_SECRET_SIGNING_KEY, values)
    };
    let new = [
        rotation.kid.as_str().into(),
        rotation.public_key.as_str().into(),
        rotation.sealed.as_str().into(),
        rotation.created_at.into(),
        rotation.signs_from.into(),
    ];
    let others = [
        rotation.kid.as_str().into(),
        rotation.others_verify_until.into(),
    ];
    let mut statements: Vec<_> = rotation.of_secret.iter().map(limit).collect();
    statements.extend([
        Statement::new(statements::INSERT_SIGNING_KEY, new),
        Statement::new(statements::LIMIT_SIGNING_KEYS, others),
        Statement::new(statements::FORGET_SIGNING_KEYS, [rotation.now.into()]),
    ]);
    sql.batch(&statements).await?;
    Ok(())
}

/// Ends a key now. Its private half is forgotten; the row stays, so that a key of
/// the secret stays ended.
///
/// # Errors
/// [`StoreError`] when the database cannot be asked.
pub async fn withdraw_signing_key(
    sql: &impl Sql,
    _scope: &PlatformScope,
    withdrawal: &Withdrawal,
) -> Result<(), StoreError> {
    let values = [
        withdrawal.kid.as_str().into(),
        withdrawal.public_key.as_str().into(),
        withdrawal.at.into(),
    ];
    run(
        sql,
        Statement::new(statements::WITHDRAW_SIGNING_KEY, values),
    )
    .await
    .map(drop)
}

#[cfg(test)]
#[path = "signing_keys_tests.rs"]
mod tests;
