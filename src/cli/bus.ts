/** `weir bus`: the bus of ubus, for machines without ubusd. */
import { BUS_GRANTS } from '../agent/bus_grants.ts';
import { Loop, watchSignals } from '../host/loop.ts';
import { UBUS_ACL_DIRECTORY, UbusAcl } from '../net/ubus_acl.ts';
import { UbusBus } from '../net/ubus_bus.ts';
import { UBUS_SOCKET } from '../wire/ubus.ts';
import type { Command } from './command.ts';
import { EXIT } from './exit.ts';
import { printError } from './output.ts';

const help = `Usage: weir bus [-s SOCKET] [-A DIRECTORY]

Runs a bus in the foreground that does what ubusd does, for machines that have none. Root may do everything on it, others what the
files of the directory grant, and read what weir shows. SIGHUP reads the files again; SIGTERM and SIGINT end it.

Options:
  -s SOCKET     where to listen (default: ${UBUS_SOCKET})
  -A DIRECTORY  of access control lists in the format of ubusd (default: ${UBUS_ACL_DIRECTORY})
`;

export const bus: Command = {
  help,
  run: ({ host, args, output }) => {
    const paths: Record<string, string | undefined> = { '-s': UBUS_SOCKET, '-A': UBUS_ACL_DIRECTORY };
    for (let i = 0; i < args.length; i += 2) {
      const [option = '', value] = args.slice(i);
      if (paths[option] === undefined || value === undefined) {
        printError(output, help);
        return EXIT.usage;
      }
      paths[option] = value;
    }
    const loop = new Loop(host, (error) => {
      const what = error instanceof Error ? `${error.message}\n${error.stack}` : String(error);
      printError(output, `bug: ${what}\n`);
    });
    const complain = (message: string): void => printError(output, `warning: ${message}\n`);
    const acl = new UbusAcl(host, paths['-A'] ?? '', BUS_GRANTS, complain);
    const running = new UbusBus(host, loop, { path: paths['-s'] ?? '', acl });
    const problem = running.listen();
    if (problem !== undefined) {
      printError(output, `error: ${problem}\n`);
      return EXIT.failed;
    }
    const { SIGHUP, SIGINT, SIGTERM } = host.constants;
    watchSignals(host, loop, [SIGHUP, SIGINT, SIGTERM], (signal) => {
      if (signal === SIGHUP) running.reloadAcl();
      else loop.stop();
    });
    host.run(() => {
      if (loop.turn()) return true;
      running.close();
      return false;
    });
    return EXIT.ok;
  },
};
