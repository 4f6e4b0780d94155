/** `_()` and `N_()`: translations by the hash of the text in `window.TR`, which the dispatcher's script has set. */
import { hashOf } from './hash.ts';

const PLURAL_FORMS = '00000000';

type Table = Readonly<Record<string, string>>;

function table(): Table {
  const found: unknown = Reflect.get(window, 'TR');
  return typeof found === 'object' && found !== null ? Object.fromEntries(Object.entries(found)) : {};
}

function spaced(text: string): string {
  return text.trim().replace(/[ \t\n]+/g, ' ');
}

function keyOf(text: string, context: string | undefined): string {
  return context === undefined ? spaced(text) : `${spaced(context)}\u0001${spaced(text)}`;
}

export function translate(text: string, context?: string): string {
  return table()[hashOf(keyOf(text, context))] ?? text;
}

export function translatePlural(count: number, singular: string, plural: string, context?: string): string {
  const translations = table();
  const forms = translations[PLURAL_FORMS];
  // The rule is a C expression of n (gettext), as the .po file has it.
  const form = forms === undefined ? Number(count !== 1) : Number(new Function('n', `${forms};return +plural`)(count));
  return translations[hashOf(`${keyOf(singular, context)}\u0002${form}`)] ?? (form === 0 ? singular : plural);
}
