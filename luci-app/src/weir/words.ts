/** The state of a shaper in a person's words. */
import type { DirectionName } from '../../../src/model/config.ts';
import { momentText } from './clock.ts';
import type { ShaperStatus } from './daemon.ts';

export interface StateWords {
  /** A class of the style sheet. */
  readonly mood: 'good' | 'fair' | 'bad' | 'off';
  readonly text: Translated | string;
}

export function directionText(direction: DirectionName): Translated {
  return direction === 'download' ? _('Download') : _('Upload');
}

type Set = ShaperStatus['set'][number];

/** What was set to take the shaping away, if that is why it is off. */
export function disabling({ set }: ShaperStatus): Set | undefined {
  return set.find(({ option, value }) => option === 'enabled' && value === '0');
}

export function stateWords(shaper: ShaperStatus): StateWords {
  const { name, device, state, stateForS } = shaper;
  const since = momentText(Date.now() - (stateForS ?? 0) * 1000);
  switch (state) {
    case 'shaping':
      return { mood: 'good', text: _('Shaping since %s').format(since) };
    case 'partial':
      return { mood: 'fair', text: _('Shaping in part since %s').format(since) };
    case 'waiting':
      return { mood: 'fair', text: _('Waiting for %s since %s').format(device ?? name, since) };
    case 'stopped':
      return { mood: 'bad', text: _('Not shaping since %s').format(since) };
    case 'off': {
      const set = disabling(shaper);
      if (set === undefined) return { mood: 'off', text: _('Off') };
      if (set.forS === null) return { mood: 'off', text: _('Off until undone') };
      return { mood: 'off', text: _('Off until %s').format(endOf(set.forS)) };
    }
  }
}

/** When something that goes on for so long ends. */
export function endOf(forS: number): string {
  return momentText(Date.now() + forS * 1000);
}

/** What is set over the configuration, but for being off, which the state tells. */
export function setWords(shaper: ShaperStatus): string[] {
  const off = disabling(shaper);
  return shaper.set
    .filter((set) => set !== off)
    .map(({ option, value, forS }) => {
      const what = `${option} ${[value].flat().join(' ')}`;
      return forS === null ? _('%s until undone').format(what) : _('%s until %s').format(what, endOf(forS));
    });
}
