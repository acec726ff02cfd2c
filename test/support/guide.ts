import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { root } from '../../tools/process.ts';
import { commandFile, compiledFolder } from './command-file.ts';

/** The blocks of one language in a guide, unchanged; to the end of a section: `page.md#Name`. */
export function blocks(page: string, language: string): readonly string[] {
  const [file = '', section] = page.split('#');
  const whole = readFileSync(join(root, 'docs/guides', file), 'utf8');
  const start = section === undefined ? -1 : whole.indexOf(`\n## ${section}\n`);
  if (section !== undefined && start < 0) throw new Error(`${file} has no section "${section}"`);
  const end = section === undefined ? -1 : whole.indexOf('\n## ', start + 1);
  const text = end < 0 ? whole : whole.slice(0, end);
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, body]) => body ?? '',
  );
}

/** The scripts of a guide by their heading. */
export function scripts(page: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(root, 'docs/guides', page), 'utf8');
  const found = text
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const script = [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
        .map(([, body]) => body ?? '')
        .join('');
      return [section.split('\n')[0] ?? '', script] as const;
    });
  return new Map(found.filter(([, script]) => script !== ''));
}

/** A port of loopback that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

/** A line of a guide as a pattern: `…` matches any text. */
export function shown(line: string): RegExp {
  const parts = line.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'm');
}

/** Guides that begin in an empty folder. */
export const GUIDES_ALONE = [
  'observe-to-enforce.md',
  'bring-your-own.md',
  'sign-a-file.md',
  'signed-commits.md',
  'source-gates.md',
  'add-a-policy-rule.md',
  'policy-store.md',
] as const;

/** Guides that begin in the folder that the first one leaves behind; one needs `curl`. */
export const GUIDES_AFTER_FIRST_RELEASE = [
  'first-release.md',
  'backup.md',
  'proxies.md',
  'exceptions.md',
  'vex.md',
  'several-clusters.md',
  'air-gap.md',
] as const;

/** Which program `waybill` is, and who follows the guide. */
export interface Follower {
  /** A single executable; without it, `waybill` is that of this checkout. */
  readonly program?: string;
  /** The number of an ordinary user, where the tests run as root. */
  readonly user?: number | undefined;
}

/**
 * Runs the shell blocks of a guide in an empty folder, whose path has a blank. `waybill` is that of
 * this checkout, proxies lead nowhere, and the variables that a cluster and other tools may have
 * set are there; `more` is added to the environment. A guide that changes a checkout runs in
 * `tree`, a copy of it. Guides that go on from another follow it in one run, in one shell.
 */
export async function follow(
  pages: string | readonly string[],
  more: Readonly<Record<string, string>> = {},
  prepare: (folder: string) => void = () => undefined,
  tree: string | null = null,
  { program, user }: Follower = {},
): Promise<{ readonly code: number; readonly output: string }> {
  const folder = tree ?? mkdtempSync(join(tmpdir(), 'waybill guide-'));
  prepare(folder);
  const bin = join(folder, '.bin');
  mkdirSync(bin, { recursive: true });
  if (program !== undefined) symlinkSync(program, join(bin, 'waybill'));
  else
    writeFileSync(
      join(bin, 'waybill'),
      `#!/bin/sh\nexec '${process.execPath}' ` +
        `'${tree === null ? commandFile() : join(tree, 'bin/waybill.js')}' "$@"\n`,
      { mode: 0o755 },
    );
  if (user !== undefined) giveTo(folder, user);
  const nowhere = 'http://127.0.0.1:9';
  const env = {
    PATH: [bin, dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
    HOME: folder,
    WAYBILL_HOME: join(folder, 'home'),
    ...(program === undefined ? { NODE_COMPILE_CACHE: compiledFolder() } : {}),
    REGISTRY: `127.0.0.1:${await freePort()}`,
    HTTPS_PROXY: nowhere,
    HTTP_PROXY: nowhere,
    NO_PROXY: '127.0.0.1',
    WAYBILL_PORT: 'tcp://10.0.0.1:443',
    WAYBILL_SERVICE_HOST: '10.0.0.1',
    WAYBILL_IMAGE: 'registry.example.com/tools/waybill:1',
    ...more,
  };
  const script = ['set -eu', 'exec 2>&1', ...[pages].flat().flatMap(toScript)].join('\n');
  const shell = spawn('sh', ['-c', script], {
    cwd: folder,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(user === undefined ? {} : { uid: user, gid: user }),
  });
  const output: string[] = [];
  for (const stream of [shell.stdout, shell.stderr])
    stream.on('data', (piece: Buffer) => output.push(String(piece)));
  const ended = once(shell, 'exit');
  const timer = setTimeout(() => end(shell.pid), 240_000);
  const [code] = (await ended) as [number | null];
  clearTimeout(timer);
  end(shell.pid); // what a failed guide left running
  if (tree === null) rmSync(folder, { recursive: true, force: true });
  return { code: code ?? -1, output: output.join('') };
}

/** What `prepare` wrote as well. */
function giveTo(folder: string, user: number): void {
  chownSync(folder, user, user);
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    lchownSync(join(folder, name), user, user);
}

const toScript = (page: string): readonly string[] => [
  `echo '${PAGE}${page}'`,
  ...blocks(page, 'sh'),
];

const PAGE = '=== ';

/** What each page printed, of an output of `follow`. */
export function splitPages(output: string): ReadonlyMap<string, string> {
  const parts = output.split(new RegExp(`^${PAGE}`, 'm')).slice(1);
  return new Map(parts.map((part) => [part.split('\n')[0] ?? '', part]));
}

function end(group: number | undefined): void {
  try {
    if (group !== undefined) process.kill(-group, 'SIGKILL');
  } catch {
    // none of its processes runs any more
  }
}

/** What each page printed has the lines that it shows. */
export function listMissingLines(page: string, output: string): readonly string[] {
  const lines = blocks(page, 'text').flatMap((block) => block.trimEnd().split('\n'));
  const missing = lines.filter((line) => !shown(line).test(output));
  return output.includes('error:') ? ['an error', ...missing] : missing;
}
