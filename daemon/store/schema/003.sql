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
