# The conformance suite of trackers brings servers of its own.
CONFORM_OBJS := $(call obj,$(wildcard tests/conform/*.c))
CONFORM_TESTS := $(B)/tests/test_conform_trackers $(B)/tests/test_conform_more
$(CONFORM_TESTS): $(CONFORM_OBJS)
$(CONFORM_TESTS): PKG_LIBS := $(CONFORM_OBJS) -Wl,--start-group $(LIBS_ALL) $(SUPPORT_LIB) -Wl,--end-group $(PKG_LIBS)
$(CONFORM_TESTS): LDFLAGS_ALL += -Wl,--wrap=sign_rs256
