/** Programs that end in each way a program can; the argument names one. endings.json says how each must end. */
import { loadPart } from 'weir:native';
import { host } from '../../src/host/native.ts';
import { encodeUtf8 } from '../../src/lib/utf8.ts';
import { loads } from './behind/loads.ts';
import { broken } from './parts/broken.ts';
import { canUseFiled, filed, filedFile } from './parts/filed.ts';
import { first } from './parts/first.ts';

function print(text: string): number {
  const bytes = encodeUtf8(text);
  return host.write(1, bytes, 0, bytes.length);
}

function thrower(): never {
  throw new Error('deliberate');
}

/** A promise whose rejection gets its handler only after it has been rejected, still in the same run of the jobs. */
async function handledLate(): Promise<void> {
  const rejected = Promise.reject(new Error('deliberate'));
  await Promise.resolve();
  await rejected.catch(() => print('handled'));
}

/** What the body throws, as text. */
function thrownBy(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    return error instanceof Error ? error.message : 'no Error';
  }
  return 'nothing';
}

const endings: Record<string, () => unknown> = {
  nothing: () => {},
  'exit-code': () => host.exitCode(3),
  exit: () => host.exit(4),
  throw: thrower,
  'throw-text': () => {
    throw 'only a text';
  },
  'unhandled-rejection': () => {
    Promise.reject(new Error('deliberate'));
  },
  'rejection-in-a-turn': () => {
    host.run(() => {
      Promise.resolve().then(thrower);
      return true;
    });
  },
  'handled-late': () => handledLate(),
  'three-turns': () => {
    let turns = 0;
    host.run(() => {
      Promise.resolve().then(() => print(`job ${turns} `));
      return ++turns < 3;
    });
  },
  'throw-in-a-turn': () => host.run(thrower),
  'endless-script': () => {
    for (;;);
  },
  'endless-turn': () => {
    host.run(() => {
      for (;;);
    });
  },
  'memory-limit': () => {
    const kept: Uint8Array[] = [];
    for (;;) kept.push(new Uint8Array(1 << 20));
  },
  'endless-recursion': () => {
    const recurse = (depth: number): number => recurse(depth + 1) + 1;
    return recurse(0);
  },
  'closed-pipe': () => {
    for (let i = 0; i < 1000; i++) {
      const written = print('x'.repeat(1000));
      if (written === -(host.errno.EPIPE as number)) host.exit(5);
    }
  },
  'no-eval': () => {
    print(typeof globalThis.Function === 'function' ? 'Function ' : 'no Function ');
    try {
      new Function('return 1')();
    } catch (error) {
      print(`refused: ${error instanceof Error ? error.name : 'other'}`);
    }
  },
  'loading-parts': () => {
    print(`${loads.length} parts, `);
    const exports = first();
    print(`${loads.join(' ')}, `);
    print(`${exports.isOneClass()}: ${loads.join(' ')}, ${exports === first()} ${exports === loadPart('first.js')}`);
  },
  'loading-broken-parts': () => {
    for (let i = 0; i < 2; i++) print(`${thrownBy(broken)}\n`);
    print(loads.join(' '));
  },
  'loading-no-part': () => {
    print([thrownBy(() => loadPart('other.js')), thrownBy(() => loadPart('../etc/passwd')), typeof first()].join('\n'));
  },
  'part-in-a-file': () => {
    print(`${filedFile()}, ${canUseFiled()}: `);
    print(thrownBy(() => print(`loaded ${filed().isLoaded()}`)));
  },
  'part-whose-file-goes': () => {
    const isLoaded = filed().isLoaded();
    const removed = host.unlink(`${host.readLink('/proc/self/exe')}.filed`);
    print(`${isLoaded} ${removed}: ${filedFile()}, ${canUseFiled()}, ${filed().isLoaded()}`);
  },
  'part-that-throws': () => broken(),
};

endings[host.args[1] ?? 'nothing']?.();
