// npm run build: JavaScript in dist/, from nothing. Node.js strips no types below node_modules, so what is packed is built.
import { cpSync, globSync, rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { root, runTool } from './process.ts';

const dist = resolve(root, 'dist');

/** Files beside the code that the code reads at run time; tests and what they read stay behind. */
function assets(): string[] {
  return globSync('**/*', { cwd: resolve(root, 'src') }).filter(
    (path) =>
      !path.endsWith('.ts') &&
      !/(^|[\\/])testdata([\\/]|$)/.test(path) &&
      statSync(resolve(root, 'src', path)).isFile(),
  );
}

rmSync(dist, { recursive: true, force: true });
const { code, stdout } = await runTool('tsc', ['-p', 'tsconfig.build.json', '--pretty', 'false']);
if (code === 0) for (const path of assets()) cpSync(resolve(root, 'src', path), resolve(dist, path));
else console.error(stdout);
process.exitCode = code;
