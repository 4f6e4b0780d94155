/** A form over sections of /etc/config/weir: what the daemon says of it is shown before anything is saved. */
import type form from 'luci/form';
import uci from 'luci/uci';
import ui from 'luci/ui';
import type { RenderedChange } from '../../../src/model/render.ts';
import { CONFIG, configSections } from './config_state.ts';
import { callCheck, callPlan, errorText, type IssueText } from './daemon.ts';
import { type FormOption, refuse } from './form_option.ts';
import { callDevices, callInterfaces, type NetworkFacts } from './network.ts';
import { confirmPlan, type Preview } from './plan_preview.ts';
import { downInterfaces, removeEmpty, soleSection, withDevices } from './settings_state.ts';
import { lineOfIssue, type UciText, uciText } from './uci_text.ts';

/** What the daemon calls the text that it is given. */
const CHECKED = 'config';

export type FormMap = InstanceType<typeof form.Map>;

/** Nothing is saved: the form says why, or a person said no. */
class NotSaved extends Error {}

/** The sections that a form is for. */
export interface FormPart {
  /** Errors of other sections do not keep this form from being saved. */
  readonly types: readonly string[];
  /** The type of the one section that it always shows, if there is one, which is written where something is in it. */
  readonly sole?: string;
  /** Whether an option's field is in a dialog. */
  readonly isInDialog: (option: string) => boolean;
  /** The field that stands for an option, where that has another name. */
  readonly fieldOf?: (option: string) => string;
}

/** An error with the field that it is about, if there is one. */
interface Located {
  readonly issue: IssueText;
  readonly field: [FormOption, string] | null;
}

export class FormPage {
  /** What is wrong and has no field. */
  readonly problems = E('div', { id: 'weir-problems', role: 'alert' });
  private readonly part: FormPart;
  private readonly network: NetworkFacts;
  private map: FormMap | undefined;
  private isSaving = false;

  constructor(part: FormPart, network: NetworkFacts) {
    this.part = part;
    this.network = network;
  }

  /** Renders the form. */
  async render(map: FormMap): Promise<HTMLElement> {
    this.map = map;
    const load = map.load.bind(map);
    map.load = async () => {
      await uci.load(CONFIG);
      // A dialog that was saved loads and renders all, and what was changed beside it would be lost.
      if (map.root !== undefined && !this.isSaving) await map.parse().catch((error) => this.show([errorText(error)]));
      this.showSole();
      return load();
    };
    const node = await map.render();
    this.show(this.network.problems);
    return node;
  }

  show(texts: readonly string[]): void {
    this.problems.replaceChildren(...texts.map((text) => E('p', { class: 'alert-message error' }, [text])));
    if (texts.length > 0) this.problems.scrollIntoView({ block: 'nearest' });
  }

  /** Sets what the form has in the session, after a section came or went. LuCI would leave it to the console that a field is wrong. */
  async stage(): Promise<void> {
    try {
      await this.saveMap(() => undefined);
    } catch (error) {
      this.show([errorText(error)]);
    }
  }

  /** Takes a section out, and sets that in the session. */
  readonly remove = (section: string): Promise<void> => {
    uci.remove(CONFIG, section);
    return this.stage();
  };

  /** Sets the form in the session. */
  save(): Promise<boolean> {
    return this.saveOr((preview) => this.show(preview.warnings));
  }

  /** The same after a person saw what would change and said yes; then applies it. */
  async apply(mode: string): Promise<void> {
    const isSaved = await this.saveOr(async (preview) => {
      if (!(await confirmPlan(preview))) throw new NotSaved();
    });
    if (isSaved) ui.changes.apply(mode === '0');
  }

  private async saveOr(tell: (preview: Preview) => unknown): Promise<boolean> {
    this.show([]);
    try {
      await this.saveMap(async (map) => tell(await this.examined(map)));
      return true;
    } catch (error) {
      if (!(error instanceof NotSaved)) this.show([errorText(error)]);
      showFirstWrong();
      return false;
    }
  }

