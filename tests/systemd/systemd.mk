.PHONY: check-systemd
check-systemd: all $(B)/vendors
	$(Q)tests/systemd/check.sh $(B)
