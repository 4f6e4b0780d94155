# The service: the scripts of the OpenWrt package under the shells that run them, with procd stood in, and the unit for
# systemd, as systemd reads it and as it runs it.

SUITES += service

TOOLS_service := dash=dash busybox=busybox-static systemd-analyze=systemd \
  unshare=util-linux /usr/bin/python3=python3-minimal ip=iproute2 ethtool=ethtool

# Services by themselves, for this suite and the lab.
$(eval $(call executable,build/weir-services,release,test/service/services.ts))

service: build/weir build/weir-services build/bpf/router/el/weir.bpf.o build/stamps/tools-service build/stamps/node-modules | build/results ## the init script, uci-defaults and prerm of the OpenWrt package; the systemd unit
	@node scripts/unit-node.mjs build/results/service --service

.PHONY: service