  /** @param examine may throw to keep it from being saved */
  private async saveMap(examine: (map: FormMap) => unknown): Promise<void> {
    const { map } = this;
    const { sole } = this.part;
    this.isSaving = true;
    try {
      await map?.save(() => {
        if (sole !== undefined) removeEmpty(sole);
        return examine(map);
      }, true);
    } finally {
      this.isSaving = false;
      this.showSole();
    }
  }

  private showSole(): void {
    const { sole } = this.part;
    if (sole !== undefined) soleSection(sole);
  }

  /** What the daemon says of the form's state. Undefined changes where it does not answer. @throws NotSaved where it is wrong */
  private async examined(map: FormMap): Promise<Preview> {
    const { interfaces } = this.network;
    const sections = configSections();
    const whole = uciText(sections);
    let issues: readonly IssueText[];
    let changes: readonly RenderedChange[];
    try {
      const [checked, planned] = await Promise.all([
        callCheck(whole.text),
        callPlan(uciText(withDevices(sections, interfaces)).text),
      ]);
      issues = checked.issues;
      changes = planned.changes;
    } catch (error) {
      const problem = _('weir does not answer, so the settings could not be checked: %s').format(errorText(error));
      return { changes: undefined, warnings: [problem] };
    }
    const errors = issues
      .filter(({ severity }) => severity === 'error')
      .flatMap((issue) => this.located(map, issue, whole) ?? []);
    if (errors.length > 0) {
      this.showErrors(errors);
      throw new NotSaved();
    }
    const waiting = downInterfaces(sections, interfaces).map((name) =>
      _('The interface %s is down. Its link is shaped as soon as it comes up.').format(name),
    );
    return { changes, warnings: [...issues.map(({ text }) => text), ...waiting] };
  }

  /**
   * Undefined for what is not this form's: another's sections, and options that no field is for. Those were written by hand, or for a
   * newer version: they stay, and are told with the rest.
   */
  private located(map: FormMap, issue: IssueText, { placeOf }: UciText): Located | undefined {
    const { types, fieldOf, isInDialog } = this.part;
    const { section, option } = placeOf(lineOfIssue(issue.where) ?? 0) ?? {};
    // A further file with hosts is no form's.
    if (section === undefined) return issue.where.startsWith(CHECKED) ? { issue, field: null } : undefined;
    if (!types.includes(uci.get(CONFIG, section)?.['.type'] ?? '')) return undefined;
    const field = option === undefined ? null : map.lookupOption(fieldOf?.(option) ?? option, section);
    return field !== null || option === undefined || isInDialog(option) ? { issue, field } : undefined;
  }

  /** Puts each error at its field, and those without one above the form. */
  private showErrors(errors: readonly Located[]): void {
    const elsewhere = errors.filter(({ issue: { what, expected }, field }) => {
      return (
        !field || !refuse(...field, expected === undefined ? what : `${what}: ${_('Expected: %s').format(expected)}`)
      );
    });
    this.show(elsewhere.map(({ issue }) => issue.text));
  }
}

/** Gives the dialog of a row a name for screen readers. It is called while LuCI makes it, which is done in a moment. */
export function nameDialog(title: Translated): void {
  queueMicrotask(() => document.querySelector('#modal_overlay > .modal')?.setAttribute('aria-label', title));
}

/** Says what belongs into the field for the name of a new section. */
export function labelNewName(
  section: InstanceType<typeof form.TypedSection>,
  label: Translated,
  placeholder = '',
): void {
  const render = section.renderSectionAdd.bind(section);
  section.renderSectionAdd = () => {
    const node = render();
    const input = node instanceof Element ? node.querySelector('input') : null;
    input?.setAttribute('aria-label', label);
    input?.setAttribute('placeholder', placeholder);
    return node;
  };
}

/** Brings the first field that is wrong into sight, from behind its tabs. */
function showFirstWrong(): void {
  const wrong = document.querySelector<HTMLElement>('#view .cbi-input-invalid');
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

/** What there is to choose from; what could not be asked is among the problems. */
export async function networkFacts(): Promise<NetworkFacts> {
  const problems: string[] = [];
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
  return { interfaces, devices: Object.keys(devices), problems };
}
