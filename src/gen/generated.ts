/** Every file that `make gen` writes, and what belongs into it. */
import { layoutModule } from './bpf.ts';
import { optionsPage } from './docs.ts';
import { optionsModule, treeTextsModule } from './luci.ts';
import { manualPage } from './man.ts';
import { sampleConfig } from './sample_config.ts';
import { sessionAcl, ubusPage } from './ubus.ts';

export const GENERATED: Readonly<Record<string, () => string>> = {
  'docs/options.md': optionsPage,
  'docs/ubus.md': ubusPage,
  'luci-app/src/weir/options_gen.ts': optionsModule,
  'luci-app/src/weir/tree_texts_gen.ts': treeTextsModule,
  'src/bpf/layout_gen.ts': layoutModule,
  'docs/weir.8': manualPage,
  'openwrt/weir/files/weir.config': sampleConfig,
  'luci-app/root/usr/share/rpcd/acl.d/luci-app-weir.json': sessionAcl,
};
