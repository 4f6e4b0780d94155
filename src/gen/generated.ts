/** Every file that `make gen` writes, and what belongs into it. */
import { optionsPage } from './docs.ts';
import { manualPage } from './man.ts';
import { sampleConfig } from './sample_config.ts';
import { sessionAcl, ubusPage } from './ubus.ts';

export const GENERATED: Readonly<Record<string, () => string>> = {
  'docs/options.md': optionsPage,
  'docs/ubus.md': ubusPage,
  'docs/weir.8': manualPage,
  'openwrt/weir/files/weir.config': sampleConfig,
  'luci-app/root/usr/share/rpcd/acl.d/luci-app-weir.json': sessionAcl,
};
