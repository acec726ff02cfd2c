import { fileURLToPath } from 'node:url';
import { runAction } from './run-action.ts';

const bin = fileURLToPath(new URL('waybill/bin/waybill.js', import.meta.url));
process.exitCode = await runAction({
  env: process.env,
  waybill: [process.execPath, bin],
  print: (line) => void process.stdout.write(`${line}\n`),
});
