-- When a channel got a message that counts for its budget: of this week and the last.
CREATE TABLE sent (
    channel TEXT NOT NULL,
    at INTEGER NOT NULL,
    outbox INTEGER NOT NULL,
    PRIMARY KEY (channel, at, outbox)
) STRICT, WITHOUT ROWID;
