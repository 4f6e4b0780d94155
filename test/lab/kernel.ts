/** Which user-mode Linux kernels this machine has; `scripts/lab-kernel.sh` finds or builds them. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface Kernel {
  /** The executable. */
  readonly path: string;
  /** Modules to load at boot, in this order; none where everything is built in. */
  readonly modules: readonly string[];
  /** Whether it knows `time-travel=`. */
  readonly virtualTime: boolean;
}

/** The kernel that every scenario runs on, from $WEIR_LAB_KERNEL. Throws where there is none. */
export function labKernel(): Kernel {
  const kernel = kernelOf(process.env.WEIR_LAB_KERNEL);
  if (kernel === undefined) throw new Error('no lab kernel: run this through `make lab` (it sets WEIR_LAB_KERNEL)');
  return kernel;
}

/** The kernel with cake_mq (Linux 7.0 or later), from $WEIR_LAB_KERNEL_MQ; undefined where this machine has none. */
export function cakeMqKernel(): Kernel | undefined {
  return kernelOf(process.env.WEIR_LAB_KERNEL_MQ);
}

/** The distribution's own user-mode Linux in real time, unpacked by `scripts/lab-uml.sh` into `directory`. */
export function packagedKernel(directory: string): Kernel {
  const modules = join(directory, 'modules');
  return {
    path: join(directory, 'linux'),
    modules: readdirSync(modules)
      .sort()
      .map((name) => join(modules, name)),
    virtualTime: false,
  };
}

function kernelOf(path: string | undefined): Kernel | undefined {
  if (path === undefined || path === '') return undefined;
  if (!existsSync(path)) throw new Error(`the lab kernel ${path} does not exist`);
  return { path, modules: [], virtualTime: true };
}
