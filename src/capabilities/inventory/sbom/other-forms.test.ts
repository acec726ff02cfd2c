import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CONTEXT,
  element,
  GRAPH,
  library,
  link,
  NS,
  SHA,
  SNAPSHOT,
  spdx3,
  TAG_VALUE,
  XML,
} from '../../../../test/support/sbom-forms.ts';
import { Failure } from '../../../core/failure.ts';
import type { JsonObject } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { readSbom } from './read-sbom.ts';
import { recogniseSbom } from './recognise-sbom.ts';
import { readSbomRelations } from './relations.ts';

const encode = (document: string | object): Uint8Array =>
  Buffer.from(typeof document === 'string' ? document : JSON.stringify(document));
const read = (document: string | object) => orThrow(readSbom(encode(document)));
const tryRead = (document: string | object): string => {
  const result = readSbom(encode(document));
  return result.ok ? 'read' : result.failure.code;
};
describe('Deliver 5: one inventory in every form of a document', () => {
  it.each<[string, string | object, string, string]>([
    ['tag-value', TAG_VALUE, 'spdx-2.3', 'tag-value'],
    ['XML', XML, 'cyclonedx-1.6', 'xml'],
    ['SPDX 3.0.1', spdx3(), 'spdx-3.0.1', 'json'],
    ['a dependency snapshot of GitHub', SNAPSHOT, 'github-snapshot', 'json'],
  ])('%s has the same components, dependencies, time and tool', (_, document, format, encoding) => {
    const reading = read(document);
    expect([reading.format, reading.encoding, reading.tool]).toEqual([
      format,
      encoding,
      'maker-1.2',
    ]);
    expect(reading.createdAt).toBe(Date.parse('2026-11-01T00:00:00Z'));
    const { components, outcome, skips } = reading.inventory;
    expect(
      components.map(({ purl, dependsOn, development }) => [purl, dependsOn, development]),
    ).toEqual([
      ['pkg:npm/b@1.0.0', ['pkg:npm/c@2.0.0'], false],
      ['pkg:npm/c@2.0.0', [], false],
      ['pkg:npm/t@3.0.0', [], true],
    ]);
    // None of them says that it lists everything, and nothing else is in doubt.
    expect([outcome, reading.claim, skips.length]).toEqual(['partial', null, 1]);
    if (format !== 'github-snapshot') {
      expect(components[0]).toMatchObject({
        licenses: ['MIT OR LicenseRef-own'],
        hashes: { sha256: SHA },
      });
      expect(reading.inventory.subject.name).toBe('app');
    }
    expect(recogniseSbom(encode(document))).toMatchObject({ encoding });
    const related = orThrow(readSbomRelations(encode(document), 1_000_000));
    expect(related.elements.map(({ purl }) => purl).filter((purl) => purl !== null)).toEqual([
      'pkg:npm/b@1.0.0',
      'pkg:npm/c@2.0.0',
      'pkg:npm/t@3.0.0',
    ]);
  });

  it('The export of GitHub is SPDX 2.3 under a member, and nothing beside it', () => {
    const sbom = {
      ...{ spdxVersion: 'SPDX-2.3', SPDXID: 'SPDXRef-DOCUMENT', name: 'com.github.a/b' },
      packages: [
        {
          ...{ SPDXID: 'SPDXRef-a', name: 'a', versionInfo: '1' },
          externalRefs: [{ referenceType: 'purl', referenceLocator: 'pkg:npm/a@1' }],
        },
      ],
    };
    expect(read({ sbom }).inventory.components.map(({ purl }) => purl)).toEqual(['pkg:npm/a@1']);
    expect(tryRead({ sbom, packages: [] })).toBe('UNSUPPORTED');
  });
});

