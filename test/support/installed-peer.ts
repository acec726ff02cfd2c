import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { peersFolder } from './peer.ts';

/**
 * The folder of programs of a virtual environment with these packages, made once; null, with a
 * message, where Python or a package cannot be had.
 */
export function preparePython(name: string, packages: readonly string[]): string | null {
  const folder = join(peersFolder, name);
  const bin = join(folder, 'bin');
  if (existsSync(join(folder, 'ready'))) return bin;
  try {
    mkdirSync(peersFolder, { recursive: true });
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'ignore' });
    const install = ['install', '-q', '--disable-pip-version-check', ...packages];
    execFileSync(join(bin, 'pip'), install, { stdio: 'ignore', timeout: 300_000 });
    writeFileSync(join(folder, 'ready'), '');
    return bin;
  } catch {
    console.warn(`skipped: ${packages.join(', ')} cannot be installed with pip`);
    return null;
  }
}

/** The folder of packages that npm installed, made once; null where it cannot be had. */
export function prepareNpm(name: string, packages: readonly string[]): string | null {
  const folder = join(peersFolder, name);
  const modules = join(folder, 'node_modules');
  if (existsSync(join(folder, 'ready'))) return modules;
  mkdirSync(folder, { recursive: true });
  const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', ...packages];
  try {
    execFileSync('npm', args, { stdio: 'ignore', timeout: 300_000 });
    writeFileSync(join(folder, 'ready'), '');
    return modules;
  } catch {
    console.warn(`skipped: npm cannot install ${packages.join(', ')}`);
    return null;
  }
}
