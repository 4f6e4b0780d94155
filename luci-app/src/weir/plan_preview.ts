/** Asks, before anything is applied, with what would change and what is lost by it. */
import ui from 'luci/ui';
import type { RenderedChange } from '../../../src/model/render.ts';
import { planWords } from './plan_words.ts';

function changeItem({ words, details, loses }: ReturnType<typeof planWords>[number]): Node {
  return E('li', {}, [
    words,
    ...details.map((text) => E('div', { class: 'weir-detail' }, [text])),
    ...loses.map((loss) => E('div', { class: 'weir-loss' }, [_('Lost by it: %s').format(loss)])),
  ]);
}

function planNodes(changes: readonly RenderedChange[]): Node[] {
  if (changes.length === 0) return [E('p', {}, _('Nothing changes in the kernel.'))];
  const commands = changes.flatMap((change) => change.commands);
  return [
    E('ul', { id: 'weir-changes' }, planWords(changes).map(changeItem)),
    E('details', {}, [
      E('summary', {}, _('The same as commands')),
      E('pre', { id: 'weir-commands', tabindex: 0 }, [commands.join('\n')]),
    ]),
  ];
}

export interface Preview {
  /** Undefined where the daemon did not answer. */
  readonly changes: readonly RenderedChange[] | undefined;
  readonly warnings: readonly string[];
}

/** Shows it, and waits for yes or no. */
export function confirmPlan({ changes, warnings }: Preview): Promise<boolean> {
  return new Promise((resolve) => {
    const answer = (yes: boolean) => () => {
      ui.hideModal();
      resolve(yes);
    };
    const dialog = ui.showModal(_('What changes'), [
      ...warnings.map((text) => E('p', { class: 'alert-message warning' }, [text])),
      ...(changes === undefined ? [] : planNodes(changes)),
      E('div', { class: 'button-row' }, [
        E('button', { class: 'btn cbi-button', id: 'weir-cancel', click: answer(false) }, _('Cancel')),
        ' ',
        E(
          'button',
          { class: 'btn cbi-button-positive important', id: 'weir-apply', click: answer(true) },
          changes === undefined ? _('Apply all the same') : _('Apply'),
        ),
      ]),
    ]);
    dialog.setAttribute('aria-label', _('What changes'));
  });
}
