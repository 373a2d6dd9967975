-- How many documents of suggest_text have a word: what too many have weighs nothing,
-- and who has it need not be read.
CREATE TABLE suggest_word (
    term TEXT PRIMARY KEY,
    docs INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE suggest_counted USING fts5vocab (suggest_text, row);
INSERT INTO suggest_word SELECT term, doc FROM suggest_counted;
DROP TABLE suggest_counted;
