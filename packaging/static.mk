# SPDX-License-Identifier: Apache-2.0
# static.mk - builds one static-pie binary from musl, curl, c-ares, jansson and a TLS library, all from Debian's packages.
#
#   make static [TLS=mbedtls|openssl] [ARCH=x86_64|aarch64]
#
# The machine needs gcc (for the architecture), make, dpkg-dev, and perl (openssl) or python3 (mbedtls).  The libraries
# stay in build/static-deps, keyed by their versions, until `make clean`; see packaging/static/lock.
TLS    ?= mbedtls# the smallest; openssl is 3.5 LTS, and 2 MB more
HOST   := $(shell uname -m)
ARCH   ?= $(HOST)
DEBARCH_x86_64  = amd64
DEBARCH_aarch64 = arm64
DEBARCH := $(DEBARCH_$(ARCH))

HERE   := $(CURDIR)/packaging/static
# The libraries depend on this file and on the lock only: a change of either gives another folder.
KEY    ?= $(shell cat packaging/static.mk $(HERE)/* | cksum | cut -d' ' -f1)
D      := $(CURDIR)/build/static-deps/$(ARCH)-$(KEY)
S      := $(D)/src
P      := $(D)/prefix
PT     := $(D)/prefix-$(TLS)
OUT    := build/static$(if $(filter-out mbedtls,$(TLS)),-$(TLS))$(if $(filter-out $(HOST),$(ARCH)),-$(ARCH))

export MUSL := $(D)/musl
export KERNEL := $(D)/kernel
export TRIPLE := $(ARCH)-linux-musl
export MAP := $(D)
CROSS := $(if $(filter-out $(HOST),$(ARCH)),$(ARCH)-linux-gnu-)
export MUSL_GCC := $(CROSS)gcc
export GCC_INCLUDE := $(shell $(CROSS)gcc -print-file-name=include)
export AR := $(CROSS)ar
export RANLIB := $(CROSS)ranlib
export STRIP := $(CROSS)strip
export PATH := $(HERE):$(PATH)
export CC := musl-cc
export SOURCE_DATE_EPOCH := $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct 2> /dev/null),1700000000)

OPT := -Os -g0 -fPIE -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fstack-protector-strong -w
LOG  = > $(D)/$(@F).log 2>&1 || { grep -E "error|Error" $(D)/$(@F).log | tail -20; exit 1; }
ifneq ($(V),1)
Q = @
endif
say = @printf '  %-5s %s\n' $(1) '$(2)'

static: $(OUT)/prehup

# 1. Debian's packages: the sources of the libraries; musl and the kernel's headers as binaries.
# DL is the download folder, shared by all flavours; a package that is in it needs no network.
DL    ?= $(CURDIR)/build/static-deps/fetched
FETCH := curl $(TLS) c-ares jansson musl-dev linux-libc-dev
$(D)/fetched-$(TLS):
	$(call say,FETCH,$(FETCH))
	$(Q)mkdir -p $(S) $(P)/lib $(P)/include $(PT)/lib $(PT)/include $(KERNEL)
	$(Q)ARCH=$(DEBARCH) $(HERE)/fetch $(DL) $(FETCH) > $(PT)/versions
	$(Q)while read -r kind p v; do f=$(DL)/$${p}_$${v#*:}; case $$kind in \
		src) [ -e $(S)/$$p ] || dpkg-source --no-check --no-copy -x $$f.dsc $(S)/$$p > $(D)/unpack.log 2>&1 || { cat $(D)/unpack.log; exit 1; } ;; \
		bin) dpkg-deb -x "$$(ls $${f}_$(DEBARCH).deb $${f}_all.deb 2> /dev/null)" $(MUSL) ;; esac; done < $(PT)/versions
	$(Q)for d in linux asm-generic mtd; do ln -sfn $(MUSL)/usr/include/$$d $(KERNEL)/$$d; done
	$(Q)ln -sfn $(MUSL)/usr/include/$(ARCH)-linux-gnu/asm $(KERNEL)/asm
	@touch $@

# 2. The libraries, each with only the parts that an HTTP client needs.
MBED_UNSET := SSL_PROTO_DTLS SSL_DTLS_ANTI_REPLAY SSL_DTLS_HELLO_VERIFY SSL_DTLS_CONNECTION_ID \
	SSL_DTLS_CLIENT_PORT_REUSE SSL_SRV_C SSL_CACHE_C SSL_COOKIE_C SSL_TICKET_C SSL_CONTEXT_SERIALIZATION \
	SSL_RENEGOTIATION CAMELLIA_C ARIA_C DES_C RIPEMD160_C NIST_KW_C LMS_C ECJPAKE_C KEY_EXCHANGE_PSK_ENABLED \
	KEY_EXCHANGE_DHE_PSK_ENABLED KEY_EXCHANGE_ECDHE_PSK_ENABLED KEY_EXCHANGE_RSA_PSK_ENABLED \
	KEY_EXCHANGE_DHE_RSA_ENABLED KEY_EXCHANGE_ECDH_ECDSA_ENABLED KEY_EXCHANGE_ECDH_RSA_ENABLED PKCS12_C SELF_TEST \
	DEBUG_C X509_CREATE_C X509_CSR_PARSE_C X509_CSR_WRITE_C X509_CRT_WRITE_C PSA_CRYPTO_STORAGE_C PSA_ITS_FILE_C \
	ECP_DP_SECP192R1_ENABLED ECP_DP_SECP224R1_ENABLED ECP_DP_SECP192K1_ENABLED ECP_DP_SECP224K1_ENABLED \
	ECP_DP_SECP256K1_ENABLED ECP_DP_BP256R1_ENABLED ECP_DP_BP384R1_ENABLED ECP_DP_BP512R1_ENABLED GENPRIME \
	VERSION_FEATURES CIPHER_MODE_CFB CIPHER_MODE_OFB CIPHER_MODE_XTS SHA3_C PKCS7_C TIMING_C \
	X509_CRL_PARSE_C DHM_C CCM_C CMAC_C PEM_WRITE_C PKCS5_C
$(D)/mbedtls.ok: | $(D)/fetched-$(TLS)
	$(call say,LIB,mbedtls)
	$(Q)printf '#undef MBEDTLS_%s\n' $(MBED_UNSET) >> $(S)/mbedtls/include/mbedtls/mbedtls_config.h
	$(Q){ $(MAKE) -C $(S)/mbedtls/library CFLAGS="$(OPT)" static && cp $(S)/mbedtls/library/lib*.a $(PT)/lib/ && \
		cp -a $(S)/mbedtls/include/mbedtls $(S)/mbedtls/include/psa $(PT)/include/; } $(LOG)
	@touch $@

# Without assembler: a client that sends a request a minute needs no AVX512, which takes 681 KB.
SSL_OFF := asm shared dso engine dynamic-engine module tests apps docs legacy comp zlib ssl3 dtls srtp psk srp nextprotoneg \
	ocsp ts cms ct cmp rfc3779 sctp quic ml-kem ml-dsa slh-dsa http argon2 async multiblock autoload-config ui-console \
	ssl-trace camellia seed idea aria bf cast rc2 rc4 rc5 md4 mdc2 rmd160 whirlpool sm2 sm3 sm4 gost blake2 scrypt \
	siphash dsa ec2m
$(D)/openssl.ok: | $(D)/fetched-$(TLS)
	$(call say,LIB,openssl)
	$(Q)cd $(S)/openssl && { CC= AR= RANLIB= ./Configure linux-$(ARCH) --prefix=/usr --libdir=lib --openssldir=/etc/ssl \
		CC=musl-cc AR=$(AR) RANLIB=$(RANLIB) $(OPT) $(addprefix no-,$(SSL_OFF)) && \
		$(MAKE) build_generated libcrypto.a libssl.a && cp libcrypto.a libssl.a $(PT)/lib/ && cp -a include/openssl $(PT)/include/; } $(LOG)
	@touch $@

JANSSON_CONFIG := -e s/@json_inline@/inline/ -e 's/@json_[a-z_]*@/1/'
JANSSON_HAVE   := OPEN CLOSE READ GETPID GETTIMEOFDAY SCHED_YIELD ATOMIC_BUILTINS SYNC_BUILTINS STDINT_H FCNTL_H SCHED_H \
	UNISTD_H SYS_STAT_H SYS_TIME_H SYS_TYPES_H
$(D)/jansson.ok: | $(D)/fetched-$(TLS)
	$(call say,LIB,jansson)
	$(Q)sed $(JANSSON_CONFIG) $(S)/jansson/src/jansson_config.h.in > $(P)/include/jansson_config.h
	$(Q)cp $(S)/jansson/src/jansson.h $(P)/include/ && : > $(S)/jansson/src/jansson_private_config.h
	$(Q)$(MAKE) -f $(HERE)/archive.mk A=$(P)/lib/libjansson.a FROM=$(S)/jansson/src \
		FLAGS="$(OPT) -DUSE_URANDOM=1 $(JANSSON_HAVE:%=-DHAVE_%=1) -I$(P)/include" $(LOG)
	@touch $@

# c-ares and curl use the configuration headers beside this file, instead of configure.
ARES_FLAGS := -DHAVE_CONFIG_H -DCARES_STATICLIB -DCARES_BUILDING_LIBRARY -I$(HERE) -I$(S)/c-ares/include -I$(S)/c-ares/src/lib
$(D)/cares.ok: | $(D)/fetched-$(TLS)
	$(call say,LIB,c-ares)
	$(Q)cp $(HERE)/ares_build.h $(S)/c-ares/include/ && cp $(S)/c-ares/include/*.h $(P)/include/
	$(Q)$(MAKE) -f $(HERE)/archive.mk A=$(P)/lib/libcares.a FROM=$(S)/c-ares/src/lib FLAGS="$(OPT) $(ARES_FLAGS)" $(LOG)
	@touch $@

# No certificates are built in: agent/http/ca_bundle.c finds those of the running system.
CURL_TLS_mbedtls := -DUSE_MBEDTLS
CURL_TLS_openssl := -DUSE_OPENSSL -DHAVE_OPENSSL_VERSION -DCURL_DISABLE_OPENSSL_AUTO_LOAD_CONFIG
TLS_LIBS_mbedtls := -lmbedtls -lmbedx509 -lmbedcrypto
TLS_LIBS_openssl := -lssl -lcrypto
CURL_FLAGS = -DHAVE_CONFIG_H -DBUILDING_LIBCURL -DCURL_STATICLIB $(CURL_TLS_$(TLS)) -I$(HERE) -I$(S)/curl-$(TLS)/lib \
	-I$(S)/curl-$(TLS)/include -I$(PT)/include -I$(P)/include
$(D)/curl-$(TLS).ok: $(D)/$(TLS).ok $(D)/cares.ok
	$(call say,LIB,curl with $(TLS))
	$(Q)rm -rf $(S)/curl-$(TLS) && cp -a $(S)/curl $(S)/curl-$(TLS) && cp -a $(S)/curl/include/curl $(PT)/include/
	$(Q)$(MAKE) -f $(HERE)/archive.mk A=$(PT)/lib/libcurl.a FROM=$(S)/curl-$(TLS)/lib UNITY=2 \
		FLAGS="$(OPT) $(CURL_FLAGS) -include sched.h" $(LOG)
	@touch $@

# 3. The agent, by the ordinary Makefile.
# Packed relocations save 40 KB, on architectures for which Debian 12's linker has them; musl has them since 1.2.4.
PACKED_x86_64 := ,-z,pack-relative-relocs
LIBS := -L$(PT)/lib -L$(P)/lib -lcurl -lcares $(TLS_LIBS_$(TLS)) -ljansson
$(OUT)/prehup: $(D)/curl-$(TLS).ok $(D)/jansson.ok FORCE
	$(Q)$(MAKE) --no-print-directory B=$(OUT) CRYPTO=$(TLS) UDEV=netlink AR=$(AR) CFLAGS="-Os -g0 -ffunction-sections -fdata-sections \
		-fno-asynchronous-unwind-tables" DEP_CFLAGS="-DCURL_STATICLIB -I$(PT)/include -I$(P)/include" DEP_LIBS="$(LIBS)" \
		LINK="-s -Wl,--gc-sections,-z,relro,-z,now,-z,noexecstack,--build-id=none$(PACKED_$(ARCH))" all
	@cp $(PT)/versions $(OUT)/versions

FORCE:
.PHONY: static FORCE
