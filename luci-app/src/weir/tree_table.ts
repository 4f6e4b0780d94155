/** A device's tree with what goes through it now: a row a node, indented as deep as it hangs. */

import { formatBytesForReading } from '../../../src/lib/units.ts';
import type { TreeReport } from '../../../src/model/tree/views.ts';
import { type Column, DataTable, smallPrint } from './data_table.ts';
import { type NodeRate, UNKNOWN_RATE } from './tree_rates.ts';
import { NO_NUMBER, perSecondNumber, rateNumber } from './units.ts';

type NodeView = TreeReport['nodes'][number];
type QueueView = Exclude<NodeView, { node: 'filter' }>;

interface Row {
  readonly view: NodeView;
  readonly rate: NodeRate;
  /** Of the bar: the rate that fills it. */
  readonly fullBitPerS: number;
}

/** Deeper, names would have no room on a telephone. */
const DEEPEST = 8;

interface Amount {
  readonly packets: number | null;
  readonly bytes: number | null;
}

/** What a node is, as deep as it hangs. */
export function nodeCell(kind: string, level: number, children: readonly Node[]): HTMLElement {
  const style = `--level:${Math.min(level, DEEPEST)}`;
  return E('div', { class: `weir-node weir-node-${kind}`, style }, children);
}

/** The head of the column. */
export const SENT = { text: _('Sent'), help: _('Bytes and packets since it was made') } as const;

/** Bytes, and below them packets. */
export function amount(counters: Amount | null | undefined): readonly (Node | string)[] {
  const { packets, bytes = null } = counters ?? {};
  return bytes === null ? [NO_NUMBER] : [formatBytesForReading(bytes), E('small', {}, [`${packets}`])];
}

const COLUMNS: readonly Column<Row>[] = [
  {
    text: _('Node'),
    help: _('The section or handle, and its options in the words of tc'),
    cell: ({ view }) => [
      nodeCell(view.node, view.level, [
        titleOf(view),
        ...(view.words === '' ? [] : [smallPrint(view.words)]),
        ...noteOf(view),
      ]),
    ],
  },
  {
    text: _('Mbit/s'),
    help: _('Rate now; the bar is full at the ceiling'),
    cell: ({ rate: { rateBitPerS }, fullBitPerS }) => {
      const part = fullBitPerS > 0 ? Math.min((rateBitPerS ?? 0) / fullBitPerS, 1) : 0;
      return [rateNumber(rateBitPerS), E('div', { class: 'weir-bar', style: `--part:${part}` })];
    },
  },
  {
    text: _('Dropped/s'),
    help: _('Packets dropped each second now, and in all'),
    cell: ({ view, rate: { dropsPerS } }) => {
      const drops = view.node === 'filter' ? view.actions[0]?.drops : view.drops;
      return drops === undefined ? [NO_NUMBER] : [perSecondNumber(dropsPerS), E('small', {}, [`Σ ${drops}`])];
    },
  },
  {
    text: _('Waiting'),
    help: _('Bytes and packets that wait in it'),
    cell: ({ view }) =>
      amount(view.node === 'filter' ? null : { bytes: view.backlogBytes, packets: view.backlogPackets }),
  },
  {
    ...SENT,
    cell: ({ view }) =>
      amount(view.node === 'filter' ? view.actions[0] : { bytes: view.sentBytes, packets: view.sentPackets }),
  },
];

function titleOf(view: NodeView): Node {
  const { node, kind, handle, section } = view;
  const target = view.node === 'filter' && view.target !== undefined ? ` → ${view.target}` : '';
  const name = node === 'class' ? handle : `${kind} ${handle}`;
  return E('span', {}, [...(section === undefined ? [] : [E('b', {}, [section]), ' ']), `${name}${target}`]);
}

/** What a person should know of it: why HTB sends packets past its classes, and actions. */
function noteOf(view: NodeView): readonly Node[] {
  if (view.node === 'filter') {
    return view.actions.map(({ kind, words }) => smallPrint(`action ${kind} ${words}`.trimEnd()));
  }
  const { direct } = view;
  if (direct === undefined || direct.packets === 0) return [];
  return [E('small', { class: 'weir-state weir-fair' }, [directText(direct)])];
}

function directText({ packets, defaultClass, because }: NonNullable<QueueView['direct']>): string {
  const went = N_(packets, '%s packet went past all classes', '%s packets went past all classes').format(packets);
  switch (because) {
    case 'unset':
      return `${went}: ${_('no default class is set')}`;
    case 'missing':
      return `${went}: ${_('the default class %s does not exist').format(defaultClass)}`;
    case 'inner':
      return `${went}: ${_('the default class %s has classes below it').format(defaultClass)}`;
    case 'leaf':
      return went;
  }
}

/** What each node could reach: its ceiling, or that of what it hangs on; where there is none, the largest ceiling or rate of all. */
export function fullRates(nodes: readonly NodeView[], largestRateBitPerS: number): readonly number[] {
  const ceilings = nodes.map(({ options: { ceilBitPerS: ceil } }) => (typeof ceil === 'number' ? ceil : undefined));
  const largest = Math.max(0, ...ceilings.map((ceil) => ceil ?? 0)) || largestRateBitPerS;
  const above: number[] = [];
  return nodes.map(({ level }, i) => {
    const full = ceilings[i] ?? above[level - 1] ?? largest;
    above[level] = full;
    return full;
  });
}

export class TreeTable {
  readonly node: HTMLElement;
  private readonly table = new DataTable('weir-tree', _('Tree'), COLUMNS);

  constructor() {
    this.node = this.table.node;
  }

  show(nodes: readonly NodeView[], rates: readonly NodeRate[]): void {
    const full = fullRates(nodes, Math.max(0, ...rates.map(({ rateBitPerS }) => rateBitPerS ?? 0)));
    this.table.show(nodes.map((view, i) => ({ view, rate: rates[i] ?? UNKNOWN_RATE, fullBitPerS: full[i] ?? 0 })));
  }
}
