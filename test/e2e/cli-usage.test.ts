import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandHere } from '../support/command-line.ts';
import { shell } from '../support/shell.ts';

/**
 * The command line as users see it: real processes, their exit codes and the text on each stream.
 */
let folder: string;
let line: CommandHere;

const component = (name: string, version: string) => ({
  type: 'library',
  name,
  version,
  purl: `pkg:npm/${name}@${version}`,
});
const cyclonedx = (...components: readonly object[]): string =>
  JSON.stringify({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    components,
    compositions: [{ aggregate: 'complete' }],
  });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-usage-'));
  line = new CommandHere(folder);
  writeFileSync(
    join(folder, 'app.json'),
    cyclonedx(component('left-pad', '1.3.0'), component('minimist', '1.2.0')),
  );
  writeFileSync(join(folder, 'clean.json'), cyclonedx(component('left-pad', '1.3.0')));
  const many = Array.from({ length: 20_000 }, (_, at) => component(`package-${at}`, '1.0.0'));
  writeFileSync(join(folder, 'many.json'), cyclonedx(...many));
  mkdirSync(join(folder, 'empty'));
});
afterAll(async () => {
  await line.close();
  rmSync(folder, { recursive: true, force: true });
});

const ESC = '\u001b[';

describe('a mistake on the command line', () => {
  it.each([
    [['sbmo', '.'], "unknown command 'sbmo'", 'Did you mean sbom?'],
    [['ask', 'relases'], "unknown command 'relases'", 'Did you mean releases?'],
    [['scan', '--formt', 'json', '.'], "unknown option '--formt'", 'Did you mean --format?'],
    [
      ['scan', '--format', 'xml', '.'],
      'xml',
      'Allowed choices are table, json, tree, sarif, github',
    ],
    [['sbom'], "missing required argument 'target'", 'waybill COMMAND --help'],
    [['ask', 'releases'], '--component', 'waybill COMMAND --help'],
    [['sign', 'a', 'b', 'c'], 'too many arguments', 'waybill COMMAND --help'],
  ])('%j ends with 2, says what is wrong and what to do', async (args, what, fix) => {
    const { code, stdout, stderr } = await line.run(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('[USAGE]');
    expect(stderr).toContain(what);
    expect(stderr).toContain(fix);
    expect(stderr.trimEnd().split('\n')).toHaveLength(2);
  });

  it.each([[[]], [['graph']]])(
    '%j shows help on stderr and ends with 2, because nothing was done',
    async (args) => {
      const { code, stdout, stderr } = await line.run(...args);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain('Usage: waybill');
    },
  );

  it('requested help is on stdout and ends with 0', async () => {
    expect(await line.run('ask', 'exposure', '--help')).toMatchObject({ code: 0, stderr: '' });
    for (const words of [[], ['graph'], ['graph', 'status']])
      expect((await line.run(...words, '--help')).stdout, words.join()).toContain('Exit codes:');
  });

  it('is an object for programs that request JSON, in both spellings', async () => {
    for (const form of [['--format', 'json'], ['--format=json']]) {
      const { code, stdout, stderr } = await line.run('sbom', './absent', ...form);
      expect([code, JSON.parse(stdout)]).toEqual([
        2,
        {
          apiVersion: 'waybill.dev/v1',
          error: {
            code: 'FILE_NOT_FOUND',
            message: expect.any(String),
            remedy: expect.any(String),
          },
        },
      ]);
      expect(stderr).toContain('[FILE_NOT_FOUND]');
    }
  });

  it('in a variable is reported, in a key of waybill.yaml refused at the start', async () => {
    const variables = { WAYBILL_POLCY: 'x', WAYBILL_IMAGE: 'y' };
    const misspelt = await shell(line, 'waybill sbom app.json', variables);
    expect(misspelt.stderr).toContain(
      'warning: no variable of Waybill, and without effect: ' +
        'WAYBILL_IMAGE, WAYBILL_POLCY (did you mean WAYBILL_POLICY?); docs/reference/commands.md ',
    );
    const many = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`WAYBILL_X${at}`, '']));
    expect((await shell(line, 'waybill sbom app.json', many)).stderr).toMatch(
      /: WAYBILL_X0, [^;]*, and 2 more; docs/,
    );
    writeFileSync(
      join(folder, 'other.yaml'),
      'apiVersion: waybill.dev/v1\nkind: Config\npolcy: x\n',
    );
    const { code, stderr } = await line.run('sbom', 'app.json', '--config', 'other.yaml');
    expect(code).toBe(2);
    expect(stderr).toContain('polcy');
  });
});

