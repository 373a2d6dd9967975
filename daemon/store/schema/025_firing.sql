-- Each firing of a rule, by which the rule is judged: store/firing.h.
CREATE TABLE firing (
    finding INTEGER NOT NULL,
    episode INTEGER NOT NULL,
    rule TEXT NOT NULL,
    fired INTEGER NOT NULL,
    told INTEGER NOT NULL,  -- by the first message; 0: by none
    acted INTEGER NOT NULL, -- the first that was done about it, its end too; 0: nothing
    ended INTEGER NOT NULL, -- 0: it still fires
    how INTEGER NOT NULL,   -- store/firing.h: what was done, what ended it
    PRIMARY KEY (finding, episode)
) STRICT, WITHOUT ROWID;
CREATE INDEX firing_rule ON firing (rule, fired);
CREATE INDEX firing_ended ON firing (ended) WHERE ended > 0;

-- What the history of findings knows of them. A firing ends with the event behind it.
INSERT INTO firing (finding, episode, rule, fired, told, acted, ended, how)
    SELECT g.finding, g.episode, f.rule, g.at,
    coalesce((SELECT min(t.at) FROM finding_event t WHERE t.finding = g.finding AND
    t.n > g.n AND t.n < g.next AND t.what = 'told'), 0),
    coalesce((SELECT min(a.at) FROM finding_event a WHERE a.finding = g.finding AND
    a.n > g.n AND a.n <= g.next AND (a.what = 'resolved' OR a.what = 'reason' AND
    a.detail IN ('acked', 'snoozed', 'silenced'))), 0),
    coalesce(r.at, 0),
    CASE WHEN r.n IS NULL THEN 0 WHEN r.detail LIKE 'linked to %' THEN 1
    WHEN r.detail LIKE 'exempted by %' THEN 4 ELSE 2 END +
    8 * EXISTS (SELECT 1 FROM finding_event a WHERE a.finding = g.finding AND
    a.n > g.n AND a.n < g.next AND a.what = 'reason' AND a.detail = 'silenced') +
    16 * EXISTS (SELECT 1 FROM finding_event a WHERE a.finding = g.finding AND
    a.n > g.n AND a.n < g.next AND a.what = 'reason' AND
    a.detail IN ('acked', 'snoozed'))
    FROM (SELECT n, finding, at, what,
        row_number() OVER (PARTITION BY finding, what ORDER BY n) AS episode,
        lead(n, 1, 9223372036854775807) OVER (PARTITION BY finding ORDER BY n) AS next
        FROM finding_event WHERE what IN ('fired', 'resolved')) g
    JOIN finding f ON f.n = g.finding
    LEFT JOIN finding_event r ON r.n = g.next AND r.what = 'resolved'
    WHERE g.what = 'fired' AND g.episode <= f.episode AND
    (f.baseline = 0 OR EXISTS (SELECT 1 FROM told WHERE finding = f.n));
