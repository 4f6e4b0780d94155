/** Buttons that call the daemon, with what came of it said where a person sees it. */
import ui from 'luci/ui';
import { errorText, type Outcome } from './daemon.ts';

/** Whether this session may only read. */
export function isReadOnly(): boolean {
  return L.hasViewPermission() !== true;
}

/**
 * A button for `call`, which is disabled without write rights and while the call is under way. Then `done` is called, and what
 * went wrong is a notification.
 */
export function actionButton(
  text: Translated,
  help: Translated,
  style: string,
  call: () => Promise<Outcome>,
  done: () => Promise<unknown>,
): HTMLButtonElement {
  const click = async (): Promise<void> => {
    try {
      const { issues } = await call();
      if (issues.length > 0) notify('warning', issues);
    } catch (error) {
      notify('error', [errorText(error)]);
    }
    await done();
  };
  const readOnly = isReadOnly();
  return E(
    'button',
    {
      type: 'button',
      class: `btn cbi-button ${style}`,
      title: readOnly ? _('This login may not change anything.') : help,
      disabled: readOnly ? '' : null,
      click: ui.createHandlerFn(null, click),
    },
    [text],
  );
}

function notify(severity: 'warning' | 'error', lines: readonly string[]): void {
  ui.addNotification(
    null,
    lines.map((line) => E('p', {}, [line])),
    severity,
  );
}
