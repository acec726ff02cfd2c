import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run } from '../tools/process.ts';
import type { Benchmark } from './benchmark.ts';

/** The installed package: a bundle, not the sources that a checkout runs. */
async function installed(): Promise<string> {
  const { code, stderr } = await run(process.execPath, [join(root, 'tools/build.ts')]);
  if (code !== 0) throw new Error(stderr);
  const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
  for (const path of ['bin', 'dist', 'package.json'])
    cpSync(join(root, path), join(folder, path), { recursive: true });
  return folder;
}

export const benchmark: Benchmark = {
  kind: 'race',
  name: 'waybill --version, against node -e 0',
  rounds: 20,
  async prepare() {
    const folder = await installed();
    return {
      ours: { program: process.execPath, args: [join(folder, 'bin/waybill.js'), '--version'] },
      peer: { program: process.execPath, args: ['-e', '0'] },
      clean: () => rmSync(folder, { recursive: true, force: true }),
    };
  },
  target: { ratioMax: 3, oursMedianMsMax: 150 },
};
