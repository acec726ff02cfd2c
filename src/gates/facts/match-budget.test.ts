import { beforeAll, describe, expect, it } from 'vitest';
import { FIXTURE_NOW } from '../../../test/support/certificates.ts';
import {
  attach,
  MemoryRegistry,
  NO_GRAPH,
  pushImage,
  referenceTo,
  sbomDocument,
  signImage,
  type WorldKeys,
  worldKeys,
  worldTrust,
} from '../../../test/support/evidence-world.ts';
import { createMemoryIndex, parseOsv } from '../../capabilities/advisories/index.ts';
import type { Component } from '../../capabilities/ecosystems/index.ts';
import { PartialList } from '../../capabilities/policy/index.ts';
import { LIMITS } from '../../core/limits.ts';
import { type Purl, parsePurl } from '../../core/purl.ts';
import { orThrow } from '../../core/result.ts';
import { gatherImage, TooHeavy } from '../image-evidence/index.ts';
import { buildImageFacts } from './facts.ts';

let keys: WorldKeys;
beforeAll(async () => {
  keys = await worldKeys();
});

const parseRecord = (record: object) => orThrow(parseOsv(JSON.stringify(record)));
/** Each comparison with this record takes as many steps as it lists versions. */
const LISTED = 200_000;
const heavy = parseRecord({
  id: 'EX-2026-1',
  modified: new Date(FIXTURE_NOW).toISOString(),
  affected: [
    {
      package: { ecosystem: 'npm', name: 'heavy' },
      versions: Array.from({ length: LISTED }, (_, at) => `${at}.0.0`),
    },
  ],
});
const advisories = createMemoryIndex([heavy], {
  source: 'imported',
  version: '1',
  importedAt: FIXTURE_NOW,
  rejected: 0,
});

const listHeavy = (count: number): readonly Component[] =>
  Array.from({ length: count }, (_, at) => toComponent(`pkg:npm/heavy@${at}.0.0`));

function toComponent(purl: string): Component {
  const { name, version } = orThrow(parsePurl(purl));
  const none = { source: null, layer: null, hashes: {}, origin: null };
  const listed = { licenses: ['MIT'], locations: [], dependsOn: [], development: false };
  return { purl: purl as Purl, name, version: version ?? '', ...none, ...listed };
}

async function build(
  own: readonly Component[],
  strangers: readonly Component[],
  limits: { readonly matchStepsMax?: number },
) {
  const registry = new MemoryRegistry();
  const subject = pushImage(registry, 'trips');
  await signImage(registry, subject, keys.release);
  await attach(registry, subject, sbomDocument(own), keys.release);
  if (strangers.length > 0) await attach(registry, subject, sbomDocument(strangers), null);
  const trust = worldTrust(keys);
  const evidence = orThrow(
    await gatherImage(referenceTo(subject), FIXTURE_NOW, { source: registry, trust }),
  );
  return buildImageFacts(evidence, FIXTURE_NOW, { trust, advisories, ...NO_GRAPH, ...limits });
}

describe('truth B1: the matching of what is attached to an image has a budget', () => {
  const light = { matchStepsMax: LIMITS.lightMatchStepsMax };
  const left = toComponent('pkg:npm/left@1.0.0');

  it('of a trusted SBOM it is light in the thread that answers; the image is for another', async () => {
    const few = orThrow(await build(listHeavy(2), [], light));
    expect(few.findings).toHaveLength(2);
    const many = await build(listHeavy(3), [], light);
    expect(many.ok ? null : many.failure).toBeInstanceOf(TooHeavy);
    expect(orThrow(await build(listHeavy(3), [], {})).findings).toHaveLength(3);
  });

  it('of a stranger it ends early, and the trusted image is decided', async () => {
    const facts = orThrow(await build([left], listHeavy(9), light));
    expect(facts.findings).toHaveLength(2);
    expect(orThrow(await build([left], listHeavy(9), {})).findings).toHaveLength(2);
  });

  it('of a trusted SBOM it ends too, and what was not matched is unknown, with the reason', async () => {
    const { findings } = orThrow(await build(listHeavy(LIMITS.matchStepsMax / LISTED + 1), [], {}));
    expect(findings).toBeInstanceOf(PartialList);
    const { rest } = findings as PartialList<unknown>;
    expect(rest.failure.message).toContain(
      `were matched with advisories: it takes over ${LIMITS.matchStepsMax} steps`,
    );
  });
});
