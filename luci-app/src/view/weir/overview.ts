/** Network → Weir → Overview. */
import poll from 'luci/poll';
import view from 'luci/view';
import { OverviewPage } from '../../weir/overview_page.ts';
import { useStyle } from '../../weir/style.ts';

export default view.extend({
  async load() {
    const page = new OverviewPage();
    await Promise.all([page.poll(), useStyle()]);
    return page;
  },
  render(page) {
    poll.add(() => page.poll(), 1);
    return page.node;
  },
  handleSave: null,
  handleSaveApply: null,
  handleReset: null,
});
