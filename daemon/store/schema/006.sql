-- A version of the strategy is stored file by file: the text of several, one after the
-- other, cannot be read again.
CREATE TABLE strategy_file (
    strategy INTEGER NOT NULL, -- n of its row
    place INTEGER NOT NULL,    -- in the order they are read
    name TEXT NOT NULL,        -- empty: all that was kept is the text of all files
    beside INTEGER NOT NULL,   -- core/strategy.h
    text TEXT NOT NULL,
    PRIMARY KEY (strategy, place)
) STRICT, WITHOUT ROWID;
INSERT INTO strategy_file SELECT n, 0, '', 0, text FROM strategy;

CREATE TABLE strategy_new (
    n INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT;
INSERT INTO strategy_new SELECT n, version, at FROM strategy;
DROP TABLE strategy;
ALTER TABLE strategy_new RENAME TO strategy;
