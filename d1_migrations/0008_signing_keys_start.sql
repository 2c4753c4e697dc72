-- A key is shown before it signs. `created_at` is in milliseconds and orders the
-- keys; `signs_from` and `verifies_until` are in seconds, as in tokens.
ALTER TABLE signing_keys ADD COLUMN signs_from INTEGER NOT NULL DEFAULT 0;
