-- Words of suggest_doc in tables of their own: read in a third of the steps of a
-- full-text index, and without the statements that it keeps for itself.
CREATE TABLE suggest_posting (
    term TEXT NOT NULL,
    doc INTEGER NOT NULL,
    place INTEGER NOT NULL, -- 1: in the title, 2: in the body, 3: in both
    PRIMARY KEY (term, doc)
) STRICT, WITHOUT ROWID;
INSERT INTO suggest_posting SELECT term, doc, sum(DISTINCT iif(col = 'title', 1, 2))
    FROM suggest_term GROUP BY term, doc;
CREATE TABLE suggest_words (
    doc INTEGER PRIMARY KEY,
    title TEXT NOT NULL, -- terms, a blank between
    body TEXT NOT NULL
) STRICT;
INSERT INTO suggest_words SELECT rowid, title, body FROM suggest_text;
DROP TABLE suggest_term;
DROP TABLE suggest_text;
-- It said that segments of the index are to be written anew.
DELETE FROM meta WHERE key = 'suggest_purge';
