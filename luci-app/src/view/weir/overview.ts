/** Network → Weir → Overview. */
import dom from 'luci/dom';
import poll from 'luci/poll';
import view from 'luci/view';
import { callStatus, type ShaperStatus } from '../../weir/daemon.ts';

function lineOf({ name, state, reason }: ShaperStatus): Node {
  return E('p', {}, [reason === null ? `${name}: ${state}` : `${name}: ${state} (${reason})`]);
}

async function contents(): Promise<Node> {
  try {
    const { shapers } = await callStatus();
    if (shapers.length === 0) return E('p', {}, _('No shaper is configured.'));
    return E('div', { id: 'weir-shapers' }, shapers.map(lineOf));
  } catch (error) {
    return E('p', { class: 'alert-message error' }, [_('weir does not answer: %s').format(String(error))]);
  }
}

export default view.extend({
  async render() {
    const shown = E('div', { id: 'weir-overview' }, [await contents()]);
    poll.add(async () => dom.content(shown, [await contents()]), 1);
    return E('div', {}, [E('h2', {}, _('Weir')), shown]);
  },
  handleSave: null,
  handleSaveApply: null,
  handleReset: null,
});
