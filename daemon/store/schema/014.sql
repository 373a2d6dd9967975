-- When each digest is due, what it said last.
CREATE TABLE digest (
    name TEXT PRIMARY KEY, -- channel, blank, when, blank, parts
    next INTEGER NOT NULL, -- due then
    sent INTEGER NOT NULL, -- 0: never
    turn INTEGER NOT NULL  -- of the strategy's minute
) STRICT, WITHOUT ROWID;
