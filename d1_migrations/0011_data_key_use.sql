-- How many messages a data key has sealed, with what is set aside for the tokens of its
-- connections; and when it was wrapped last: from then on nobody needs what wrapped it
-- before, once every gate has read the store again.
ALTER TABLE data_keys ADD COLUMN seals INTEGER NOT NULL DEFAULT 0;
ALTER TABLE data_keys ADD COLUMN wrapped_at INTEGER NOT NULL DEFAULT 0;

UPDATE data_keys SET seals = 1048576 * (
  SELECT COUNT(*) FROM connections
  WHERE connections.tenant_id = data_keys.tenant_id AND connections.connector = data_keys.connector);
