import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testIo } from '../../../../test/support/test-io.ts';
import { API_VERSION } from '../../../core/api-version.ts';
import { Failure } from '../../../core/failure.ts';
import type { Io } from '../io.ts';
import { paint, showLine, showNote, showProse, showTable, showText } from './block.ts';
import { deliverReport } from './deliver.ts';
import { render as renderJson } from './json.ts';
import { listFormats, RENDERERS } from './list.ts';
import type { Report, ResultReport } from './report.ts';
import { render as renderTerminal } from './terminal.ts';
import { wrapLines } from './wrap.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-report-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const RESULT: ResultReport = {
  kind: 'result',
  exitCode: 1,
  value: { schema: null, json: () => ({ found: ['one'] }) },
  blocks: () => [
    showLine(paint('red', 'deny'), '  app'),
    showNote('beside it'),
    showTable(['A', 'B'], [['1', '2']]),
    showText('+ a\n- b\n'),
  ],
};

/** With a list whose items are made one by one. */
function makeLong(found: readonly object[], others: object, onItem = () => {}): ResultReport {
  function* items() {
    for (const item of found) {
      onItem();
      yield item;
    }
  }
  const list = { key: 'found', items, rest: () => ({ found: [], ...others }) };
  return { ...RESULT, value: { schema: null, json: () => ({ found, ...others }), list } };
}

interface Delivery {
  readonly out: string;
  readonly err: string;
  readonly writes: number;
  readonly exit: number;
}

async function deliver(
  report: Report,
  format?: string,
  more: Partial<Io> & { readonly file?: string } = {},
): Promise<Delivery> {
  const seen = { out: '', err: '', writes: 0 };
  const take = (text: string): void => {
    seen.out += text;
    seen.writes++;
  };
  const io: Io = {
    ...testIo(),
    out: take,
    outBytes: (bytes) => take(Buffer.from(bytes).toString('utf8')),
    err: (text) => {
      seen.err += text;
    },
    cwd: folder,
    ...more,
  };
  const { signal } = new AbortController();
  const exit = await deliverReport(report, { io, format, file: more.file, signal });
  return { ...seen, exit };
}

describe('a report', () => {
  it('is shown to people as lines, with notes on stderr and colours only if wanted', async () => {
    const plain = await deliver(RESULT, 'table');
    expect(plain.out).toBe('deny  app\nA  B\n1  2\n+ a\n- b\n');
    expect([plain.err, plain.exit]).toEqual(['beside it\n', 1]);
    const coloured = await deliver(RESULT, 'table', { colour: true });
    expect(coloured.out.startsWith('\u001b[31mdeny\u001b[39m  app\n')).toBe(true);
  });

  it('is given to programs as only its value', async () => {
    const { out, err } = await deliver(RESULT, 'json');
    expect([out, err]).toEqual([
      '{\n  "apiVersion": "waybill.dev/v1",\n  "found": [\n    "one"\n  ]\n}\n',
      '',
    ]);
  });

  it('is a table if the command has no formats', async () => {
    expect((await deliver(RESULT)).out).toBe((await deliver(RESULT, 'table')).out);
  });

  it('makes only the requested form', async () => {
    const made: string[] = [];
    const watched: ResultReport = {
      ...RESULT,
      value: { schema: null, json: () => ({ made: made.push('json') }) },
      blocks: () => {
        made.push('blocks');
        return [];
      },
    };
    await deliver(watched, 'json');
    expect(made).toEqual(['json']);
  });

  it('is written completely to the given file, and not to standard output', async () => {
    const { out, err } = await deliver(RESULT, 'table', { file: 'out.txt' });
    expect([out, err]).toEqual(['', 'beside it\n']);
    expect(readFileSync(join(folder, 'out.txt'), 'utf8')).toBe('deny  app\nA  B\n1  2\n+ a\n- b\n');
  });

  it('A76: shows any text of evidence in a line as plain text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (words) => {
        const { out } = await deliver({ ...RESULT, blocks: () => [showLine(words)] }, 'table');
        expect(out.split('\n')).toHaveLength(2);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: this shows that none is left
        expect(out.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
      }),
      { numRuns: 50 },
    );
  });

  it('is shown before its failure', async () => {
    const failure = new Failure('STORE_CORRUPT', 'it is another', 'Report it.');
    let out = '';
    const shown = deliver({ ...RESULT, failure }, 'json', { out: (text) => (out += text) });
    await expect(shown).rejects.toBe(failure);
    expect(out).toContain('"found"');
  });

  it('delivers its own document unchanged, and other formats as usual', async () => {
    const documents = { yaml: () => Buffer.from('a: \u0001\n') };
    expect((await deliver({ ...RESULT, documents }, 'yaml')).out).toBe('a: \u0001\n');
    expect((await deliver({ ...RESULT, documents }, 'json')).out).toContain('"found"');
  });
});

