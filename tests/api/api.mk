# `make check-api`: alignd against servers made of the vendors' official descriptions.
# Needs node, npm, and the npm registry the first time; says so where they are missing.

$(B)/describe: $(call obj,tests/api/describe.c) $(SUPPORT_LIB) $(call lib,base)
	$(SAY) LD $@
	$(Q)mkdir -p $(@D) && $(CC) $(LDFLAGS_ALL) -o $@ $^ $(PKG_LIBS) -lm

.PHONY: check-api
check-api:
	$(Q)$(MAKE) --no-print-directory -j2 all $(B)/vendors $(B)/describe
	$(Q)tests/api/check.sh $(B)
