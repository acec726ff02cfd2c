import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/digest.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { listDocuments } from '../../src/entrypoints/cli/signed-answer.ts';
import { CommandHere } from '../support/command-line.ts';
import { writeAskedWorld } from '../support/question-world.ts';

/** X14: an answer is checked elsewhere, by the key of the log alone. */
let folder: string;
let line: CommandHere;
let stranger: CommandHere;
let logKey: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-answers-'));
  line = new CommandHere(folder);
  await writeAskedWorld(join(line.home, 'waybill.db'));
  stranger = new CommandHere(mkdtempSync(join(folder, 'stranger-')));
  await line.output('graph', 'checkpoint', '-o', 'before.txt');
  logKey = readFileSync(join(line.home, 'log/log.vkey'), 'utf8').trim();
}, 60_000);
afterAll(async () => {
  await line.close();
  await stranger.close();
  rmSync(folder, { recursive: true });
});

interface Envelope {
  payload: string;
  signatures: { sig: string }[];
}
interface Statement {
  readonly subject: { digest: { sha256: string } }[];
  readonly predicate: Record<string, never> & { entries: { proof: string[]; leaf: string }[] };
}

const exposure = async (file: string) => {
  const { code, stderr } = await line.run('ask', 'exposure', 'CVE-2021-44228', '--export', file);
  expect([code, stderr]).toEqual([1, expect.stringContaining('--log-key')]);
};
const check = async (file: string, ...more: readonly string[]) => {
  const { code, stdout } = await stranger.run(
    ...['ask', '--verify', at(file), '--log-key', logKey, ...more],
  );
  return [code, stdout];
};
/** A statement that somebody else wrote into the envelope. */
function forge(change: (statement: Statement) => unknown): string {
  const envelope = JSON.parse(readFileSync(at('answer.json'), 'utf8')) as Envelope;
  const statement = JSON.parse(Buffer.from(envelope.payload, 'base64').toString()) as Statement;
  change(statement);
  const payload = Buffer.from(JSON.stringify(statement)).toString('base64');
  writeFileSync(at('forged.json'), JSON.stringify({ ...envelope, payload }));
  return 'forged.json';
}

describe('X14: an exported answer is checked without the log', () => {
  it('it shows the answer, who signed it, and what of it is proven', async () => {
    await exposure('answer.json');
    const [code, text] = await check('answer.json');
    expect(code).toBe(0);
    expect(text).toMatch(
      /^exposure .*vulnerability=CVE-2021-44228, .*signed by waybill\.dev\/log\//,
    );
    expect(text).toMatch(/trips +1\.4/);
    const { answer } = await stranger.json<{ entries: object[]; answer: object }>(
      ...['ask', '--verify', at('answer.json'), '--log-key', logKey],
    );
    expect(answer).toMatchObject({
      ...{ verified: true, why: null, question: 'exposure', exitCode: 1 },
      answer: { releases: [{ name: 'trips' }] },
      entries: expect.arrayContaining([expect.objectContaining({ kind: 'release' })]),
    });
    expect(readdirSync(stranger.home)).toEqual([]);
    const held = await check('answer.json', '--checkpoint', at('before.txt'));
    expect(held[0]).toBe(0);
  });

  it('nothing in it can be changed', async () => {
    const changes: readonly ((statement: Statement) => unknown)[] = [
      ({ predicate }) => Object.assign(predicate, { exitCode: 0 }),
      ({ predicate }) => Object.assign(predicate, { answer: {} }),
      ({ predicate }) => predicate.entries.pop(),
    ];
    for (const change of changes)
      expect(await check(forge(change))).toEqual([1, expect.stringContaining('did not sign it')]);
  });

  it('another key, another checkpoint and another kind of file prove nothing', async () => {
    const other = new CommandHere(mkdtempSync(join(folder, 'other-')));
    await writeAskedWorld(join(other.home, 'waybill.db'));
    await other.output('graph', 'checkpoint', '-o', at('other.txt'));
    const key = readFileSync(join(other.home, 'log/log.vkey'), 'utf8').trim();
    const wrong = await stranger.run('ask', '--verify', at('answer.json'), '--log-key', key);
    expect([wrong.code, wrong.stdout]).toEqual([1, expect.stringContaining('did not sign it')]);
    await other.close();
    writeFileSync(at('more.json'), '{"statement":"more"}');
    await line.output('graph', 'import', 'more.json', '--kind', 'statement');
    await line.output('graph', 'checkpoint', '-o', 'after.txt');
    expect(await check('answer.json', '--checkpoint', at('after.txt'))).toEqual([
      1,
      expect.stringContaining('not the one that you hold'),
    ]);
    writeFileSync(at('empty.json'), '{}');
    expect((await check('empty.json'))[0]).toBe(1);
  });

  it('the keeper of the log cannot leave out a proof, or prove another entry', async () => {
    // Signed again with the key of the log: only the proofs show it.
    const { openLogKeeper } = await import('../../src/adapters/keys-file/index.ts');
    const { encodePreAuth } = await import('../../src/capabilities/signing/index.ts');
    const keeper = openLogKeeper(join(line.home, 'log'));
    const sign = (file: string) => {
      const envelope = JSON.parse(readFileSync(at(file), 'utf8')) as Envelope & {
        payloadType: string;
      };
      const payload = Buffer.from(envelope.payload, 'base64');
      const sig = keeper.signBytes(encodePreAuth(envelope.payloadType, payload));
      envelope.signatures = [{ sig: Buffer.from(sig).toString('base64') }];
      writeFileSync(at(file), JSON.stringify(envelope));
      return check(file);
    };
    expect(await sign(forge(() => undefined))).toEqual([0, expect.anything()]);
    const refused: readonly (readonly [(statement: Statement) => unknown, RegExp])[] = [
      [({ predicate }) => predicate.entries.pop(), /does not prove it/],
      [({ predicate }) => predicate.entries[0]?.proof.reverse(), /not in the log/],
      [({ predicate }) => Object.assign(predicate, { answer: {} }), /not the one that it is about/],
    ];
    for (const [change, why] of refused)
      expect(await sign(forge(change))).toEqual([1, expect.stringMatching(why)]);
  });

  it('it names so many documents and no more', () => {
    const documents = (count: number) =>
      Array.from({ length: count }, (_, at) => ({ document: sha256(`${at}`) }));
    const { answerDocumentsMax: max } = LIMITS;
    expect(listDocuments({ rows: documents(max) })).toHaveLength(max);
    expect(() => listDocuments({ rows: documents(max + 1) })).toThrow(/over 5000/);
  });

  it('`waybill ask` alone says what to name, and --verify needs the key', async () => {
    for (const [args, what] of [
      [['ask'], 'no question was named'],
      [['ask', '--verify', at('answer.json')], '--log-key'],
    ] as const)
      expect(await line.run(...args)).toMatchObject({
        ...{ code: 2, stdout: '', stderr: expect.stringContaining(what) },
      });
  });
});
