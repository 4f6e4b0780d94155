/** Network → Weir → Hosts and bridge. */
import poll from 'luci/poll';
import uci from 'luci/uci';
import view from 'luci/view';
import { BRIDGE_PART, bridgeForm } from '../../weir/bridge_form.ts';
import { BridgeLive } from '../../weir/bridge_live.ts';
import { CONFIG } from '../../weir/config_state.ts';
import { FormPage, networkFacts } from '../../weir/form_page.ts';
import type { NetworkFacts } from '../../weir/network.ts';
import { useStyle } from '../../weir/style.ts';

let page: FormPage | undefined;

export default view.extend({
  async load() {
    const live = new BridgeLive();
    const [network] = await Promise.all([networkFacts(), live.poll(), uci.load(CONFIG), useStyle()]);
    return { live, network };
  },

  async render({ live, network }: { live: BridgeLive; network: NetworkFacts }) {
    page = new FormPage(BRIDGE_PART, network);
    const node = await page.render(bridgeForm(page, network));
    poll.add(() => live.poll(), 1);
    return E('div', { id: 'weir-bridge' }, [E('h2', {}, [_('Hosts and bridge')]), live.node, page.problems, node]);
  },

  async handleSave() {
    await page?.save();
  },

  async handleSaveApply(_event: Event, mode: string) {
    await page?.apply(mode);
  },
});
