-- What a tracker remembers of its source beside its scopes' cursors.
ALTER TABLE source ADD COLUMN memory TEXT NOT NULL DEFAULT '';

-- Facts about a source for whoever runs it; one for each key.
CREATE TABLE note (
    source INTEGER NOT NULL,
    key TEXT NOT NULL,
    level INTEGER NOT NULL, -- connectors/connector.h
    text TEXT NOT NULL,
    fix TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (source, key)
) STRICT, WITHOUT ROWID;

-- Listing a scope as a whole, to find what has vanished: store/listing.h.
ALTER TABLE scope ADD COLUMN listed_at INTEGER NOT NULL DEFAULT 0; -- 0: to be listed
ALTER TABLE scope ADD COLUMN believe INTEGER NOT NULL DEFAULT 0;   -- whatever it lacks
ALTER TABLE scope ADD COLUMN lacks INTEGER NOT NULL DEFAULT 0; -- a doubted listing did,
ALTER TABLE scope ADD COLUMN lacks_of INTEGER NOT NULL DEFAULT 0; -- of so many
-- What became of items that the last listing lacked.
ALTER TABLE scope ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE scope ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
ALTER TABLE scope ADD COLUMN outside INTEGER NOT NULL DEFAULT 0;
ALTER TABLE scope ADD COLUMN moved INTEGER NOT NULL DEFAULT 0;
ALTER TABLE scope ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0; -- all there are now
-- A first walk has met everything.
UPDATE scope SET listed_at = synced_at;
-- What a listing must have met is asked of the index alone.
CREATE INDEX item_scope ON item (scope, outcome, updated);

-- Items that are out of view, or may not be read; see HAS_GONE in store/eval.h.
CREATE TABLE fate (
    item INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL, -- connectors/connector.h
    at INTEGER NOT NULL,
    detail TEXT NOT NULL
) STRICT;

-- Keys (folded) and ids that items had before they moved.
CREATE TABLE former_key (
    key TEXT NOT NULL,
    item INTEGER NOT NULL,
    PRIMARY KEY (key, item)
) STRICT, WITHOUT ROWID;
CREATE TABLE former_vid (
    source INTEGER NOT NULL,
    vid TEXT NOT NULL,
    item INTEGER NOT NULL,
    PRIMARY KEY (source, vid)
) STRICT, WITHOUT ROWID;
