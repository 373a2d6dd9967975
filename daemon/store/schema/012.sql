-- When the rules of a strategy node that is no initiative (those have tally.next_check)
-- are to be asked again; kinds are those of core/rule.h.
CREATE TABLE subject (
    kind INTEGER NOT NULL,
    id TEXT NOT NULL,
    next_check INTEGER NOT NULL, -- 1: now
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX subject_next_check ON subject (next_check) WHERE next_check > 0;
