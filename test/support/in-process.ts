import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestKey } from './certificates.ts';
import { requirePublished } from './published-schema.ts';
import { runHere } from './run-here.ts';
import type { Scene } from './scene.ts';

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
  const { code, stdout, stderr } = await runHere(args, {
    cwd: scene.folder,
    env: { WAYBILL_HOME: scene.home, PATH: process.env['PATH'] },
  });
  return { code, out: stdout, err: stderr };
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
