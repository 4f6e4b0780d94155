/** LuCI.validation: datatypes, e.g. `and(uinteger,min(1))`, as far as the pages use them; another is an error. */

type Check = (value: string) => boolean;
/** What was wanted, when a check fails. */
interface Datatype {
  readonly check: Check;
  readonly expected: string;
}
type Argument = Datatype | number | string;

const isInteger: Check = (value) => /^-?\d+$/.test(value);
const isDecimal: Check = (value) => /^-?\d+(?:\.\d+)?$/.test(value);
const plain =
  (check: Check, expected: string): (() => Datatype) =>
  () => ({ check, expected });
const datatypes = (args: readonly Argument[]): Datatype[] => args.filter((one) => typeof one === 'object');

const TYPES: Readonly<Record<string, (...args: readonly Argument[]) => Datatype>> = {
  string: plain(() => true, ''),
  integer: plain(isInteger, _('valid integer value')),
  uinteger: plain((value) => isInteger(value) && Number(value) >= 0, _('positive integer value')),
  float: plain(isDecimal, _('valid decimal value')),
  ufloat: plain((value) => isDecimal(value) && Number(value) >= 0, _('positive decimal value')),
  uciname: plain((value) => /^[a-zA-Z0-9_]+$/.test(value), _('valid UCI identifier')),
  netdevname: plain(
    (value) => /^(?!\.|\.\.)[^:/%\s]{1,15}$/.test(value),
    _('valid network device name between 1 and 15 characters'),
  ),
  min: (least) => ({
    check: (value) => isDecimal(value) && Number(value) >= Number(least),
    expected: _('value greater or equal to %f').format(least),
  }),
  max: (most) => ({
    check: (value) => isDecimal(value) && Number(value) <= Number(most),
    expected: _('value smaller or equal to %f').format(most),
  }),
  range: (least, most) => ({
    check: (value) => isDecimal(value) && Number(value) >= Number(least) && Number(value) <= Number(most),
    expected: _('value between %f and %f').format(least, most),
  }),
  minlength: (least) => ({
    check: (value) => new Blob([value]).size >= Number(least),
    expected: _('value with at least %d characters').format(least),
  }),
  maxlength: (most) => ({
    check: (value) => new Blob([value]).size <= Number(most),
    expected: _('value with at most %d characters').format(most),
  }),
  and: (...args) => {
    const all = datatypes(args);
    return {
      check: (value) => all.every((one) => one.check(value)),
      expected: all.map((one) => one.expected).join(', '),
    };
  },
  or: (...args) => {
    const any = datatypes(args);
    const texts = args.filter((one) => typeof one !== 'object').map(String);
    const wanted = [...any.map((one) => one.expected), ...texts.map((text) => `"${text}"`)];
    return {
      check: (value) => texts.includes(value) || any.some((one) => one.check(value)),
      expected: _('One of the following: %s').format(wanted.map((text) => `\n - ${text}`).join('')),
    };
  },
};

/** Reads a datatype's text. Throws where it is none that is known here. */
export function parseDatatype(text: string): Datatype {
  let rest = text;
  const takeName = (): string => {
    const [whole, quoted, name] = /^\s*(?:"([^"]*)"|([^(),\s]+))\s*/.exec(rest) ?? [];
    if (whole === undefined) throw new SyntaxError(`Unhandled token "${rest}"`);
    rest = rest.slice(whole.length);
    return quoted ?? name ?? '';
  };
  const take = (): Argument => {
    const name = takeName();
    const args: Argument[] = [];
    if (rest.startsWith('(')) {
      do {
        rest = rest.slice(1);
        if (!rest.startsWith(')')) args.push(take());
      } while (rest.startsWith(','));
      rest = rest.slice(1).trimStart();
    }
    const type = TYPES[name];
    if (type !== undefined) return type(...args);
    return Number.isNaN(Number(name)) ? name : Number(name);
  };
  const type = take();
  if (typeof type !== 'object') throw new SyntaxError(`Unhandled token "${text}"`);
  return type;
}

/**
 * A function that checks a field now, marks it, and tells by the events `validation-success` and `validation-failure`. `validate` is
 * asked once the datatype is right.
 */
export function create(
  field: HTMLElement,
  datatype: string,
  optional: boolean,
  validate?: (value: string) => true | string,
): () => boolean {
  const type = parseDatatype(datatype);
  const problemOf = (value: string): string | undefined => {
    if (value === '' && !optional) return _('Expecting: %s').format(_('non-empty value'));
    if (value !== '' && !type.check(value)) return _('Expecting: %s').format(type.expected);
    const result = validate?.(value) ?? true;
    return result === true ? undefined : result;
  };
  return () => {
    if (!field.isConnected && field.closest('[data-field]') === null) return true;
    const message = problemOf(contentOf(field));
    field.classList.toggle('cbi-input-invalid', message !== undefined);
    if (message === undefined) {
      field.removeAttribute('data-tooltip');
      field.removeAttribute('data-tooltip-style');
      field.dispatchEvent(new CustomEvent('validation-success', { bubbles: true }));
      return true;
    }
    field.setAttribute('data-tooltip', message);
    field.setAttribute('data-tooltip-style', 'error');
    field.dispatchEvent(new CustomEvent('validation-failure', { bubbles: true, detail: { message } }));
    return false;
  };
}

/** A widget of several elements has none itself. */
function contentOf(field: HTMLElement): string {
  return 'value' in field ? String(field.value) : '';
}
