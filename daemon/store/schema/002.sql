-- What each channel was told of a finding last. Until now that of the first
-- channel stood for all of them.
CREATE TABLE told (
    finding INTEGER NOT NULL,
    channel TEXT NOT NULL,
    episode INTEGER NOT NULL,
    kind INTEGER NOT NULL, -- core/plan.h: new, worse, resolved, reminder
    severity INTEGER NOT NULL,
    at INTEGER NOT NULL, -- when it was frozen into the outbox
    reminders INTEGER NOT NULL, -- of the episode
    outbox INTEGER NOT NULL, -- the message; it is forgotten in time
    delivered INTEGER NOT NULL, -- the last one of the episode; 0: none yet
    PRIMARY KEY (finding, channel)
) STRICT, WITHOUT ROWID;

-- The columns beside max() are those of its row.
INSERT INTO told SELECT m.finding, o.channel, m.episode, m.kind, f.told_severity,
    o.created, CASE m.episode WHEN f.told_episode THEN f.reminders ELSE 0 END,
    max(o.id), CASE o.state WHEN 2 THEN o.done_at ELSE 0 END
    FROM outbox_member m JOIN outbox o ON o.id = m.outbox JOIN finding f ON f.n = m.finding
    GROUP BY m.finding, o.channel;
-- Where the message is forgotten, the history knows: "new to CHANNEL".
INSERT INTO told SELECT f.n, substr(e.detail, instr(e.detail, ' to ') + 4), f.told_episode,
    CASE substr(e.detail, 1, instr(e.detail, ' to ') - 1) WHEN 'resolved' THEN 14
    WHEN 'worse' THEN 15 WHEN 'reminder' THEN 17 ELSE 16 END,
    f.told_severity, f.told_at, f.reminders, 0, f.told_at
    FROM finding f JOIN finding_event e ON e.n = (SELECT max(n) FROM finding_event
    WHERE finding = f.n AND what = 'told') WHERE f.told_episode > 0
    ON CONFLICT DO NOTHING;

-- Dropping a column parses the whole schema and writes all rows anew, for each of them:
-- the rows are written once.
CREATE TABLE finding_new (
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
    reason_at INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO finding_new (
    n, id, rule, kind, subject, item, scope, source, state, severity, since, fired,
    resolved, clear_since, episode, baseline, ended_by, team, node, note, fix, command,
    facts, acked_by, snoozed_until, plan_next, reason, reason_detail, reason_at)
    SELECT
    n, id, rule, kind, subject, item, scope, source, state, severity, since, fired,
    resolved, clear_since, episode, baseline, ended_by, team, node, note, fix, command,
    facts, acked_by, snoozed_until, plan_next, reason, reason_detail, reason_at
    FROM finding;
DROP TABLE finding;
ALTER TABLE finding_new RENAME TO finding;
CREATE INDEX finding_item ON finding (item) WHERE item > 0;
CREATE INDEX finding_subject ON finding (subject) WHERE item = 0;
CREATE INDEX finding_plan ON finding (plan_next) WHERE plan_next > 0;
CREATE INDEX finding_open ON finding (rule, state, baseline) WHERE state IN (1, 2);
CREATE INDEX finding_list ON finding (severity DESC, since, n) WHERE state IN (1, 2);
CREATE INDEX finding_resolved ON finding (resolved) WHERE state = 3;
CREATE TABLE member_new (
    batch INTEGER NOT NULL,
    finding INTEGER NOT NULL,
    kind INTEGER NOT NULL, -- core/plan.h: new, worse, resolved, reminder
    joined INTEGER NOT NULL,
    PRIMARY KEY (batch, finding)
) STRICT, WITHOUT ROWID;
INSERT INTO member_new SELECT batch, finding, kind, joined FROM member;
DROP TABLE member;
ALTER TABLE member_new RENAME TO member;
CREATE INDEX member_finding ON member (finding);

-- What waits was decided by what the first channel was told.
UPDATE finding SET plan_next = 1 WHERE n IN (SELECT finding FROM member);

-- Messages of an item that turns private lose its words.
CREATE INDEX outbox_member_finding ON outbox_member (finding);
UPDATE finding SET note = '', fix = '', command = '', facts = '', ended_by = ''
    WHERE state = 3 AND item IN (SELECT id FROM item WHERE private);
UPDATE finding_event SET detail = '' WHERE what = 'resolved' AND finding IN
    (SELECT n FROM finding WHERE item IN (SELECT id FROM item WHERE private));

-- How much of each scope is an initiative's, a bucket's or a team's; kept by delta.
CREATE TABLE share (
    node TEXT NOT NULL,
    scope INTEGER NOT NULL,
    items INTEGER NOT NULL, -- a node's: linked to it; a team's: open
    epics INTEGER NOT NULL, -- open epic-level ones among them, no ideas
    PRIMARY KEY (node, scope)
) STRICT, WITHOUT ROWID;
-- 13: open, completed or discarded; 16: such an epic; 1: open; see store/eval.h.
INSERT INTO share SELECT l.node, i.counted_scope, count(*), sum(i.counted & 16 <> 0)
    FROM (SELECT DISTINCT item, node FROM link WHERE effective = 1) l
    JOIN item i ON i.id = l.item WHERE i.counted & 13 <> 0 GROUP BY 1, 2;
INSERT INTO share SELECT team, counted_scope, count(*), sum(counted & 16 <> 0)
    FROM item WHERE counted & 1 <> 0 AND team <> '' GROUP BY 1, 2;
