/** Classes of hosts that were set over the bus: they are not in the configuration, and the next reload takes them away. */
import type { MapEntry } from '../../../src/agent/bridge_control.ts';
import { actionButton } from './actions.ts';
import { callMapDelete } from './daemon.ts';
import { DataTable } from './data_table.ts';
import { NO_NUMBER } from './units.ts';

export class MapList {
  readonly node: HTMLElement;
  private readonly table: DataTable<MapEntry>;

  /** @param changed is called after one was removed */
  constructor(changed: () => Promise<unknown>) {
    this.table = new DataTable('weir-map', _('Set until the next reload'), [
      { text: _('Address'), help: _('An address or a prefix'), cell: ({ address }) => [address] },
      {
        text: _('Class'),
        help: _('The class in the queue of the local side'),
        cell: (entry) => [entry.class ?? NO_NUMBER],
      },
      {
        text: _('Upload class'),
        help: _('The class in the queue of the internet side'),
        cell: ({ uploadClass }) => [uploadClass ?? NO_NUMBER],
      },
      {
        text: _('CPU'),
        help: _('The CPU that handles its frames'),
        cell: ({ cpu }) => [cpu === null ? NO_NUMBER : `${cpu}`],
      },
      {
        text: _('Remove'),
        help: _('Takes the entry out of the table at once'),
        cell: ({ address }) => [
          actionButton(
            _('Remove'),
            _('Takes the entry out of the table at once'),
            'cbi-button-remove',
            () => callMapDelete(address),
            changed,
          ),
        ],
      },
    ]);
    this.node = E('div', { hidden: '' }, [
      E('h3', {}, [_('Set until the next reload')]),
      E('p', {}, [_('These classes were set over the bus and are not in the configuration.')]),
      this.table.node,
    ]);
  }

  show(entries: readonly MapEntry[]): void {
    const volatile = entries.filter((entry) => entry.volatile);
    this.node.hidden = volatile.length === 0;
    this.table.show(volatile);
  }
}
