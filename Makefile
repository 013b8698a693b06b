# SPDX-License-Identifier: Apache-2.0
# "make help" lists the targets.  Tests: tests/tests.mk.  Static build, image and packages: packaging/packages.mk.
NAME    = prehup
NAMES   = cfn-hup cfn-signal cfn-get-metadata heat-config-notify
VERSION = 0.1.0

# CFLAGS, CPPFLAGS and LDFLAGS belong to the builder; the flags that the code needs are kept apart.
CFLAGS ?= -O2 -g
# CRYPTO picks agent/base/digest_*.c and collectors/network/x509_*.c: openssl, or mbedtls in the static build.
CRYPTO ?= openssl
# UDEV picks collectors/lib/uevent_*.c: udev where libudev's development files are, else netlink.
UDEV   := $(or $(UDEV),$(shell pkg-config --exists libudev 2> /dev/null && echo udev || echo netlink))
$(if $(filter udev netlink,$(UDEV)),,$(error UDEV is udev or netlink, not "$(UDEV)"))
PKGS    = libcurl jansson libcrypto $(if $(filter udev,$(UDEV)),libudev)
DEP_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2> /dev/null)
DEP_LIBS   := $(shell pkg-config --libs $(PKGS) 2> /dev/null)
# No fused multiply-add: a recording gives the same risks on every processor.
NEEDS   = -std=gnu11 -ffp-contract=off -D_GNU_SOURCE -I. -DVERSION='"$(VERSION)"' $(DEP_CFLAGS)
WARN    = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wpointer-arith \
          -Wundef -Werror=implicit-function-declaration -Werror=int-conversion -Werror=incompatible-pointer-types
HARDEN  = -fPIE -fno-common -fstack-protector-strong
LINK    = -pie -Wl,-z,relro,-z,now,--as-needed
LIBS    = $(DEP_LIBS) -lm

# Each flavour has a folder: make test SAN=address,undefined builds in build-address-undefined.
SAN   ?=
comma := ,
B     ?= build$(SAN:%=-$(subst $(comma),-,$(SAN)))
HARDEN += $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)

OTHER_BACKENDS := $(filter-out %_$(CRYPTO).c,$(wildcard agent/base/digest_*.c collectors/network/x509_*.c)) \
          $(filter-out %_$(UDEV).c,collectors/lib/uevent_udev.c collectors/lib/uevent_netlink.c)
SRC   := $(filter-out $(OTHER_BACKENDS),$(sort $(wildcard agent/*.c agent/*/*.c agent/*/*/*.c collectors/*.c collectors/*/*.c heat/*/*.c)))
OBJ   := $(SRC:%.c=$(B)/%.o)
MAIN  := $(B)/agent/main.o
LIB   := $(B)/lib$(NAME).a
COMPILE = $(CC) $(NEEDS) $(FIXTURES) $(CPPFLAGS) $(WARN) $(HARDEN) $(CFLAGS) -MMD -MP

ifneq ($(V),1)
Q   = @
say = @printf '  %-5s %s\n' $(1) $(2)
endif

all: $(B)/$(NAME) $(NAMES:%=$(B)/%) ## build the program, build/prehup, and its other names

$(NAMES:%=$(B)/%): $(B)/$(NAME)
	$(Q)ln -sf $(NAME) $@

$(B)/$(NAME): $(MAIN) $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(HARDEN) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS)

$(LIB): $(filter-out $(MAIN),$(OBJ))
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/%.o: %.c $(B)/flags
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -c -o $@ $<

# Other flags, or another choice of files, build everything anew.
$(B)/flags: export FLAGS = $(COMPILE) $(SRC)
$(B)/flags: FORCE
	$(Q)[ -n '$(DEP_LIBS)' ] || { pkg-config --print-errors --exists $(PKGS); echo '"make deps" installs them' >&2; exit 1; }
	$(Q)mkdir -p $(@D)
	$(Q)printf '%s\n' "$$FLAGS" | cmp -s - $@ || printf '%s\n' "$$FLAGS" > $@
FORCE:

help: ## list the targets
	$(Q)awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

clean: ## remove everything that was built
	rm -rf build build-*

include tests/tests.mk packaging/packages.mk
.PHONY: all help clean
-include $(OBJ:.o=.d)
