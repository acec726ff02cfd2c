import { describe, expect, it } from 'vitest';
import { cutShort, showDeclared } from '../../../../test/support/declared.ts';
import { orThrow } from '../../../core/result.ts';
import { matchAdvisory, parseOsv } from '../../advisories/index.ts';
import { actionNaming } from './action-naming.ts';
import { parseActionReference } from './action-reference.ts';
import { actionUses } from './action-uses.ts';
import { actionsFormat, readActions } from './actions-format.ts';
import { actionFixes } from './fix-actions.ts';
import { actionScheme } from './moving-version.ts';

const COMMIT = '8e5e7e5ab8b370d6c329ec480221332ada57f0ab';
const DIGEST = `sha256:${'a'.repeat(64)}`;
const FILE = '.github/workflows/ci.yml';
const job = (lines: string): string => `on: push\njobs:\n  a:\n${lines}`;
const steps = (...uses: readonly string[]): string =>
  job(`    steps:\n${uses.map((one) => `      - uses: ${one}\n`).join('')}`);

describe('D11 D20 B9 B14: what a workflow uses', () => {
  it.each([
    ['actions/checkout@v4', ['5 actions/checkout v4 no']],
    [`actions/checkout@${COMMIT} # v4`, [`5 actions/checkout ${COMMIT} yes`]],
    [`actions/checkout@${COMMIT.slice(0, 12)}`, [`5 actions/checkout ${COMMIT.slice(0, 12)} no`]],
    ['github/codeql-action/init@v3', ['5 github/codeql-action/init v3 no']],
    ['./.github/actions/own', []],
    ['docker://alpine:3.18', ['5 docker.io/library/alpine 3.18 no']],
    [`docker://alpine@${DIGEST}`, [`5 docker.io/library/alpine ${DIGEST} yes`]],
    [`https://code.example.com/a/b@${COMMIT}`, [`5 a/b ${COMMIT} yes`]],
    ['nobody', ['5 nobody - unknown']],
    ['"@noref"', ['5 @noref - unknown']],
    ['""', []],
    ['actions/no-version@', ['5 actions/no-version@ - unknown']],
  ])('uses: %s', (uses, wanted) => {
    expect(showDeclared(readActions, steps(uses))).toEqual(wanted);
  });

  it('are pinned by a whole commit alone; the host is that of the server', () => {
    const reading = (file: string) =>
      orThrow(readActions(file, new TextEncoder().encode(steps('actions/checkout@v4'))));
    expect(reading(FILE).dependencies[0]).toMatchObject({
      ecosystem: 'githubactions',
      purl: 'pkg:githubactions/actions/checkout@v4',
      registry: 'github.com/actions',
      registryFrom: 'written',
      recorded: false,
      why: 'the tag or branch v4 may move',
    });
    expect(reading('.gitea/workflows/ci.yml').dependencies[0]).toMatchObject({
      registry: null,
      registryFrom: 'default',
    });
    expect(parseActionReference('a/b/../c@v1')?.path).toBe('../c');
  });

  it('includes reusable workflows, containers, services and the matrix they are made of', () => {
    const text = job(
      [
        '    uses: o/r/.github/workflows/x.yml@v1',
        '    strategy: { matrix: { node: ["20", "22"], include: [{ node: "24" }] } }',
        '    container: node:$' + '{{ matrix.node }}',
        '    services:',
        '      db: { image: postgres:16 }',
        '      own: { image: "$' + '{{ inputs.image }}" }',
        '  b:',
        '    container: { image: "" }',
        '',
      ].join('\n'),
    );
    expect(showDeclared(readActions, text)).toEqual([
      '4 o/r/.github/workflows/x.yml v1 no',
      '5 docker.io/library/node 20 no',
      '5 docker.io/library/node 22 no',
      '5 docker.io/library/node 24 no',
      '8 docker.io/library/postgres 16 no',
      ['9 $', '{{ inputs.image }} - unknown'].join(''),
    ]);
  });

  it('includes the steps and the image of an action', () => {
    const composite = 'runs:\n  using: composite\n  steps:\n    - uses: a/b@main\n    - run: x\n';
    expect(showDeclared(readActions, composite, 'action.yml')).toEqual(['4 a/b main no']);
    const image = 'runs: { using: docker, image: "docker://x.example/y:1" }\n';
    expect(showDeclared(readActions, image, 'action.yml')).toEqual(['1 x.example/y 1 no']);
    const own = 'runs: { using: docker, image: Dockerfile }\n';
    expect(showDeclared(readActions, own, 'action.yml')).toEqual([]);
    expect(['a/action.yaml', FILE, '.forgejo/workflows/x.yaml'].every(actionsFormat.wants)).toBe(
      true,
    );
    expect(['docs/workflows/ci.yml', 'action.json'].some(actionsFormat.wants)).toBe(false);
  });

  it('is read with anchors, and without a place outside of the file when it is cut short', () => {
    const text = job(`    steps: &s\n      - uses: a/b@v1\n  b:\n    steps: *s\n`);
    expect(showDeclared(readActions, text)).toEqual(['5 a/b v1 no']);
    cutShort(readActions, text);
    expect(showDeclared(readActions, 'jobs:\n  - a list\n')).toEqual([]);
    expect(showDeclared(readActions, '')).toEqual([]);
  });
});

