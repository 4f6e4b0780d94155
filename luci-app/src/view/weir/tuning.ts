/** Network → Weir → Tuning. */
import poll from 'luci/poll';
import uci from 'luci/uci';
import view from 'luci/view';
import { CONFIG } from '../../weir/config_state.ts';
import { FormPage, networkFacts } from '../../weir/form_page.ts';
import type { NetworkFacts } from '../../weir/network.ts';
import { useStyle } from '../../weir/style.ts';
import { TUNING_PART, tuningForm } from '../../weir/tuning_form.ts';
import { TuningLive } from '../../weir/tuning_live.ts';

const POLL_S = 5;

let page: FormPage | undefined;

export default view.extend({
  async load() {
    const live = new TuningLive();
    const [network] = await Promise.all([networkFacts(), live.poll(), uci.load(CONFIG), useStyle()]);
    return { live, network };
  },

  async render({ live, network }: { live: TuningLive; network: NetworkFacts }) {
    page = new FormPage(TUNING_PART, network);
    const node = await page.render(tuningForm(page, network));
    poll.add(() => live.poll(), POLL_S);
    return E('div', { id: 'weir-tuning' }, [E('h2', {}, [_('Tuning')]), live.node, page.problems, node]);
  },

  async handleSave() {
    await page?.save();
  },

  async handleSaveApply(_event: Event, mode: string) {
    await page?.apply(mode);
  },
});
