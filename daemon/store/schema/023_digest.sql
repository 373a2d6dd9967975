-- A digest of all parts is named so, that it stays the same when there are more of them.
UPDATE digest SET name = substr(name, 1, length(name) - 2) || 'all' WHERE name LIKE '% 3f';
-- The message that it was; 0: none yet.
ALTER TABLE digest ADD COLUMN outbox INTEGER NOT NULL DEFAULT 0;