describe('B2 B3: actions as components', () => {
  it('are listed each once; what is no action makes the inventory partial', () => {
    const bytes = new TextEncoder().encode(steps('a/b@v1', 'a/b@v1', 'a/b/c@v1', 'nobody'));
    const { drafts, skips, direct } = actionUses.extract({ path: FILE, bytes });
    expect(drafts.map(({ key }) => key)).toEqual(['a/b@v1', 'a/b/c@v1']);
    expect(skips.map(({ location }) => location)).toEqual([`${FILE}:8`]);
    expect(direct).toEqual(['a/b@v1', 'a/b/c@v1']);
  });

  const record = orThrow(
    parseOsv(
      JSON.stringify({
        id: 'GHSA-aaaa-bbbb-cccc',
        modified: '2026-01-01T00:00:00Z',
        affected: [
          {
            package: { ecosystem: 'GitHub Actions', name: 'Tj-Actions/Changed-Files' },
            ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '46.0.1' }] }],
          },
        ],
      }),
    ),
  );

  it.each([
    ['v45', 'affected'],
    ['v45.0.7', 'affected'],
    ['v46', 'unknown'],
    ['v46.0.1', 'not_affected'],
    ['46', 'affected'],
    ['v47', 'not_affected'],
    ['main', 'unknown'],
    [COMMIT, 'unknown'],
  ])('tj-actions/changed-files@%s is %s: a tag of a major version moves', (version, status) => {
    const parts = { type: 'githubactions', namespace: 'TJ-actions', name: 'changed-files' };
    const found = actionNaming.locate(
      { purl: '' as never, version, source: null },
      { ...parts, version, qualifiers: {}, subpath: null },
      { distro: null, namesSources: true },
    );
    if (found.kind !== 'address') throw new Error(found.why);
    expect(matchAdvisory(found.address, record).status).toBe(status);
  });

  it('a moving tag may be a version that a record enumerates', () => {
    const enumerated = orThrow(
      parseOsv(
        JSON.stringify({
          id: 'GHSA-dddd-eeee-ffff',
          modified: '2026-01-01T00:00:00Z',
          affected: [
            { package: { ecosystem: 'GitHub Actions', name: 'a/b' }, versions: ['46.0.0'] },
          ],
        }),
      ),
    );
    const match = (version: string) =>
      matchAdvisory(
        { ecosystems: ['GitHub Actions'], name: 'a/b', version, scheme: actionScheme },
        enumerated,
      ).status;
    expect(['v46', 'v46.0.0', 'v47'].map(match)).toEqual(['unknown', 'affected', 'not_affected']);
  });

  it('have an order that is one', () => {
    const all = ['v1', 'v1.2', '1.2.0', 'v1.2.3', 'v2', '2', '2.0.1', 'main'];
    for (const one of all)
      for (const other of all)
        expect(Math.sign(actionScheme.compare(one, other) ?? 0)).toBe(
          -Math.sign(actionScheme.compare(other, one) ?? 0) + 0,
        );
  });
});

describe('D12 D16: workflows are fixed', () => {
  const plan = (
    texts: Readonly<Record<string, string>>,
    remedy: { findings: string[]; safe: string | null } | null = null,
  ) => {
    const files = new Map(
      Object.entries(texts).map(([file, text]) => [
        file,
        { text, bytes: new TextEncoder().encode(text) },
      ]),
    );
    return actionFixes.plan({
      dependencies: [],
      files,
      findRemedy: () => remedy,
      findDigest: () => DIGEST as never,
      findVersion: () => null,
      isAsked: () => true,
    });
  };
  const apply = (
    text: string,
    edits: readonly { start: number; end: number; text: string }[] = [],
  ) =>
    [...edits]
      .sort((one, other) => other.start - one.start)
      .reduce(
        (done, { start, end, text: put }) => done.slice(0, start) + put + done.slice(end),
        text,
      );

  it('by the commit that another line of the tree names for the same tag', () => {
    const [one, other] = [steps(`Actions/checkout@${COMMIT} # v4`), steps('"actions/checkout@v4"')];
    const fix = plan({ [FILE]: one, '.github/workflows/b.yml': other });
    expect(apply(other, fix.edits.get('.github/workflows/b.yml'))).toBe(
      steps(`"actions/checkout@${COMMIT}" # v4`),
    );
    expect(fix.open).toEqual([]);
  });

  it('by a step that says how, where no line names it; images by their digest', () => {
    const text = steps('actions/checkout@v4', 'docker://alpine:3');
    const fix = plan({ [FILE]: text });
    expect(fix.open.map(({ what }) => what)).toEqual([
      expect.stringContaining("git ls-remote https://github.com/actions/checkout 'v4*'"),
    ]);
    expect(apply(text, fix.edits.get(FILE))).toContain(`docker://alpine:3@${DIGEST}\n`);
  });

  it('by the nearest safe version, which is then to be pinned', () => {
    const text = steps('a/b@v1.0.0');
    const fix = plan({ [FILE]: text }, { findings: ['GHSA-x'], safe: '1.2.3' });
    expect(apply(text, fix.edits.get(FILE))).toBe(steps('a/b@v1.2.3'));
    expect([...fix.fixed]).toEqual(['pkg:githubactions/a/b@v1.0.0']);
    expect(plan({ [FILE]: text }, { findings: ['GHSA-x'], safe: null }).open[0]?.what).toContain(
      'no known version',
    );
  });
});
