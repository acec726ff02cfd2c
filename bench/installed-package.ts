import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run } from '../tools/process.ts';

/** The installed package: a bundle, not the sources that a checkout runs. */
export async function installPackage(
  tree = root,
): Promise<{ readonly program: string; clean(): void }> {
  const { code, stderr } = await run(process.execPath, [join(tree, 'tools/build.ts')]);
  if (code !== 0) throw new Error(`the package cannot be built: ${stderr.slice(0, 500)}`);
  const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
  for (const path of ['bin', 'dist', 'package.json'])
    cpSync(join(tree, path), join(folder, path), { recursive: true });
  // The bundle of an older tree does not have all packages that it needs.
  if (tree !== root) symlinkSync(join(tree, 'node_modules'), join(folder, 'node_modules'));
  const clean = (): void => rmSync(folder, { recursive: true });
  return { program: join(folder, 'bin/waybill.js'), clean };
}
