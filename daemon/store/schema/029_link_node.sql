-- All that is asked of a node's work but where it is evaluated stands in the index.
DROP INDEX link_node;
CREATE INDEX link_node ON link (node, item, via, effective) WHERE effective = 1;
