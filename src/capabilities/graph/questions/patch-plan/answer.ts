import type { z } from 'zod';
import { count, digest, flag, list, OBSERVED, purl, shape, text } from '../shapes.ts';

const upgrade = shape({
  purl,
  /** The first versions that fix it; empty: none is known. */
  fixed: list(text),
  /** The layer that holds it, as far as an SBOM says. */
  layer: digest.nullable(),
  /** Whether running services of other names hold it in the same layer: they share a base. */
  shared: flag,
});
export type PatchUpgrade = z.output<typeof upgrade>;

const step = shape({
  /** The name of the releases. */
  service: text,
  owner: text.nullable(),
  /** The versions that run and are exposed. */
  versions: list(text),
  upgrades: list(upgrade),
  /** Where they run: `cluster/namespace`. */
  places: list(text),
  workloads: count,
});
export type PatchStep = z.output<typeof step>;

const base = shape({ layer: digest, components: list(purl), services: list(text) });
export type SharedBase = z.output<typeof base>;

export const schema = shape({
  /** The vulnerability and its aliases. */
  names: list(text),
  /** Layers that several services share: rebuilding their base once comes first. */
  bases: list(base),
  /** The services with the most running workloads first. */
  steps: list(step),
  /** Exposed releases that are not known to run: they can wait. */
  notRunning: count,
  ...OBSERVED,
  /** Something may be exposed that no step names; `ask exposure` says what. */
  open: flag,
});
export type PatchPlan = z.output<typeof schema>;
