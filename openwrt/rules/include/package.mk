# Stands in for OpenWrt's include/package.mk with what that includes: package-defaults.mk (Package/Default), unpack.mk (HOST_TAR),
# download.mk (the hash of PKG_SOURCE, where nothing is downloaded here), package-pack.mk (the files of the package's control part).
# SPDX-License-Identifier: Apache-2.0

PKG_BUILD_DIR ?= $(BUILD_DIR)/$(PKG_NAME)-$(PKG_VERSION)
PKG_JOBS ?= $(if $(PKG_BUILD_PARALLEL),-j$(shell nproc),-j1)
HOST_TAR := $(TAR)
TAR_OPTIONS := -xf -

# What a package may leave unset.
PKG_SOURCE ?=
PKG_SOURCE_URL ?=
PKG_HASH ?=
PKG_LICENSE ?=
PKG_LICENSE_FILES ?=
PKG_CPE_ID ?=
PKG_MAINTAINER ?=
PKG_BUILD_PARALLEL ?=
SOURCE_DATE_EPOCH ?=

# One package of the Makefile: BuildPackage expands it, then these.
define Package/Default
  SECTION :=
  CATEGORY :=
  SUBMENU :=
  TITLE :=
  DEPENDS :=
  EXTRA_DEPENDS :=
  CONFLICTS :=
  PROVIDES :=
  URL :=
  VERSION := $(PKG_VERSION)-r$(PKG_RELEASE)
  SOURCE := feeds/weir/$(notdir $(CURDIR))
  PKGARCH := $(ARCH_PACKAGES)
  LICENSE := $(PKG_LICENSE)
  LICENSE_FILES := $(PKG_LICENSE_FILES)
  MAINTAINER := $(PKG_MAINTAINER)
endef

# ---- Download, Prepare, Configure, Compile -----------------------------------------------------------------------------

# download.mk fetches what is not there, and refuses a file with another hash, as this does.
define source_checked
$(if $(PKG_SOURCE),@[ -f "$(DL_DIR)/$(PKG_SOURCE)" ] || { echo "$(PKG_SOURCE) is not in $(DL_DIR)" >&2; exit 1; }
	@echo "$(PKG_HASH)  $(DL_DIR)/$(PKG_SOURCE)" | sha256sum --check --strict --quiet - || { \
	  echo "$(PKG_SOURCE) has not the hash $(PKG_HASH)" >&2; exit 1; })
endef

# OpenWrt has defaults for these three; here a package has its own.
Build/Prepare = $(error $(PKG_NAME) has no Build/Prepare)
Build/Configure =
Build/Compile = $(error $(PKG_NAME) has no Build/Compile)

compile:
	$(source_checked)
	@rm -rf $(PKG_BUILD_DIR)
	@mkdir -p $(PKG_BUILD_DIR)
	$(Build/Prepare)
	$(Build/Configure)
	$(Build/Compile)

# What other packages are built with. OpenWrt does it after Build/Compile.
stage:
	$(if $(call defined,Build/InstallDev),$(call Build/InstallDev,$(STAGING_DIR)))

# ---- The control file --------------------------------------------------------------------------------------------------

# In DEPENDS, +NAME is selected along with the package; @SYMBOL and +@SYMBOL are for the menu only.
dependencies = $(filter-out @%,libc $(patsubst +%,%,$(if $(findstring :,$(1)),$(error $(1): conditions are not known here),$(1))))

comma_list = $(subst $(space),$(comma)$(space),$(strip $(1)))
define newline


endef
field = $(if $(strip $(2)),$(1): $(strip $(2))$(newline))

