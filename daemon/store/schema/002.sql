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

ALTER TABLE finding DROP COLUMN told_episode;
ALTER TABLE finding DROP COLUMN told_severity;
ALTER TABLE finding DROP COLUMN told_resolved;
ALTER TABLE finding DROP COLUMN told_at;
ALTER TABLE finding DROP COLUMN reminders;
ALTER TABLE member DROP COLUMN leads;

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
