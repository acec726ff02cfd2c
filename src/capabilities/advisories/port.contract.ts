import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonValue } from '../../core/json.ts';
import { orThrow } from '../../core/result.ts';
import type { AdvisoryIndex } from './port.ts';

const createPackage = (ecosystem: string, name: string, fixed: string): JsonValue => ({
  package: { ecosystem, name },
  ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }],
});

/** The origin that an index under contract is opened with. */
export const CONTRACT_RECORDS: readonly JsonValue[] = [
  {
    id: 'GHSA-aaaa',
    aliases: ['CVE-2024-0001'],
    modified: '2024-01-02T00:00:00Z',
    affected: [
      createPackage('npm', 'left', '1.0.0'),
      createPackage('npm', 'right', '2.0.0'),
      createPackage('Maven', 'g:left', '3'),
      createPackage('NuGet', 'Left.Right', '4'),
    ],
  },
  {
    id: 'ALSA-2024:0001',
    related: ['CVE-2024-0001'],
    affected: [createPackage('AlmaLinux:8', 'left', '1')],
  },
  {
    id: 'ALSA-2024:0001',
    related: ['CVE-2024-0001'],
    affected: [createPackage('AlmaLinux:9', 'left', '2')],
  },
  {
    id: 'GHSA-bbbb',
    withdrawn: '2024-01-01T00:00:00Z',
    affected: [createPackage('npm', 'left', '9.0.0')],
  },
  { cve: 'CVE-2024-0001', cna: { '3.1': 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H' } },
];

/** The laws of AdvisoryIndex; `open` gives an index that holds CONTRACT_RECORDS. */
export function describeAdvisoryIndex(
  name: string,
  open: () => Promise<{ readonly index: AdvisoryIndex; readonly close: () => Promise<void> }>,
): void {
  describe(`${name}, as an index of advisories`, () => {
    let opened: Awaited<ReturnType<typeof open>>;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());
    const findIds = async (ecosystem: string, pkg: string) =>
      orThrow(await opened.index.find(ecosystem, pkg)).map((advisory) => advisory.id);

    it('finds the records of a package in exactly this ecosystem, in order of ids', async () => {
      expect(await findIds('npm', 'left')).toEqual(['GHSA-aaaa', 'GHSA-bbbb']);
      expect(await findIds('npm', 'right')).toEqual(['GHSA-aaaa']);
      expect(await findIds('Maven', 'g:left')).toEqual(['GHSA-aaaa']);
      expect(await findIds('Maven', 'left')).toEqual([]);
      expect(await findIds('npm', 'LEFT')).toEqual([]);
      expect(await findIds('npm', '%')).toEqual([]);
    });

    it('gives as many records as were asked for, each of them whole', async () => {
      const some = orThrow(await opened.index.find('npm', 'left', 1));
      expect([some.length, some[0]?.affected.length !== 0]).toEqual([1, true]);
      expect(orThrow(await opened.index.find('npm', 'left', 9)).length).toBe(2);
    });

    it('finds a package of NuGet by its name in any case', async () => {
      for (const spelling of ['Left.Right', 'left.right', 'LEFT.RIGHT'])
        expect(await findIds('NuGet', spelling)).toEqual(['GHSA-aaaa']);
      expect(await findIds('NuGet', 'Left')).toEqual([]);
    });

    it('gives with a record the ranges of the requested package', async () => {
      const [advisory] = orThrow(await opened.index.find('npm', 'right'));
      const own = advisory?.affected.filter(
        (entry) => entry.name === 'right' && entry.ecosystem === 'npm',
      );
      expect(own?.[0]?.ranges[0]?.events.at(-1)).toEqual({ kind: 'fixed', version: '2.0.0' });
    });

    it('finds records by id and by alias, and not by `related`', async () => {
      const ids = async (id: string) => [
        ...new Set(orThrow(await opened.index.findById(id)).map((advisory) => advisory.id)),
      ];
      expect(await ids('GHSA-aaaa')).toEqual(['GHSA-aaaa']);
      expect(await ids('CVE-2024-0001')).toEqual(['CVE-2024-0001', 'GHSA-aaaa']);
      expect(await ids('CVE-2024-9999')).toEqual([]);
      const heads = orThrow(await opened.index.findHeads('CVE-2024-0001'));
      expect(new Set(heads.map((head) => head.id))).toEqual(new Set(await ids('CVE-2024-0001')));
    });

    it('keeps both records of an id that its feed gives once per release', async () => {
      const records = orThrow(await opened.index.findById('ALSA-2024:0001'));
      const ecosystems = records.flatMap((one) => one.affected.map((entry) => entry.ecosystem));
      expect(ecosystems.sort()).toEqual(['AlmaLinux:8', 'AlmaLinux:9']);
    });

    it('says that a record is withdrawn, and when', async () => {
      const [head] = orThrow(await opened.index.findHeads('GHSA-bbbb'));
      expect(head?.withdrawn).toBe(Date.UTC(2024, 0, 1));
    });

    it('names the ecosystems that it covers and the newest modification', () => {
      const { coverage, newest, rejected } = opened.index.info();
      expect(coverage.map(({ ecosystem }) => ecosystem)).toEqual([
        'AlmaLinux:8',
        'AlmaLinux:9',
        'npm',
      ]);
      expect([newest, rejected]).toEqual([Date.UTC(2024, 0, 2), 0]);
    });
  });
}
