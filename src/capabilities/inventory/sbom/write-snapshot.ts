import { formatInstant } from '../../../core/instant.ts';
import type { Component, Inventory } from '../../ecosystems/index.ts';
import { writeDocument } from './document.ts';
import type { SbomOptions } from './sbom-options.ts';
import { listTops } from './tops.ts';

/** What GitHub asks about the run that found the dependencies. */
export interface SnapshotRun {
  /** The commit, and the ref that it is on. */
  readonly sha: string;
  readonly ref: string;
  readonly jobId: string;
  /** The next snapshot of the same correlator and detector takes the place of this one. */
  readonly correlator: string;
}

/** The inventory as a dependency snapshot, as GitHub takes it; equal input gives equal bytes. */
export function writeSnapshot(
  inventory: Inventory,
  options: SbomOptions,
  run: SnapshotRun,
): Uint8Array {
  return writeDocument(inventory, () => {
    const { tool, at } = options;
    const snapshot = {
      version: 0,
      job: { id: run.jobId, correlator: run.correlator },
      sha: run.sha,
      ref: run.ref,
      detector: { name: tool.name, version: tool.version, url: 'https://waybill.dev' },
      scanned: formatInstant(at),
      manifests: buildManifests(inventory),
    };
    return `${JSON.stringify(snapshot)}\n`;
  });
}

function buildManifests(inventory: Inventory): object {
  const needs = new Map(inventory.components.map(({ purl, dependsOn }) => [purl, dependsOn]));
  const direct = new Set<string>(inventory.direct ?? listTops(needs));
  const subject = inventory.subject.name === '' ? 'unnamed' : inventory.subject.name;
  // Of a package in several places, the first: a name may be in one manifest only once.
  const byPlace = Map.groupBy(inventory.components, ({ locations }) => locations[0] ?? subject);
  return Object.fromEntries(
    [...byPlace].map(([name, components]) => [
      name,
      {
        name,
        ...(name === subject ? {} : { file: { source_location: name } }),
        resolved: Object.fromEntries(
          components.map((component) => [component.purl, buildEntry(component, direct)]),
        ),
      },
    ]),
  );
}

function buildEntry({ purl, dependsOn, development }: Component, direct: ReadonlySet<string>) {
  return {
    package_url: purl,
    relationship: direct.has(purl) ? 'direct' : 'indirect',
    scope: development ? 'development' : 'runtime',
    dependencies: dependsOn,
  };
}
