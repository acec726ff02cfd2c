import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandHere } from '../support/command-line.ts';
import { policyText, ruleText } from '../support/policy-facts.ts';
import { CORE, makeImageDigest, writeAskedWorld } from '../support/question-world.ts';

let folder: string;
let line: CommandHere;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-questions-'));
  line = new CommandHere(folder);
  await writeAskedWorld(join(line.home, 'waybill.db'));
  writeFileSync(
    join(folder, 'stricter.yaml'),
    policyText(ruleText('false', '{ admission: deny }')),
  );
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

const ask = (...args: readonly string[]) => line.run('ask', ...args);

describe('the questions, as a person asks them', () => {
  it('G3: releases by component, with evidence and signer per row, and the match', async () => {
    const { code, stdout, stderr } = await ask('releases', '--component', 'log4j@<2.15');
    expect([code, stderr]).toEqual([3, `matched ${CORE}\n`]);
    expect(stdout).toMatch(
      /^trips .*log4j-core@2\.14\.1 .* sbom sha256:[0-9a-f]{64} \(signed by CN=ci\), release sha256:[0-9a-f]{64} \(recorded here\)$/m,
    );
    expect(stdout).toMatch(
      /^poi .*log4j-core@2\.12\.3 .* sbom sha256:[0-9a-f]{64} \(no trusted signature\), release/m,
    );
  }, 60_000);

  it('G2, G3: a spelling gives an answer, near names or known versions', async () => {
    const known = await ask('releases', '--component', 'log4j@2.12');
    expect(known.stderr).toContain('that version is unknown; the known versions are 2.12.3');
    expect((await ask('releases', '--component', 'log4j@2.12.x')).stdout).toMatch(/^poi /m);
    expect((await ask('releases', '--component', 'log4j@[2.13,2.15)')).stdout).toMatch(/^trips /m);
    expect(await ask('releases', '--component', 'lgo4j')).toMatchObject({
      stderr: expect.stringContaining('log4j-core'),
    });
    expect(await ask('releases', '--component', 'log4j@=>2')).toMatchObject({ code: 2 });
    expect(await ask('violations', '--region', 'eu-wset')).toMatchObject({
      stderr: expect.stringContaining('eu-west'),
    });
  }, 60_000);

  it('G4: exposure names what runs where, not the fixed backport, and lists unknowns', async () => {
    const { code, stdout } = await ask('exposure', 'CVE-2021-44228');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^trips .*eu-1 +eu-west +shop +Deployment\/trips/m);
    expect(stdout).not.toMatch(/^poi /m);
    expect(stdout).toMatch(/unknown exposure\nRELEASE[^\n]*\ndark .*its components are unknown/);
    const tree = await ask('exposure', 'GHSA-jfh8-c2jp-5v3q', '--format', 'tree');
    expect(tree.stdout).toMatch(
      /release trips@1\.4[\s\S]*image sha256[\s\S]*cluster eu-1, region eu-west[\s\S]*namespace shop/,
    );
  }, 60_000);

  it('P12: where, by release, by reference, by digest and by cluster', async () => {
    for (const subject of ['trips', 'trips@1.4', makeImageDigest('trips')])
      expect((await ask('where', subject)).stdout, subject).toMatch(
        /eu-1 +eu-west +shop +Deployment\/trips\/main/,
      );
    const there = await ask('where', '--cluster', 'eu-1', '--format', 'tree');
    expect(there.stdout).toMatch(
      /Deployment\/trips\/main[\s\S]*of trips@1\.4[\s\S]*Deployment\/poi\/main/,
    );
    expect(await ask('where', 'tirps')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('Did you mean trips'),
    });
    const everywhere = await ask('where', '--as-of', '2026-01-03T12:00:00Z');
    expect(everywhere.code).toBe(0);
    // Nobody observed that cluster since.
    expect(await ask('where')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('not known what runs: eu-1 since 2026-01-04'),
    });
    expect(everywhere.stdout).toMatch(/^eu-1 .*Deployment\/trips/m);
  }, 60_000);

  it('truth A15: a name that only looks like a registry is looked for as a release', async () => {
    const { code, stderr } = await ask('where', 'shop.example/Trips@1.4');
    expect([code, stderr]).toEqual([3, expect.not.stringContaining('MALFORMED')]);
  }, 60_000);

  it('G9: why, as the path in the SBOM', async () => {
    const { code, stdout } = await ask('why', 'trips@1.4', 'log4j-core', '--format', 'tree');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /signed by CN=ci\)\n.*└─ trips\n.*└─ pkg:npm\/between@3\n.*└─ pkg:maven\S*log4j-core@2\.14\.1\n$/,
    );
    expect((await ask('why', 'dark', 'log4j-core')).code).toBe(3);
  }, 60_000);

  it('G5: provenance as a tree, from release to author to where it runs', async () => {
    const { stdout } = await ask('provenance', 'trips', '--format', 'tree');
    expect(stdout).toMatch(
      /^release trips@1\.4.*\n[\s\S]*commit c0ffeetrips: author ada@example\.com.*signed by ada/,
    );
    expect(stdout).toMatch(/decision sha256:[0-9a-f]{64}, recorded here/);
    expect(stdout).toMatch(/build 7 by ci[\s\S]*runs in\n[\s\S]*cluster eu-1/);
  }, 60_000);

  it('O10, X6: violations with release, commit and author', async () => {
    const { stdout } = await ask('violations', '--cluster', 'eu-1');
    expect(stdout).toMatch(
      /high +escalation .*trips@1\.4 +c0ffeetrips +ada@example\.com +violation sha256:[0-9a-f]{64} \(recorded here\)/,
    );
  }, 60_000);

  it('X8: what-if lists what would newly be refused and what was never judged', async () => {
    const { code, stdout } = await ask('what-if', '--policy', 'stricter.yaml');
    expect(code).toBe(1);
    expect(stdout).toMatch(/newly denied: 1\n[\s\S]*^trips@1\.4 .* allow /m);
    expect(stdout).toMatch(/newly undetermined: 1\n[\s\S]*^poi@1\.4 .* never-judged /m);
  }, 60_000);

  it('A76: a component name that tries to forge output stays one harmless line', async () => {
    for (const form of ['table', 'json']) {
      const { stdout, stderr } = await ask(
        'releases',
        '--component',
        '\u001b[2Jforged\nline',
        '--format',
        form,
      );
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
      expect(stdout + stderr).not.toMatch(/\u001b|^line/m);
    }
    const why = await ask('why', 'forged', 'pkg:npm/%1b%5B2Jforged%0Aline', '--format', 'tree');
    expect(why.stdout).not.toContain('\u001b');
  }, 60_000);

  it('a filter that a question does not have is refused, not ignored', async () => {
    for (const args of [
      ['findings', 'trips', '--as-of', '1d'],
      ['why', 'trips', 'log4j-core', '--owner', 'team-a'],
      ['verdicts', 'trips', '--owner', 'team-a'],
    ])
      expect(await ask(...args)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('unknown option'),
      });
    expect(
      (await ask('exposure', 'CVE-2021-44228', '--since', '2026-06-01T00:00:00Z')).stdout,
    ).toContain('no release');
    expect((await ask('releases', '--component', 'log4j', '--owner', 'taem-a')).stderr).toContain(
      'team-a',
    );
  }, 60_000);
});
