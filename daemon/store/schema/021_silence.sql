-- What people keep quiet, and until when. Ended ones are kept as long as the audit log.
CREATE TABLE silence (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    labels TEXT NOT NULL, -- core/silence.h: what a finding must be to be covered
    reason TEXT NOT NULL,
    uid INTEGER NOT NULL,
    user TEXT NOT NULL,
    at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    idle_since INTEGER NOT NULL, -- it covers nothing from here; 0: it covers something
    ended INTEGER NOT NULL DEFAULT 0, -- 0: in force
    ended_by TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX silence_open ON silence (until) WHERE ended = 0;
CREATE INDEX silence_over ON silence (ended) WHERE ended > 0;
CREATE INDEX finding_silenced ON finding (reason_detail) WHERE reason = 5;
