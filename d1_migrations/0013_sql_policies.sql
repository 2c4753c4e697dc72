-- What of a connected database may be seen, and by whom; without a row, whatever the
-- connection's login may read, by employees whose tables are not listed.
CREATE TABLE sql_policies (
  tenant_id      TEXT NOT NULL,
  connection_id  TEXT NOT NULL,
  -- A JSON object; NULL after it was taken away: the row keeps the version going up.
  document       TEXT,
  changed_by     TEXT NOT NULL,
  changed_at     INTEGER NOT NULL,
  version        INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, connection_id),
  FOREIGN KEY (tenant_id, connection_id)
    REFERENCES connections (tenant_id, connection_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
