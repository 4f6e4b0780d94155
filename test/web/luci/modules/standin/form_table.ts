/** LuCI.form: TableSection, a row a section, and GridSection, whose rows are edited in a dialog. */
import * as uci from '../uci.ts';
import { FormMap } from './form_map.ts';
import { NamedSection, TypedSection } from './form_section.ts';
import type { Value } from './form_value.ts';
import { handler } from './handler.ts';
import { hideModal, showModal } from './messages.ts';

export class TableSection extends TypedSection {
  sectiontitle?: (section: string) => string;
  nodescriptions?: boolean;
  sortable?: boolean;

  override async render(): Promise<HTMLElement> {
    const frame = this.frame(`cbi-${this.map.config}-${this.sectiontype}`, 'cbi-tblsection');
    const rows = await Promise.all(this.cfgsections().map((section) => this.row(section)));
    const empty = E('tr', { class: 'tr cbi-section-table-row placeholder' }, [
      E('td', { class: 'td' }, [this.placeholder()]),
    ]);
    const body = E('tbody', { class: 'tbody cbi-section-tbody' }, rows.length === 0 ? [empty] : rows);
    const head = E('thead', { class: 'thead cbi-section-thead' }, this.heads());
    frame.append(E('table', { class: 'table cbi-section-table' }, [head, body]));
    frame.append(this.renderSectionAdd('cbi-tblsection-create'));
    return frame;
  }

  /** Those that have a column. */
  protected columns(): readonly Value[] {
    return this.children.filter((option) => option.modalonly !== true);
  }

  protected cells(section: string): Promise<HTMLElement[]> {
    return this.renderOptions(this.columns(), section, true);
  }

  protected actions(section: string): Node[] {
    if (!this.addremove) return [];
    const click = (event: Event): unknown => this.handleRemove(section, event);
    return [this.button(this.delbtntitle ?? _('Delete'), 'cbi-button-remove', click)];
  }

  protected hasActions(): boolean {
    return this.addremove;
  }

  private hasNames(): boolean {
    return this.anonymous !== true || this.sectiontitle !== undefined;
  }

  private heads(): Node[] {
    const style = this.hasNames() ? 'named' : 'anonymous';
    const rowOf = (kind: string, texts: readonly (Translated | null)[], name: Translated | null): Node => {
      const cell = (text: Translated | null): Node =>
        E('th', { class: 'th cbi-section-table-cell' }, text === null ? [] : [text]);
      const cells = [
        ...(this.hasNames() ? [cell(name)] : []),
        ...texts.map(cell),
        ...(this.hasActions() ? [cell(null)] : []),
      ];
      return E('tr', { class: `tr cbi-section-table-${kind} ${style}` }, cells);
    };
    const columns = this.columns();
    const titles = columns.map(({ title }) => title);
    const descriptions = columns.map(({ description }) => description);
    const isWanted = this.nodescriptions !== true && descriptions.some((text) => text !== null);
    return [
      ...(titles.some((text) => text !== null) ? [rowOf('titles', titles, _('Name'))] : []),
      ...(isWanted ? [rowOf('descr', descriptions, null)] : []),
    ];
  }

  private async row(section: string): Promise<Node> {
    const title = this.sectiontitle?.(section) ?? section;
    const name = this.hasNames() ? [E('td', { class: 'td cbi-value-field cbi-section-table-titles' }, [title])] : [];
    const actions = this.actions(section);
    const last = this.hasActions()
      ? [E('td', { class: 'td cbi-section-table-cell nowrap cbi-section-actions' }, [E('div', {}, actions)])]
      : [];
    const attributes = {
      id: `cbi-${this.map.config}-${section}`,
      class: 'tr cbi-section-table-row',
      'data-sid': section,
      'data-section-id': section,
      'data-title': this.hasNames() ? title : null,
    };
    return E('tr', attributes, [...name, ...(await this.cells(section)), ...last]);
  }
}

export class GridSection extends TableSection {
  modaltitle?: (section: string) => string;
  /** What was added, and goes again unless the dialog saves it. */
  private added: string | undefined;

  /** As text, unless the option says that it is edited in its row. */
  protected override cells(section: string): Promise<HTMLElement[]> {
    return Promise.all(
      this.columns().map(async (option, index) => {
        if (option.editable === true) return option.render(index, section, true);
        const about = { class: 'td cbi-value-field', 'data-title': option.title, 'data-name': option.option };
        return E('td', about, [option.textvalue(section) ?? E('em', {}, [_('none')])]);
      }),
    );
  }

  protected override actions(section: string): Node[] {
    const click = (): unknown => this.renderMoreOptionsModal(section);
    // Whoever may not write can look all the same.
    const edit = this.button(_('Edit'), 'cbi-button-edit', click, { disabled: null });
    return [edit, ...super.actions(section)];
  }

  protected override hasActions(): boolean {
    return true;
  }

  override handleAdd(_event: Event, name?: string): Promise<unknown> {
    this.added = uci.add(this.map.config, this.sectiontype, name);
    return this.renderMoreOptionsModal(this.added);
  }

  override async parse(): Promise<void> {
    const options = this.columns().filter((option) => option.editable === true);
    await Promise.all(this.cfgsections().flatMap((section) => options.map((option) => option.parse(section))));
  }

  addModalOptions(_modalSection: NamedSection, _section: string, _event?: Event): unknown {
    return undefined;
  }

  async renderMoreOptionsModal(section: string, event?: Event): Promise<void> {
    const map = new FormMap(this.map.config);
    map.parent = this.map;
    map.readonly = this.map.readonly ?? null;
    const form = map.section(NamedSection, section, this.sectiontype);
    form.tabs = [...this.tabs];
    for (const [option, type] of this.classes) {
      if (option.modalonly === false) continue;
      form.option(type, option.option, option.title, option.description).copyFrom(option);
    }
    await this.addModalOptions(form, section, event);
    const node = await map.render();
    const title = this.modaltitle?.(section) ?? [this.map.title, this.sectiontitle?.(section) ?? section].join(' - ');
    const dialog = showModal(_(''), [node, this.buttons(map)], 'cbi-modal');
    dialog.querySelector('h4')?.replaceChildren(title);
  }

  private buttons(map: FormMap): Node {
    const close = (): void => {
      if (this.added !== undefined) uci.remove(this.map.config, this.added);
      this.added = undefined;
      hideModal();
    };
    const save = async (): Promise<void> => {
      try {
        await map.save(null, true);
      } catch {
        // The field says what is wrong.
        return;
      }
      this.added = undefined;
      await this.map.load();
      await this.map.reset();
      hideModal();
    };
    const disabled = map.readonly === true || null;
    return E('div', { class: 'button-row' }, [
      E('button', { class: 'btn cbi-button', click: handler(close) }, [_('Dismiss')]),
      ' ',
      E('button', { class: 'btn cbi-button cbi-button-positive important', click: handler(save), disabled }, [
        _('Save'),
      ]),
    ]);
  }
}
