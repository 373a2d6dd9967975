-- New items that wait for evaluation, beside those of dirty: all of the scope whose ids
-- are from first to last. A first walk is one row, however many it brings.
CREATE TABLE dirty_run (
    scope INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (scope, first)
) STRICT, WITHOUT ROWID;
