-- Intents and objectives that delivered messages have named.
CREATE TABLE shown (
    node TEXT PRIMARY KEY,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- What a message names that is not delivered yet.
CREATE TABLE outbox_node (
    outbox INTEGER NOT NULL,
    node TEXT NOT NULL,
    PRIMARY KEY (outbox, node)
) STRICT, WITHOUT ROWID;
-- Epic-level items (core/item.h) by when they were made; what was open on a day is told
-- by the index alone.
CREATE INDEX item_epic ON item (created, closed, first_seen) WHERE level >= 1;
