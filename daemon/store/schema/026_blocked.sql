-- What an open item waits for, by its key: that may be an item of another source, or
-- one that is not followed. Items that wait for nothing have no row.
CREATE TABLE blocked (
    item INTEGER NOT NULL,
    blocker TEXT NOT NULL, -- in lower case
    since INTEGER NOT NULL, -- seen first, or since it was opened again
    PRIMARY KEY (item, blocker)
) STRICT, WITHOUT ROWID;
CREATE INDEX blocked_blocker ON blocked (blocker);
