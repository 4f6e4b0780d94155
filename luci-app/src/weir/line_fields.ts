/**
 * The kind of line in plain words. It is not written itself: choosing it sets the fields of the link layer, which are; and these say
 * which kind of line they are for.
 */
import form from 'luci/form';
import uci from 'luci/uci';
import { CONFIG } from './config_state.ts';
import { explained, type FormOption, type ShaperSection } from './form_option.ts';
import {
  isLineTypeName,
  LINE_TYPE_NAMES,
  type Line,
  type LineTypeName,
  lineOf,
  linkOptionsOf,
  PPPOE_TYPES,
} from './line_types.ts';
import type { NetworkFacts } from './network.ts';

const LINE = '_line';
const PPPOE = '_pppoe';

/** What no kind of line sets: where one of them is set, somebody knows better. */
const BY_HAND = ['mpu', 'atm', 'raw'];
/** The options of CAKE that say what the link adds. */
export const LINK_LAYER = ['link', 'overhead', ...BY_HAND];

/** The words for a kind of line. */
const LINE_WORDS: Readonly<Record<LineTypeName, string>> = {
  cable: _('Cable (DOCSIS)'),
  fibre: _('Fibre'),
  vdsl: _('VDSL'),
  adsl: _('ADSL'),
  radio: _('LTE, 5G or Starlink'),
  ethernet: _('Plain Ethernet'),
};

type ValueIn = (option: string) => string | readonly string[] | null | undefined;

function lineFrom(valueIn: ValueIn): Line {
  if (BY_HAND.some((name) => (valueIn(name) ?? '') !== '')) return { type: 'other', pppoe: false };
  const link = valueIn('link') ?? [];
  const names = typeof link === 'string' ? link.split(/\s+/).filter((name) => name !== '') : link;
  return lineOf({ link: names, overhead: String(valueIn('overhead') ?? '') });
}

export function addLine(section: ShaperSection, { interfaces }: NetworkFacts): void {
  const inFile = (id: string): Line => lineFrom((name) => uci.get(CONFIG, id, name));
  const isPppoe = (id: string): boolean =>
    interfaces.some((one) => one.interface === uci.get(CONFIG, id, 'interface') && one.proto === 'pppoe');
  const line = section.taboption('first', form.ListValue, LINE, _('Kind of line'));
  line.optional = true;
  line.value('', _('Please choose'));
  for (const name of LINE_TYPE_NAMES) line.value(name, LINE_WORDS[name]);
  line.value('other', _('Other: as in the tab Link layer'));
  line.load = (id) => inFile(id).type;
  explained(line, _('So that weir counts what the line adds to each packet.'));
  const pppoe = section.taboption('first', form.Flag, PPPOE, _('PPPoE'));
  for (const name of PPPOE_TYPES) pppoe.depends(LINE, name);
  pppoe.load = (id) => {
    const { type, pppoe: dials } = inFile(id);
    return (type === '' ? isPppoe(id) : dials) ? '1' : '0';
  };
  explained(pppoe, _('This router dials in itself, with a user name and a password.'));
  for (const option of [line, pppoe]) {
    option.retain = true;
    option.write = () => undefined;
    option.remove = () => undefined;
  }
}

/** Ties the kind of line to the fields that it sets, both ways; they must be there. */
export function tieLineFields(section: ShaperSection): void {
  const valueIn = (name: string, id: string) => section.getUIElement(id, name)?.getValue();
  const set = (name: string, id: string, value: string | readonly string[]) => {
    section.getUIElement(id, name)?.setValue(value);
  };
  const setFields = (_event: Event, id: string): void => {
    const type = String(valueIn(LINE, id) ?? '');
    const line: Line = {
      type: type === 'other' || isLineTypeName(type) ? type : '',
      pppoe: valueIn(PPPOE, id) === '1',
    };
    const options = linkOptionsOf(line);
    if (options === undefined) return;
    set('link', id, options.link);
    set('overhead', id, options.overhead);
    for (const name of BY_HAND) set(name, id, '');
  };
  const setLine = (_event: Event, id: string): void => {
    const { type, pppoe } = lineFrom((name) => valueIn(name, id));
    set(LINE, id, type);
    if (type !== 'other') set(PPPOE, id, pppoe ? '1' : '0');
    section.map.checkDepends();
  };
  const each = (names: readonly string[], onchange: NonNullable<FormOption['onchange']>): void => {
    for (const name of names) {
      const option = section.getOption(name);
      if (option !== null) option.onchange = onchange;
    }
  };
  each([LINE, PPPOE], setFields);
  each(LINK_LAYER, setLine);
}
