-- The nodes that work can be linked to, as items are linked by them now; see
-- store/relink.h.
CREATE TABLE strategy_node (
    id TEXT PRIMARY KEY,
    print INTEGER NOT NULL,  -- core/strategy_part.h; 0: no longer there
    changed INTEGER NOT NULL -- items that it can touch are still to be looked at
) STRICT, WITHOUT ROWID;
CREATE INDEX strategy_node_changed ON strategy_node (changed) WHERE changed = 1;
