/** Calls, polling, elements and messages; what came of them is in the page as JSON. */
import dom from 'luci/dom';
import network from 'luci/network';
import poll from 'luci/poll';
import rpc from 'luci/rpc';
import uci from 'luci/uci';
import ui from 'luci/ui';
import view from 'luci/view';

const callStatus = rpc.declare<[], unknown>({ object: 'weir', method: 'status', reject: true });
const callVersion = rpc.declare<[], string>({ object: 'weir', method: 'status', expect: { version: 'none' } });
const callOfOtherType = rpc.declare<[], number>({ object: 'weir', method: 'status', expect: { version: 5 } });
const callHistory = rpc.declare<[string, number], unknown>({
  object: 'weir',
  method: 'history',
  params: ['shaper', 'resolution'],
  expect: { '': { none: true } },
});
const callHistoryOrFail = rpc.declare<[string], unknown>({
  object: 'weir',
  method: 'history',
  params: ['shaper'],
  reject: true,
});
const callReload = rpc.declare<[], unknown>({ object: 'weir', method: 'reload', reject: true });

async function outcome(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message.split('\n')[0]}` : String(error);
  }
}

function formats(): string[] {
  return [
    '%s and %d'.format('a', 3.7),
    '%05.1f|%5d|%-5s|%x'.format(2.25, 42, 'ab', 255),
    '%h'.format('<b>"&"</b>'),
    '%.2mbit/s %.1mB'.format(19_000_000, 512),
    '%1024mB'.format(1_500_000),
    '100%% of %s'.format('it'),
  ];
}

export default view.extend({
  async load() {
    const [version, other, history, refused, reload, devices, networks, changes] = await Promise.all([
      outcome(callVersion()),
      outcome(callOfOtherType()),
      outcome(callHistory('nobody', 1)),
      outcome(callHistoryOrFail('nobody')),
      outcome(callReload()),
      network.getDevices(),
      network.getNetworks(),
      uci.changes(),
    ]);
    return {
      version,
      other,
      history,
      refused,
      reload,
      devices: devices.map((device) => device.getName()).sort(),
      networks: networks.map((one) => one.getName()).sort(),
      changes,
      mayWrite: L.hasViewPermission(),
      formats: formats(),
      translated: [_('Overview'), N_(2, 'one', 'several')],
    };
  },
  render(found: object) {
    const polled = E('output', { id: 'polled' }, ['0']);
    const count = async (): Promise<void> => {
      await callStatus();
      dom.content(polled, [Number(polled.textContent) + 1]);
    };
    const openDialog = ui.createHandlerFn(this, () => {
      ui.showModal(_('Question'), [
        E('p', { id: 'dialog' }, ['<i>text</i>']),
        E('div', { class: 'right' }, [E('button', { class: 'btn', click: ui.hideModal }, [_('Close')])]),
      ]);
    });
    return E('div', {}, [
      E('pre', { id: 'found' }, [JSON.stringify(found)]),
      polled,
      E('button', { id: 'start', click: () => poll.add(count, 1) }, ['start']),
      E('button', { id: 'stop', click: () => poll.remove(count) }, ['stop']),
      E('button', { id: 'ask', click: openDialog }, ['ask']),
      E('button', { id: 'tell', click: () => ui.addNotification(_('News'), E('p', {}, ['it is late']), 'info') }, [
        'tell',
      ]),
      E('button', { id: 'call', click: () => outcome(callStatus()) }, ['call']),
    ]);
  },
  handleSave: null,
  handleSaveApply: null,
  handleReset: null,
});
