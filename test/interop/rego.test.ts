import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/digest.ts';
import { run } from '../../tools/process.ts';
import { CommandHere } from '../support/command-line.ts';
import { peer } from '../support/peer.ts';

const opa = peer('opa');
const UNKNOWN = { $unknown: 'FACT_UNKNOWN' };
const IMAGE = {
  reference: 'registry.example.com/shop/trips:1.4',
  registry: 'registry.example.com',
  repository: 'shop/trips',
  tag: '1.4',
};
const FRESH = { source: 'imported', updatedAt: '2026-11-01T00:00:00Z' };
const CRITICAL = {
  ...{ id: 'CVE-2024-1', aliases: [], severity: 'critical', status: 'affected', fixed: [] },
  ...{ component: 'pkg:npm/a@1.0.0', name: 'a', version: '1.0.0' },
};
const LOW = { ...CRITICAL, id: 'CVE-2024-2', severity: 'low' };

/** The same question in both languages. */
const RULES: readonly { readonly id: string; readonly cel: string; readonly rego: string }[] = [
  {
    id: 'registry',
    cel: "image.registry == 'registry.example.com'",
    rego: 'allow if input.facts.image.registry == "registry.example.com"',
  },
  {
    id: 'no-critical',
    cel: "!findings.exists(f, f.severity == 'critical')",
    rego: 'allow if not bad\nbad if {\n\tsome f in input.facts.findings\n\tf.severity == "critical"\n}',
  },
  {
    id: 'critical-or-complete',
    cel: "sbom.complete || image.tag == '1.4'",
    rego: 'allow if input.facts.sbom.complete\nallow if input.facts.image.tag == "1.4"',
  },
  {
    id: 'none-at-all',
    cel: 'findings.size() == 0',
    rego: 'allow if count(deny) == 0\ndeny contains f.id if some f in input.facts.findings',
  },
];
/** Facts, and what each rule answers. */
const CASES: readonly (readonly [string, object, readonly string[]])[] = [
  ['known', { findings: [], sbom: { complete: true } }, ['holds', 'holds', 'holds', 'holds']],
  ['broken', { findings: [CRITICAL] }, ['holds', 'broken', 'holds', 'broken']],
  ['low', { findings: [LOW] }, ['holds', 'holds', 'holds', 'broken']],
  ['no list', { findings: UNKNOWN }, ['holds', 'undetermined', 'holds', 'undetermined']],
  ['nothing', {}, ['holds', 'undetermined', 'holds', 'undetermined']],
  [
    'no severity',
    { findings: [{ ...LOW, severity: UNKNOWN }] },
    ['holds', 'undetermined', 'holds', 'broken'],
  ],
  [
    'another tag',
    { image: { ...IMAGE, tag: '1.5' }, findings: [] },
    ['holds', 'holds', 'undetermined', 'holds'],
  ],
  [
    'no image',
    { image: UNKNOWN, findings: [] },
    ['undetermined', 'holds', 'undetermined', 'holds'],
  ],
];

