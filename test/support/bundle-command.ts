// node test/support/bundle-command.ts FOLDER: bundles the command line of this checkout.
// FOLDER is then laid out like the package.
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { buildInto } from '../../tools/build.ts';
import { root } from '../../tools/process.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: node test/support/bundle-command.ts FOLDER');
await buildInto(root, { dist: join(folder, 'dist'), page: false });
for (const part of ['bin', 'data', 'package.json'])
  cpSync(join(root, part), join(folder, part), { recursive: true });
