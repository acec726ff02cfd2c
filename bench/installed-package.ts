import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run } from '../tools/process.ts';

/** The installed package: a bundle, not the sources that a checkout runs. */
export async function installPackage(): Promise<{ readonly program: string; clean(): void }> {
  const { code, stderr } = await run(process.execPath, [join(root, 'tools/build.ts')]);
  if (code !== 0) throw new Error(`the package cannot be built: ${stderr.slice(0, 500)}`);
  const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
  for (const path of ['bin', 'dist', 'package.json'])
    cpSync(join(root, path), join(folder, path), { recursive: true });
  const clean = (): void => rmSync(folder, { recursive: true });
  return { program: join(folder, 'bin/waybill.js'), clean };
}
