import { host } from '../host/native.ts';
import { encodeUtf8 } from '../lib/utf8.ts';

declare const WEIR_VERSION: string;

const STDOUT = 1;
const line = encodeUtf8(`weir ${WEIR_VERSION}\n`);
host.write(STDOUT, line, 0, line.length);
