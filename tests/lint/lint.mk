# `make lint`: what machines check about the sources.

.PHONY: lint
lint: all
	$(Q)tests/lint/toplevel.sh
	$(Q)tests/lint/layers.sh
	$(Q)tests/lint/purity.sh $(B)
	$(Q)tests/lint/banned.sh
	$(Q)tests/lint/headers.sh $(CC) $(BASE_CFLAGS)
	$(Q)tests/lint/man.sh
