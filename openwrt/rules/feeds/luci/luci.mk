# Stands in for luci.mk of LuCI's feed: a package out of the directories beside its Makefile. The packages of translations that
# luci.mk makes of po/ are not made here: that needs LuCI's po2lmo. SPDX-License-Identifier: Apache-2.0

LUCI_NAME ?= $(notdir $(CURDIR))
LUCI_DESCRIPTION ?=
LUCI_PKGARCH ?= all
LUCI_URL ?= https://github.com/openwrt/luci
LUCI_MAINTAINER ?= OpenWrt LuCI community
PKG_BUILD_DIR ?= $(BUILD_DIR)/$(PKG_NAME)

include $(INCLUDE_DIR)/package.mk

define Package/$(PKG_NAME)
  SECTION := luci
  CATEGORY := LuCI
  SUBMENU := 3. Applications
  TITLE := $(LUCI_TITLE)
  DEPENDS := $(LUCI_DEPENDS)
  PKGARCH := $(LUCI_PKGARCH)
  URL := $(LUCI_URL)
  MAINTAINER := $(LUCI_MAINTAINER)
endef

define Package/$(PKG_NAME)/description
  $(or $(LUCI_DESCRIPTION),$(LUCI_TITLE))
endef

# What makes a browser see new pages without a reboot.
define Package/$(PKG_NAME)/postinst
[ -n "$${IPKG_INSTROOT}" ] || {
	rm -f /tmp/luci-indexcache.*
	rm -rf /tmp/luci-modulecache/
	/etc/init.d/rpcd reload 2>/dev/null
	exit 0
}
endef

define Build/Prepare
	@for part in htdocs root ucode; do [ ! -d $$part ] || $(CP) $$part $(PKG_BUILD_DIR)/; done
endef
define Build/Compile
endef

# $(call luci_part,PART,WHERE)
luci_part = @[ ! -d $(1) ] || { $(INSTALL_DIR) $(2) && $(CP) $(PKG_BUILD_DIR)/$(1)/. $(2)/; }

define Package/$(PKG_NAME)/install
	$(call luci_part,htdocs,$(1)/www)
	$(call luci_part,ucode,$(1)/usr/share/ucode/luci)
	$(call luci_part,root,$(1))
endef

$(eval $(call BuildPackage,$(PKG_NAME)))