describe('SPDX in tag-value form that is wrong', () => {
  it.each([
    ['a value given twice', TAG_VALUE.replace('PackageVersion: 1.0.0', '$&\n$&'), 'DUPLICATE_KEY'],
    ['a text without an end', TAG_VALUE.replace('</text>', ''), 'read'],
    ['a text without any end', TAG_VALUE.replaceAll('</text>', ''), 'MALFORMED'],
    ['something behind a text', TAG_VALUE.replace('lines</text>', 'lines</text> x'), 'MALFORMED'],
    ['a line without a tag', TAG_VALUE.replace('PackageName: c', 'c'), 'MALFORMED'],
    [
      'a relationship of one',
      TAG_VALUE.replace('DEPENDS_ON SPDXRef-file', 'DEPENDS_ON'),
      'MALFORMED',
    ],
    ['a reference without locator', TAG_VALUE.replace(' pkg:npm/b@1.0.0', ''), 'MALFORMED'],
    ['a checksum without algorithm', TAG_VALUE.replace('SHA256: ', ''), 'MALFORMED'],
    ['another version', TAG_VALUE.replace('SPDX-2.3', 'SPDX-2.1'), 'UNSUPPORTED'],
    ['line ends of Windows', TAG_VALUE.replaceAll('\n', '\r\n'), 'read'],
  ])('%s: %#', (_, document, code) => {
    expect(tryRead(document)).toBe(code);
  });

  it('What has no end is called so, at its line', () => {
    const result = readSbom(encode(TAG_VALUE.replaceAll('</text>', '')));
    const message = result.ok ? '' : result.failure.message;
    expect(message).toContain('the text that begins in line 24 has no end');
  });

  it('More tags than the limit are refused; those at the limit are read', () => {
    const tags = (count: number) => `SPDXVersion: SPDX-2.3\n${'A:b\n'.repeat(count - 1)}`;
    expect(tryRead(tags(LIMITS.sbomTagsMax))).toBe('read');
    expect(tryRead(tags(LIMITS.sbomTagsMax + 1))).toBe('LIMIT_EXCEEDED');
  });
});

describe('CycloneDX in XML that is wrong', () => {
  it.each([
    ['an element twice', XML.replace('<name>b</name>', '$&$&'), 'DUPLICATE_KEY'],
    ['a list twice', XML.replace('<dependencies>', '<components/>$&'), 'DUPLICATE_KEY'],
    ['a document type', XML.replace('<bom', '<!DOCTYPE bom>$&'), 'MALFORMED'],
    ['an end that is missing', XML.replace('</bom>', ''), 'MALFORMED'],
    ['a newer major', XML.replace('bom/1.6', 'bom/2.0'), 'UNSUPPORTED'],
    ['another root', XML.replace('<bom', '<sbom').replace('</bom>', '</sbom>'), 'UNSUPPORTED'],
  ])('%s: %#', (_, document, code) => {
    expect(tryRead(document)).toBe(code);
  });

  it('A prefix for the namespace changes nothing', () => {
    const prefixed = XML.replace('xmlns="', 'xmlns:b="').replaceAll(
      /<(\/?)(?=[a-z]+[ >/])/g,
      '<$1b:',
    );
    expect(prefixed).toContain('<b:purl>');
    expect(read(prefixed).inventory.components).toEqual(read(XML).inventory.components);
  });
});