# In package-pack.mk's order, without Installed-Size. $(1) is the package.
define control
Package: $(1)
Version: $(VERSION)
$(call field,Depends,$(if $(EXTRA_DEPENDS),$(EXTRA_DEPENDS)$(comma) )$(call comma_list,$(call dependencies,$(DEPENDS))))$(call \
  field,Conflicts,$(call comma_list,$(CONFLICTS)))$(call \
  field,Provides,$(call comma_list,$(PROVIDES)))$(call \
  field,Source,$(SOURCE))$(call \
  field,SourceName,$(PKG_NAME))$(call \
  field,License,$(LICENSE))$(call \
  field,LicenseFiles,$(LICENSE_FILES))$(call \
  field,Section,$(SECTION))$(call \
  field,SourceDateEpoch,$(SOURCE_DATE_EPOCH))$(call \
  field,URL,$(URL))$(call \
  field,CPE-ID,$(PKG_CPE_ID))$(call \
  field,Maintainer,$(MAINTAINER))Architecture: $(PKGARCH)

endef

# ---- Package -----------------------------------------------------------------------------------------------------------

# The scripts of every package hand over to base-files (lib/functions.sh), which runs postinst-pkg or prerm-pkg, enables and starts
# what is in /etc/init.d, and starts nothing on a root that is only being built.
define script
#!/bin/sh
$(if $(filter postinst,$(1)),[ "$${IPKG_NO_SCRIPT}" = "1" ] && exit 0
)[ -s $${IPKG_INSTROOT}/lib/functions.sh ] || exit 0
. $${IPKG_INSTROOT}/lib/functions.sh
default_$(1) $$0 $$@

endef

defined = $(filter-out undefined,$(origin $(1)))

# $(call own,PACKAGE,NAME,FILE,MODE): the define Package/PACKAGE/NAME, if there is one, becomes FILE.
define own
$(if $(call defined,Package/$(1)/$(2)),$(file >$(OUT)/$(3),$(Package/$(1)/$(2)))@chmod $(4) $(OUT)/$(3))
endef

# Which packages a Makefile makes is told by its calls of BuildPackage; PACK is the one that is wanted.

define BuildPackage
$(eval $(Package/Default))
$(eval $(Package/$(1)))
$(foreach name,SECTION CATEGORY TITLE VERSION,$(if $($(name)),,$(error Package/$(1) has no $(name))))
$(if $(call defined,Package/$(1)/install),,$(error Package/$(1) has no install steps))
$(eval CONTROL/$(1) := $$(call control,$(1)))
$(eval DESCRIPTION/$(1) := $$(if $$(call defined,Package/$(1)/description),$$(Package/$(1)/description),$$(TITLE)))
$(eval $(call Package/rules,$(1)))
endef

# Executables and libraries are stripped; objects (*.o) are left as they are (scripts/rstrip.sh).
define Package/rules
pack/$(1):
	@mkdir $$(OUT)/data
	$$(file >$$(OUT)/control,$$(CONTROL/$(1)))
	$$(file >$$(OUT)/description,$$(DESCRIPTION/$(1)))
	@{ printf 'Description: '; sed 's/^[[:space:]]*/ /' $$(OUT)/description; } >>$$(OUT)/control
	@rm $$(OUT)/description
	$$(call own,$(1),conffiles,conffiles,0644)
	$$(call own,$(1),preinst,preinst,0755)
	$$(call own,$(1),postinst,postinst-pkg,0755)
	$$(call own,$(1),prerm,prerm-pkg,0755)
	$$(call own,$(1),postrm,postrm,0755)
	$$(file >$$(OUT)/postinst,$$(call script,postinst))
	$$(file >$$(OUT)/prerm,$$(call script,prerm))
	@chmod 0755 $$(OUT)/postinst $$(OUT)/prerm
	$$(call Package/$(1)/install,$$(OUT)/data)
	@find $$(OUT)/data -type f ! -name '*.o' -exec sh -c '[ "$$$$(head -c 4 "$$$$1")" != "$$$$(printf "\177ELF")" ] || $$(STRIP) "$$$$1"' - {} \;
endef

pack: pack/$(PACK)

told = $(filter PKG_% CONTROL/% $(foreach name,config conffiles description preinst postinst prerm postrm,Package/%/$(name)),$(.VARIABLES))
metadata:
	@:$(foreach name,$(sort $(told)),$(info $(name)=$($(name))))

.NOTPARALLEL:
.PHONY: compile stage pack metadata
