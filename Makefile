# make run | test | bench | check | fuzz | format | image | test-chart | test-cluster | clean | help
# Variants, each in a build directory of its own: SANITIZE=address,undefined and WERROR=1 (warnings are errors).

CC ?= gcc
SANITIZE ?=
WERROR ?=
# A variant's directory is its name: build, build/werror, build/address-undefined, build/address-undefined-werror.
comma := ,
variant := $(subst $(comma),-,$(SANITIZE))$(if $(WERROR),$(if $(SANITIZE),-)werror)
BUILD ?= build$(if $(variant),/$(variant))

VERSION ?= $(shell cat VERSION)
REVISION ?= $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)

OPTIMIZE ?= -O2
CFLAGS ?= $(OPTIMIZE) -g
WARNINGS := -Wall -Wextra -Wshadow -Wcast-qual -Wsign-compare -Wstrict-prototypes -Wmissing-prototypes
HARDENING := -fstack-protector-strong -fPIE $(if $(SANITIZE),,-D_FORTIFY_SOURCE=2)
override CPPFLAGS += -D_GNU_SOURCE -Ifcgi-app -I/usr/include/postgresql
override CFLAGS += -std=c11 $(WARNINGS) $(HARDENING) -MMD -MP \
    $(if $(WERROR),-Werror) $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all)
override LDFLAGS += -pie -Wl,-z,relro,-z,now $(if $(SANITIZE),-fsanitize=$(SANITIZE))
LIBS := -lfcgi -lpq -ljansson

# Every fcgi-app/*.c is compiled once; those with a main() stay out of the archive that all programs link.
programs := session-backend session-backend-migrate session-backend-token
main-of-session-backend := main
main-of-session-backend-migrate := migrate_main
main-of-session-backend-token := token_main
mains := $(foreach p,$(programs),$(main-of-$(p)))
sources := $(wildcard fcgi-app/*.c)
objects := $(patsubst fcgi-app/%.c,$(BUILD)/%.o,$(sources)) $(patsubst fcgi-app/%.S,$(BUILD)/%.o,$(wildcard fcgi-app/*.S))
modules := $(filter-out $(mains:%=$(BUILD)/%.o),$(objects))
archive := $(BUILD)/libsession-backend.a
buildable := $(foreach p,$(programs),$(if $(wildcard fcgi-app/$(main-of-$(p)).c),$(BUILD)/$(p)))

.PHONY: all run test bench check fuzz format image test-chart test-cluster clean help
.DELETE_ON_ERROR:

all: $(archive) $(buildable)

define link-program
$(BUILD)/$(1): $(BUILD)/$(main-of-$(1)).o $(archive)
	$$(CC) $$(CFLAGS) $$(LDFLAGS) -o $$@ $$^ $$(LIBS)
endef
$(foreach p,$(programs),$(eval $(call link-program,$(p))))

# Made anew, so that an object whose source is gone does not stay in it.
$(archive): $(modules)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/%.o: fcgi-app/%.c | $(BUILD)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(BUILD)/%.o: fcgi-app/%.S fcgi-app/openapi.json | $(BUILD)
	$(CC) -c -o $@ $<

$(BUILD):
	@mkdir -p $@

# The version is compiled into one object, remade only when it changed.
$(BUILD)/version.o: override CPPFLAGS += -DVERSION='"$(VERSION)"' -DREVISION='"$(REVISION)"'
$(BUILD)/version.o: $(BUILD)/version.stamp
$(BUILD)/version.stamp: force | $(BUILD)
	@echo '$(VERSION) $(REVISION)' | cmp -s - $@ || echo '$(VERSION) $(REVISION)' > $@
.PHONY: force
force:

-include $(objects:.o=.d)
-include test/unit/unit.mk test/fuzz/fuzz.mk test/load/load.mk

run:
	@scripts/run

test:
	@scripts/test

bench:
	@scripts/bench

check:
	@scripts/check

format:
	@scripts/format

image:
	@scripts/image

test-chart:
	@scripts/test-chart

test-cluster:
	@scripts/test-cluster

clean:
	rm -rf build

help:
	@echo 'make all           build the programs into build/'
	@echo 'make run           install what is missing, build, start everything on PORT (8001) until Ctrl-C'
	@echo 'make test          every test; ends with "N passed, N failed"'
	@echo 'make bench         the table of figures; QUICK=1 for a smoke test'
	@echo 'make check         analysers, linters, short fuzzing, valgrind over a chosen subset'
	@echo 'make fuzz          build the fuzz harnesses and run each for FUZZ_SECONDS'
	@echo 'make format        clang-format'
	@echo 'make image         the container image'
	@echo 'make test-chart    the long tests of the Helm chart'
	@echo 'make test-cluster  the chart in a real one-node Kubernetes'
	@echo 'make clean         remove build/'
