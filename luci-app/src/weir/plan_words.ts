/** A plan of the daemon in words for people who do not know tc(8). */

import { formatRate } from '../../../src/lib/units.ts';
import type { RenderedChange } from '../../../src/model/render.ts';
import { bridgeWords } from './bridge_words.ts';
import { DIRECTION, type OptionDeclaration, TUNING } from './options_gen.ts';
import { treeWords } from './tree_words.ts';

export interface ChangeWords {
  readonly words: string;
  /** What changes in place, a line each. */
  readonly details: readonly string[];
}

/** Of the devices that weir makes (model/ifb_name.ts). */
const IFB_PREFIX = 'ifb-';

/** What a person asked for comes first, and what it needs after it. */
export function planWords(
  changes: readonly RenderedChange[],
): readonly (ChangeWords & { readonly loses: readonly string[] })[] {
  const rank = ({ path }: RenderedChange): number => (/ > (cake|cake_mq|bridge)$/.test(path) ? 0 : 1);
  return [...changes]
    .sort((a, b) => rank(a) - rank(b))
    .map((change) => ({ ...changeWords(change), loses: change.loses }));
}

export function changeWords(change: RenderedChange): ChangeWords {
  const ofBridge = bridgeWords(change);
  if (ofBridge !== undefined) return { words: ofBridge, details: change.action === 'change' ? detailsOf(change) : [] };
  const ofTree = treeWords(change);
  if (ofTree !== undefined) return { words: ofTree, details: change.action === 'change' ? detailsOf(change) : [] };
  const [device = '', second = ''] = change.path.split(' > ');
  const [program, about] = (change.commands[0] ?? '').split(' ');
  if (program === 'echo' || program === 'service' || (program === 'ethtool' && about !== '-K')) {
    return { words: tuningWords(change), details: [] };
  }
  if (program === 'ethtool') return { words: offloadWords(change, device, second), details: [] };
  if (program === 'ip') return { words: linkWords(change.action, device), details: detailsOf(change) };
  if (about === 'filter') return { words: redirectWords(change, device), details: [] };
  if (second === 'clsact' || second === 'ingress') return { words: hookWords(change.action, device), details: [] };
  return { words: queueWords(change, device, second), details: change.action === 'change' ? detailsOf(change) : [] };
}

/** The path ends with the tunable; before it stand its device and part, if it has them. */
function tuningWords({ path, differences: [difference] }: RenderedChange): string {
  const place = path.split(' > ');
  const tunable = place.pop();
  const label = TUNING.find(({ name }) => name === tunable)?.label ?? tunable;
  const what = place.length === 0 ? label : _('%s of %s').format(label, place.join(' '));
  return `${what}: ${difference?.found} → ${difference?.wanted}`;
}

function offloadWords({ differences }: RenderedChange, device: string, feature: string): string {
  const on = differences[0]?.wanted === 'on';
  return (on ? _('The offload %s of %s is turned on again.') : _('The offload %s of %s is turned off.')).format(
    feature,
    device,
  );
}

function linkWords(action: string, device: string): string {
  if (action === 'add') return _('A helper device, %s, is made, on which download is shaped.').format(device);
  if (action === 'delete') return _('The helper device %s is removed.').format(device);
  return _('The helper device %s is put right:').format(device);
}

function redirectWords({ action, commands }: RenderedChange, device: string): string {
  if (action === 'delete') return _('What arrives on %s is no longer sent to a helper device.').format(device);
  const target = / redirect dev (\S+)/.exec(commands[0] ?? '')?.[1] ?? '';
  return _('What arrives on %s is sent through %s.').format(device, target);
}

function hookWords(action: string, device: string): string {
  if (action === 'delete') return _('The hook for what arrives on %s is removed.').format(device);
  return _('%s gets a hook for what arrives.').format(device);
}

function queueWords({ action, differences, commands }: RenderedChange, device: string, kind: string): string {
  if (!kind.startsWith('cake')) return _('%s gets back the queue it had before: %s.').format(device, kind);
  const direction = device.startsWith(IFB_PREFIX) ? _('Download') : _('Upload');
  switch (action) {
    case 'add': {
      const rate = / bandwidth (\S+)/.exec(commands[0] ?? '')?.[1] ?? _('any rate');
      return _('%s is shaped to %s, on %s.').format(direction, rate, device);
    }
    case 'delete':
      return _('%s is no longer shaped, on %s.').format(direction, device);
    case 'replace': {
      const [before = ''] = (differences.find(({ what }) => what === 'qdisc')?.found ?? '').split(' ');
      return _('%s is shaped by %s in place of %s, on %s.').format(direction, kind, before, device);
    }
    default:
      return _('%s, on %s, changes in place:').format(direction, device);
  }
}

/** The target follows the round-trip time, and no option sets it alone. */
const NOT_SHOWN = ['targetUs'];

function detailsOf({ differences }: RenderedChange): string[] {
  return differences
    .filter(({ what }) => !NOT_SHOWN.includes(what))
    .map(({ what, found, wanted }) => {
      if (what.endsWith('BitPerS')) {
        return `${what === 'rateBitPerS' ? _('Rate') : what}: ${rateWords(found)} → ${rateWords(wanted)}`;
      }
      const option = DIRECTION.find(({ name, cake = camelCase(name) }) => cake === what);
      const [before, after] = [found, wanted].map((value) => (option === undefined ? value : wordsOf(option, value)));
      return `${option?.label ?? what}: ${before} → ${after}`;
    });
}

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_match, letter: string) => letter.toUpperCase());
}

function rateWords(bitPerS: string): string {
  return bitPerS === '0' ? _('unlimited') : formatRate(Number(bitPerS));
}

/** A value as the plan has it, which is how it is inside, as a person would write it. */
function wordsOf({ field }: OptionDeclaration, value: string): string {
  if (field.data.kind === 'boolean') return value === 'true' ? _('on') : _('off');
  return field.choices === undefined ? field.format(Number(value)) : value;
}
