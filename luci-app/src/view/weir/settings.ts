/** Network → Weir → Settings. */
import uci from 'luci/uci';
import ui from 'luci/ui';
import view from 'luci/view';
import type { RenderedChange } from '../../../../src/model/render.ts';
import { CONFIG, configSections } from '../../weir/config_state.ts';
import { callCheck, callPlan, errorText, type IssueText } from '../../weir/daemon.ts';
import { type FormOption, refuse } from '../../weir/form_option.ts';
import { callDevices, callInterfaces, type NetworkFacts, type NetworkInterface } from '../../weir/network.ts';
import { confirmPlan, type Preview } from '../../weir/plan_preview.ts';
import { type SettingsMap, settingsForm } from '../../weir/settings_form.ts';
import {
  addShaper,
  downInterfaces,
  FIRST_SHAPER_NAME,
  globalsSection,
  removeEmptyGlobals,
  withDevices,
} from '../../weir/settings_state.ts';
import { useStyle } from '../../weir/style.ts';
import { lineOfIssue, type UciText, uciText } from '../../weir/uci_text.ts';
import { WHERE } from '../../weir/where_field.ts';

/** Nothing is saved: the form says why, or a person said no. */
class NotSaved extends Error {}

interface Page {
  readonly map: SettingsMap;
  readonly interfaces: readonly NetworkInterface[];
  /** What is wrong and has no field. */
  readonly problems: HTMLElement;
}

let page: Page | undefined;

function showProblems(problems: HTMLElement, texts: readonly string[]): void {
  problems.replaceChildren(...texts.map((text) => E('p', { class: 'alert-message error' }, [text])));
  if (texts.length > 0) problems.scrollIntoView({ block: 'nearest' });
}

/** Brings the first field that is wrong into sight, from behind its tabs. */
function showFirstWrong(): void {
  const wrong = document.querySelector<HTMLElement>('#weir-settings .cbi-input-invalid');
  for (
    let pane = wrong?.closest('[data-tab-title]');
    pane != null;
    pane = pane.parentElement?.closest('[data-tab-title]')
  ) {
    const tab = pane.getAttribute('data-tab');
    pane.parentElement?.previousElementSibling?.querySelector<HTMLElement>(`[data-tab="${tab}"] a`)?.click();
  }
  wrong?.focus();
}

/** An error with the field that it is about, if there is one. */
interface Located {
  readonly issue: IssueText;
  /** Of the option it names; null where it names one that the form has no field for. */
  readonly field: [FormOption, string] | null | undefined;
}

function located({ map }: Page, issue: IssueText, { placeOf }: UciText): Located {
  const { section, option } = placeOf(lineOfIssue(issue.where) ?? 0) ?? {};
  if (option === undefined) return { issue, field: undefined };
  // One field stands for both ways to say where.
  return { issue, field: map.lookupOption(option === 'device' || option === 'interface' ? WHERE : option, section) };
}

/** Puts each error at its field, and those without one above the form. */
function showErrors(of: Page, errors: readonly Located[]): void {
  const elsewhere = errors.filter(({ issue: { what, expected }, field }) => {
    return (
      !field || !refuse(...field, expected === undefined ? what : `${what}: ${_('Expected: %s').format(expected)}`)
    );
  });
  showProblems(
    of.problems,
    elsewhere.map(({ issue }) => issue.text),
  );
}

function waitingWords(name: string): string {
  return _('The interface %s is down. Its link is shaped as soon as it comes up.').format(name);
}

/** What the daemon says of the form's state. Undefined changes where it does not answer. @throws NotSaved where it is wrong */
async function examined(of: Page): Promise<Preview> {
  const sections = configSections();
  const whole = uciText(sections);
  let issues: readonly IssueText[];
  let changes: readonly RenderedChange[];
  try {
    const [checked, planned] = await Promise.all([
      callCheck(whole.text),
      callPlan(uciText(withDevices(sections, of.interfaces)).text),
    ]);
    issues = checked.issues;
    changes = planned.changes;
  } catch (error) {
    const problem = _('weir does not answer, so the settings could not be checked: %s').format(errorText(error));
    return { changes: undefined, warnings: [problem] };
  }
  // What no field is for was written by hand, or for a newer version: it stays, and is told with the rest.
  const errors = issues
    .filter(({ severity }) => severity === 'error')
    .map((issue) => located(of, issue, whole))
    .filter(({ field }) => field !== null);
  if (errors.length > 0) {
    showErrors(of, errors);
    throw new NotSaved();
  }
  const waiting = downInterfaces(sections, of.interfaces).map(waitingWords);
  return { changes, warnings: [...issues.map(({ text }) => text), ...waiting] };
}

/** True where all is set in the session. With `ask`, a person sees what would change and says yes first. */
async function save(of: Page, ask: boolean): Promise<boolean> {
  showProblems(of.problems, []);
  try {
    await of.map.save(async () => {
      removeEmptyGlobals();
      const preview = await examined(of);
      if (!ask) showProblems(of.problems, preview.warnings);
      else if (!(await confirmPlan(preview))) throw new NotSaved();
    }, true);
    return true;
  } catch (error) {
    if (!(error instanceof NotSaved)) showProblems(of.problems, [errorText(error)]);
    showFirstWrong();
    return false;
  } finally {
    globalsSection();
  }
}

async function networkFacts(problems: string[]): Promise<NetworkFacts> {
  const otherwise =
    <T>(value: T) =>
    (error: unknown): T => {
      problems.push(_('The interfaces of this router are not known: %s').format(errorText(error)));
      return value;
    };
  const [interfaces, devices] = await Promise.all([
    callInterfaces().catch(otherwise([])),
    callDevices().catch(otherwise({})),
  ]);
  return { interfaces, devices: Object.keys(devices) };
}

export default view.extend({
  async load() {
    const texts: string[] = [];
    const [network] = await Promise.all([networkFacts(texts), uci.load(CONFIG), useStyle()]);
    return { network, texts };
  },

  async render({ network, texts }: { network: NetworkFacts; texts: readonly string[] }) {
    const mayWrite = L.hasViewPermission() !== false;
    if (mayWrite && uci.sections(CONFIG, 'shaper').length === 0) addShaper(FIRST_SHAPER_NAME, network.interfaces);
    const problems = E('div', { id: 'weir-problems', role: 'alert' });
    const map = settingsForm(network, (error) => showProblems(problems, [errorText(error)]));
    page = { map, interfaces: network.interfaces, problems };
    const node = await map.render();
    showProblems(problems, texts);
    return E('div', { id: 'weir-settings' }, [problems, node]);
  },

  async handleSave() {
    if (page !== undefined) await save(page, false);
  },

  async handleSaveApply(_event: Event, mode: string) {
    if (page !== undefined && (await save(page, true))) ui.changes.apply(mode === '0');
  },
});
