/** The program: common options, then one of the commands. */
import { host } from '../host/native.ts';
import { runProgram } from './program.ts';

host.exitCode(runProgram(host));