describe('SPDX 3 that is wrong or unusual', () => {
  const changed = (change: (graph: JsonObject[]) => void) => {
    const graph = structuredClone(GRAPH) as unknown as JsonObject[];
    change(graph);
    return spdx3(graph);
  };

  it.each<[string, object, string]>([
    ['two documents', spdx3([...GRAPH, element('SpdxDocument', 'other')]), 'MALFORMED'],
    ['an element twice', spdx3([...GRAPH, library('b', '2.0.0')]), 'MALFORMED'],
    ['a graph that is no list', { '@context': CONTEXT, '@graph': {} }, 'MALFORMED'],
    ['an element that is no object', { '@context': CONTEXT, '@graph': ['x'] }, 'MALFORMED'],
    [
      'a context of its own first',
      { ...spdx3(), '@context': ['https://example.com', CONTEXT] },
      'UNSUPPORTED',
    ],
    ['a further context', { ...spdx3(), '@context': [CONTEXT, {}] }, 'read'],
  ])('%s: %#', (_, document, code) => {
    expect(tryRead(document)).toBe(code);
  });

  it('What it calls incomplete makes it partial, and what it imports was not read', () => {
    const open = changed((graph) =>
      graph.push(link('b', 'contains', [], { completeness: 'incomplete' })),
    );
    expect(read(open).claim).toBe('partial');
    const imported = changed((graph) => {
      const [, , , document] = graph;
      const external = [{ type: 'ExternalMap', externalSpdxId: `${NS}far` }];
      graph[3] = { ...document, import: external };
      graph.push(link('app', 'contains', ['far']));
    });
    expect(
      read(imported)
        .inventory.skips.map(({ cause }) => cause.message)
        .join(),
    ).toContain('in a document that was not read');
    const lost = changed((graph) => graph.push(link('app', 'dependsOn', ['nowhere'])));
    expect(
      read(lost)
        .inventory.skips.map(({ cause }) => cause.message)
        .join(),
    ).toContain('nowhere');
  });

  it('Sets of licences are expressions; one that contains itself or grows is none', () => {
    const set = (id: string, type: string, members: readonly string[]) =>
      element(`expandedlicensing_${type}LicenseSet`, id, {
        expandedlicensing_member: members.map((one) =>
          one.startsWith('http') ? one : `${NS}${one}`,
        ),
      });
    const listed = (id: string) => `https://spdx.org/licenses/${id}`;
    const withLicence = (...elements: readonly object[]) =>
      read(
        changed((graph) => {
          const at = graph.findIndex((one) => one['relationshipType'] === 'hasDeclaredLicense');
          graph[at] = link('b', 'hasDeclaredLicense', ['set']) as unknown as JsonObject;
          graph.push(...(elements as JsonObject[]));
        }),
      ).inventory.components[0]?.licenses;
    expect(
      withLicence(
        set('set', 'Conjunctive', [listed('MIT'), 'either']),
        set('either', 'Disjunctive', [listed('ISC'), listed('0BSD')]),
      ),
    ).toEqual(['MIT AND (ISC OR 0BSD)']);
    expect(withLicence(set('set', 'Conjunctive', [listed('MIT'), 'set']))).toEqual([]);
    const doubled = Array.from({ length: 15 }, (_, at) =>
      set(at === 0 ? 'set' : `s${at}`, 'Conjunctive', [`s${at + 1}`, `s${at + 1}`]),
    );
    expect(withLicence(...doubled, set('s15', 'Conjunctive', [listed('MIT')]))).toEqual([]);
  });
});

describe('Documents of every form that are cut or changed anywhere', () => {
  const documents = [TAG_VALUE, XML, JSON.stringify(spdx3()), JSON.stringify(SNAPSHOT)];

  it.each(documents)('A cut document gives a value or a Failure: %#', (document) => {
    for (let end = 0; end < document.length; end += 7) {
      const result = readSbom(encode(document.slice(0, end)));
      expect(result.ok || result.failure instanceof Failure).toBe(true);
      if (result.ok) expect(result.value.inventory.outcome).toBe('partial');
    }
  });

  it('A document with pieces of others gives a value or a Failure', () => {
    const piece = fc.constantFrom(...documents.flatMap((text) => text.match(/.{1,40}/gs) ?? []));
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 60 }), (pieces) => {
        for (const head of ['', 'SPDXVersion: SPDX-2.3\n', '<bom>', '{']) {
          const result = readSbom(encode(head + pieces.join('')));
          expect(result.ok || result.failure instanceof Failure).toBe(true);
        }
      }),
    );
  });
});
