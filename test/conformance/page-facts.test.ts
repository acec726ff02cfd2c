import { globSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSbom } from '../../src/capabilities/inventory/index.ts';
import {
  buildDefaultPolicy,
  DEFAULT_ADVISORY_AGE_DAYS,
  parsePolicy,
} from '../../src/capabilities/policy/index.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { orThrow } from '../../src/core/result.ts';
import { findRole } from '../../src/entrypoints/server/evidence/posted-kinds.ts';
import { parseTokens, TOKEN_ROLES } from '../../src/entrypoints/server/tokens.ts';
import { buildWebhookManifest } from '../../src/phases/deploy/index.ts';
import { root } from '../../tools/process.ts';
import { blocks } from '../support/guide.ts';

const read = (path: string): string => readFileSync(resolve(root, path), 'utf8');
/** A page as one line, so that a sentence may be broken anywhere. */
const flat = (path: string): string => read(path).replaceAll(/\s+/g, ' ');
const RUNBOOK = 'docs/guides/admission-runbook.md';
const SERVER = 'docs/reference/server.md';

/** Which test runs the blocks of a guide; a reason where none can. */
const GUIDES: Readonly<Record<string, string>> = {
  'add-a-key-store.md': 'test/interop/guide-key-store.test.ts',
  'add-a-policy-rule.md': 'test/support/guide.ts',
  'add-a-question.md': 'test/interop/guide-question.test.ts',
  'add-an-adapter.md': 'it has no commands',
  'add-an-ecosystem.md': 'test/interop/add-an-ecosystem.test.ts',
  'add-an-output-format.md': 'test/interop/guide-output-format.test.ts',
  'admission-runbook.md': 'test/interop/cluster-runbook.test.ts',
  'air-gap.md': 'test/support/guide.ts',
  'backup.md': 'test/support/guide.ts',
  'bring-your-own.md': 'test/support/guide.ts',
  'build-runner.md':
    'it shows what needs machines of Azure; provenance-runner.test.ts has two like them',
  'exceptions.md': 'test/support/guide.ts',
  'first-cluster.md': 'test/interop/cluster-guide.test.ts',
  'first-release.md': 'test/support/guide.ts',
  'from-notation-and-ratify.md': 'test/interop/notation-guide.test.ts',
  'keys-and-certificates.md': 'test/interop/guide-keys.test.ts',
  'gatekeeper.md': 'it shows what needs a cluster; gatekeeper.test.ts has one',
  'gitops.md': 'test/interop/gitops-guide.test.ts',
  'helm.md': 'it shows what needs a cluster with nodes; helm.test.ts has one without',
  'keys-and-trust.md': 'test/interop/guide-keys.test.ts',
  'observe-to-enforce.md': 'test/support/guide.ts',
  'page.md': 'it is used in a browser; page.test.ts does what it says',
  'policy-store.md': 'test/support/guide.ts',
  'proxies.md': 'test/support/guide.ts',
  'rego.md': 'it shows parts of files; rego.test.ts has whole ones, with OPA',
  'revocation.md': 'it shows what needs an authority; revocation.test.ts has one',
  'rebuild.md': 'it builds what the reader has; rebuild.test.ts builds an image like that',
  'scale-out.md': 'test/interop/postgres/guide.test.ts',
  'team-registry.md': 'it needs a certificate; team-registry.test.ts runs one with oras and crane',
  'tenants.md': 'test/interop/postgres/guide.test.ts',
  'several-clusters.md': 'test/support/guide.ts',
  'sign-a-file.md': 'test/support/guide.ts',
  'sign-without-a-key.md': 'test/interop/guide-keyless.test.ts',
  'signed-commits.md': 'test/support/guide.ts',
  'source-gates.md': 'test/support/guide.ts',
  'standing-questions.md':
    'it needs receivers; team-commands.test.ts and notices.test.ts have some',
  'update-advisories.md': 'the tests beside the code follow it: it needs a mirror and a registry',
  'upgrade.md': 'test/interop/guides.test.ts',
  'verify-waybill.md': 'test/interop/own-release.test.ts',
  'vex.md': 'test/support/guide.ts',
  'watch-clusters.md': 'it needs clusters; test/interop/watch-cluster.test.ts has two',
};

