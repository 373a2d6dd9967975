-- Who has told a value: store/value.h, value_origin.
ALTER TABLE kr_value ADD COLUMN origin INTEGER NOT NULL DEFAULT 0;
-- What the check-ins file says, to compare it with the file as it is now.
CREATE INDEX kr_value_file ON kr_value (kr, day) WHERE origin = 1;
-- How it goes with the value source of a key result.
CREATE TABLE value_state (
    kr TEXT PRIMARY KEY,
    question INTEGER NOT NULL, -- core/value.h: what was asked
    tried INTEGER NOT NULL,
    ok INTEGER NOT NULL,
    next INTEGER NOT NULL,         -- it is not asked before
    failed_since INTEGER NOT NULL, -- 0: the last try went well
    failures INTEGER NOT NULL,     -- in a row
    error TEXT NOT NULL
) STRICT, WITHOUT ROWID;
