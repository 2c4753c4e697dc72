//! Statements on what a tenant is promised about where its calls run, and on its
//! register of transfers.

/// All of them, for the test that parses them.
pub const STATEMENTS: &[&str] = &[
    LOAD_PROMISE,
    INSERT_PROMISE,
    CHANGE_PROMISE,
    INSERT_TRANSFER,
    LIST_TRANSFERS,
    LOAD_TRANSFER,
    CHANGE_TRANSFER,
    DELETE_TRANSFER,
];

pub(crate) const LOAD_PROMISE: &str =
    "SELECT residency, enforcement, version FROM residency_promises WHERE tenant_id = ?1";

pub(crate) const INSERT_PROMISE: &str = "INSERT INTO residency_promises \
     (tenant_id, residency, enforcement, changed_at) VALUES (?1, ?2, ?3, ?4) \
     ON CONFLICT (tenant_id) DO NOTHING RETURNING version";

pub(crate) const CHANGE_PROMISE: &str = "UPDATE residency_promises \
     SET residency = ?2, enforcement = ?3, changed_at = ?4, version = version + 1 \
     WHERE tenant_id = ?1 AND version = ?5 RETURNING version";

pub(crate) const INSERT_TRANSFER: &str = "INSERT INTO transfers \
     (tenant_id, transfer_id, system, connection_id, vendor, vendor_region, vendor_country, \
     data_classes, legal_grounds, note, created_at, changed_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11)";

pub(crate) const LIST_TRANSFERS: &str = "SELECT transfer_id, system, connection_id, vendor, \
     vendor_region, vendor_country, data_classes, legal_grounds, note, created_at, changed_at, \
     version FROM transfers \
     WHERE tenant_id = ?1 AND transfer_id > ?2 ORDER BY transfer_id LIMIT ?3";

pub(crate) const LOAD_TRANSFER: &str = "SELECT transfer_id, system, connection_id, vendor, \
     vendor_region, vendor_country, data_classes, legal_grounds, note, created_at, changed_at, \
     version FROM transfers WHERE tenant_id = ?1 AND transfer_id = ?2";

pub(crate) const CHANGE_TRANSFER: &str = "UPDATE transfers SET system = ?3, connection_id = ?4, \
     vendor = ?5, vendor_region = ?6, vendor_country = ?7, data_classes = ?8, \
     legal_grounds = ?9, note = ?10, changed_at = ?11, version = version + 1 \
     WHERE tenant_id = ?1 AND transfer_id = ?2 AND version = ?12 RETURNING version";

pub(crate) const DELETE_TRANSFER: &str =
    "DELETE FROM transfers WHERE tenant_id = ?1 AND transfer_id = ?2 RETURNING transfer_id";
