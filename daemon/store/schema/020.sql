-- Person-days of a day by item, and what they add up to, of all days that were split:
-- an item that holds too much of its initiative's shows by them. Days are split again,
-- so that there are some.
CREATE TABLE day_item (
    day INTEGER NOT NULL,
    item INTEGER NOT NULL,
    days REAL NOT NULL,
    PRIMARY KEY (day, item)
) STRICT, WITHOUT ROWID;
CREATE TABLE item_days (
    item INTEGER PRIMARY KEY,
    days REAL NOT NULL
) STRICT;
DELETE FROM meta WHERE key = 'effort';
