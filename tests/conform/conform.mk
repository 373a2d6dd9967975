# The conformance suite of trackers brings servers of its own.
CONFORM_OBJS := $(call obj,$(wildcard tests/conform/*.c))
$(B)/tests/test_conform_trackers: $(CONFORM_OBJS)
$(B)/tests/test_conform_trackers: PKG_LIBS := $(CONFORM_OBJS) $(SUPPORT_LIB) $(PKG_LIBS)
$(B)/tests/test_conform_trackers: LDFLAGS_ALL += -Wl,--wrap=sign_rs256
