import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeskWorld, inNamespace } from '../../../../test/support/desk-world.ts';
import { pinned, worldKeys } from '../../../../test/support/evidence-world.ts';
import type { DecisionEvidence, EvidenceInput } from '../../../capabilities/evidence/index.ts';
import { sha256 } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import { failed, ok } from '../../../core/result.ts';
import { buildDecisionEvidence } from '../../../gates/desk/index.ts';
import { DecisionJournal } from './decision-journal.ts';
import { encodeJournalEntry, type JournalEntry, readJournal } from './journal-entry.ts';
import { type ReplayPorts, replayDecisions } from './replay-decisions.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-journal-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const input = (text: string, kind: EvidenceInput['kind'] = 'facts'): EvidenceInput => {
  const body = Buffer.from(text);
  return { kind, mediaType: 'application/json', body, subject: sha256(text) };
};
const texts = (entries: readonly JournalEntry[]) =>
  entries.map(({ inputs }) => inputs.map(({ body }) => Buffer.from(body).toString()));
const open = (bytesMax?: number) =>
  DecisionJournal.open({ folder, name: 'decisions', ...(bytesMax && { bytesMax }) });

describe('An entry of the journal', () => {
  it('truth B5: is read as it was written, up to the byte at which a process was killed', () => {
    const entries: readonly JournalEntry[] = [
      { inputs: [input('one'), input('two\n')] },
      { inputs: [], sum: 'admission deny 1' },
      { inputs: [input('')], sum: 'x' },
    ];
    const written = entries.map(encodeJournalEntry);
    const whole = Buffer.concat(written);
    expect(readJournal(whole)).toEqual({ entries, bytesCut: 0 });
    for (let end = 0; end < whole.length; end++) {
      const { entries: read, bytesCut } = readJournal(whole.subarray(0, end));
      expect(read).toEqual(entries.slice(0, read.length));
      const held = written.slice(0, read.length).reduce((sum, { length }) => sum + length, 0);
      expect(bytesCut).toBe(end - held);
    }
  });

  it('a changed byte, or any other bytes, never gives an entry that was not written', () => {
    const whole = Buffer.from(encodeJournalEntry({ inputs: [input('one')] }));
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(readJournal(changed).entries).toEqual([]);
    }
    fc.assert(fc.property(fc.uint8Array(), (bytes) => readJournal(bytes).entries.length === 0));
  });
});

describe('The journal', () => {
  it('truth B5: holds an entry until it is settled; the next process finds the rest', async () => {
    const journal = await open();
    const [one] = await Promise.all(
      ['one', 'two', 'three'].map((text) => journal.append({ inputs: [input(text)] })),
    );
    if (one === undefined) throw new Error('nothing was written');
    expect(texts(readJournal(readFileSync(one.path)).entries)).toEqual([
      ['one'],
      ['two'],
      ['three'],
    ]);
    journal.settle(one, 2);
    await journal.close();
    const next = await open();
    expect(next.left).toEqual([one.path]);
    const two = await next.append({ inputs: [input('four')] });
    expect(two.path).not.toBe(one.path);
    next.settle(two);
    await next.close();
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('truth B5: is bounded, and has room again when its entries are in the log', async () => {
    const journal = await open(10_000_000);
    const large = { inputs: [input('x'.repeat(4_000_000))] };
    const kept = [await journal.append(large), await journal.append(large)];
    const tooMuch = { inputs: [input('y'.repeat(2_000_000))] };
    await expect(journal.append(tooMuch)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    await expect(journal.append({ inputs: [input('')] }, 0.5)).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
    });
    for (const segment of kept) journal.settle(segment);
    await journal.append(tooMuch);
    await journal.close();
  });

  it('leaves the files of another process that runs, and takes those of ended ones', async () => {
    const running = `decisions-${process.ppid}-000001.journal`;
    for (const name of [running, 'decisions-999999999-000001.journal', 'sums-1-1.journal'])
      writeFileSync(join(folder, name), encodeJournalEntry({ inputs: [input('x')] }));
    const journal = await open();
    expect(journal.left).toEqual([join(folder, 'decisions-999999999-000001.journal')]);
    await journal.close();
  });
});

async function makeDecision(name: string, more = {}): Promise<EvidenceInput> {
  const world = new DeskWorld(await worldKeys());
  await world.decide(pinned(await world.image()), inNamespace(name));
  const [decided] = world.decided;
  if (decided === undefined) throw new Error('nothing was decided');
  return buildDecisionEvidence(decided, { decisions: 1, firstAt: decided.now, ...more });
}

function replaying(append: ReplayPorts['append']) {
  const lost: string[] = [];
  const ports: ReplayPorts = {
    append,
    lost: ({ code }) => void lost.push(code),
    now: () => toInstant(1),
    signal: new AbortController().signal,
    pause: async () => 0,
  };
  return { lost, ports };
}

describe('What a killed process left', () => {
  it('truth B5: is put into the log, sums as one record, and removed', async () => {
    const before = await open();
    await before.append({ inputs: [input('{}'), await makeDecision('shop')] });
    await before.append({ inputs: [await makeDecision('many')], sum: 'many' });
    await before.append({ inputs: [], sum: 'many' });
    await before.close();
    const stored: EvidenceInput[] = [];
    let tries = 0;
    const { lost, ports } = replaying(async (inputs) => {
      tries += 1;
      if (tries === 1) return failed(new Failure('STORE_LOCKED', 'x', 'x'));
      stored.push(...inputs);
      return ok([]);
    });
    expect(await replayDecisions([await open()], ports)).toBe(3);
    const records = stored.flatMap(({ kind, body }) =>
      kind === 'decision' ? [JSON.parse(Buffer.from(body).toString()) as DecisionEvidence] : [],
    );
    expect(records.map(({ workload, decisions }) => [workload?.namespace, decisions])).toEqual([
      ['shop', 1],
      ['many', 2],
    ]);
    expect([lost, readdirSync(folder)]).toEqual([[], []]);
  });

  it('truth B5: stays while the disk is full, and goes where the log refuses it', async () => {
    const before = await open();
    await before.append({ inputs: [input('{}')] });
    await before.close();
    const full = replaying(async () => failed(new Failure('DISK_FULL', 'x', 'x')));
    await replayDecisions([await open()], full.ports);
    expect([full.lost, readdirSync(folder).length]).toEqual([['DISK_FULL'], 1]);
    const refused = replaying(async () => failed(new Failure('EVIDENCE_REJECTED', 'x', 'x')));
    await replayDecisions([await open()], refused.ports);
    expect([refused.lost, readdirSync(folder)]).toEqual([['EVIDENCE_REJECTED'], []]);
  });
});
