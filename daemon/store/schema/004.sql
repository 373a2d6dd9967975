-- What evaluation found out about an item, apart from what pages write: an item's row
-- is wide, and SQLite writes all of a row. No row: nothing yet.
CREATE TABLE evaluated (
    item INTEGER PRIMARY KEY,
    has INTEGER NOT NULL,     -- store/eval.h: rows other tables hold of it
    counted INTEGER NOT NULL, -- store/eval.h: as what aggregates hold it
    counted_scope INTEGER NOT NULL,
    counted_changed INTEGER NOT NULL,
    next_check INTEGER NOT NULL,
    team TEXT NOT NULL,
    created INTEGER NOT NULL -- the item's, for the order of evaluated_unlinked
) STRICT;
INSERT INTO evaluated SELECT id, has & 9, counted, counted_scope, counted_changed,
    next_check, team, created FROM item
    WHERE has & 9 <> 0 OR counted <> 0 OR next_check <> 0 OR team <> '';
CREATE INDEX evaluated_next_check ON evaluated (next_check) WHERE next_check > 0;
-- open, epic-level, in view, not linked, not exempt: COUNTED_EPIC alone of the three
CREATE INDEX evaluated_unlinked ON evaluated (created) WHERE counted & 112 = 16;

-- Dropping a column rewrites all rows; so they are written once without the five. 9:
-- links and findings, which are evaluation's.
CREATE TABLE item_new (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL,
    vid TEXT NOT NULL,
    hash INTEGER NOT NULL,
    scope INTEGER NOT NULL,
    key TEXT NOT NULL,
    level INTEGER NOT NULL,
    category INTEGER NOT NULL, -- core/item.h
    outcome INTEGER NOT NULL,
    outsider INTEGER NOT NULL,
    private INTEGER NOT NULL,
    baseline INTEGER NOT NULL, -- was there before it came into view
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    closed INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    changed INTEGER NOT NULL, -- newest category change, closing or creation
    children INTEGER NOT NULL,
    has INTEGER NOT NULL DEFAULT 0, -- store/eval.h: what pages and people say of it
    parent_vid TEXT NOT NULL,
    parent_key TEXT NOT NULL COLLATE NOCASE,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    author TEXT NOT NULL,
    author_name TEXT NOT NULL,
    assignees TEXT NOT NULL, -- comma separated
    url TEXT NOT NULL,
    title TEXT NOT NULL,
    marks TEXT NOT NULL, -- item_pack_marks
    excerpt TEXT NOT NULL,
    UNIQUE (source, vid)
) STRICT;
INSERT INTO item_new (id, source, vid, hash, scope, key, level, category, outcome,
    outsider, private, baseline, created, updated, closed, first_seen, changed, children,
    has, parent_vid, parent_key, type, status, author, author_name, assignees, url,
    title, marks, excerpt)
    SELECT id, source, vid, hash, scope, key, level, category, outcome, outsider,
    private, baseline, created, updated, closed, first_seen, changed, children,
    has & ~9, parent_vid, parent_key, type, status, author, author_name, assignees,
    url, title, marks, excerpt FROM item;
DROP TABLE item;
ALTER TABLE item_new RENAME TO item;
CREATE INDEX item_key ON item (lower(key));
CREATE INDEX item_parent_vid ON item (source, parent_vid) WHERE parent_vid <> '';
CREATE INDEX item_parent_key ON item (parent_key) WHERE parent_key <> '';
CREATE INDEX item_scope ON item (scope, outcome, updated);
