/** What the bridge does now: asks while the page is in sight, and shows what it was told. */
import type { BridgeReport } from '../../../src/agent/bridge_control.ts';
import { callBridge, callHosts, callMapList, errorText } from './daemon.ts';
import { smallPrint } from './data_table.ts';
import { HostList } from './host_table.ts';
import { MapList } from './map_table.ts';
import { goneNotice } from './notice.ts';
import { portTable } from './port_table.ts';

/** Ports and paths change seldom, and to look for them costs more: every so many polls. */
const POLLS_A_BRIDGE = 5;
/** There may be thousands of classes. */
const POLLS_A_MAP = 30;

const STATES = {
  off: ['off', _('Off')],
  waiting: ['fair', _('Waiting')],
  forwarding: ['good', _('Forwarding')],
  partial: ['fair', _('Forwarding in part')],
  stopped: ['bad', _('Not forwarding')],
} as const satisfies Record<BridgeReport['state'], readonly [mood: string, text: Translated]>;

export class BridgeLive {
  readonly node: HTMLElement;
  private readonly notices = E('div', { 'aria-live': 'polite' });
  private readonly state = E('p', { id: 'weir-bridge-state' });
  private readonly ports = portTable();
  private readonly hosts = new HostList(() => this.poll());
  private readonly map = new MapList(() => this.refresh());
  private readonly tables: HTMLElement;
  private bridge: BridgeReport | null = null;
  private polls = 0;

  constructor() {
    this.tables = E('div', { hidden: '' }, [
      E('h3', {}, [_('Ports')]),
      this.ports.node,
      E('h3', {}, [_('Hosts')]),
      this.hosts.node,
      this.map.node,
    ]);
    this.node = E('div', { id: 'weir-bridge-live' }, [this.notices, this.state, this.tables]);
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden && this.node.isConnected) void this.refresh();
    });
  }

  private refresh(): Promise<void> {
    this.polls = 0;
    return this.poll();
  }

  /** Asks for what is due. Nothing while the page is out of sight, so that the daemon can sleep. */
  async poll(): Promise<void> {
    if (document.hidden) return;
    try {
      const polls = this.polls++;
      const [bridge, map] = await Promise.all([
        polls % POLLS_A_BRIDGE === 0 ? callBridge() : undefined,
        polls % POLLS_A_MAP === 0 ? callMapList() : undefined,
      ]);
      if (bridge !== undefined) this.showBridge(bridge.bridge);
      if (map !== undefined) this.map.show(map.entries);
      this.notices.replaceChildren();
      if (this.bridge !== null) this.hosts.show(await callHosts(this.hosts.order, this.hosts.limit));
    } catch (error) {
      this.polls = 0;
      this.showBridge(null);
      this.state.replaceChildren();
      this.notices.replaceChildren(goneNotice(errorText(error)));
    }
  }

  private showBridge(bridge: BridgeReport | null): void {
    this.bridge = bridge;
    this.tables.hidden = bridge === null;
    if (bridge === null) {
      this.state.replaceChildren(_('No bridge is switched on. Enable it below, and map the interfaces.'));
      return;
    }
    const [mood, text] = STATES[bridge.state];
    this.state.replaceChildren(
      E('span', { class: `weir-state weir-${mood}` }, [text]),
      ...(bridge.reason === null ? [] : [' ', smallPrint(bridge.reason)]),
    );
    this.ports.show(bridge.ports);
  }
}
