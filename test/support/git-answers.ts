import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';

/** A repository of raw objects, including those that git would not write. */
export class RawRepository {
  readonly folder: string;
  readonly #env: NodeJS.ProcessEnv;

  /** `more` is for what git starts: the home of GnuPG. */
  constructor(folder: string, more: NodeJS.ProcessEnv = {}) {
    this.folder = folder;
    this.#env = {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      GIT_CONFIG_NOSYSTEM: '1',
      TZ: 'UTC',
      LC_ALL: 'C',
      ...more,
    };
    execFileSync('git', ['init', '--quiet', '--bare', folder], { env: this.#env });
  }

  /** Adds the objects as one pack, which git indexes without reading their content. */
  add(commits: readonly Buffer[]): readonly string[] {
    const ids = commits.map((bytes) =>
      createHash('sha1').update(`commit ${bytes.length}\0`).update(bytes).digest('hex'),
    );
    const unique = new Map(ids.map((id, at) => [id, commits[at] ?? Buffer.alloc(0)]));
    const head = Buffer.from('PACK\0\0\0\x02\0\0\0\0');
    head.writeUInt32BE(unique.size, 8);
    const body = Buffer.concat([
      head,
      ...[...unique.values()].flatMap((bytes) => [
        entryHead(bytes.length),
        deflateSync(bytes, { level: 1 }),
      ]),
    ]);
    const trailer = createHash('sha1').update(body).digest();
    mkdirSync(join(this.folder, 'objects/pack'), { recursive: true });
    const pack = join(this.folder, `objects/pack/pack-${trailer.toString('hex')}.pack`);
    writeFileSync(pack, Buffer.concat([body, trailer]));
    execFileSync('git', ['index-pack', pack], { env: this.#env, stdio: 'ignore' });
    return ids;
  }

  /**
   * What git says about each signature (%G?), or `died` when it gives no answer. It asks for many
   * at once, because each process costs time.
   */
  async answers(
    ids: readonly string[],
    allowedSigners: string,
  ): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    const unique = [...new Set(ids)];
    const waiting: string[][] = [];
    for (let at = 0; at < unique.length; at += BATCH) waiting.push(unique.slice(at, at + BATCH));
    const work = async (): Promise<void> => {
      for (let batch = waiting.pop(); batch !== undefined; batch = waiting.pop()) {
        const lines = await this.#log(batch, allowedSigners);
        for (const line of lines) found.set(line.slice(0, 40), line.slice(41));
        const left = batch.filter((id) => !found.has(id));
        const [first, ...others] = left;
        if (first === undefined) continue;
        // git dies at once if it cannot parse an object, and at an unknown signature when it
        // reaches it.
        if (lines.length > 0 || left.length === 1) {
          found.set(first, 'died');
          waiting.push(others);
        } else waiting.push(left.slice(left.length / 2), left.slice(0, left.length / 2));
      }
    };
    await Promise.all([work(), work()]);
    return found;
  }

  /** The same about one tag: `G` where git verifies it. */
  askTag(bytes: Buffer): string {
    const options = { cwd: this.folder, env: this.#env, encoding: 'utf8' as const };
    const put = ['hash-object', '-t', 'tag', '-w', '--literally', '--stdin'];
    const id = spawnSync('git', put, { ...options, input: bytes }).stdout.trim();
    return spawnSync('git', ['verify-tag', id], options).status === 0 ? 'G' : 'B';
  }

  async #log(ids: readonly string[], allowedSigners: string): Promise<readonly string[]> {
    const setting = `gpg.ssh.allowedSignersFile=${allowedSigners}`;
    const args = ['-c', setting, 'log', '--no-walk=unsorted', '--stdin', '--format=%H %G?'];
    const child = spawn('git', args, {
      cwd: this.folder,
      env: this.#env,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    child.stdin.on('error', () => undefined).end(ids.map((id) => `${id}\n`).join(''));
    const pieces: Buffer[] = [];
    for await (const piece of child.stdout) pieces.push(piece as Buffer);
    return Buffer.concat(pieces)
      .toString('latin1')
      .split('\n')
      .filter((line) => /^[0-9a-f]{40} \S$/.test(line));
  }
}

const BATCH = 250;

/** Type 1 (commit) and the size, seven bits a byte after the first four. */
function entryHead(size: number): Buffer {
  const bytes = [(1 << 4) | (size & 15)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 0x80;
    bytes.push(rest & 0x7f);
  }
  return Buffer.from(bytes);
}
