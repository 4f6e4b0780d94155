/** Our client and provider in the place of the recorded ones. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { framesOf, readUbusRecording, ubusRecordingNames } from './recordings.ts';
import { replay } from './replay.ts';

/** Written by hand to see what the bus does: they count their messages otherwise, or send what no function of ours does. */
const RAW_ROLES = /^(acl-query|root-lookup|nobody-(invoke|add-.*|subscribe))$/;
/** Programs that unsubscribe a second time, and then take their object off under a number that ours has given before. */
const NOT_COMPARED: Readonly<Record<string, number>> = { '10-subscribe-notify': 2, '26-acl-nonroot-granted': 2 };
const DEFAULT_TIMEOUT_MS = 30_000;

for (const name of ubusRecordingNames()) {
  test(`${name}: ours sends what the recorded programs sent`, () => {
    const recording = readUbusRecording(name);
    let compared = 0;
    let recorded = 0;
    const commands = recording.commands.filter(({ argv }) => argv[0] === 'ubus');
    for (const [conn, role] of Object.entries(recording.connections)) {
      if (RAW_ROLES.test(role)) continue;
      // Connections of a role are in the order of its commands.
      const at = commands.findIndex((command) => command.role === role);
      const [command] = at < 0 ? [] : commands.splice(at, 1);
      const argv = command?.argv ?? [];
      const timeoutMs = argv.includes('-t') ? Number(argv[argv.indexOf('-t') + 1]) * 1000 : DEFAULT_TIMEOUT_MS;
      const result = replay(recording, conn, timeoutMs);
      compared += result.compared;
      recorded += framesOf(recording.steps).filter((frame) => frame.conn === conn && !frame.fromBus).length;
      if (!argv.includes('call') || command === undefined || result.statuses.length === 0) continue;
      const status = result.statuses.at(-1) ?? -1;
      // The command exits with the status that it found itself, else with its negative.
      assert.ok([status, 256 - status, status & 0xff, -status & 0xff].includes(command.exit), `${argv}: ${status}`);
    }
    assert.equal(compared, recorded - (NOT_COMPARED[name] ?? 0));
  });
}
