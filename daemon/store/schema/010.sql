-- What suggestions are found by: words of initiatives, buckets and linked epic-level
-- items. Kept up in idle time, see store/suggest.h.
CREATE VIRTUAL TABLE suggest_text USING fts5 (title, body,
    tokenize = 'unicode61 remove_diacritics 2', detail = column, columnsize = 0);
CREATE VIRTUAL TABLE suggest_term USING fts5vocab (suggest_text, instance);
CREATE TABLE suggest_doc (
    id INTEGER PRIMARY KEY, -- as in suggest_text: the item's; below 0: of a node
    node TEXT NOT NULL, -- empty: of an item
    print INTEGER NOT NULL, -- of the texts in suggest_text
    alike INTEGER NOT NULL, -- core/suggest.h
    form INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX suggest_doc_node ON suggest_doc (node) WHERE node <> '';
CREATE INDEX suggest_doc_form ON suggest_doc (form) WHERE form <> 0;
-- Items that may have come into it, left it or changed.
CREATE TABLE suggest_todo (item INTEGER PRIMARY KEY) STRICT;
-- Linked items that are asked about as if they were not, which gives the grades.
CREATE TABLE suggest_trial (
    item INTEGER PRIMARY KEY,
    tried INTEGER NOT NULL,
    sureness INTEGER NOT NULL, -- in millionths
    right INTEGER NOT NULL
) STRICT;
CREATE INDEX suggest_trial_next ON suggest_trial (item) WHERE tried = 0;
-- 512 and 1: epic-level and linked, see store/eval.h.
INSERT INTO suggest_todo SELECT item FROM evaluated
    WHERE counted & 512 <> 0 AND has & 1 <> 0;
