# What only the bench needs: the skeleton, and the service without metrics and request logs.
.PHONY: load
load: $(BUILD)/skeleton $(BUILD)/session-backend-unseen

$(BUILD)/skeleton: test/load/skeleton.c | $(BUILD)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< -lfcgi -lpq

unseen := log_request metrics_count metrics_busy
$(BUILD)/session-backend-unseen: $(BUILD)/main.o test/load/unseen.c $(archive)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(unseen:%=-Wl,--wrap=%) -o $@ $^ $(LIBS)
