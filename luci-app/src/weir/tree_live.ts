/** The tree of a device, and the QoS of Open vSwitch, as they work: asks while the page is in sight, and shows what it was told. */
import { callInfo, callStatus, callTree, errorText } from './daemon.ts';
import { type DataTable, moreText } from './data_table.ts';
import { goneNotice, notice } from './notice.ts';
import { type QosRow, qosRows } from './qos_table.ts';
import { TreeRates } from './tree_rates.ts';
import { TreeTable } from './tree_table.ts';

/** So many nodes are some 150 kB an answer; more nobody looks at. */
const MOST_NODES = 300;

/** In place of the page: the package of trees is not there, and what to do; undefined where it is, or the daemon does not answer. */
export async function packageNotice(): Promise<HTMLElement | undefined> {
  let problem: string | undefined;
  try {
    problem = (await callInfo()).trees.problem;
  } catch {
    // That it does not answer is told by what asks next.
    return undefined;
  }
  if (problem === undefined) return undefined;
  return notice('warning', _('Trees need the package weir-trees'), [
    E('p', {}, [_('Install it under System → Software, or with one of these, and load this page again:')]),
    E('p', {}, [E('code', {}, ['opkg install weir-trees']), ' ', E('code', {}, ['apk add weir-trees'])]),
    E('p', { class: 'weir-details', lang: 'en' }, [problem]),
  ]);
}

export class TreeLive {
  readonly node: HTMLElement;
  private readonly notices = E('div', { 'aria-live': 'polite' });
  private readonly choice = E('select', { id: 'weir-tree-device', change: () => this.choose() });
  private readonly tools: HTMLElement;
  private readonly rest = E('p', { role: 'status' });
  private readonly table = new TreeTable();
  private readonly rates = new TreeRates();
  private readonly configured: readonly string[];
  private readonly qos: DataTable<QosRow> | undefined;
  private device: string | null = null;

  /**
   * @param configured devices that have a tree in the configuration: the first of them is shown at first
   * @param qos where there is one in the configuration
   */
  constructor(configured: readonly string[], qos?: DataTable<QosRow>) {
    this.configured = configured;
    this.qos = qos;
    this.tools = E('p', { hidden: '' }, [E('label', { for: 'weir-tree-device' }, [_('Device')]), ' ', this.choice]);
    this.node = E('div', { id: 'weir-trees-live' }, [
      this.notices,
      this.tools,
      this.table.node,
      this.rest,
      ...(qos === undefined ? [] : [qos.node]),
    ]);
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden && this.node.isConnected) void this.poll();
    });
  }

  /** Nothing is asked while the page is out of sight, so that the daemon can sleep. */
  async poll(): Promise<void> {
    if (document.hidden) return;
    try {
      this.qos?.show(qosRows(await callStatus()));
      if (this.device === null) this.offer((await callTree(null, 1)).devices);
      const report = this.device === null ? undefined : await callTree(this.device, MOST_NODES);
      this.notices.replaceChildren();
      this.table.node.hidden = report === undefined;
      if (report !== undefined) {
        this.offer(report.devices);
        this.table.show(report.nodes, this.rates.next(report));
      }
      this.rest.replaceChildren(
        report === undefined
          ? _('Nobody has set up a tree on a device. Add a qdisc or a QoS below.')
          : moreText(report.total - report.nodes.length),
      );
    } catch (error) {
      // The device may be gone.
      this.device = null;
      this.table.node.hidden = true;
      this.qos?.show([]);
      this.notices.replaceChildren(goneNotice(errorText(error)));
    }
  }

  private choose(): void {
    this.device = this.choice.value;
    void this.poll();
  }

  private offer(devices: readonly string[]): void {
    const known = Array.from(this.choice.options, ({ value }) => value);
    this.device ??= this.configured.find((one) => devices.includes(one)) ?? devices[0] ?? null;
    this.tools.hidden = devices.length < 2;
    if (known.join(' ') === devices.join(' ')) return;
    this.choice.replaceChildren(...devices.map((one) => E('option', { value: one }, [one])));
    if (this.device !== null) this.choice.value = this.device;
  }
}
