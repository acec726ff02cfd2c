// npm run build: builds JavaScript in dist/ from an empty folder. Node.js strips no types below
// node_modules, so the package must be built.
import { cpSync, globSync, rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { root, runTool } from './process.ts';

/** Files beside the code that the code reads at run time. Tests and their data are not included. */
function assets(source: string): string[] {
  return globSync('**/*', { cwd: source }).filter(
    (path) =>
      !path.endsWith('.ts') &&
      !/(^|[\\/])testdata([\\/]|$)/.test(path) &&
      statSync(resolve(source, path)).isFile(),
  );
}

/** Compiles the checkout in `folder` into its dist/. Throws the errors of the compiler. */
export async function buildInto(folder: string): Promise<void> {
  const [source, dist] = [resolve(folder, 'src'), resolve(folder, 'dist')];
  rmSync(dist, { recursive: true, force: true });
  const project = ['-p', resolve(folder, 'tsconfig.build.json'), '--pretty', 'false'];
  const { code, stdout } = await runTool('tsc', project, { cwd: folder });
  if (code !== 0) throw new Error(stdout);
  for (const path of assets(source)) cpSync(resolve(source, path), resolve(dist, path));
}

if (import.meta.main) {
  await buildInto(root).catch((thrown: unknown) => {
    console.error(thrown instanceof Error ? thrown.message : thrown);
    process.exitCode = 1;
  });
}
