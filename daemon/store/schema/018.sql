-- What the chat calls the message that first told the episode, where it tells: what
-- follows replies to it.
ALTER TABLE told ADD COLUMN thread TEXT NOT NULL DEFAULT '';
