# SPDX-License-Identifier: Apache-2.0
# packages.mk - the targets that install the program and make the static build, the image and the packages; included
# by the Makefile.
PREFIX     ?= /usr
SYSCONFDIR ?= /etc
UNITDIR    ?= $(PREFIX)/lib/systemd/system
MANDIR     ?= $(PREFIX)/share/man
ZSHDIR     ?= $(PREFIX)/share/zsh/vendor-completions
DESTDIR    ?=

STATIC_DEPS = gcc make dpkg-dev python3 perl xz-utils bzip2 patch $(if $(filter aarch64,$(ARCH)),gcc-aarch64-linux-gnu)
static: NEED = $(STATIC_DEPS)
static: ## build build/static/prehup, one file for any image (TLS=openssl, ARCH=aarch64)
	$(Q)$(INSTALL_NEEDED)
	$(Q)$(MAKE) --no-print-directory -f packaging/static.mk

image: static ## make build/image, a Debian kernel with prehup, to be booted in QEMU
	$(Q)$(MAKE) --no-print-directory deb STATIC=build/static/$(NAME)
	$(Q)packaging/image/make-image build/packages/$(NAME)_$(VERSION)+static_$$(dpkg --print-architecture).deb

sbom: static ## write the static build's bill of materials, in CycloneDX
	$(Q)packaging/sbom build/static/$(NAME) build/static/versions $(VERSION) > build/static/$(NAME).cdx.json
	$(Q)echo build/static/$(NAME).cdx.json

static-lock: ## note the versions of the sources that the static build takes
	$(Q)LOCK=write packaging/static/fetch build/static-deps/lock curl mbedtls openssl c-ares jansson musl-dev linux-libc-dev

size: all static ## compare the size and the memory of the dynamic and the static build
	$(Q)tests/packaging/size $(B)/$(NAME) build/static/$(NAME)

deb: ## make the Debian package, in build/packages (STATIC=FILE: with that program)
rpm: ## make the RPM package
apk: ## make the Alpine package
dist: ## make the source archive
deb rpm dist apk: FORCE
	$(Q)VERSION=$(VERSION) STATIC=$(STATIC) REVISION=$(REVISION) packaging/make-package $@

# Where each file that is installed beside the program goes: SOURCE DESTINATION MODE.
define INSTALLED
packaging/$(NAME).service $(UNITDIR)/$(NAME).service
packaging/unprivileged/prehup-root@.path $(UNITDIR)/prehup-root@.path
packaging/unprivileged/prehup-root@.service $(UNITDIR)/prehup-root@.service
packaging/unprivileged/unprivileged.conf $(PREFIX)/share/$(NAME)/unprivileged.conf
packaging/$(NAME).sysusers $(PREFIX)/lib/sysusers.d/$(NAME).conf
packaging/$(NAME).tmpfiles $(PREFIX)/lib/tmpfiles.d/$(NAME).conf
packaging/completions/$(NAME).bash $(PREFIX)/share/bash-completion/completions/$(NAME)
packaging/completions/_$(NAME) $(ZSHDIR)/_$(NAME)
packaging/completions/$(NAME).fish $(PREFIX)/share/fish/vendor_completions.d/$(NAME).fish
$(foreach m,$(sort $(wildcard agent/man/*.[1-8])),$(m) $(MANDIR)/man$(subst .,,$(suffix $(m)))/$(notdir $(m))
)
endef
install-files uninstall: export FILES = $(INSTALLED)

install: all install-files ## install below DESTDIR and PREFIX (/usr); an edited prehup.conf is kept

install-files:
	install -D -m 755 $(B)/$(NAME) $(DESTDIR)$(PREFIX)/bin/$(NAME)
	for n in $(NAMES); do ln -sf $(NAME) $(DESTDIR)$(PREFIX)/bin/$$n || exit 1; done
	[ -e $(DESTDIR)$(SYSCONFDIR)/$(NAME)/$(NAME).conf ] || \
		install -D -m 644 packaging/$(NAME).conf $(DESTDIR)$(SYSCONFDIR)/$(NAME)/$(NAME).conf
	echo "$$FILES" | while read -r from to; do [ -z "$$from" ] || install -D -m 644 $$from $(DESTDIR)$$to || exit 1; done

uninstall: ## remove every file that install has put there; prehup.conf stays
	for n in $(NAMES); do [ "$$(readlink $(DESTDIR)$(PREFIX)/bin/$$n)" != $(NAME) ] || rm -f $(DESTDIR)$(PREFIX)/bin/$$n; done
	rm -f $(DESTDIR)$(PREFIX)/bin/$(NAME)
	echo "$$FILES" | while read -r from to; do [ -z "$$to" ] || rm -f $(DESTDIR)$$to || exit 1; done

.PHONY: static static-lock sbom size image deb rpm apk dist install install-files uninstall
