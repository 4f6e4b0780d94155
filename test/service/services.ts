/**
 * Services by themselves, for tests with the real systemd and in the lab; not part of the product.
 *
 *   weir-services [--record FILE] [--own-bus] [--wait MS] read|start|stop NAME ...
 *
 * With the rights that the daemon has, each command with its service gives a line of JSON: what came of it, and `ms`, which it took.
 * FILE gets all that was said, in the form of test/fixtures/systemd. With --own-bus the bus of ubus is in this very process.
 */
import { restrict } from '../../src/agent/privileges.ts';
import type { Host } from '../../src/host/host.ts';
import { Loop } from '../../src/host/loop.ts';
import { host } from '../../src/host/native.ts';
import { KernelError } from '../../src/host/refusal.ts';
import { Services } from '../../src/net/services.ts';
import { UBUS_ACL_DIRECTORY, UbusAcl } from '../../src/net/ubus_acl.ts';
import { UbusBus } from '../../src/net/ubus_bus.ts';
import { CAP } from '../../src/uapi/security.ts';
import { UBUS_SOCKET } from '../../src/wire/ubus.ts';
import { STDERR, STDOUT, write } from '../host_output.ts';

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The machine, with all that goes over its sockets written down. */
function recording(fd: number): Host {
  return {
    ...host,
    send: (socket, bytes, offset, length, flags) => {
      const sent = host.send(socket, bytes, offset, length, flags);
      if (sent > 0) write(fd, `> ${toHex(bytes.subarray(offset, offset + sent))}\n`);
      return sent;
    },
    recv: (socket, bytes, offset, length, flags) => {
      const got = host.recv(socket, bytes, offset, length, flags);
      if (got > 0) write(fd, `< ${toHex(bytes.subarray(offset, offset + got))}\n`);
      return got;
    },
  };
}

function attempt(services: Services, command: string, name: string): object {
  try {
    if (command === 'read') return services.read(name);
    if (command !== 'start' && command !== 'stop') throw new Error(`what is ${command}?`);
    services.setRunning(name, command === 'start');
    return { done: true };
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    return { refused: error.errnoName, words: error.extack };
  }
}

function run(): void {
  const words = host.args.slice(1);
  let machine = host;
  let log: number | undefined;
  let waitMs: number | undefined;
  while (words[0]?.startsWith('--') === true) {
    const option = words.shift();
    if (option === '--record') {
      const { O_WRONLY, O_CREAT, O_APPEND } = host.constants;
      log = host.open(words.shift() ?? '', O_WRONLY | O_CREAT | O_APPEND, 0o644);
      if (log < 0) throw new Error(host.errorText(-log));
      machine = recording(log);
    } else if (option === '--wait') {
      waitMs = Number(words.shift());
    } else if (option === '--own-bus') {
      const loop = new Loop(host, (error) => {
        throw error;
      });
      const acl = new UbusAcl(host, UBUS_ACL_DIRECTORY, {}, (message) => write(STDERR, `${message}\n`));
      const problem = new UbusBus(host, loop, { path: UBUS_SOCKET, acl }).listen();
      if (problem !== undefined) throw new Error(problem);
    } else {
      throw new Error(`what is ${option}?`);
    }
  }
  const problems = restrict(host, [CAP.NET_ADMIN]);
  if (problems.length > 0) throw new Error(problems.join('; '));
  const services = new Services(machine, waitMs === undefined ? {} : { waitMs });
  for (let i = 0; i < words.length; i += 2) {
    const [command = '', name = ''] = words.slice(i);
    if (log !== undefined) write(log, `= ${command} ${name}\n`);
    const beganMs = host.monotonicMs();
    const outcome = attempt(services, command, name);
    const ms = Math.round((host.monotonicMs() - beganMs) * 10) / 10;
    write(STDOUT, `${JSON.stringify({ command, name, ...outcome, ms })}\n`);
    if (log !== undefined) write(log, `# ${JSON.stringify(outcome)}\n`);
  }
}

run();
