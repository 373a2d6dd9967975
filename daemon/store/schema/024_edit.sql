-- What the chat calls the message.
ALTER TABLE outbox ADD COLUMN receipt TEXT NOT NULL DEFAULT '';
-- The receipt of the one that is to be marked: all that it told is over.
ALTER TABLE outbox ADD COLUMN edits TEXT NOT NULL DEFAULT '';
-- What the chat did not take: 1 to change that message, 2 to reply to it.
ALTER TABLE outbox ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
CREATE INDEX outbox_receipt ON outbox (receipt) WHERE receipt <> '';
