export { openNotationKeys } from './notation-keys.ts';
export { openPluginKeys } from './plugin-keys.ts';
export { askVerifier } from './plugin-verifier.ts';
export type { PluginFolder } from './run-plugin.ts';
