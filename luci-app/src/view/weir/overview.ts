/** Network → Weir → Overview. */
import poll from 'luci/poll';
import view from 'luci/view';
import { OverviewPage } from '../../weir/overview_page.ts';
import { useStyle } from '../../weir/style.ts';

export default view.extend({
  load: () => useStyle(),
  async render() {
    const page = new OverviewPage();
    await page.poll();
    poll.add(() => page.poll(), 1);
    return page.node;
  },
  handleSave: null,
  handleSaveApply: null,
  handleReset: null,
});
