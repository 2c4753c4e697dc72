-- What an administrator has approved, beside what the server says now, so that a
-- change can be shown before it is approved.
ALTER TABLE upstream_tools ADD COLUMN approved_definition TEXT;
