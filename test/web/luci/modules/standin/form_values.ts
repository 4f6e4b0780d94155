/** LuCI.form: the other kinds of options. */
import { DynamicList as DynamicListField } from './dropdown.ts';
import { type Config, Value } from './form_value.ts';
import { handler } from './handler.ts';
import { Checkbox, Hiddenfield, Select, Textarea } from './widgets.ts';

const textOf = (value: Config): string | null => (value == null ? null : [value].flat().join(' '));

export class ListValue extends Value {
  widget: 'select' | 'radio' = 'select';
  orientation: 'horizontal' | 'vertical' = 'horizontal';

  override renderWidget(section: string, _index: number, value: Config): Node {
    const { keys, texts, widget } = this;
    const options = { ...this.widgetOptions(section), optional: this.optional, sort: keys, widget };
    return new Select(textOf(value ?? this.default), texts, options).render();
  }
}

export class Flag extends Value {
  enabled = '1';
  disabled = '0';
  override default: string | null = '0';

  override renderWidget(section: string, _index: number, value: Config): Node {
    const options = { ...this.widgetOptions(section), value_enabled: this.enabled, value_disabled: this.disabled };
    return new Checkbox(textOf(value ?? this.default), options).render();
  }

  override textvalue(section: string): string {
    return (this.cfgvalue(section) ?? this.default) === this.enabled ? _('Yes') : _('No');
  }

  /** What is the default is removed. */
  override async parse(section: string): Promise<void> {
    if (!this.isActive(section)) {
      if (!this.retain) await this.remove(section);
      return;
    }
    this.mustBeValid(section);
    const value = textOf(this.formvalue(section)) ?? this.disabled;
    if (value === this.default && (this.optional || this.rmempty)) await this.remove(section);
    else await this.write(section, value);
  }
}

export class DynamicList extends Value {
  override renderWidget(section: string, _index: number, value: Config): Node {
    const items = L.toArray(value ?? this.default).map(String);
    const choices = this.keys.length === 0 ? null : this.texts;
    return new DynamicListField(items, choices, { ...this.widgetOptions(section), sort: this.keys }).render();
  }
}

export class TextValue extends Value {
  rows?: number;
  monospace?: boolean;
  wrap?: boolean;

  override renderWidget(section: string, _index: number, value: Config): Node {
    const { rows, monospace, wrap } = this;
    const { disabled, ...options } = this.widgetOptions(section);
    const readonly = disabled === true;
    return new Textarea(textOf(value ?? this.default), { ...options, readonly, rows, monospace, wrap }).render();
  }
}

export class DummyValue extends Value {
  href?: string;

  override renderWidget(section: string, _index: number, value: Config): Node {
    const text = textOf(value ?? this.default);
    const shown = this.href === undefined ? text : E('a', { href: this.href }, [text ?? '']);
    const hidden = new Hiddenfield(text, { id: this.cbid(section) });
    return E([E('output', { for: this.cbid(section) }, [shown ?? '']), hidden.render()]);
  }

  override write(): unknown {
    return undefined;
  }

  override remove(): unknown {
    return undefined;
  }
}

export class Button extends Value {
  inputtitle?: string;
  inputstyle?: string;
  onclick?: (event: Event, section: string) => unknown;

  override renderWidget(section: string, _index: number, value: Config): Node {
    const click = handler((event) => (this.onclick === undefined ? this.map.save() : this.onclick(event, section)));
    const attributes = {
      class: `cbi-button cbi-button-${this.inputstyle ?? 'button'}`,
      click,
      disabled: (this.readonly ?? this.map.readonly) || null,
    };
    const button = E('button', attributes, [this.inputtitle ?? this.title ?? '']);
    const hidden = new Hiddenfield(textOf(value ?? this.default), { id: this.cbid(section) });
    return E([E('output', { for: this.cbid(section) }, [button]), hidden.render()]);
  }
}
