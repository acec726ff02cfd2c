import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { run } from '../process.ts';
import type { LayerFile } from './layer.ts';

/**
 * The folders that are links with a merged /usr (since Debian bookworm). `deb` archives still list
 * files below them.
 */
const MERGED = ['bin', 'lib', 'lib32', 'lib64', 'libx32', 'sbin'];
/**
 * Only for people at a terminal. They are not in the image, and often not on the build machine
 * (dpkg.cfg path-exclude).
 */
const LEFT_OUT =
  /^usr\/share\/(?:man|info|locale|lintian|gdb|doc\/[^/]+\/(?!copyright$).*)(?:\/|$)/;
const MODES: Readonly<Record<string, number>> = { tmp: 0o1777, 'var/tmp': 0o1777, root: 0o700 };

interface DebianPackage {
  /** `libc6:amd64` when several architectures may be installed, as dpkg names its files. */
  readonly name: string;
  /** The stanza of dpkg's status, unchanged. */
  readonly status: string;
  readonly paths: readonly string[];
  /** MD5 by path, as dpkg recorded it when it unpacked the package. */
  readonly sums: ReadonlyMap<string, string>;
}

/**
 * Reads the files of installed Debian packages and of their dependencies, without manuals. Each
 * package gets an entry in status.d, as in distroless images, so that an inventory of the image
 * finds the packages. A file that differs from its package is an error: such a machine must not be
 * used for a build.
 */
export async function debianFiles(roots: readonly string[]): Promise<readonly LayerFile[]> {
  const packages = await Promise.all((await withDependencies(roots)).map(readPackage));
  const files = new Map<string, LayerFile>();
  for (const part of packages) for (const file of listFiles(part)) files.set(file.path, file);
  return [...files.values()];
}

async function query(...args: readonly string[]): Promise<string> {
  const ended = run('dpkg-query', args, { env: { ...process.env, LC_ALL: 'C' } });
  const { code, stdout, stderr } = await ended.catch((thrown: unknown) => ({
    code: 1,
    stdout: '',
    stderr:
      'the image needs the packages of a Debian machine, and this is not one: ' +
      `${String(thrown)}`,
  }));
  if (code !== 0) throw new Error(`dpkg-query ${args.join(' ')}: ${stderr.trim()}`);
  return stdout;
}

/** All installed packages that `Depends` names, including alternatives. */
async function withDependencies(roots: readonly string[]): Promise<readonly string[]> {
  const found = new Map<string, string>();
  for (const waiting = [...roots]; waiting.length > 0; ) {
    const name = waiting.shift() ?? '';
    if (found.has(name)) continue;
    const [binary = '', depends = ''] = (
      await query('-W', '-f', `\${binary:Package}|\${Depends}`, name)
    ).split('|', 2);
    found.set(name, binary);
    waiting.push(
      ...depends
        .split(/[,|]/)
        .flatMap((part) => /^\s*([a-z0-9][a-z0-9+.-]+)/.exec(part)?.[1] ?? []),
    );
  }
  return [...new Set(found.values())].sort();
}

async function readPackage(name: string): Promise<DebianPackage> {
  const [status, list] = [await query('-s', name), await query('-L', name)];
  const recorded = readFileSync(`/var/lib/dpkg/info/${name}.md5sums`, 'utf8').trim().split('\n');
  const ofContent = recorded.map((line) => [line.slice(34), line.slice(0, 32)] as const);
  const ofSettings = [...status.matchAll(/^ \/(\S+) ([0-9a-f]{32})$/gm)];
  const sums = new Map([
    ...ofContent,
    ...ofSettings.map(([, path = '', sum = '']) => [path, sum] as const),
  ]);
  return {
    name,
    status,
    sums,
    paths: list
      .split('\n')
      .filter((line) => /^\/[^.]/.test(line))
      .map((line) => line.slice(1)),
  };
}

function listFiles({ name, status, paths, sums }: DebianPackage): readonly LayerFile[] {
  const [plain = name] = name.split(':');
  const kept = paths.filter((path) => !LEFT_OUT.test(path));
  const md5sums = [...sums]
    .filter(([path]) => !LEFT_OUT.test(path))
    .map(([path, sum]) => `${sum}  ${path}\n`);
  return [
    ...kept.map((path) => readFile(path, sums.get(path))),
    { path: `var/lib/dpkg/status.d/${plain}`, content: status },
    { path: `var/lib/dpkg/status.d/${plain}.md5sums`, content: md5sums.sort().join('') },
  ];
}

function readFile(path: string, sum: string | undefined): LayerFile {
  const place = merged(path);
  const stat = lstatSync(`/${path}`);
  if (stat.isSymbolicLink()) return { path: place, link: readlinkSync(`/${path}`) };
  if (stat.isDirectory()) return { path: place, directory: true, mode: MODES[place] ?? 0o755 };
  const content = readFileSync(`/${path}`);
  if (sum === undefined || createHash('md5').update(content).digest('hex') !== sum)
    throw new Error(
      `/${path} is not as its package brought it; build on a machine where \`dpkg --verify\` ` +
        'is silent',
    );
  return { path: place, content, mode: (stat.mode & 0o100) === 0 ? 0o644 : 0o755 };
}

/** `lib/x` → `usr/lib/x` when /lib is a link into /usr. */
function merged(path: string): string {
  const [first = '', ...rest] = path.split('/');
  if (!MERGED.includes(first) || rest.length === 0) return path;
  return realpathSync(`/${first}`) === `/usr/${first}` ? `usr/${path}` : path;
}
