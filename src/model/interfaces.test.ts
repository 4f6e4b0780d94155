import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeUtf8 } from '../lib/utf8.ts';
import { parseUci, UciSyntaxError } from '../wire/ucitext.ts';
import { type Config, parseConfig } from './config.ts';
import { type InterfaceState, interfacesOf, withDevices } from './interfaces.ts';

function configOf(...shapers: readonly string[]): Config {
  const text = shapers
    .map((place, i) => `config shaper 's${i}'\n\toption ${place}\n\toption upload '5mbit'\n`)
    .join('');
  const file = parseUci(encodeUtf8(text));
  if (file instanceof UciSyntaxError) throw file;
  return parseConfig(file.sections, 'weir').config;
}

const places = (config: Config, states: readonly (readonly [string, InterfaceState])[]): (string | undefined)[] =>
  withDevices(config, new Map(states)).shapers.map(({ device, missingDevice }) => device ?? missingDevice);

test('an interface gives its device, or why there is none', () => {
  const config = configOf("interface 'wan'", "interface 'wan6'", "interface 'lte'", "device 'eth7'");
  assert.deepEqual(interfacesOf(config), ['wan', 'wan6', 'lte']);
  const found = places(config, [
    ['wan', { device: 'pppoe-wan' }],
    ['wan6', { device: undefined, reason: 'it is down' }],
  ]);
  assert.deepEqual(found, [
    'pppoe-wan',
    'interface wan6: it is down',
    'interface lte: netifd has not been asked for it yet',
    'eth7',
  ]);
});

test('a device that a shaper has already is not shaped twice', () => {
  const taken = "interface wan is on eth1, which belongs to shaper 's1'";
  assert.deepEqual(places(configOf("interface 'wan'", "device 'eth1'"), [['wan', { device: 'eth1' }]]), [
    taken,
    'eth1',
  ]);
  const both: [string, InterfaceState][] = [
    ['wan', { device: 'eth1' }],
    ['wan6', { device: 'eth1' }],
  ];
  assert.deepEqual(places(configOf("interface 'wan'", "interface 'wan6'"), both), [
    'eth1',
    "interface wan6 is on eth1, which belongs to shaper 's0'",
  ]);
});
