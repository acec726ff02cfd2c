import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../src/entrypoints/cli/main.ts';
import type { TestKey } from './certificates.ts';
import { requirePublished } from './published-schema.ts';
import type { Scene } from './scene.ts';
import { testIo } from './test-io.ts';

export interface CommandOutcome<T> {
  readonly code: number;
  readonly answer: T;
  readonly err: string;
}

/** Puts a key into the key store of the scene under this name. */
export function storeKey(scene: Scene, name: string, key: TestKey): void {
  const folder = join(scene.home, 'keys');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const pem = key.privateKey.export({ type: 'pkcs8', format: 'pem' });
  writeFileSync(join(folder, `${name}.key`), pem, { mode: 0o600 });
  writeFileSync(join(folder, `${name}.crt`), key.chainPem);
}

/** What a command of this process prints, with the home of the scene. */
export async function runText(scene: Scene, ...args: readonly string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await run(args, {
    ...testIo(),
    out: (text) => void out.push(text),
    outBytes: (bytes) => void out.push(Buffer.from(bytes).toString('utf8')),
    err: (text) => void err.push(text),
    env: { WAYBILL_HOME: scene.home, PATH: process.env['PATH'] },
    cwd: scene.folder,
  });
  return { code, out: out.join(''), err: err.join('') };
}

/** The same in JSON, which must follow the published schema. */
export async function runJson<T>(
  scene: Scene,
  ...args: readonly string[]
): Promise<CommandOutcome<T>> {
  const { code, out, err } = await runText(scene, ...args, '--format', 'json');
  const answer: unknown = out === '' ? null : JSON.parse(out);
  if (answer !== null) requirePublished(args, answer);
  return { code, answer: answer as T, err };
}
