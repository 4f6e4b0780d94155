/** Recorded conversations with a real systemd (test/service/systemd_services.test.ts), and systemd's part of them played again. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { SYSTEMD_SOCKET } from '../../src/net/systemd.ts';
import { fromHex, toHex } from '../netlink/recording.ts';
import { AnsweringHost, Listener } from './answering_host.ts';

interface Turn {
  readonly from: 'us' | 'systemd';
  readonly bytes: Uint8Array;
}

export interface Recorded {
  readonly command: string;
  readonly name: string;
  readonly turns: readonly Turn[];
  /** As test/service/services.ts prints it. */
  readonly outcome: unknown;
}

/** The file has `= COMMAND NAME`, then `> HEX` and `< HEX` of what we and systemd said, then `# OUTCOME`. */
export function readConversations(path: string): Recorded[] {
  const sections = readFileSync(path, 'utf8').split(/^= /m).slice(1);
  return sections.map((section) => {
    const [head = '', ...lines] = section.trimEnd().split('\n');
    const [command = '', name = ''] = head.split(' ');
    const turns = lines.flatMap((line): Turn[] => {
      const bytes = fromHex(line.slice(2));
      if (line.startsWith('> ')) return [{ from: 'us', bytes }];
      return line.startsWith('< ') ? [{ from: 'systemd', bytes }] : [];
    });
    return { command, name, turns, outcome: JSON.parse(lines.at(-1)?.slice(2) ?? '') };
  });
}

export interface Replay {
  readonly host: AnsweringHost;
  /** Whether all was said. */
  isOver(): boolean;
}

/** A host on which systemd says what it said, as soon as it has been asked exactly what it was asked; `damage` changes its words. */
export function replay(turns: readonly Turn[], damage: (bytes: Uint8Array, turn: number) => Uint8Array): Replay {
  const host = new AnsweringHost();
  const listener = new Listener(host, SYSTEMD_SOCKET);
  let next = 0;
  let heard = '';
  host.act = () => {
    listener.accept();
    heard += toHex(listener.read());
    for (let turn = turns[next]; turn !== undefined; turn = turns[next]) {
      if (turn.from === 'systemd') {
        listener.say(damage(turn.bytes, next));
      } else {
        const wanted = toHex(turn.bytes);
        if (heard.length < wanted.length) break;
        assert.equal(heard.slice(0, wanted.length), wanted);
        heard = heard.slice(wanted.length);
      }
      next++;
    }
    listener.say(new Uint8Array(0));
  };
  return { host, isOver: () => next === turns.length && heard === '' };
}
