/** The ports of the bridge: what becomes of the frames that arrive on each. */
import type { PortReport } from '../../../src/agent/bridge_control.ts';
import { formatBytesForReading } from '../../../src/lib/units.ts';
import { type Column, DataTable, smallPrint } from './data_table.ts';

/** The counts that are not 0, each with its reason. */
function byReason(counts: readonly (readonly [text: Translated, frames: number])[]): readonly string[] {
  const some = counts.filter(([, frames]) => frames > 0).map(([text, frames]) => `${text} ${frames}`);
  return [some.length === 0 ? '0' : some.join(', ')];
}

const COLUMNS: readonly Column<PortReport>[] = [
  {
    text: _('Port'),
    help: _('Where frames arrive, and where they leave'),
    cell: ({ device, redirectTo }) => [`${device} → ${redirectTo}`],
  },
  {
    text: _('State'),
    help: _('Whether frames that arrive there are forwarded'),
    cell: ({ inForce, reason }) => [
      E('span', { class: `weir-state weir-${inForce ? 'good' : 'bad'}` }, [
        inForce ? _('forwarding') : _('not forwarding'),
      ]),
      ...(reason === null ? [] : [smallPrint(reason)]),
    ],
  },
  {
    text: _('Path'),
    help: _('xdp: in the driver, past every queue; tc: through the queue where they leave'),
    cell: ({ path, pathReason }) => (path === null ? ['–'] : [path, smallPrint(pathReason)]),
  },
  {
    text: _('Forwarded'),
    help: _('Frames and bytes since the port was set up'),
    cell: ({ forwardedFrames, forwardedBytes }) => [`${forwardedFrames} / ${formatBytesForReading(forwardedBytes)}`],
  },
  {
    text: _('Dropped'),
    help: _('Frames that could not leave, by reason'),
    cell: ({ dropped: { tooBig, noTarget } }) =>
      byReason([
        [_('too big'), tooBig],
        [_('nowhere to go'), noTarget],
      ]),
  },
  {
    text: _('To the router'),
    help: _('Frames that this router took itself, by reason'),
    cell: ({ passed: { control, own, noVlan } }) =>
      byReason([
        [_('control'), control],
        [_('own address'), own],
        [_('VLAN not mapped'), noVlan],
      ]),
  },
];

export function portTable(): DataTable<PortReport> {
  return new DataTable('weir-ports', _('Ports'), COLUMNS);
}
