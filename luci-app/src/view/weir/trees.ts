/** Network → Weir → Trees. */
import poll from 'luci/poll';
import uci from 'luci/uci';
import view from 'luci/view';
import { CONFIG } from '../../weir/config_state.ts';
import { FormPage, networkFacts } from '../../weir/form_page.ts';
import type { NetworkFacts } from '../../weir/network.ts';
import { useStyle } from '../../weir/style.ts';
import { configuredDevices, configuredQos, TREES_PART, treeForm } from '../../weir/tree_form.ts';
import { packageNotice, TreeLive } from '../../weir/tree_live.ts';
import { type CommonOptions, commonOptions } from '../../weir/tree_options.ts';

const POLL_S = 2;

let page: FormPage | undefined;

export default view.extend({
  async load() {
    const missing = await packageNotice();
    if (missing !== undefined) {
      await useStyle();
      return missing;
    }
    const [network, options] = await Promise.all([networkFacts(), commonOptions(), uci.load(CONFIG), useStyle()]);
    const live = new TreeLive(configuredDevices(), configuredQos());
    await live.poll();
    return { live, network, options };
  },

  async render(
    loaded: HTMLElement | { live: TreeLive; network: NetworkFacts; options: readonly CommonOptions[] | undefined },
  ) {
    const heading = E('h2', {}, [_('Trees')]);
    if (loaded instanceof HTMLElement) return E('div', { id: 'weir-trees' }, [heading, loaded]);
    const { live, network, options } = loaded;
    page = new FormPage(TREES_PART, network);
    const node = await page.render(treeForm(page, network, options));
    poll.add(() => live.poll(), POLL_S);
    return E('div', { id: 'weir-trees' }, [heading, live.node, page.problems, node]);
  },

  async handleSave() {
    await page?.save();
  },

  async handleSaveApply(_event: Event, mode: string) {
    await page?.apply(mode);
  },
});
