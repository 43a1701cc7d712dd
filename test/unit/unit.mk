# unit.mk: builds and runs the unit tests, always under the sanitizers. Included by the Makefile.
# The pure modules are compiled in from their sources, so that the program itself does not have to be built.

UNIT_DATA ?= $(if $(TEST_DATA),$(TEST_DATA),../shared/data)
UNIT_MODULES := buf cursor error etag faults ident json query random settings sha256 timestamp tokens trace uri
UNIT_SOURCES := $(wildcard test/unit/*.c) $(UNIT_MODULES:%=fcgi-app/%.c)
UNIT_OBJECTS := $(patsubst %.c,build/unit/%.o,$(notdir $(UNIT_SOURCES)))
UNIT_CFLAGS := -std=c11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Wshadow -Wcast-qual -Wsign-compare -Wstrict-prototypes \
	-Wmissing-prototypes -Werror -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

.PHONY: unit
unit: build/unit/unit
	build/unit/unit test/cases $(UNIT_DATA)

build/unit/unit: $(UNIT_OBJECTS)
	$(CC) $(UNIT_CFLAGS) -o $@ $^ -ljansson

build/unit/%.o: test/unit/%.c | build/unit
	$(CC) $(UNIT_CFLAGS) -Ifcgi-app -MMD -MP -c -o $@ $<

build/unit/%.o: fcgi-app/%.c | build/unit
	$(CC) $(UNIT_CFLAGS) -Ifcgi-app -MMD -MP -c -o $@ $<

build/unit:
	mkdir -p $@

-include $(UNIT_OBJECTS:.o=.d)
