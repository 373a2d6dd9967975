-- What days are split by (store/effort.h), beside spans: edits of what was in progress
-- that changed neither status nor assignee;
CREATE TABLE touch (
    item INTEGER NOT NULL,
    at INTEGER NOT NULL, -- the tracker's time of the edit
    PRIMARY KEY (item, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX touch_at ON touch (at);
CREATE INDEX span_started ON span (started);
-- what evaluation held of an item on the days before that of `at`;
CREATE TABLE past_link (
    item INTEGER NOT NULL,
    at INTEGER NOT NULL,
    team TEXT NOT NULL,
    nodes TEXT NOT NULL, -- comma separated
    PRIMARY KEY (item, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX past_link_at ON past_link (at);
-- and the parents it had.
CREATE TABLE past_parent (
    item INTEGER NOT NULL,
    at INTEGER NOT NULL,
    vid TEXT NOT NULL,
    key TEXT NOT NULL COLLATE NOCASE,
    PRIMARY KEY (item, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX past_parent_at ON past_parent (at);
CREATE INDEX past_parent_vid ON past_parent (vid) WHERE vid <> '';
CREATE INDEX past_parent_key ON past_parent (key) WHERE key <> '';

-- Person-days of a day since 1970, where the calendar is. Team and node empty: nobody's,
-- unmapped; goal: the objective or bucket that they count for, empty: neither.
CREATE TABLE effort (
    day INTEGER NOT NULL,
    team TEXT NOT NULL,
    node TEXT NOT NULL,
    goal TEXT NOT NULL,
    days REAL NOT NULL,
    items INTEGER NOT NULL,
    PRIMARY KEY (day, team, node, goal)
) STRICT, WITHOUT ROWID;
-- What these stand on; team empty: of all.
CREATE TABLE effort_day (
    day INTEGER NOT NULL,
    team TEXT NOT NULL,
    plan INTEGER NOT NULL, -- core/effort.h: the print of the planned shares
    capacity INTEGER NOT NULL, -- people that the strategy names; 0: it does not
    people INTEGER NOT NULL,
    known INTEGER NOT NULL,
    median REAL NOT NULL,
    in_progress INTEGER NOT NULL,
    parked INTEGER NOT NULL,
    unattributed INTEGER NOT NULL,
    PRIMARY KEY (day, team)
) STRICT, WITHOUT ROWID;

-- Numbers at the end of a day, where they differ from the day before.
CREATE TABLE tally_day (
    node TEXT NOT NULL,
    day INTEGER NOT NULL,
    open INTEGER NOT NULL,
    in_progress INTEGER NOT NULL,
    completed INTEGER NOT NULL,
    discarded INTEGER NOT NULL,
    epics INTEGER NOT NULL,
    PRIMARY KEY (node, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE scope_day (
    scope INTEGER NOT NULL,
    day INTEGER NOT NULL,
    epics INTEGER NOT NULL,
    linked INTEGER NOT NULL,
    exempt INTEGER NOT NULL,
    by_scope INTEGER NOT NULL,
    baseline INTEGER NOT NULL,
    PRIMARY KEY (scope, day)
) STRICT, WITHOUT ROWID;