describe('truth A16: the guides', () => {
  it('are each followed by the test that the list names', () => {
    const pages = globSync('docs/guides/*.md', { cwd: root }).map((path) => basename(path));
    expect(Object.keys(GUIDES).sort()).toEqual(pages.sort());
    for (const [page, test] of Object.entries(GUIDES))
      if (test.endsWith('.ts')) expect(read(test), test).toContain(`'${page}'`);
      else expect(blocks(page, 'sh'), page).toEqual([]);
  });

  it('say at the top what a reader needs, and what the reader will have', () => {
    const top =
      /^# .+\n\n\*\*What you need\*\*: [\s\S]+?\.\n\n\*\*What you will have\*\*: [\s\S]+?\.\n\n/;
    const pages = globSync(['docs/{guides,reference}/*.md', 'docs/adr/README.md'], { cwd: root });
    for (const page of pages) expect(read(page), page).toMatch(top);
  });

  it('have every command in a block that can be copied', () => {
    for (const page of Object.keys(GUIDES)) {
      const prose = read(`docs/guides/${page}`).replaceAll(/^```[\s\S]*?^```$/gm, '');
      const indented = /^ {4}(?:\$ )?(?:waybill|npm|npx|docker|kubectl|git|sh|export) .*$/m;
      expect(indented.exec(prose)?.[0] ?? null, page).toBe(null);
      // A line that goes on ends there: text behind the mark is another argument.
      expect(/\\ +\S/.exec(blocks(page, '(?:sh|console)').join(''))?.[0] ?? null, page).toBe(null);
    }
  });
});

