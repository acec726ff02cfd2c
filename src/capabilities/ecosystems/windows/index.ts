import type { Ecosystem } from '../ecosystem.ts';
import { windowsRegistry } from './registry.ts';

/** Images of Windows: what they are, and the programs in them; not the updates of the system. */
export const windows: Ecosystem = {
  name: 'windows',
  purlTypes: [],
  extractors: [windowsRegistry],
};
