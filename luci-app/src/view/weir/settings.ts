/** Network → Weir → Settings. */
import uci from 'luci/uci';
import view from 'luci/view';
import { CONFIG } from '../../weir/config_state.ts';
import { FormPage, networkFacts } from '../../weir/form_page.ts';
import type { NetworkFacts } from '../../weir/network.ts';
import { settingsForm } from '../../weir/settings_form.ts';
import { addShaper, FIRST_SHAPER_NAME } from '../../weir/settings_state.ts';
import { useStyle } from '../../weir/style.ts';
import { WHERE } from '../../weir/where_field.ts';

let page: FormPage | undefined;

export default view.extend({
  async load() {
    const [network] = await Promise.all([networkFacts(), uci.load(CONFIG), useStyle()]);
    return network;
  },

  async render(network: NetworkFacts) {
    const mayWrite = L.hasViewPermission() !== false;
    if (mayWrite && uci.sections(CONFIG, 'shaper').length === 0) addShaper(FIRST_SHAPER_NAME, network.interfaces);
    const part = {
      types: ['globals', 'shaper'],
      sole: 'globals',
      isInDialog: () => false,
      // One field stands for both ways to say where.
      fieldOf: (option: string) => (option === 'device' || option === 'interface' ? WHERE : option),
    };
    page = new FormPage(part, network);
    const node = await page.render(settingsForm(page, network));
    return E('div', { id: 'weir-settings' }, [page.problems, node]);
  },

  async handleSave() {
    await page?.save();
  },

  async handleSaveApply(_event: Event, mode: string) {
    await page?.apply(mode);
  },
});
