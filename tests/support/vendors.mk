# What integration tests need: the programs they start besides alignd, and
# their own unit tests, which link no module but base.
SUPPORT_TESTS := test_spawn
$(SUPPORT_TESTS:%=$(B)/tests/%): $(B)/tests/%: $(B)/obj/tests/unit/%.o $(SUPPORT_LIB) $(call lib,base)
	$(SAY) LD $@
	$(Q)mkdir -p $(@D) && $(CC) $(LDFLAGS_ALL) -o $@ $^ $(PKG_LIBS) -lcmocka -lpthread -lm
