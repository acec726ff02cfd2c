import { getAsset } from 'node:sea';
import { compileFunction } from 'node:vm';

const loaded = new Map<string, { readonly exports: unknown }>();

/**
 * `require` in the executable. It returns a module of Node.js, or a chunk of the bundle, which is
 * evaluated at the first request. It never reads the disk.
 */
export function load(id: string): unknown {
  const builtin = process.getBuiltinModule(id);
  if (builtin !== undefined) return builtin;
  const known = loaded.get(id);
  if (known !== undefined) return known.exports;
  const module = { exports: {} };
  loaded.set(id, module);
  const parameters = ['exports', 'require', 'module', '__filename', '__dirname'];
  const run = compileFunction(getAsset(id, 'utf8'), parameters, { filename: `waybill:${id}` });
  run(module.exports, load, module, id, '.');
  return module.exports;
}