describe('the streams', () => {
  it('have colours only on a terminal or with FORCE_COLOR; NO_COLOR wins', async () => {
    const scan = (env: Record<string, string>) => shell(line, 'waybill scan app.json', env);
    expect((await scan({})).stderr).not.toContain(ESC);
    expect((await scan({ FORCE_COLOR: '1' })).stderr).toContain(ESC);
    expect((await scan({ FORCE_COLOR: '1', NO_COLOR: '1' })).stderr).not.toContain(ESC);
  });

  it('have results on stdout and everything else on stderr', async () => {
    const { stdout, stderr } = await line.run('sbom', 'app.json');
    expect(stdout.split('\n')[0]).toMatch(/^NAME +VERSION +LICENCE +PURL$/);
    expect(stderr).toMatch(
      /^app\.json: SBOM \(cyclonedx-1\.6\), 2 components\n( {2}lacks: .*\n)+$/,
    );
  });

  it('a reader that leaves early causes no error and hides no finding', async () => {
    const quiet = await shell(line, 'waybill sbom many.json 2>errors.txt | head -1');
    expect([quiet.code, quiet.stdout]).toEqual([0, expect.stringMatching(/^NAME .*\n$/)]);
    expect(readFileSync(join(folder, 'errors.txt'), 'utf8')).toMatch(
      /^many\.json: SBOM \(cyclonedx-1\.6\), 20000 components\n( {2}lacks: .*\n)+$/,
    );
    const gone = await shell(line, '(waybill sbom many.json ./absent; echo "exit $?" >&2) | true');
    expect(gone.stderr).toContain('exit 3');
    const closed = await shell(line, 'waybill sbom app.json 2>&-');
    expect(closed.code).toBe(0);
  });

  it.skipIf(process.platform !== 'linux')(
    'that cannot be written report a full disk, not a finding',
    async () => {
      const { code, stderr } = await shell(line, 'waybill sbom many.json > /dev/full');
      expect(code).toBe(2);
      expect(stderr).toContain('[DISK_FULL]');
    },
  );

  it('stay in order and equal from run to run', async () => {
    const [one, two] = [
      await line.output('sbom', 'many.json'),
      await line.output('sbom', 'many.json'),
    ];
    expect(one).toBe(two);
    const purls = one
      .split('\n')
      .slice(1, -1)
      .map((row) => row.split(/ +/).at(-1));
    expect(purls.join() === [...purls].sort().join()).toBe(true);
  });
});

describe('targets', () => {
  it('can come from standard input', async () => {
    const { code, stdout } = await shell(line, 'waybill sbom - --format json < app.json');
    const { targets } = JSON.parse(stdout) as { targets: { target: string; recognised: string }[] };
    expect([code, targets[0]?.target, targets[0]?.recognised]).toEqual([
      0,
      '-',
      'SBOM (cyclonedx-1.6)',
    ]);
    expect((await shell(line, 'waybill sbom - < /dev/null')).code).toBe(3);
  });

  it('can be several, each named; a document about one target is refused for two', async () => {
    const { targets } = JSON.parse(
      await line.output('sbom', 'app.json', 'clean.json', '--format', 'json'),
    ) as {
      targets: { target: string; components: unknown[] }[];
    };
    expect(targets.map(({ target, components }) => [target, components.length])).toEqual([
      ['app.json', 2],
      ['clean.json', 1],
    ]);
    expect(await line.run('sbom', 'app.json', 'clean.json', '--format', 'spdx-json')).toMatchObject(
      { code: 2 },
    );
  });

  it('that are empty are refused: an unset variable must not mean this folder', async () => {
    expect(await line.run('scan', '')).toMatchObject({ code: 2, stdout: '' });
  });

  it('with nothing supported end with 4', async () => {
    expect(await line.run('sbom', 'empty')).toMatchObject({ code: 4, stdout: '' });
    expect(await line.run('scan', 'empty')).toMatchObject({ code: 4, stdout: '' });
  });
});

describe('--output', () => {
  it('names the file for the whole result, and nothing else is left', async () => {
    mkdirSync(join(folder, 'out'));
    writeFileSync(join(folder, 'out', '.app.spdx.json.999999999.partial'), 'left by a killed run');
    await line.output('sbom', 'app.json', '--format', 'spdx-json', '-o', 'out/app.spdx.json');
    expect(JSON.parse(readFileSync(join(folder, 'out/app.spdx.json'), 'utf8'))).toMatchObject({
      spdxVersion: 'SPDX-2.3',
    });
    expect((await shell(line, 'ls -A out')).stdout).toBe('app.spdx.json\n');
  });

  it('writes to a device or a pipe, and does not replace it with a file', async () => {
    const { code, stdout } = await shell(
      line,
      'waybill sbom app.json -o /dev/stdout 2>/dev/null | head -1; test -c /dev/null',
    );
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^NAME/)]);
    expect(
      (
        await shell(
          line,
          'mkfifo pipe; cat pipe & waybill sbom app.json -o pipe; wait; test -p pipe',
        )
      ).code,
    ).toBe(0);
  });

  it('that cannot be written is an error with its cause', async () => {
    const { code, stderr } = await line.run('sbom', 'app.json', '-o', 'absent/app.json');
    expect(code).toBe(2);
    expect(stderr).toContain('[FILE_UNWRITABLE]');
    expect(stderr).toContain('ENOENT');
  });
});
