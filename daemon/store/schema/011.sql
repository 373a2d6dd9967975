-- Open epics in view, COUNTED_EPIC of store/eval.h: comparing strategies goes through
-- all of them by the order of ids.
CREATE INDEX evaluated_epic ON evaluated (item) WHERE counted & 16 <> 0;
