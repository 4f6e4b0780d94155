/** LuCI.view: loads, renders into #view, and adds the buttons of a page with forms. */
import { Base } from './class.ts';
import { dom } from './dom.ts';

/** What a view needs of the library around it. */
export interface Surroundings {
  /** When the page is ready for views. */
  readonly loaded: Promise<unknown>;
  ui(): Ui;
  mayWrite(): boolean | null;
  fail(error: unknown): never;
}

function maps(): Element[] {
  return [...document.querySelectorAll('#maincontent .cbi-map')];
}

function callAll(method: string): Promise<unknown[]> {
  return Promise.all(maps().map((map) => dom.callClassMethod(map, method)));
}

export function viewOf(around: Surroundings): typeof Base {
  return class View extends Base {
    async __init__(): Promise<void> {
      const place = document.getElementById('view');
      if (place === null) return;
      dom.content(place, E('div', { class: 'spinning' }, [_('Loading view…')]));
      try {
        await around.loaded;
        const data = await call(this, 'load');
        dom.content(place, await call(this, 'render', data));
        dom.append(place, this.addFooter());
      } catch (error) {
        around.fail(error);
      }
    }

    load(): unknown {
      return undefined;
    }

    render(): unknown {
      return undefined;
    }

    handleSave(): Promise<unknown> {
      return callAll('save');
    }

    async handleSaveApply(event: Event, mode: string): Promise<void> {
      await call(this, 'handleSave', event);
      around.ui().changes.apply(mode === '0');
    }

    handleReset(): Promise<unknown> {
      return callAll('reset');
    }

    addFooter(): Node {
      const forms = maps().map((map) => dom.findClassInstance(map));
      const readonly =
        forms.length > 0
          ? forms.every((form) => form !== null && Reflect.get(form, 'readonly') === true)
          : around.mayWrite() !== true;
      const handles = (name: string): boolean => Reflect.get(this, name) != null;
      const button = (name: string, text: Translated, style: string): Node => {
        const click = around.ui().createHandlerFn(this, name);
        const attributes = { class: `cbi-button ${style}`, click, disabled: readonly || null };
        return E('button', attributes, [text]);
      };
      if (!['handleSaveApply', 'handleSave', 'handleReset'].some(handles)) return E([]);
      return E('div', { class: 'cbi-page-actions' }, [
        handles('handleSaveApply') ? this.applyButton(readonly) : '',
        ' ',
        handles('handleSave') ? button('handleSave', _('Save'), 'cbi-button-save') : '',
        ' ',
        handles('handleReset') ? button('handleReset', _('Reset'), 'cbi-button-reset') : '',
      ]);
    }

    /** LuCI's offers "Apply unchecked" in a menu as well; the click is on the button's first child there. */
    private applyButton(readonly: boolean): Node {
      // The choice of that menu: 0 is to take the changes back unless this page still reaches the router.
      const click = around.ui().createHandlerFn(this, (event: Event) => call(this, 'handleSaveApply', event, '0'));
      const attributes = {
        class: 'cbi-dropdown btn cbi-button cbi-button-apply important',
        disabled: readonly || null,
      };
      return E('button', { ...attributes, click }, [_('Save & Apply')]);
    }
  };
}

function call(object: object, method: string, ...args: readonly unknown[]): unknown {
  const found: unknown = Reflect.get(object, method);
  return typeof found === 'function' ? found.apply(object, args) : undefined;
}
