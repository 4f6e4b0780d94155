/** A shaper as a card: what it does in words, both directions, and what can be done with it. */
import type { ShaperHistory } from '../../../src/model/history.ts';
import type { BriefStats } from '../../../src/model/stats_brief.ts';
import { actionButton } from './actions.ts';
import type { Range } from './charts.ts';
import { callDisable, callEnable, callReset, type EffectiveConfig, type ShaperStatus } from './daemon.ts';
import { DirectionPanel } from './direction.ts';
import { disabling, setWords, stateWords } from './words.ts';

const AN_HOUR_S = 3600;
const DIRECTIONS = ['download', 'upload'] as const;

export class ShaperCard {
  readonly node: HTMLElement;
  readonly name: string;
  private readonly state = E('span', { class: 'weir-state' });
  private readonly place = E('span', { class: 'weir-place' });
  private readonly reason = E('p', { class: 'weir-reason', hidden: '' });
  private readonly set = E('p', { class: 'weir-set', hidden: '' });
  private readonly off: HTMLButtonElement;
  private readonly on: HTMLButtonElement;
  private readonly undo: HTMLButtonElement;
  private readonly panels: Readonly<Record<(typeof DIRECTIONS)[number], DirectionPanel>>;
  private readonly directions: HTMLElement;
  private status: ShaperStatus | undefined;

  /** @param changed is called after something was changed */
  constructor(name: string, range: Range, changed: () => Promise<unknown>) {
    this.name = name;
    this.panels = { download: new DirectionPanel('download', range), upload: new DirectionPanel('upload', range) };
    this.off = actionButton(
      _('Off for an hour'),
      _('Takes the shaping away and sets it up again after an hour'),
      'cbi-button-neutral',
      () => callDisable(name, AN_HOUR_S),
      changed,
    );
    this.on = actionButton(
      _('On again'),
      _('Shapes this link now'),
      'cbi-button-action important',
      () => this.turnOn(),
      changed,
    );
    this.undo = actionButton(
      _('Undo'),
      _('Back to what the configuration says'),
      'cbi-button-reset',
      () => callReset(name),
      changed,
    );
    const panels = DIRECTIONS.map((direction) => this.panels[direction].node);
    this.directions = E('div', { class: 'weir-directions' }, panels);
    this.node = E('section', { class: 'weir-card', 'data-shaper': name, 'aria-label': name }, [
      E('header', {}, [
        E('h3', {}, [name]),
        this.state,
        this.place,
        E('span', { class: 'weir-buttons' }, [this.undo, this.off, this.on]),
      ]),
      this.reason,
      this.set,
      this.directions,
    ]);
  }

  setStatus(status: ShaperStatus, config: EffectiveConfig): void {
    this.status = status;
    const { mood, text } = stateWords(status);
    this.state.className = `weir-state weir-${mood}`;
    this.state.replaceChildren(text);
    const kind = (status.download ?? status.upload)?.kind;
    const place = [status.device, kind, ...new Set([...(status.download?.link ?? []), ...(status.upload?.link ?? [])])];
    this.place.replaceChildren(place.filter((word) => word != null).join(' · '));
    showText(this.reason, disabling(status) === undefined ? status.reason : null);
    const set = setWords(status);
    showText(this.set, set.length === 0 ? null : _('Set for now: %s').format(set.join(', ')));
    const isOff = status.state === 'off';
    const couldBeOn =
      disabling(status) !== undefined ||
      (config.enabled && config.shapers.some(({ name, enabled }) => name === status.name && !enabled));
    this.off.hidden = isOff;
    this.on.hidden = !(isOff && couldBeOn);
    this.undo.hidden = status.set.length === 0 || this.resetTurnsOn();
    for (const direction of DIRECTIONS) this.panels[direction].setStatus(status[direction]);
    this.directions.hidden = DIRECTIONS.every((direction) => status[direction] === null);
  }

  /** Nothing but being off is set: then to undo is to turn on. */
  private resetTurnsOn(): boolean {
    return this.status !== undefined && this.status.set.length === 1 && disabling(this.status) !== undefined;
  }

  private turnOn(): ReturnType<typeof callReset> {
    return this.resetTurnsOn() ? callReset(this.name) : callEnable(this.name);
  }

  setHistory(history: ShaperHistory, range: Range): void {
    for (const direction of DIRECTIONS) this.panels[direction].setHistory(history, range);
  }

  /** Undefined where the shaper has no statistics now. */
  add(stats: BriefStats | undefined): void {
    for (const direction of DIRECTIONS) this.panels[direction].add(stats?.[direction] ?? null);
  }
}

function showText(node: HTMLElement, text: string | null): void {
  node.hidden = text === null;
  node.replaceChildren(text ?? '');
}
