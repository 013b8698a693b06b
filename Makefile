# SPDX-License-Identifier: Apache-2.0
NAME    = prehup
VERSION = 0.1.0

PREFIX     ?= /usr
SYSCONFDIR ?= /etc
UNITDIR    ?= $(PREFIX)/lib/systemd/system
MANDIR     ?= $(PREFIX)/share/man
DESTDIR    ?=

# CFLAGS and friends belong to whoever builds; what the code needs is added apart.
CFLAGS ?= -O2 -g
PKGS    = libcurl jansson libcrypto
NEEDS   = -std=gnu11 -D_GNU_SOURCE -I. -DVERSION='"$(VERSION)"' $(shell pkg-config --cflags $(PKGS))
WARN    = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
          -Wvla -Wformat=2 -Wpointer-arith -Wundef
HARDEN  = -fPIE -fno-common -fstack-protector-strong
LINK    = -pie -Wl,-z,relro,-z,now,--as-needed
LIBS    = $(shell pkg-config --libs $(PKGS)) -lm

# One folder a flavour: make check SAN=address,undefined
SAN ?=
comma := ,
B   ?= build$(SAN:%=-$(subst $(comma),-,$(SAN)))
ifneq ($(SAN),)
HARDEN += -fsanitize=$(SAN) -fno-sanitize-recover=all
else
HARDEN += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif

SRC   := $(sort $(wildcard agent/*.c collectors/*.c heat/*.c))
OBJ   := $(SRC:%.c=$(B)/%.o)
MAIN  := $(B)/agent/main.o
LIB   := $(B)/lib$(NAME).a
UNIT  := $(patsubst tests/unit/%.c,$(B)/tests/%,$(sort $(wildcard tests/unit/*.c)))
FUZZ  := $(patsubst tests/fuzz/%.c,build-fuzz/%,$(sort $(wildcard tests/fuzz/*.c)))
STYLED = $(wildcard */*.[ch] tests/*/*.[ch])
ifneq ($(SAN),)
UNIT  := $(filter-out %/steady %/oom,$(UNIT))   # they stand in for malloc, as a sanitizer does
endif

ifneq ($(V),1)
Q   = @
say = @printf '  %-5s %s\n' $(1) $(2)
endif
COMPILE = $(CC) $(NEEDS) $(CPPFLAGS) $(WARN) $(HARDEN) $(CFLAGS) -MMD -MP

all: $(B)/$(NAME)

$(B)/$(NAME): $(MAIN) $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(HARDEN) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS)

$(LIB): $(filter-out $(MAIN),$(OBJ))
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -c -o $@ $<

# A test that needs a file's statics includes the .c; the archive's copy then stays out.
$(B)/tests/%: tests/unit/%.c $(LIB)
	$(call say,TEST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) $(LINK) $(LDFLAGS) -o $@ $< $(LIB) -lcmocka $(LIBS)

unit: $(UNIT)
	$(Q)rc=0; for t in $(UNIT); do ./$$t || rc=1; done; exit $$rc

format:
	clang-format -i $(STYLED)

clean:
	rm -rf build build-*

.PHONY: all unit format clean
-include $(OBJ:.o=.d) $(UNIT:=.d)
