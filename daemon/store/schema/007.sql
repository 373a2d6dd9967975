-- Values of key results; of a day the last one counts.
CREATE TABLE kr_value (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    kr TEXT NOT NULL,
    day INTEGER NOT NULL, -- since 1970
    value REAL NOT NULL,
    confidence INTEGER NOT NULL, -- percent; -1: not told
    note TEXT NOT NULL,
    at INTEGER NOT NULL, -- when it was told
    uid INTEGER NOT NULL,
    user TEXT NOT NULL
) STRICT;
CREATE INDEX kr_value_of ON kr_value (kr, day, n);
-- When a key result was first in the strategy.
CREATE TABLE kr_known (
    id TEXT PRIMARY KEY,
    first_load INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
