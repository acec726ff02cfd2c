// npm run executable -- FILE [--commit REVISION]: makes one file of Waybill and Node.js. It uses
// only the commit, so a second build has the same bytes. docs/guides/verify-waybill.md says how to
// check this.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { sha256, takeHex } from '../src/core/digest.ts';
import { waybillExecutable } from './executable/executable.ts';
import { buildCommit } from './image/checkout.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { commit: { type: 'string', default: 'HEAD' } },
});
const file = resolve(positionals[0] ?? '.cache/waybill');
const { bytes } = await waybillExecutable(await buildCommit(values.commit));
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, bytes);
chmodSync(file, 0o755);
console.log(`${file}\n${takeHex(sha256(bytes))}`);
