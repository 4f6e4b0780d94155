# Stands in for luci.mk of LuCI's feed: a package out of the directories beside its Makefile. Translations (po/) are not made here:
# that needs LuCI's po2lmo. SPDX-License-Identifier: Apache-2.0

LUCI_NAME ?= $(notdir $(CURDIR))
LUCI_DESCRIPTION ?=
LUCI_PKGARCH ?= all
PKG_BUILD_DIR ?= $(BUILD_DIR)/$(LUCI_NAME)

include $(INCLUDE_DIR)/package.mk

define Package/$(LUCI_NAME)
  SECTION:=luci
  CATEGORY:=LuCI
  SUBMENU:=3. Applications
  TITLE:=$(LUCI_TITLE)
  DEPENDS:=$(LUCI_DEPENDS)
  PKGARCH:=$(LUCI_PKGARCH)
endef

define Package/$(LUCI_NAME)/description
  $(or $(LUCI_DESCRIPTION),$(LUCI_TITLE))
endef

define Build/Prepare
	for d in htdocs root; do [ ! -d ./$$d ] || $(CP) ./$$d $(PKG_BUILD_DIR)/; done
endef
define Build/Compile
endef

# $(call luci_part,DIRECTORY,TARGET)
luci_part = if [ -d $(PKG_BUILD_DIR)/$(1) ]; then $(INSTALL_DIR) $(2) && $(CP) $(PKG_BUILD_DIR)/$(1)/. $(2)/; fi

define Package/$(LUCI_NAME)/install
	$(call luci_part,htdocs,$(1)/www)
	$(call luci_part,root,$(1)/)
endef

$(eval $(call BuildPackage,$(LUCI_NAME)))
