-- Times are UTC in ms since 1970, 0 is never. Enumerations are the numbers of
-- the headers named beside them. Empty text stands for "none".

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE source (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    fingerprint INTEGER NOT NULL,
    active INTEGER NOT NULL DEFAULT 1, -- 0: no longer configured
    fresh INTEGER NOT NULL DEFAULT 0,  -- as of the last evaluation
    syncing INTEGER NOT NULL DEFAULT 0,
    first_try INTEGER NOT NULL,
    last_try INTEGER NOT NULL,
    last_ok INTEGER NOT NULL DEFAULT 0,
    paused_until INTEGER NOT NULL DEFAULT 0,
    err_kind INTEGER NOT NULL DEFAULT 0, -- base/err.h
    err_since INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',
    rate_limit INTEGER NOT NULL DEFAULT -1,
    rate_remaining INTEGER NOT NULL DEFAULT -1,
    rate_reset INTEGER NOT NULL DEFAULT 0,
    skew INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE scope (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES source(id),
    name TEXT NOT NULL,
    vid TEXT NOT NULL DEFAULT '',
    cursor TEXT NOT NULL DEFAULT '',
    state INTEGER NOT NULL DEFAULT 0, -- store/scope.h
    fresh INTEGER NOT NULL DEFAULT 0, -- as of the last evaluation
    seen INTEGER NOT NULL DEFAULT 1,  -- heard of since the fingerprint changed
    first_seen INTEGER NOT NULL,
    synced_at INTEGER NOT NULL DEFAULT 0,
    err_kind INTEGER NOT NULL DEFAULT 0,
    failed_since INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',
    introduced INTEGER NOT NULL DEFAULT 0, -- its baseline was summarised
    items INTEGER NOT NULL DEFAULT 0, -- stored rows, kept by pages
    open INTEGER NOT NULL DEFAULT 0,
    in_view INTEGER NOT NULL DEFAULT 0, -- evaluated and open, kept by evaluation
    epics INTEGER NOT NULL DEFAULT 0,
    linked INTEGER NOT NULL DEFAULT 0,
    exempt INTEGER NOT NULL DEFAULT 0,
    by_scope INTEGER NOT NULL DEFAULT 0,
    baseline INTEGER NOT NULL DEFAULT 0,
    labelled INTEGER NOT NULL DEFAULT 0, -- items with a label initiative:*
    UNIQUE (source, name)
) STRICT;

CREATE TABLE item (
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
    -- evaluation's own, never written by a page
    has INTEGER NOT NULL DEFAULT 0,     -- store/eval.h: rows other tables hold of it
    counted INTEGER NOT NULL DEFAULT 0, -- store/eval.h: as what aggregates hold it
    counted_scope INTEGER NOT NULL DEFAULT 0,
    counted_changed INTEGER NOT NULL DEFAULT 0,
    next_check INTEGER NOT NULL DEFAULT 0,
    team TEXT NOT NULL DEFAULT '',
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
-- People write keys in any case; folding once is cheaper than comparing so.
CREATE INDEX item_key ON item (lower(key));
CREATE INDEX item_parent_vid ON item (source, parent_vid) WHERE parent_vid <> '';
CREATE INDEX item_parent_key ON item (parent_key) WHERE parent_key <> '';
CREATE INDEX item_next_check ON item (next_check) WHERE next_check > 0;
-- open, epic-level, in view, not linked, not exempt: COUNTED_EPIC alone of the three
CREATE INDEX item_unlinked ON item (created) WHERE counted & 112 = 16;

-- Items that wait for evaluation. Scope 0: by a person's write, evaluated even
-- while their scope is stale.
CREATE TABLE dirty (
    scope INTEGER NOT NULL,
    item INTEGER NOT NULL,
    PRIMARY KEY (scope, item)
) STRICT, WITHOUT ROWID;

-- When an item was in progress, as what and whose.
CREATE TABLE span (
    item INTEGER NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER NOT NULL, -- 0: still
    status TEXT NOT NULL,
    assignees TEXT NOT NULL,
    PRIMARY KEY (item, started)
) STRICT, WITHOUT ROWID;
CREATE INDEX span_ended ON span (ended) WHERE ended > 0;

-- Every method's answer.
CREATE TABLE link (
    item INTEGER NOT NULL,
    method INTEGER NOT NULL, -- core/match.h
    node TEXT NOT NULL,
    known INTEGER NOT NULL,
    effective INTEGER NOT NULL,
    via INTEGER NOT NULL, -- the ancestor it is inherited from; 0: the item's own
    hops INTEGER NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (item, method, node)
) STRICT, WITHOUT ROWID;
CREATE INDEX link_node ON link (node) WHERE effective = 1;

-- Links set by people.
CREATE TABLE pin (
    item INTEGER PRIMARY KEY,
    node TEXT NOT NULL,
    at INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    user TEXT NOT NULL
) STRICT;

CREATE TABLE exemption (
    item INTEGER NOT NULL,
    rule TEXT NOT NULL, -- empty: every item rule
    reason TEXT NOT NULL,
    until INTEGER NOT NULL,
    at INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    user TEXT NOT NULL,
    PRIMARY KEY (item, rule)
) STRICT, WITHOUT ROWID;

-- What is linked to each initiative and bucket; kept by delta.
CREATE TABLE tally (
    node TEXT PRIMARY KEY,
    open INTEGER NOT NULL DEFAULT 0,
    in_progress INTEGER NOT NULL DEFAULT 0,
    completed INTEGER NOT NULL DEFAULT 0,
    discarded INTEGER NOT NULL DEFAULT 0,
    epics INTEGER NOT NULL DEFAULT 0,
    last_change INTEGER NOT NULL DEFAULT 0,
    recount INTEGER NOT NULL DEFAULT 0, -- whoever held last_change may have left
    next_check INTEGER NOT NULL DEFAULT 1 -- node rules; 1: touched
) STRICT, WITHOUT ROWID;
CREATE INDEX tally_next_check ON tally (next_check) WHERE next_check > 0;
CREATE INDEX tally_recount ON tally (node) WHERE recount = 1;

CREATE TABLE finding (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    rule TEXT NOT NULL,
    kind INTEGER NOT NULL, -- enum rule_subject
    subject TEXT NOT NULL, -- what the id was made of
    item INTEGER NOT NULL,   -- 0: not of an item
    scope INTEGER NOT NULL,  -- of the item; 0
    source INTEGER NOT NULL, -- of the item or the source itself; 0
    state INTEGER NOT NULL, -- core/finding.h
    severity INTEGER NOT NULL,
    since INTEGER NOT NULL,
    fired INTEGER NOT NULL,
    resolved INTEGER NOT NULL,
    clear_since INTEGER NOT NULL,
    episode INTEGER NOT NULL,
    baseline INTEGER NOT NULL,
    ended_by TEXT NOT NULL,
    team TEXT NOT NULL,
    node TEXT NOT NULL,
    note TEXT NOT NULL,
    fix TEXT NOT NULL,
    command TEXT NOT NULL,
    facts TEXT NOT NULL,
    -- by people; they end with the episode
    acked_by TEXT NOT NULL DEFAULT '',
    snoozed_until INTEGER NOT NULL DEFAULT 0,
    -- planning
    plan_next INTEGER NOT NULL DEFAULT 1, -- 1: something changed
    reason INTEGER NOT NULL DEFAULT 0, -- core/plan.h
    reason_detail TEXT NOT NULL DEFAULT '',
    reason_at INTEGER NOT NULL DEFAULT 0,
    told_episode INTEGER NOT NULL DEFAULT 0,
    told_severity INTEGER NOT NULL DEFAULT 0,
    told_resolved INTEGER NOT NULL DEFAULT 0,
    told_at INTEGER NOT NULL DEFAULT 0,
    reminders INTEGER NOT NULL DEFAULT 0 -- of told_episode
) STRICT;
CREATE INDEX finding_item ON finding (item) WHERE item > 0;
CREATE INDEX finding_subject ON finding (subject) WHERE item = 0;
CREATE INDEX finding_plan ON finding (plan_next) WHERE plan_next > 0;
CREATE INDEX finding_open ON finding (rule, state, baseline) WHERE state IN (1, 2);
CREATE INDEX finding_list ON finding (severity DESC, since, n) WHERE state IN (1, 2);
CREATE INDEX finding_resolved ON finding (resolved) WHERE state = 3;

CREATE TABLE finding_event (
    n INTEGER PRIMARY KEY,
    finding INTEGER NOT NULL,
    at INTEGER NOT NULL,
    what TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX finding_event_of ON finding_event (finding, n);

-- Where messages gather, one for each channel and value of group_by.
CREATE TABLE batch (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    name TEXT NOT NULL,
    due INTEGER NOT NULL DEFAULT 0, -- 0: nothing waits
    last_sent INTEGER NOT NULL DEFAULT 0,
    UNIQUE (channel, name)
) STRICT;
CREATE INDEX batch_due ON batch (due) WHERE due > 0;
CREATE TABLE member (
    batch INTEGER NOT NULL,
    finding INTEGER NOT NULL,
    kind INTEGER NOT NULL, -- core/plan.h: new, worse, resolved, reminder
    joined INTEGER NOT NULL,
    leads INTEGER NOT NULL, -- the first of its destinations: sets what was told
    PRIMARY KEY (batch, finding)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_finding ON member (finding);

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    channel TEXT NOT NULL,
    state INTEGER NOT NULL DEFAULT 0, -- 0 queued, 1 attempting, 2 delivered, 3 dead
    attempts INTEGER NOT NULL DEFAULT 0,
    plain INTEGER NOT NULL DEFAULT 0,
    resent INTEGER NOT NULL DEFAULT 0,
    status INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL,
    next_attempt INTEGER NOT NULL,
    done_at INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',
    notice TEXT NOT NULL
) STRICT;
CREATE INDEX outbox_waiting ON outbox (channel, id) WHERE state < 2;
CREATE INDEX outbox_dead ON outbox (channel, id) WHERE state = 3;
CREATE INDEX outbox_done ON outbox (done_at) WHERE done_at > 0;
CREATE TABLE outbox_member (
    outbox INTEGER NOT NULL,
    finding INTEGER NOT NULL,
    episode INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    PRIMARY KEY (outbox, finding)
) STRICT, WITHOUT ROWID;

-- Kept by delivery, so that nothing counts the outbox.
CREATE TABLE channel (
    name TEXT PRIMARY KEY,
    delivered INTEGER NOT NULL DEFAULT 0,
    last_delivered INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE strategy (
    n INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    at INTEGER NOT NULL,
    text TEXT NOT NULL
) STRICT;

CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    user TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