describe('a report in parts', () => {
  it('shows each part as soon as it is complete, in JSON as one line', async () => {
    const order: string[] = [];
    async function* parts() {
      for (const name of ['first', 'second']) {
        order.push(`made ${name}`);
        const value = { schema: null, json: () => ({ name }) };
        yield { value, blocks: () => [], hints: [`said of ${name}`] };
      }
    }
    const report: Report = { kind: 'parts', exitCode: () => 0, parts: parts() };
    const out = (text: string): void => void order.push(text);
    const { err } = await deliver(report, 'json', { out });
    expect(order).toEqual([
      'made first',
      '{"apiVersion":"waybill.dev/v1","name":"first"}\n',
      'made second',
      '{"apiVersion":"waybill.dev/v1","name":"second"}\n',
    ]);
    expect(err).toBe('said of first\nsaid of second\n');
  });
});

describe('lines', () => {
  it('are delivered unchanged, and no more are made when the reader has gone', async () => {
    let made = 0;
    async function* lines() {
      for (made = 0; made < 1_000; made++) yield 'x'.repeat(100_000);
    }
    const report: Report = { kind: 'lines', lines: lines() };
    await deliver(report, undefined, { isClosed: () => true });
    expect(made).toBeLessThan(10);
  });
});

describe('the list of formats', () => {
  it('offers a command the formats for its report, in the order of the list', () => {
    expect(listFormats(['value', 'blocks'])).toEqual(['table', 'json']);
    expect(listFormats(['findings'])).toEqual([
      ...['sarif', 'github', 'gitlab', 'junit', 'markdown', 'csv'],
    ]);
    expect(new Set(RENDERERS.map(({ format }) => format)).size).toBe(RENDERERS.length);
  });
});

describe('prose on a terminal', () => {
  const style = { colour: true, colourErr: false, links: false, isPart: false };
  const digest = `sha256:${'a'.repeat(64)}`;
  const show = (width: number | null): string => {
    const blocks = () => [
      showProse(
        [paint('red', 'deny'), '  '],
        `the image ${digest} carries no signature, so it waits`,
      ),
      showProse(
        ['  fix: '],
        `Sign it: waybill sign ${digest} --key default --format cose. Then wait for the release.`,
      ),
    ];
    const pieces = [...renderTerminal({ blocks }, { ...style, width })];
    return stripVTControlCharacters(pieces.map(({ content }) => String(content)).join(''));
  };

  it('is broken between words; a digest, and a line with a command, stay whole', () => {
    expect(show(40).split('\n')).toEqual([
      'deny  the image',
      `      ${digest}`,
      '      carries no signature, so it waits',
      '  fix: Sign it:',
      `       waybill sign ${digest} --key default --format cose.`,
      '       Then wait for the release.',
      '',
    ]);
  });

  it('on standard error is broken in the same way, and progress is not', () => {
    const line = `error: the image carries no signature, so nothing is known\n  fix: ${'word '.repeat(9)}\n`;
    expect(wrapLines(line, 40).split('\n')).toEqual([
      'error: the image carries no signature,',
      '       so nothing is known',
      `  fix: ${'word '.repeat(6).trim()}`,
      `       ${'word '.repeat(3).trim()}`,
      '',
    ]);
    expect(wrapLines('\u001b[31merror:\u001b[39m a b', 40)).toBe('\u001b[31merror:\u001b[39m a b');
    expect(wrapLines(`\r${line}`, 40)).toBe(`\r${line}`);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const strip = (one: string) => one.replaceAll(/\s/g, '');
        expect(strip(wrapLines(`${text}\n`, 40))).toBe(strip(text));
      }),
    );
  });

  it('begins in a line of its own where what leads to it is wide', () => {
    const lead = [paint('red', 'problem'), '  trust-policy     '];
    const blocks = () => [showProse(lead, 'trust.yaml does not exist in this home')];
    const pieces = [...renderTerminal({ blocks }, { ...style, width: 40 })];
    expect(stripVTControlCharacters(String(pieces[0]?.content))).toBe(
      'problem  trust-policy\n    trust.yaml does not exist in this\n    home\n',
    );
  });

  it('is one line in a file', () => {
    expect(show(null).split('\n')).toHaveLength(3);
  });
});

describe('a result with a long list', () => {
  const item = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }));
  const lists = fc.array(item, { maxLength: 4 });

  it('is the JSON that JSON.stringify writes of all of it, whatever is in it', () => {
    const others = fc.record({ failed: lists, '"found": []': lists, more: item });
    const style = { colour: false, colourErr: false, width: null, links: false };
    fc.assert(
      fc.property(lists, others, fc.boolean(), (found, more, isPart) => {
        const pieces = [...renderJson(makeLong(found, more), { ...style, isPart })];
        const whole = { apiVersion: API_VERSION, found, ...more };
        expect(pieces.map(({ content }) => content).join('')).toBe(
          `${JSON.stringify(whole, null, isPart ? 0 : 2)}\n`,
        );
      }),
    );
  });

  it('is written while it is made', async () => {
    const order: string[] = [];
    const long = Array.from({ length: 5 }, () => ({ text: 'x'.repeat(200_000) }));
    const report = makeLong(long, {}, () => order.push('made'));
    await deliver(report, 'json', { out: () => void order.push('written') });
    expect(order.join(' ')).toBe('made made written made made written made written');
  });
});
