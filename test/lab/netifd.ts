/**
 * A stand-in for OpenWrt's netifd on the bus, for scenarios; not part of the product.
 *
 *   weir-netifd NAME ...   objects `network.interface.NAME`, all down, until it is killed
 *
 * As netifd does (ubus.c, interface-event.c), `status` tells `l3_device` only while the interface is up, and each change is followed
 * by the event `network.interface`. Changes come over the bus too, and are answered when the event has been sent:
 * `ubus call lab.netifd change '{"interface":"wan","l3_device":"ppp0"}'`, and without a device it goes down.
 */

import { Loop } from '../../src/host/loop.ts';
import { host } from '../../src/host/native.ts';
import { UbusClient } from '../../src/net/ubus_client.ts';
import { BLOBMSG, type BlobRecord } from '../../src/wire/blobmsg.ts';
import { UBUS_STATUS } from '../../src/wire/ubus.ts';

const loop = new Loop(host, (error) => {
  throw error;
});
const client = new UbusClient(host, loop);
const devices = new Map<string, string>();

function status(name: string): BlobRecord {
  const device = devices.get(name);
  const state = { up: device !== undefined, pending: false, available: true, autostart: true, dynamic: false };
  return device === undefined ? state : { ...state, uptime: 1, l3_device: device, proto: 'static', device };
}

const [, ...names] = host.args;
for (const name of names) {
  client.addObject({
    path: `network.interface.${name}`,
    methods: { status: { args: {}, run: (request) => request.finish(UBUS_STATUS.OK, status(name)) } },
  });
}
client.addObject({
  path: 'lab.netifd',
  methods: {
    change: {
      args: { interface: BLOBMSG.STRING, l3_device: BLOBMSG.STRING },
      run: (request, { interface: name, l3_device: device }) => {
        if (typeof name !== 'string' || !names.includes(name)) {
          request.finish(UBUS_STATUS.INVALID_ARGUMENT);
          return;
        }
        if (typeof device === 'string') devices.set(name, device);
        else devices.delete(name);
        const action = typeof device === 'string' ? 'ifup' : 'ifdown';
        client.sendEvent('network.interface', { action, interface: name }, (sent) => request.finish(sent));
      },
    },
  },
});
host.run(() => loop.turn());