describe.skipIf(opa === null)('rules in Rego, by OPA itself', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-rego-'));
  let line: CommandHere;
  beforeAll(() => {
    line = new CommandHere(folder);
    writeFileSync(
      join(line.home, 'waybill.yaml'),
      `apiVersion: waybill.dev/v1\nkind: Config\nrego: { bundle: ${folder}/rules.tar.gz, program: ${opa} }\n`,
    );
  });
  beforeEach(() => rmSync(join(folder, 'rules'), { recursive: true, force: true }));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Builds the bundle of some packages, and writes a policy that names it. */
  const write = async (
    packages: Readonly<Record<string, string>>,
    { sign = [], more = '', cel = [] as readonly (typeof RULES)[number][] } = {} as {
      readonly sign?: readonly string[];
      readonly more?: string;
      readonly cel?: readonly (typeof RULES)[number][];
    },
  ): Promise<void> => {
    mkdirSync(join(folder, 'rules'));
    for (const [name, text] of Object.entries(packages))
      writeFileSync(
        join(folder, 'rules', `${name}.rego`),
        `package shop.${name}\n\nimport rego.v1\n\n${text}\n`,
      );
    const build = ['build', '--bundle', 'rules', '--output', 'rules.tar.gz', ...sign];
    const built = await run(opa ?? '', build, { cwd: folder });
    expect(built.stderr).toBe('');
    const digest = sha256(readFileSync(join(folder, 'rules.tar.gz')));
    const head = 'apiVersion: waybill.dev/v1\nkind: Policy\nmetadata: { name: shop, revision: 1 }';
    const rules = cel.map(
      ({ id, cel: text }) =>
        `  - { id: ${id}-in-cel, description: d, gates: { admission: deny }, require: ${JSON.stringify(text)} }`,
    );
    const inRego = Object.keys(packages).map(
      (name) =>
        `    - { id: ${name}, description: d, gates: { admission: deny }, package: shop.${name} }`,
    );
    writeFileSync(
      join(line.home, 'policy.yaml'),
      `${head}\nmode: enforce\nrules:${rules.length === 0 ? ' []' : `\n${rules.join('\n')}`}\n` +
        `rego:\n  bundle: ${digest}\n${more}  rules:\n${inRego.join('\n')}\n`,
    );
  };
  const decide = async (facts: object) => {
    writeFileSync(
      join(folder, 'facts.json'),
      JSON.stringify({ image: IMAGE, advisories: FRESH, ...facts }),
    );
    const asked = await line.run(
      'policy',
      'eval',
      '--gate',
      'admission',
      '--format',
      'json',
      'facts.json',
    );
    return JSON.parse(asked.stdout) as {
      readonly decision: string;
      readonly results: readonly { rule: string; outcome: string; message: string | null }[];
    };
  };
  const first = async (facts: object = { findings: [] }) => {
    const { decision, results } = await decide(facts);
    return { decision, message: results[0]?.message ?? null };
  };

  it('G46: gives the three-valued answers that CEL gives for the same facts', async () => {
    const named = (id: string) => id.replaceAll('-', '_');
    await write(Object.fromEntries(RULES.map(({ id, rego }) => [named(id), rego])), {
      cel: RULES,
      more: '  reads: [findings.id, findings.severity, image.registry, image.tag, sbom]\n',
    });
    for (const [name, facts, wanted] of CASES) {
      const outcomes = new Map((await decide(facts)).results.map((one) => [one.rule, one.outcome]));
      const byRule = RULES.map(({ id }) => [outcomes.get(`${id}-in-cel`), outcomes.get(named(id))]);
      expect([name, byRule.map(([, rego]) => rego)]).toEqual([
        name,
        // A list that lacks a part is unknown to OPA as a whole: `broken` is known to CEL alone.
        name === 'no severity'
          ? wanted.map((one) => (one === 'broken' ? 'undetermined' : one))
          : wanted,
      ]);
      expect([name, byRule.map(([cel]) => cel)]).toEqual([name, wanted]);
    }
  });

  it('G46: a rule that would send something is refused, and nothing is sent', async () => {
    let requests = 0;
    const server = createServer((_, response) => {
      requests += 1;
      response.end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const send = `http.send({"method": "get", "url": "http://127.0.0.1:${port}/"}).status_code == 200`;
      for (const call of [
        send,
        'net.lookup_ip_addr("localhost")',
        'time.now_ns() > 0',
        'opa.runtime()',
      ]) {
        rmSync(join(folder, 'rules'), { recursive: true, force: true });
        await write({ egress: `allow if ${call}` });
        expect(await first()).toMatchObject({
          decision: 'undetermined',
          message: expect.stringContaining('undefined function'),
        });
      }
    } finally {
      server.close();
    }
    expect(requests).toBe(0);
  });

  it('a misspelled fact, a package that is not there and a conflict admit nothing', async () => {
    await write({ misspelled: 'allow if not input.facts.findngs' });
    expect(await first()).toMatchObject({
      decision: 'undetermined',
      message: expect.stringContaining('findngs'),
    });
    rmSync(join(folder, 'rules'), { recursive: true });
    await write({ other: 'permit := true' });
    expect((await first()).decision).toBe('deny');
    rmSync(join(folder, 'rules'), { recursive: true });
    await write({
      conflict: 'allow := true if input.gate == "admission"\nallow := false if input.gate != "x"',
    });
    expect((await first()).decision).toBe('undetermined');
  });

  it('foundation 1: an iteration does not pass by what is unknown', async () => {
    const rules = {
      over_facts: 'allow if not any\nany if {\n\tsome k, _ in input.facts\n\tk == "findings"\n}',
      over_image:
        'allow if not any\nany if {\n\tsome k, _ in input.facts.image\n\tk == "digest"\n}',
      by_walk: 'allow if not any\nany if {\n\twalk(input, [p, _])\n\tp == ["facts", "findings"]\n}',
    };
    await write(rules);
    const { results } = await decide({ findings: UNKNOWN, image: { ...IMAGE, digest: UNKNOWN } });
    expect(results.map(({ outcome }) => outcome)).toEqual(Array(3).fill('undetermined'));
  });

  it('a rule without end is ended, and an answer without end is not read', async () => {
    await write({
      slow: 'allow if count([1 | some a in numbers.range(1, 9999); some b in numbers.range(1, 9999); a * b == -1]) == 0',
    });
    expect(await first()).toMatchObject({ decision: 'undetermined' });
    rmSync(join(folder, 'rules'), { recursive: true });
    await write({
      large:
        'allow := true\ndeny contains sprintf("%0900d", [i]) if some i in numbers.range(1, 9000)',
    });
    expect(await first()).toMatchObject({
      decision: 'undetermined',
      message: expect.stringMatching(/too much|in time/),
    });
  });

  it('a bundle counts by the digest in the policy, and by the signature of OPA', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
    const key = join(folder, 'key.pem');
    writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const named = (text: string) => `  verificationKey: ${JSON.stringify(text)}\n`;
    const rules = { yes: 'allow := true' };
    await write(rules, { sign: ['--signing-key', key], more: named(pem) });
    expect((await first()).decision).toBe('allow');
    const whole = readFileSync(join(folder, 'rules.tar.gz'));
    writeFileSync(join(folder, 'rules.tar.gz'), Buffer.concat([whole, Buffer.from([0])]));
    expect(await first()).toMatchObject({
      decision: 'undetermined',
      message: expect.stringContaining('digest'),
    });
    for (const [sign, more] of [
      [[], named(pem)],
      [['--signing-key', key], named(other.export({ type: 'spki', format: 'pem' }).toString())],
    ] as const) {
      rmSync(join(folder, 'rules'), { recursive: true });
      await write(rules, { sign, more });
      expect(await first()).toMatchObject({
        decision: 'undetermined',
        message: expect.stringContaining('signature of the bundle'),
      });
    }
  });
});
