import type { Ecosystem } from '../ecosystem.ts';
import { windowsNaming } from './naming.ts';
import { windowsRegistry } from './registry.ts';

/** Images of Windows: what they are, by their builds, and the programs in them. */
export const windows: Ecosystem = {
  name: 'windows',
  purlTypes: [],
  advisories: windowsNaming,
  extractors: [windowsRegistry],
};