describe('truth A16: sentences about behaviour are what the program does', () => {
  it('about times and sizes', () => {
    const seconds = LIMITS.admissionDeadlineMs / 1_000;
    expect(LIMITS.admissionReserveMs).toBe(500);
    expect(flat(RUNBOOK)).toContain(
      `Waybill answers within ${seconds} seconds, or half a second before a shorter time`,
    );
    expect(DEFAULT_ADVISORY_AGE_DAYS).toBe(7);
    expect(flat(RUNBOOK)).toContain('the imported data is more than a week old');
    const source = (path: string) => read(`src/entrypoints/${path}`);
    expect(source('server/tls.ts')).toMatch(/LIFETIME_MS = 365 \* 86_400_000/);
    expect(source('server/tls.ts')).toMatch(/RENEW_BEFORE_MS = 30 \* 86_400_000/);
    expect(flat(RUNBOOK)).toContain('A certificate is valid for a year');
    expect(flat(SERVER)).toContain('renews the certificate when less than 30 days are left');
    expect(source('server/jobs/job-schedule.ts')).toMatch(/FIRST_MS = 600_000/);
    expect(flat(SERVER)).toContain('the first audit is ten minutes after the start');
    expect(source('server/admission/decision-log.ts')).toMatch(/SUM_MS = 300_000/);
    expect(flat(SERVER)).toContain('Sums are recorded every five minutes');
    expect(source('cli/commands/key-generate.ts')).toMatch(/TRIAL_MS = 365 \* 86_400_000/);
    expect(flat('docs/guides/keys-and-certificates.md')).toContain('a certificate for one year');
  });

  it('about the webhook in the runbook', () => {
    const page = read(RUNBOOK);
    const { webhooks } = JSON.parse(
      JSON.stringify(
        buildWebhookManifest({
          namespace: 'waybill',
          url: null,
          authorities: '',
          exempt: ['gatekeeper-system'],
          timeoutSeconds: 10,
        }),
      ),
    );
    expect(page).toContain(`| \`failurePolicy\` | \`${webhooks[0].failurePolicy}\` |`);
    const [selector] = webhooks[0].namespaceSelector.matchExpressions;
    expect(selector.values).toEqual(['kube-system', 'waybill', 'gatekeeper-system']);
    expect(page).toContain(`by \`${selector.key}\``);
    const asked = webhooks[0].rules.flatMap((rule: { resources: string[] }) => rule.resources);
    expect(asked).toEqual(expect.arrayContaining(['pods', 'pods/ephemeralcontainers']));
    for (const never of ['nodes', 'services', 'secrets']) expect(asked).not.toContain(never);
  });

  it('about the tokens of a server', () => {
    const rows = [
      ...read(SERVER).matchAll(/^\| `(\w+)` \| ((?:ask|post|send|list|retry)[^|]*) \|$/gm),
    ];
    expect(rows.map(([, role]) => role)).toEqual(Object.keys(TOKEN_ROLES));
    for (const [, role, may = ''] of rows)
      for (const [, kind = ''] of may.startsWith('post') ? may.matchAll(/`(\w+)`/g) : [])
        expect([kind, findRole(kind)]).toEqual([kind, role]);
    for (const kind of ['verification', 'decision', 'facts', 'violation', 'feeds'])
      expect(findRole(kind)).toBe(null);
    const [shortest] = orThrow(parseTokens('x'.repeat(16)));
    expect(shortest).toMatchObject({
      name: 'token',
      roles: expect.not.arrayContaining(['events']),
    });
    expect(parseTokens('x'.repeat(15)).ok).toBe(false);
    expect(parseTokens(`falco events,read ${'x'.repeat(16)}`).ok).toBe(true);
    expect(parseTokens(`falco events,evidence ${'x'.repeat(16)}`).ok).toBe(false);
  });

  it('about the SBOMs that are read', () => {
    const page = flat('docs/guides/bring-your-own.md');
    const isRead = (document: object): boolean =>
      readSbom(Buffer.from(JSON.stringify(document))).ok;
    const cyclone = ['1.1', '1.2', '1.3', '1.4', '1.5', '1.6', '1.7', '1.8'].filter((specVersion) =>
      isRead({ bomFormat: 'CycloneDX', specVersion, components: [] }),
    );
    expect(page).toContain(`CycloneDX ${cyclone[0]} to ${cyclone.at(-1)}`);
    const spdx = ['2.1', '2.2', '2.3', '2.4'].filter((version) =>
      isRead({ spdxVersion: `SPDX-${version}`, name: 'x', packages: [] }),
    );
    expect(page).toContain(`SPDX ${spdx.join(' and ')}`);
  });

  it('about a gate that the mode of a policy does not name', () => {
    const text = buildDefaultPolicy({}).replace(/^mode: .*$/m, 'mode: { commit: observe }');
    expect(orThrow(parsePolicy(text)).modes).toMatchObject({ commit: 'observe', build: 'enforce' });
    expect(flat('docs/guides/observe-to-enforce.md')).toContain(
      'A gate that `mode` does not name enforces.',
    );
  });

  it('about the packages that are used, and how many are installed with them', () => {
    const page = read('docs/adr/0013-libraries.md');
    const rows = [...page.matchAll(/^\| (\S[^|]*) \| [^|]+ \| [^|]+ \| [\d.+ ]+ MB \|/gm)];
    const named = rows.flatMap(([, cell = '']) => {
      const [, scope, list] = /^(@[^{]*)\{([^}]*)\}$/.exec(cell) ?? [];
      return (list ?? cell).split(',').map((name) => `${scope ?? ''}${name.trim()}`);
    });
    const { dependencies } = JSON.parse(read('package.json'));
    expect(named.sort()).toEqual(Object.keys(dependencies).sort());
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Readonly<Record<string, Readonly<Record<string, boolean>>>>;
    };
    const installed = Object.entries(packages).flatMap(([path, about]) =>
      path.startsWith('node_modules/') && !about['dev'] && !about['optional'] && !about['link']
        ? (path.split('node_modules/').at(-1) ?? [])
        : [],
    );
    expect(flat('docs/adr/0013-libraries.md')).toContain(
      `these are ${new Set(installed).size} packages`,
    );
  });

  it('about databases, as long as there are two of them', () => {
    const dialects = globSync('*', { cwd: resolve(root, 'src/adapters/graph-sql/dialects') });
    expect(dialects).toEqual(expect.arrayContaining(['sqlite', 'postgres']));
    const pages = globSync(['*.md', 'docs/guides/*.md', 'docs/adr/*.md'], { cwd: root });
    for (const path of pages.filter((each) => each !== 'CHANGELOG.md'))
      expect(flat(path), path).not.toMatch(
        /no PostgreSQL|(?:one log|the evidence log) has one writer/,
      );
    expect(flat('README.md')).toContain('[PostgreSQL](docs/guides/scale-out.md)');
  });

  it('about signing without a key, as long as there is an option for it', () => {
    expect(flat('docs/reference/commands.md')).toContain('--keyless');
    expect(flat('README.md')).not.toContain('not sign without a key');
    expect(flat('docs/reference/sigstore.md')).not.toMatch(/What is not there [^#]*without a key/);
  });

  it('about trusted roots, as long as a command fetches them', () => {
    expect(flat('docs/reference/commands.md')).toContain('`waybill trust update`');
    const said = ['README.md', 'SECURITY.md'].map(flat).join(' ');
    expect(said).not.toMatch(/(?:does not fetch|fetches no) trusted root/);
  });

  it('about the page of the server, as long as there is one', () => {
    expect(globSync('docs/guides/page.md', { cwd: root })).toHaveLength(1);
    expect(flat('README.md')).not.toContain('no web page');
  });

  it('about a release, which is images alone', () => {
    expect(flat('docs/adr/0006-what-a-release-is.md')).toContain('It consists of images, and');
    expect(flat('GLOSSARY.md')).toContain('a version of software that was shipped: its images');
  });

  it('about what is installed: no package runs a script', () => {
    expect(read('package-lock.json')).not.toContain('hasInstallScript');
    expect(flat('README.md')).toContain('no install script runs');
  });
});
