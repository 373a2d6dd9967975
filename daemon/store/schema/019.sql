-- What the newest version of the strategy changed against what was judged before.
CREATE TABLE strategy_change (
    n INTEGER PRIMARY KEY, -- of strategy
    at INTEGER NOT NULL,
    changes INTEGER NOT NULL,
    summary TEXT NOT NULL,
    words TEXT NOT NULL -- of the first changes, one a line
) STRICT;
-- When a key result was to reach something else, or by another day, while it ran.
CREATE TABLE retarget (
    kr TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    elapsed INTEGER NOT NULL, -- per mille of its period
    words TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- The file on disk does not load: at most one row.
CREATE TABLE strategy_broken (
    at INTEGER NOT NULL,
    error TEXT NOT NULL
) STRICT;
-- Since when an assumption of a decision has been false, or unknown; 0: it is not.
CREATE TABLE assumption (
    decision TEXT NOT NULL,
    expression TEXT NOT NULL,
    false_since INTEGER NOT NULL,
    unknown_since INTEGER NOT NULL,
    PRIMARY KEY (decision, expression)
) STRICT, WITHOUT ROWID;
-- The version of the strategy that it began with; 0: with none.
ALTER TABLE finding ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
-- Since when the channel refuses for good; 0: it does not.
ALTER TABLE channel ADD COLUMN dead_since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE channel ADD COLUMN dead_reason TEXT NOT NULL DEFAULT '';
