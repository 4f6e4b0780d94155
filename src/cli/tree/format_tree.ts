/** A device's tree of qdiscs, classes and filters as people read it. */
import type { ReadingUnits } from '../../lib/units.ts';
import type { ActionView, DirectPackets, FilterView, NodeView, QueueView } from '../../model/tree/views.ts';
import { trees } from '../../parts/trees.ts';
import { formatCake, isCakeStats } from '../format_show.ts';
import { detailsOf } from './details.ts';
import { optionsText } from './options_text.ts';

export interface TreeFormat {
  readonly units: ReadingUnits;
  /** All options and everything that was counted. */
  readonly details: boolean;
}

const INDENT = '  ';
/** Deeper than the kernel lets anybody go (sch_api.c: check_loop). */
const DEEPEST_INDENT = 16;

/** The lines of a node, each indented as deep as it hangs. What hangs on a qdisc or class comes after it, filters first. */
export function formatNode(view: NodeView, format: TreeFormat): string {
  const indent = INDENT.repeat(Math.min(view.level, DEEPEST_INDENT));
  const lines = view.node === 'filter' ? filterLines(view, format) : queueLines(view, format);
  return lines.map((line, i) => `${indent}${i === 0 ? '' : INDENT}${line}\n`).join('');
}

function queueLines(view: QueueView, format: TreeFormat): string[] {
  const { units, details } = format;
  const { kind, details: counted } = view;
  const options = optionsText(trees().queueOptions(view.node, kind), view.options, format);
  const hasTins = counted !== undefined && isCakeStats(counted);
  return [
    `${headOf(view)}${tail(view)}`,
    ...(view.stab === undefined ? [] : [trees().stabWords(view.stab).join(' ')]),
    ...(options === '' ? [] : [options]),
    sentLine(view, units),
    ...(details ? [`over the limit ${view.overlimits}, requeued ${view.requeues}`] : []),
    ...(view.rate === undefined ? [] : [`now ${units.rate(view.rate.rateBitPerS)}, ${view.rate.packetPerS} packets/s`]),
    ...(view.direct === undefined || view.direct.packets === 0 ? [] : [directLine(view.direct)]),
    ...(details && counted !== undefined && !hasTins ? detailsOf(counted, units) : []),
    ...(hasTins ? unindented(formatCake(counted, view.options.diffserv, units)) : []),
  ];
}

function headOf({ node, device, kind, handle, parent, level }: QueueView): string {
  if (level > 0) return node === 'class' ? `class ${handle}` : `${kind} ${handle}`;
  const where = parent === 'root' ? 'root' : `parent ${parent}`;
  return `${device}: ${node === 'class' ? 'class ' : ''}${kind} ${handle} ${where}`;
}

function tail({ section, orphan }: NodeView): string {
  return `${section === undefined ? '' : ` (${section})`}${orphan ? ', which is not there' : ''}`;
}

function sentLine({ sentBytes, sentPackets, drops, backlogBytes, backlogPackets }: QueueView, units: ReadingUnits) {
  return (
    `sent ${units.bytes(sentBytes)} in ${sentPackets} packets, dropped ${drops}, ` +
    `backlog ${units.bytes(backlogBytes)} in ${backlogPackets} packets`
  );
}

function directLine({ packets, defaultClass, because }: DirectPackets): string {
  const reason = {
    unset: 'no default class is set, so what no filter sorts is not shaped',
    missing: `the default class ${defaultClass} does not exist, so what no filter sorts is not shaped`,
    inner: `the default class ${defaultClass} has classes below it, so what no filter sorts is not shaped`,
    leaf: 'before the default class was there, or sorted to the qdisc itself',
  }[because];
  return `sent past all classes ${packets} packets: ${reason}`;
}

function filterLines(view: FilterView, { units }: TreeFormat): string[] {
  const { kind, words, target, preference, protocol, chain, parent, handle, level } = view;
  const from = parent === 'ffff:fff2' ? ', of what arrives' : parent === 'ffff:fff3' ? ', of what leaves' : '';
  const head = [
    `${level === 0 ? `${view.device}: ` : ''}filter ${kind}`,
    ...(handle === '' ? [] : [handle]),
    ...(words === '' ? [] : [words]),
    ...(target === undefined ? [] : [`to ${target}`]),
  ].join(' ');
  const place = `preference ${preference}, protocol ${protocol}${chain === 0 ? '' : `, chain ${chain}`}${from}`;
  return [`${head}${tail(view)}`, place, ...view.actions.map((action) => actionLine(action, units))];
}

function actionLine({ kind, words, bytes, packets, drops }: ActionView, units: ReadingUnits): string {
  return `action ${kind}${words === '' ? '' : ` ${words}`}: ${units.bytes(bytes)} in ${packets} packets, dropped ${drops}`;
}

/** The lines of a text whose lines all begin with the indent. */
function unindented(text: string): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.slice(INDENT.length));
}
