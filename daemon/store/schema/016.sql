-- How many items of an initiative or bucket were closed as done in an hour since 1970,
-- of the last weeks; kept by delta. 4: COUNTED_COMPLETED of store/eval.h.
CREATE TABLE closed_hour (
    node TEXT NOT NULL,
    hour INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (node, hour)
) STRICT, WITHOUT ROWID;
INSERT INTO closed_hour SELECT l.node, v.counted_changed / 3600000, count(*)
    FROM (SELECT DISTINCT item, node FROM link WHERE effective = 1) l
    JOIN evaluated v ON v.item = l.item WHERE v.counted & 4 <> 0 GROUP BY 1, 2;
