import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openNote,
  parseCheckpoint,
  parseNoteVerifier,
  verifyConsistency,
} from '../../src/capabilities/evidence/index.ts';
import { orThrow } from '../../src/core/result.ts';
import { CommandHere } from '../support/command-line.ts';

let folder: string;
let line: CommandHere;
let logKey: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-checkpoint-'));
  line = new CommandHere(folder);
  await record('one', 'two', 'three');
  await line.output('graph', 'checkpoint', '-o', 'first.txt');
  logKey = readFileSync(join(line.home, 'log/log.vkey'), 'utf8').trim();
  await record('four', 'five');
});
afterAll(async () => {
  await line.close();
  rmSync(folder, { recursive: true });
});

async function record(...names: readonly string[]): Promise<void> {
  const files = names.map((name) => `${name}.json`);
  for (const name of names) writeFileSync(at(`${name}.json`), JSON.stringify({ statement: name }));
  await line.output('graph', 'import', ...files, '--kind', 'statement');
}

const readCheckpoint = (text: string) =>
  orThrow(
    parseCheckpoint(orThrow(openNote(Buffer.from(text), orThrow(parseNoteVerifier(logKey))))),
  );

describe('truth C3: X14: the log continues its checkpoints', () => {
  it('which are signed, kept, and proven to be continued', async () => {
    const first = readCheckpoint(readFileSync(at('first.txt'), 'utf8'));
    expect(first.size).toBe(3);
    const verified = await line.run('graph', 'verify', '--since', 'first.txt');
    expect([verified.code, verified.stderr]).toEqual([0, expect.stringContaining('begins with')]);
    const proof = await line.output('graph', 'proof', '--since', 'first.txt');
    const [head = '', ...rest] = proof.split('\n\n');
    const [old = '', ...hashes] = head.split('\n');
    const later = readCheckpoint(rest.join('\n\n'));
    expect([old, later.size]).toEqual(['old 3', 5]);
    const claim = {
      ...{ sizeBefore: 3, rootBefore: first.root, sizeAfter: 5, rootAfter: later.root },
      proof: hashes.map((hash) => new Uint8Array(Buffer.from(hash, 'base64'))),
    };
    expect(verifyConsistency(claim).ok).toBe(true);
    const inclusion = await line.output('graph', 'proof', '--position', '4');
    expect(inclusion).toMatch(/^c2sp\.org\/tlog-proof@v1\nextra \S+\nindex 4\n/);
    for (const wrong of [['--position', '5'], ['--position', '-1'], []])
      expect((await line.run('graph', 'proof', ...wrong)).code, wrong.join()).not.toBe(0);
  });

  it('a proof is verified by the key alone, without the log', async () => {
    writeFileSync(at('later.txt'), await line.output('graph', 'checkpoint'));
    const consistency = await line.output('graph', 'proof', '--since', 'first.txt');
    const inclusion = await line.output('graph', 'proof', '--position', '3');
    const strangers = new CommandHere(mkdtempSync(join(folder, 'stranger-')));
    const check = async (proof: string, ...args: readonly string[]) => {
      writeFileSync(at('checked.proof'), proof);
      const files = ['--proof', at('checked.proof'), ...args];
      const { code, stdout } = await strangers.run(
        'graph',
        'verify',
        ...files,
        '--log-key',
        logKey,
      );
      return [code, stdout.trim()];
    };
    const continues = [0, 'the log of 5 entries begins with the 3 entries of the checkpoint'];
    const held = ['--checkpoint', at('first.txt')];
    expect(await check(consistency, ...held)).toEqual(continues);
    const found = [0, expect.stringMatching(/^entry 3 of 5: statement sha256:[0-9a-f]{64}, /)];
    const four = ['--document', at('four.json')];
    expect(await check(inclusion)).toEqual(found);
    expect(await check(inclusion, ...four, '--checkpoint', at('later.txt'))).toEqual(found);
    expect(readdirSync(strangers.home)).toEqual([]);

    const refused: readonly (readonly [string, readonly string[], RegExp])[] = [
      [inclusion, ['--document', at('five.json')], /entry is about sha256/],
      [inclusion.replace('index 3', 'index 2'), [], /gives another root/],
      [inclusion.slice(0, 40), [], /no checkpoint/],
    ];
    for (const [proof, args, why] of refused)
      expect(await check(proof, ...args)).toEqual([1, expect.stringMatching(why)]);
    const stranger = await strangers.run('graph', 'verify', '--proof', at('checked.proof'));
    expect([stranger.code, stranger.stderr]).toEqual([2, expect.stringContaining('--log-key')]);
    await strangers.close();
  });

  it('a log that was written again verifies by itself, and not against a checkpoint', async () => {
    for (const suffix of ['', '-wal', '-shm'])
      rmSync(join(line.home, `waybill.db${suffix}`), { force: true });
    await record('one', 'changed', 'three', 'four', 'five');
    const kept = await line.run('graph', 'verify');
    expect([kept.code, kept.stderr]).toEqual([2, expect.stringContaining('STORE_CORRUPT')]);
    expect((await line.run('graph', 'checkpoint')).code).toBe(2);
    // Anyone who writes the log again also removes what is kept here, and the key.
    rmSync(join(line.home, 'log'), { recursive: true });
    expect((await line.run('graph', 'verify')).code).toBe(0);
    const since = ['graph', 'verify', '--since', 'first.txt'];
    expect((await line.run(...since)).code).not.toBe(0);
    const held = await line.run(...since, '--log-key', logKey);
    expect([held.code, held.stderr]).toEqual([
      2,
      expect.stringContaining('its first 3 entries are others'),
    ]);
  });
});
