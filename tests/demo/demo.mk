# `make demo` and `make run`: set up, build, show.

demo:
	$(Q)tests/support/deps.sh build
	$(Q)$(MAKE) --no-print-directory demo-build
	$(Q)tests/demo/demo.sh $(B)

.PHONY: demo-build check-demo
demo-build:
	$(Q)$(MAKE) --no-print-directory -j2 all $(B)/vendors

# Follows one repository, alerts in the terminal; Ctrl-C ends it.
run:
	$(Q)[ -n "$(REPO)" ] || { echo 'usage: make run REPO=owner/name [URL=http://127.0.0.1:PORT]'; exit 64; }
	$(Q)tests/support/deps.sh build
	$(Q)$(MAKE) --no-print-directory -j2 all
	$(Q)tests/demo/run.sh $(B) '$(REPO)' '$(URL)'

check-demo: demo-build
	$(Q)tests/demo/check.sh $(B)
