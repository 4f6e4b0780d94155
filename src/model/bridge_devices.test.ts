import assert from 'node:assert/strict';
import { test } from 'node:test';
import { link } from '../../test/devices.ts';
import { ARPHRD } from '../uapi/if_link.ts';
import type { BridgeConfig, PortConfig } from './bridge_config.ts';
import { bridgeDeviceIssues, deviceProblems, ethernetAddress, type PortDevice } from './bridge_devices.ts';

const ETH1: PortDevice = { name: 'eth1', kind: undefined, mtu: 1500, address: '02:00:5e:10:00:01', master: undefined };
const ETH2: PortDevice = { ...ETH1, name: 'eth2' };

const told = (device: PortDevice, target: PortDevice): string[] =>
  deviceProblems(device, target).map(({ what, refuses }) => `${refuses ? 'refused' : 'told'}: ${what}`);

test('two Ethernet devices that are nobody else’s are fit', () => {
  assert.deepEqual(told(ETH1, ETH2), []);
  assert.deepEqual(told(ETH1, ETH1), []);
  assert.deepEqual(told({ ...ETH1, mtu: 1280 }, ETH2), [], 'smaller frames fit');
});

test('what refuses a port, at either end, and once where both are one device', () => {
  const bridged = { ...ETH1, master: 'br-lan' };
  const refused = 'refused: device eth1 belongs to br-lan, which forwards its frames as well';
  assert.deepEqual(told(bridged, ETH2), [refused]);
  assert.deepEqual(told(ETH2, bridged), [refused]);
  assert.deepEqual(told(bridged, bridged), [refused]);
  assert.deepEqual(told(ETH1, { ...ETH2, name: 'wg0', address: undefined }), [
    'refused: device wg0 has no Ethernet frames',
  ]);
});

test('what is likely a mistake is told after what refuses', () => {
  const vlan = { ...ETH1, name: 'eth1.7', kind: 'vlan', mtu: 9000, master: 'br-lan' };
  assert.deepEqual(told(vlan, ETH2), [
    'refused: device eth1.7 belongs to br-lan, which forwards its frames as well',
    'told: eth1.7 is a VLAN device, where frames have lost their tag',
    'told: frames of up to 9000 bytes arrive on eth1.7, and eth2 takes 1500: larger ones are dropped',
  ]);
});

test('an address is that of an Ethernet device, of six bytes', () => {
  assert.equal(ethernetAddress(link(1, 'eth1')), '02:00:5e:10:00:01');
  assert.equal(ethernetAddress(link(1, 'ppp0', { hardwareType: ARPHRD.PPP })), undefined);
  assert.equal(ethernetAddress(link(1, 'eth1', { address: Uint8Array.of(2, 0, 0x5e) })), undefined);
});

test('check warns of the devices that are there, and waits for the others', () => {
  const port = (device: string, redirectTo: string): PortConfig => ({
    device,
    redirectTo,
    where: `${device} to ${redirectTo}`,
    scanVlans: false,
    faces: 'auto',
    vlans: [],
  });
  const none = { classDownload: 0, classUpload: 0, cpu: undefined };
  const bridge: BridgeConfig = {
    where: 'bridge',
    path: 'auto',
    onCrash: 'forward',
    onStop: 'unload',
    controlFrames: false,
    unknown: none,
    hostTable: 256,
    ports: [port('eth1', 'eth2'), port('eth2', 'eth1'), port('eth1', 'eth9')],
    hosts: [],
    steering: new Map(),
    usesCpus: false,
  };
  const links = [link(1, 'eth1', { master: 7 }), link(2, 'eth2', { mtu: 9000 }), link(7, 'br-lan', { kind: 'bridge' })];
  const issues = bridgeDeviceIssues(bridge, links).map(({ severity, where, what }) => `${severity}: ${where}: ${what}`);
  const belongs = 'device eth1 belongs to br-lan, which forwards its frames as well';
  assert.deepEqual(issues, [
    `warning: eth1 to eth2: ${belongs}`,
    `warning: eth2 to eth1: ${belongs}`,
    'warning: eth2 to eth1: frames of up to 9000 bytes arrive on eth2, and eth1 takes 1500: larger ones are dropped',
  ]);
});
