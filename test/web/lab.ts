/** A router that runs for as long as a test wants it: CAKE, traffic and `weir daemon` in a guest, in real time. */
import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { Guest } from '../lab/guest.ts';
import { labKernel } from '../lab/kernel.ts';
import { LabError } from '../lab/labrun.ts';
import { type TcQdisc, tcQdisc } from '../lab/on_the_bus.ts';
import { BusLine } from './bus_line.ts';
import { type Ran, ShellLine } from './shell_line.ts';

const BOOT_TIMEOUT_MS = 60_000;
const SCRIPT_TIMEOUT_MS = 30_000;
const END_TIMEOUT_MS = 5000;
const SCRIPT = 'test/web/guest/router.sh';
const BPF_OBJECT = 'build/bpf/el/weir.bpf.o';

export class Lab {
  readonly bus: BusLine;
  private readonly guest: Guest;
  private readonly shell: ShellLine;

  private constructor(guest: Guest) {
    this.guest = guest;
    this.bus = new BusLine(guest.line(1));
    this.shell = new ShellLine(guest.line(2), BOOT_TIMEOUT_MS);
  }

  /** A router whose daemon is on the bus, without any configuration. */
  static async boot(): Promise<Lab> {
    const script = readFileSync(SCRIPT, 'utf8');
    const files = { 'weir.bpf.o': readFileSync(BPF_OBJECT) };
    const guest = new Guest({ kernel: labKernel(), script, files, mode: 'real', seed: 1, lines: 2 });
    const lab = new Lab(guest);
    try {
      await lab.shell.ready;
      return lab;
    } catch (error) {
      const problem = new LabError(String(error), guest.log(), guest.kernelLog());
      guest.discard();
      throw problem;
    }
  }

  /** Ends the guest and removes all that it left. */
  async close(): Promise<void> {
    this.shell.exit();
    await this.guest.ended(END_TIMEOUT_MS);
    this.guest.discard();
  }

  /** Runs a script as the router's root, whatever its exit code. @see ShellLine.run */
  run(script: string, timeoutMs = SCRIPT_TIMEOUT_MS): Promise<Ran> {
    return this.shell.run(script, timeoutMs);
  }

  /** What a script prints. Throws with what it said where it failed. */
  async read(script: string): Promise<string> {
    const { exit, stdout, stderr } = await this.run(script);
    if (exit !== 0) throw new LabError(`${script}\nexit ${exit}: ${stdout}${stderr}`, this.guest.log(), '');
    return stdout;
  }

  /** A file of the guest; undefined where there is none. */
  async readFile(path: string): Promise<string | undefined> {
    const { exit, stdout } = await this.run(`[ -e ${quoted(path)} ] || exit 1; cat ${quoted(path)}`);
    return exit === 0 ? stdout : undefined;
  }

  async isFile(path: string): Promise<boolean> {
    return (await this.run(`[ -f ${quoted(path)} ]`)).exit === 0;
  }

  async writeFile(path: string, text: string): Promise<void> {
    await this.read(`printf %s ${quoted(text)} >${quoted(`${path}.new`)}; mv ${quoted(`${path}.new`)} ${quoted(path)}`);
  }

  /** Writes /etc/config/weir and has the daemon read it, as the init script's reload does. */
  async configure(text: string): Promise<void> {
    await this.writeFile('/etc/config/weir', text);
    const { status, data } = await this.bus.call('weir', 'reload');
    if (status !== 0) throw new Error(`weir reload: status ${status} ${JSON.stringify(data)}`);
  }

  /** What tc says of the router, read just now by tc. */
  async qdiscs(): Promise<TcQdisc[]> {
    return z.array(tcQdisc).parse(JSON.parse(await this.read('tc -n router -s -j qdisc show')));
  }

  /** As `kill -9` does; returns once its object is gone from the bus. */
  killDaemon(): Promise<string> {
    return this.read('daemon_kill');
  }

  startDaemon(): Promise<string> {
    return this.read('daemon_start');
  }

  /** As the package weir-bridge does; it is not there at first. */
  installBridge(): Promise<string> {
    return this.read('bridge_install');
  }

  removeBridge(): Promise<string> {
    return this.read('bridge_remove');
  }

  /** So many downloads and uploads at once, through the router. */
  startLoad(flows = 2): Promise<string> {
    return this.read(`load_start ${flows}`);
  }

  stopLoad(): Promise<string> {
    return this.read('load_stop');
  }
}

/** One word for the shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
