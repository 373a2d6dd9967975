# What integration tests need: the programs they start besides alignd, and
# their own unit tests, which link no module but base.
SRC_vendors := $(filter-out tests/support/vendors/main.c,$(wildcard tests/support/vendors/*.c))
VENDORS_LIB := $(call lib,vendors)
$(VENDORS_LIB): $(call obj,$(SRC_vendors))
	$(SAY) AR $@
	$(Q)mkdir -p $(@D) && rm -f $@ && $(AR) rcs $@ $^

$(B)/vendors: $(call obj,tests/support/vendors/main.c) $(VENDORS_LIB) $(SUPPORT_LIB) $(call lib,base)
	$(SAY) LD $@
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(PKG_LIBS) -lm

SUPPORT_TESTS := test_spawn $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_vendors*.c))
$(SUPPORT_TESTS:%=$(B)/tests/%): $(B)/tests/%: $(B)/obj/tests/unit/%.o $(VENDORS_LIB) $(SUPPORT_LIB) $(call lib,base) | $(B)/vendors
	$(SAY) LD $@
	$(Q)mkdir -p $(@D) && $(CC) $(LDFLAGS_ALL) -o $@ $^ $(PKG_LIBS) -lcmocka -lpthread -lm

# Chats are asked over HTTP, too.
$(B)/tests/test_chat_http: | $(B)/vendors

# The vendors' rules, without their server.
$(B)/tests/test_chat_limits: $(B)/obj/tests/unit/test_chat_limits.o $(VENDORS_LIB) $(LIBS_ALL) $(SUPPORT_LIB)
	$(SAY) LD $@
	$(Q)mkdir -p $(@D) && $(CC) $(LDFLAGS_ALL) -o $@ $< $(VENDORS_LIB) $(call LINK_LIBS,$(LIBS_ALL) $(SUPPORT_LIB)) -lcmocka

# Preloaded into alignd by tests that set its wall clock.
$(B)/wall.so: tests/support/preload/wall.c Makefile
	$(SAY) LD $@
	$(Q)mkdir -p $(@D) && gcc $(BASE_CFLAGS) -O2 -fPIC -shared -o $@ $< -ldl
